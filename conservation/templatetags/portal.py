"""Template tags of the whole portal (built in: no load needed)."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html

from conservation import clock
from conservation.history import acting, subjects

register = template.Library()


@register.filter
def day(value: Any) -> str:
    """A day in Shanghai, 2026-05-04."""
    if not value:
        return "—"
    return (clock.day_of(value) if hasattr(value, "hour") else value).isoformat()


@register.filter
def moment(value: Any) -> str:
    """A moment in Shanghai, 2026-05-04 09:30."""
    return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else "—"


@register.filter
def state_badge(obj: Any) -> str:
    """The state of an object as a badge, labelled and coloured by its state table."""
    table = obj.STATES
    return format_html(
        '<span class="badge bg-{}-lt" data-state="{}">{}</span>',
        table.colours.get(obj.state, "secondary"),
        obj.state,
        table.label(obj.state),
    )


@register.filter
def act_name(act: str) -> str:
    """The name of an act for people."""
    return acting.act_label(act)


@register.filter
def subject_url(obj: Any) -> str:
    """The page of what a timer, notice, document or event belongs to."""
    return subjects.url_of(obj.subject_type, obj.subject_id)


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The present query string with some keys changed; None takes a key away."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}" if params else "?"
