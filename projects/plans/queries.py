"""Reads of the plans room: the list by keyset pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from projects.plans import access
from projects.plans.models import Plan
from projects.plans.states import STATES
from projects.registry.models import Project
from projects.registry.queries import search as search_projects
from projects.registry.types import PLAN_KINDS

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the list is asked for; empty means no restriction."""

    text: str = ""
    state: str = ""
    kind: str = ""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Filters:
        return cls(
            text=str(params.get("q") or "").replace("\0", "").strip()[:80],
            state=str(params.get("state") or "") if params.get("state") in STATES.states else "",
            kind=str(params.get("kind") or "") if params.get("kind") in PLAN_KINDS else "",
        )

    @property
    def active(self) -> bool:
        return self != Filters()


@dataclass(frozen=True)
class Page:
    rows: list[Plan]
    next: str | None
    previous: str | None


def plan_list(
    user: Any, filters: Filters, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """One keyset page, newest filing first, one SQL statement."""
    found = access.visible_to(user).select_related("project", "unit", "authority")
    if filters.text:
        named = search_projects(Project.objects.all(), filters.text).values("pk")
        found = found.filter(Q(project__in=named) | Q(number=filters.text) | Q(approval_number=filters.text))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    backwards = bool(before)
    key = number(before if backwards else after)
    if key is not None:
        found = found.filter(**{"pk__gt" if backwards else "pk__lt": key})
    rows = list(found.defer("fields", "spoil_sites").order_by("pk" if backwards else "-pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next = more if not backwards else True
    has_previous = key is not None if not backwards else more
    return Page(
        rows,
        str(rows[-1].pk) if rows and has_next else None,
        str(rows[0].pk) if rows and has_previous else None,
    )


def number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None
