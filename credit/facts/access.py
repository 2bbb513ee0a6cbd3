"""Who sees and handles credit facts."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from conservation.accounts.access import holds_for_unit, holds_in_areas, in_areas, scope_of
from conservation.accounts.roles import FILER
from credit.facts.models import Fact


def visible_to(user: Any) -> QuerySet[Fact]:
    """An authority sees facts of its places; a unit sees its own; nobody else sees any."""
    scope = scope_of(user)
    if not scope.roles:
        return Fact.objects.none()
    if scope.prefixes:
        condition = in_areas(scope)
        places = Q() if condition is None else condition
        return Fact.objects.filter(places | Q(unit_id__in=scope.unit_ids))
    return Fact.objects.filter(unit_id__in=scope.unit_ids)


def can(user: Any, act: str, fact: Fact | None) -> bool:
    """One act on one fact, by the roles of the state table."""
    if fact is None:
        return False
    transition = next((one for one in fact.STATES.transitions if one.event == act), None)
    if transition is None:
        return False
    if FILER in transition.roles and holds_for_unit(user, fact.unit_id, FILER):
        return True
    return holds_in_areas(user, fact.areas, *(role for role in transition.roles if role != FILER))
