"""Template tags of the history."""

from __future__ import annotations

from typing import Any

from django import template
from django.apps import apps

from conservation.history import subjects
from conservation.history.models import Event

register = template.Library()


@register.filter
def state_name(event: Event, which: str) -> str:
    """The label of the event's ``from`` or ``to`` state, by the state table of its subject's model."""
    state = event.from_state if which == "from" else event.to_state
    subject = subjects.get(event.subject_type)
    if not state or subject is None:
        return state
    table = getattr(apps.get_model(subject.model), "STATES", None)
    if table is not None:
        return table.label(state)
    kinds = getattr(apps.get_model(subject.model), "State", None)
    return str(kinds(state).label) if kinds is not None and state in kinds.values else state


@register.filter
def subject_label(event: Event) -> str:
    """The name of the kind of subject."""
    subject = subjects.get(event.subject_type)
    return str(subject.label) if subject else event.subject_type


@register.filter
def shown_facts(event: Event) -> list[tuple[str, Any]]:
    """The simple facts of an event (no nested values), at most eight."""
    return [(key, value) for key, value in event.data.items() if isinstance(value, str | int | float) and value != ""][
        :8
    ]
