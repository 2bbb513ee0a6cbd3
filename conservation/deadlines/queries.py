"""Reading timers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import CharField, Count, F, Q, QuerySet
from django.db.models.functions import Cast

from conservation.accounts.access import scope_of
from conservation.deadlines.models import Timer
from conservation.history import subjects

OPEN = (Timer.State.RUNNING, Timer.State.PAUSED)
PAGE = 50


def of(subject: Any) -> QuerySet[Timer]:
    """Every timer of a subject, open ones first, with its pauses."""
    return (
        Timer.objects.filter(subject_type=subjects.code_of(subject), subject_id=str(subject.pk))
        .select_related("authority", "unit")
        .prefetch_related("pauses")
        .order_by(F("stopped_at").desc(nulls_first=True), "due_at", "id")
    )


def visible_to(user: Any) -> QuerySet[Timer]:
    """Timers of the offices and units the user acts for, and of authorities below them, on subjects the user may see.

    The second half matters: a timer carries the name of its subject, and who may read no case must not read its title.
    """
    scope = scope_of(user)
    if not scope.roles:
        return Timer.objects.none()
    condition = Q(unit__in=scope.unit_ids)
    if "" in scope.prefixes:
        condition |= Q(authority__isnull=False)
    for prefix in sorted(scope.prefixes - {""}):
        condition |= Q(authority__division_code__startswith=prefix)
    return Timer.objects.filter(condition).filter(on_visible_subjects(user))


def on_visible_subjects(user: Any) -> Q:
    """Condition: where not everybody of an office may see a kind of subject (cases), only what the user may see."""
    narrow = [subject for subject in subjects.all_subjects() if subject.narrow]
    wanted = ~Q(subject_type__in=[subject.code for subject in narrow])
    for subject in narrow:
        ids = subject.visible_to(user).order_by().values(text_id=Cast("pk", CharField()))
        wanted |= Q(subject_type=subject.code, subject_id__in=ids)
    return wanted


def own(user: Any) -> QuerySet[Timer]:
    """Timers that the user's own offices and units must keep."""
    scope = scope_of(user)
    offices: set[int] = set().union(*scope.authority_ids.values()) if scope.authority_ids else set()
    return Timer.objects.filter(Q(authority__in=offices) | Q(unit__in=scope.unit_ids))


def running_for(user: Any) -> QuerySet[Timer]:
    """Open timers that the user's own offices and units must keep, soonest first."""
    return (
        own(user)
        .filter(state__in=OPEN)
        .select_related("authority", "unit")
        .prefetch_related("pauses")
        .order_by("due_at", "id")
    )


def condition_of(chosen: str, now: datetime) -> Q:
    """The condition behind a filter of the page."""
    return {
        "open": Q(state__in=OPEN),
        "soon": Q(state=Timer.State.RUNNING, warn_at__lte=now, due_at__gte=now),
        "breached": Q(state=Timer.State.RUNNING, due_at__lt=now),
        "paused": Q(state=Timer.State.PAUSED),
        "closed": Q(state__in=(Timer.State.STOPPED, Timer.State.VOID)),
    }[chosen]


def filtered(user: Any, chosen: str, *, wide: bool, now: datetime) -> QuerySet[Timer]:
    """Timers of the page: ``wide`` takes those of authorities below in."""
    base = visible_to(user) if wide else own(user)
    return base.filter(condition_of(chosen, now)).select_related("authority", "unit").prefetch_related("pauses")


def counts(user: Any, *, wide: bool, now: datetime) -> dict[str, int]:
    """How many stand behind each filter, in one statement; the closed ones are not counted."""
    base = visible_to(user) if wide else own(user)
    open_ones = base.filter(state__in=OPEN)
    return open_ones.aggregate(
        **{name: Count("id", filter=condition_of(name, now)) for name in ("open", "soon", "breached", "paused")}
    )


def page_of(timers: QuerySet[Timer], after: str, *, closed: bool, size: int = PAGE) -> dict[str, Any]:
    """A keyset page: open timers soonest first, closed ones latest first. ``next`` is the cursor of the next page."""
    sign = "lt" if closed else "gt"
    try:
        moment, pk = after.split("~")
        cursor = (datetime.fromisoformat(moment).astimezone(UTC), int(pk))
        timers = timers.filter(
            Q(**{f"due_at__{sign}": cursor[0]}) | Q(**{"due_at": cursor[0], f"id__{sign}": cursor[1]})
        )
    except (ValueError, OverflowError):
        pass
    order = ("-due_at", "-id") if closed else ("due_at", "id")
    rows = list(timers.order_by(*order)[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return {
        "rows": rows[:size],
        "next": f"{last.due_at.isoformat()}~{last.pk}" if last else "",
        "previous": "",
    }
