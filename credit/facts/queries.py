"""Reads of credit facts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from credit.facts import access
from credit.facts.models import Fact
from credit.facts.states import OPEN

SIZE = 50


def fact_list(user: Any, filters: dict[str, Any]) -> dict[str, Any]:
    """One keyset page of facts, newest first.

    Filters: ``state`` ("open" for every state that counts, or one state), ``code``, ``unit`` (id), ``q`` (part of the
    unit's name), ``after`` (id of the last row seen). Returns ``rows`` and ``next`` (id or None).
    """
    found = access.visible_to(user).select_related("unit")
    if filters.get("state") == "open":
        found = found.filter(state__in=OPEN)
    elif filters.get("state"):
        found = found.filter(state=filters["state"])
    if filters.get("code"):
        found = found.filter(code=filters["code"])
    if filters.get("unit"):
        found = found.filter(unit_id=filters["unit"])
    if filters.get("q"):
        found = found.filter(unit__name__contains=filters["q"])
    if filters.get("after"):
        found = found.filter(id__lt=filters["after"])
    rows = list(found.order_by("-id")[: SIZE + 1])
    return {"rows": rows[:SIZE], "next": rows[SIZE - 1].pk if len(rows) > SIZE else None}


def of_unit(user: Any, unit: Any) -> QuerySet[Fact]:
    """The facts of one unit that the user may see, newest first."""
    return access.visible_to(user).filter(unit=unit).order_by("-happened_on", "-id")
