"""Tags of the page frame: navigation, notices, the demo clock, form widgets dressed for the style sheet."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.translation import get_language

from conservation import clock
from conservation.accounts.access import scope_of
from conservation.accounts.models import as_user
from portal import navigation

register = template.Library()

NOTICES_SHOWN = 99


@register.simple_tag(takes_context=True)
def doors(context: Any) -> Any:
    """Navigation groups of a signed-in person; the plain list of public pages for a stranger."""
    request = context.get("request")
    path = request.path if request else ""
    if as_user(getattr(request, "user", None)) is None:
        return {"groups": [], "public": navigation.stranger(path)}
    return {"groups": navigation.groups(scope_of(request.user), path), "public": []}


@register.simple_tag(takes_context=True)
def unread_notices(context: Any) -> str:
    """How many notices wait unread, at most "99+"; empty when none."""
    user = as_user(getattr(context.get("request"), "user", None))
    if user is None:
        return ""
    found = user.notices.filter(read_at__isnull=True)[: NOTICES_SHOWN + 1].count()
    return f"{NOTICES_SHOWN}+" if found > NOTICES_SHOWN else str(found or "")


@register.simple_tag
def clock_now() -> Any:
    """The portal's present moment, which demo mode can move."""
    return clock.now()


@register.simple_tag
def page_language() -> str:
    """The page's language as a BCP 47 tag: zh-Hans or en."""
    return "en" if (get_language() or "").startswith("en") else "zh-Hans"


@register.simple_tag
def dress(field: BoundField) -> str:
    """Give a widget its classes and input type; answers how to lay it out: hidden, check, choices, file or input."""
    widget = field.field.widget
    if isinstance(widget, forms.HiddenInput):
        return "hidden"
    kind, css = _look(widget)
    if isinstance(widget, forms.DateTimeInput):
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    elif isinstance(widget, forms.DateInput):
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    elif isinstance(widget, forms.Textarea) and widget.attrs.get("rows") in (None, "10"):
        widget.attrs.update({"rows": "4", "cols": None})
    known = widget.attrs.get("class", "")
    if css not in known.split():
        widget.attrs["class"] = f"{css} {known}".strip()
    if field.errors and "is-invalid" not in widget.attrs["class"]:
        widget.attrs["class"] += " is-invalid"
    return kind


def _look(widget: forms.Widget) -> tuple[str, str]:
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices", "form-check-input"
    if isinstance(widget, forms.CheckboxInput):
        return "check", "form-check-input"
    if isinstance(widget, forms.ClearableFileInput | forms.FileInput):
        return "file", "form-control"
    if isinstance(widget, forms.Select):
        return "input", "form-select"
    return "input", "form-control"
