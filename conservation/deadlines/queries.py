"""Reading timers."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet

from conservation.accounts.access import scope_of
from conservation.deadlines.models import Timer
from conservation.history import subjects

OPEN = (Timer.State.RUNNING, Timer.State.PAUSED)


def of(subject: Any) -> QuerySet[Timer]:
    """Every timer of a subject, open ones first, with its pauses."""
    return (
        Timer.objects.filter(subject_type=subjects.code_of(subject), subject_id=str(subject.pk))
        .select_related("authority", "unit")
        .prefetch_related("pauses")
        .order_by(F("stopped_at").desc(nulls_first=True), "due_at", "id")
    )


def visible_to(user: Any) -> QuerySet[Timer]:
    """Timers of the offices and units the user acts for, and of authorities below them."""
    scope = scope_of(user)
    condition = Q(unit__in=scope.unit_ids)
    if "" in scope.prefixes:
        condition |= Q(authority__isnull=False)
    for prefix in sorted(scope.prefixes - {""}):
        condition |= Q(authority__division_code__startswith=prefix)
    return Timer.objects.filter(condition) if scope.roles else Timer.objects.none()


def running_for(user: Any) -> QuerySet[Timer]:
    """Open timers that the user's own offices and units must keep, soonest first."""
    scope = scope_of(user)
    own: set[int] = set().union(*scope.authority_ids.values()) if scope.authority_ids else set()
    return (
        Timer.objects.filter(Q(authority__in=own) | Q(unit__in=scope.unit_ids), state__in=OPEN)
        .select_related("authority", "unit")
        .prefetch_related("pauses")
        .order_by("due_at", "id")
    )
