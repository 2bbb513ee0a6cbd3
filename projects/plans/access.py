"""Who may see and do what with plan filings.

A unit sees its own filings; an authority sees what was submitted within its division, and decides what is addressed to
itself. Which role does what stands in the state table; ``can`` adds on whose behalf. Whether the state allows the act is the
table's own business, so that an officer who comes second is told who was first.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from conservation.accounts.access import holds_for_authority, holds_for_unit, in_areas, scope_of
from conservation.accounts.roles import FILER, REVIEWER
from conservation.states import Transition
from projects.plans.models import Plan
from projects.plans.states import STATES

ROLES: dict[str, tuple[str, ...]] = {
    **{one.event: one.roles for one in STATES.transitions},
    "create_draft": (FILER,),
    "save_draft": (FILER,),
    "attach": (FILER,),
    "attach_review": (REVIEWER,),
}
UNIT_ACTS = frozenset(act for act, roles in ROLES.items() if FILER in roles)
NOT_SHOWN = ("draft", "not_required")
"""States that only the unit itself sees (a filing withdrawn before submission has no submission time)."""


def visible_to(user: Any) -> QuerySet[Plan]:
    """The filings a person may see today."""
    scope = scope_of(user)
    found = Q(pk__in=[])
    if scope.unit_ids:
        found = Q(unit__in=sorted(scope.unit_ids))
    if scope.prefixes:
        sent = Q(submitted_at__isnull=False) & ~Q(state__in=NOT_SHOWN)
        placed = in_areas(scope)
        official = sent if placed is None else sent & placed
        found = found | official if scope.unit_ids else official
    return Plan.objects.filter(found)


def can(user: Any, act: str, plan: Any) -> bool:
    """May this person do this act on this filing (or, for ``create_draft``, on this project)?"""
    roles = ROLES.get(act, ())
    if act in UNIT_ACTS:
        return holds_for_unit(user, plan.unit_id, *roles)
    return bool(roles) and holds_for_authority(user, plan.authority_id, *roles)


def events_for(user: Any, plan: Plan) -> list[Transition]:
    """The transitions that this person may do now; what the page shows as buttons."""
    return [one for one in STATES.events_from(plan.state) if one.roles and can(user, one.event, plan)]
