"""Reads of the rectification room: the list by keyset pages and the ledger's figures (发现、整改、销号)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from supervision.rectification import access, problems
from supervision.rectification.models import Item
from supervision.rectification.states import RUNNING, STATES

PAGE = 50
GROUPS: dict[str, tuple[str, ...]] = {"to_do": RUNNING, "to_check": ("submitted",), "late": ("overdue",)}


@dataclass(frozen=True)
class Filters:
    """What the list is asked for; empty means no restriction, unknown values are ignored by ``of``."""

    state: str = ""
    problem: str = ""
    severity: str = ""
    text: str = ""
    project: int | None = None
    unit: int | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Filters:
        """From a query string."""

        def number(key: str) -> int | None:
            text = str(params.get(key) or "")
            return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None

        state, problem = str(params.get("state") or ""), str(params.get("problem") or "")
        severity = str(params.get("severity") or "")
        return cls(
            state=state if state in STATES.states or state in GROUPS else "",
            problem=problem if problem in problems.table() else "",
            severity=severity if severity in Item.Severity.values else "",
            text=str(params.get("q") or "").replace("\0", "").strip()[:80],
            project=number("project"),
            unit=number("unit"),
        )


@dataclass(frozen=True)
class Page:
    rows: list[Item]
    next: int | None
    previous: int | None


def filtered(user: Any, filters: Filters) -> QuerySet[Item]:
    found = access.visible_to(user)
    if filters.state:
        found = found.filter(state__in=GROUPS.get(filters.state, (filters.state,)))
    if filters.text:
        found = found.filter(
            Q(number__icontains=filters.text)
            | Q(unit__name__icontains=filters.text)
            | Q(project__name__icontains=filters.text)
        )
    equal = {key: getattr(filters, key) for key in ("problem", "severity", "project", "unit") if getattr(filters, key)}
    return found.filter(**equal)


def item_list(
    user: Any, filters: Filters, *, after: int | None = None, before: int | None = None, size: int = PAGE
) -> Page:
    """Newest first by key."""
    found = filtered(user, filters).select_related("unit", "project", "authority")
    if before is not None:
        rows = list(found.filter(pk__gt=before).order_by("pk")[: size + 1])
        more, rows = len(rows) > size, rows[:size][::-1]
        return Page(rows, rows[-1].pk if rows else None, rows[0].pk if rows and more else None)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, rows[-1].pk if more else None, rows[0].pk if rows and after is not None else None)


def ledger(user: Any, filters: Filters) -> dict[str, Any]:
    """Found, put right, cancelled, overdue, and the closing rate in percent with one decimal."""
    row = filtered(user, filters).aggregate(
        found=Count("pk"),
        submitted=Count("pk", filter=Q(state="submitted")),
        closed=Count("pk", filter=Q(state="closed")),
        overdue=Count("pk", filter=Q(state__in=("overdue", "escalated"))),
    )
    row["rate"] = round(100 * row["closed"] / row["found"], 1) if row["found"] else None
    return row


def is_late(item: Item, today: date) -> bool:
    return item.state in RUNNING and item.deadline < today
