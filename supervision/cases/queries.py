"""Reading cases: the keyset list, and what stands on a case's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from conservation.history.models import Event
from conservation.history.queries import read_by
from supervision.cases import access
from supervision.cases.models import Case

SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of cases, newest first; ``next`` and ``previous`` are cursors or empty."""

    rows: list[Case]
    next: str = ""
    previous: str = ""


def filtered(user: Any, filters: Mapping[str, Any]) -> QuerySet[Case]:
    """The cases a person may see, narrowed by q (title, number), state, violation, unit, project."""
    found = access.visible_to(user).select_related("authority")
    text = (filters.get("q") or "").strip()
    if text:
        found = found.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(decision_number__icontains=text))
    for key in ("state", "violation", "unit", "project"):
        if filters.get(key):
            found = found.filter(**{key: filters[key]})
    return found


def page(user: Any, filters: Mapping[str, Any], *, after: Any = None, before: Any = None, size: int = SIZE) -> Page:
    """A keyset page; an unreadable cursor counts as none."""
    found, after, before = filtered(user, filters), number(after), number(before)
    if before is not None:
        rows = list(found.filter(pk__gt=before).order_by("pk")[: size + 1])
        more, rows = len(rows) > size, rows[:size][::-1]
        return Page(rows, str(rows[-1].pk) if rows else "", str(rows[0].pk) if more and rows else "")
    rows = list((found.filter(pk__lt=after) if after is not None else found).order_by("-pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, str(rows[-1].pk) if more else "", str(rows[0].pk) if after is not None and rows else "")


def number(text: Any) -> int | None:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def events_for(user: Any, case: Case) -> QuerySet[Event]:
    """The timeline that this person may read: the party sees what was done towards it."""
    return read_by(user, case)
