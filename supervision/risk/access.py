"""Who sees and does what in the risk room."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from conservation.accounts.access import holds_for_unit, holds_in_areas, in_areas, scope_of
from conservation.accounts.roles import ADMINISTRATOR, FILER, INSPECTOR, LEADER, REMOTE_SENSING
from supervision.risk.models import FollowUp
from supervision.risk.states import EVENTS


def visible_to(user: Any) -> QuerySet[FollowUp]:
    """An authority sees the follow-ups of its places, a unit its own."""
    scope = scope_of(user)
    if not scope.roles:
        return FollowUp.objects.none()
    if scope.prefixes:
        condition = in_areas(scope)
        return FollowUp.objects.filter((Q() if condition is None else condition) | Q(unit_id__in=scope.unit_ids))
    return FollowUp.objects.filter(unit_id__in=scope.unit_ids)


def can(user: Any, act: str, follow_up: FollowUp | None) -> bool:
    """One event on one follow-up, by the roles of the state table and the kind."""
    if act == "add_photo":
        act = "answer"
    if follow_up is None or act not in EVENTS[follow_up.kind]:
        return False
    transition = next((one for one in follow_up.STATES.transitions if one.event == act), None)
    if transition is None:
        return False
    if FILER in transition.roles and holds_for_unit(user, follow_up.unit_id, FILER):
        return True
    return holds_in_areas(user, follow_up.areas, *(role for role in transition.roles if role != FILER))


RUNNERS = (INSPECTOR, LEADER, REMOTE_SENSING, ADMINISTRATOR)


def can_run(user: Any) -> bool:
    """Who may start a tiering on demand."""
    return bool(run_prefixes(user))


def run_prefixes(user: Any) -> frozenset[str]:
    """Division prefixes within which the user may start a tiering."""
    scope = scope_of(user)
    return frozenset().union(*(scope.authority_roles.get(role, frozenset()) for role in RUNNERS))
