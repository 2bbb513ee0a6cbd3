"""Who may see and do what with plan filings.

A unit sees its own filings; an authority sees what was submitted within its division, and decides what is addressed to
itself. Which role does what stands in the state table; ``can`` adds on whose behalf. Whether the state allows the act is the
table's own business, so that an officer who comes second is told who was first.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from conservation.accounts.access import covers, holds_for_authority, holds_for_unit, in_areas, scope_of
from conservation.accounts.roles import FILER, REVIEWER
from conservation.states import Transition
from projects.plans.models import Plan
from projects.plans.states import DECIDED, PENDING, STATES

ROLES: dict[str, tuple[str, ...]] = {
    **{one.event: one.roles for one in STATES.transitions},
    "create_draft": (FILER,),
    "save_draft": (FILER,),
    "attach": (FILER,),
    "attach_review": (REVIEWER,),
}
UNIT_ACTS = frozenset(act for act, roles in ROLES.items() if FILER in roles)
INNER_ACTS = frozenset({"plans.record_findings"})
"""Acts of the authority's own deliberation; the applicant reads them once it is decided."""
PARTY_ACTS = frozenset(f"plans.{act}" for act in ROLES)
"""Acts whose history the applicant may read."""


def visible_to(user: Any) -> QuerySet[Plan]:
    """The filings a person may see today."""
    scope = scope_of(user)
    found = Q(pk__in=[])
    if scope.unit_ids:
        found = Q(unit__in=sorted(scope.unit_ids))
    if scope.prefixes:
        sent = Q(submitted_at__isnull=False)  # what never was submitted only the unit itself sees
        placed = in_areas(scope)
        official = sent if placed is None else sent & placed
        found = found | official if scope.unit_ids else official
    return Plan.objects.filter(found)


def sees_inside(user: Any, plan: Plan) -> bool:
    """True for people of an authority whose division covers the place; false for the applicant."""
    return covers(scope_of(user).prefixes, plan.areas)


def sees_findings(user: Any, plan: Plan) -> bool:
    """May this person read the review of the refusal grounds? The applicant may once it is decided."""
    return plan.state in DECIDED or sees_inside(user, plan)


def acts_for(user: Any, plan: Plan) -> frozenset[str] | None:
    """The acts whose history a person may read: all (None) for the authority, for the applicant what is told to it."""
    if sees_inside(user, plan):
        return None
    return PARTY_ACTS if sees_findings(user, plan) else PARTY_ACTS - INNER_ACTS


def can(user: Any, act: str, plan: Any) -> bool:
    """May this person do this act on this filing (or, for ``create_draft``, on this project)?"""
    roles = ROLES.get(act, ())
    if act in UNIT_ACTS:
        return holds_for_unit(user, plan.unit_id, *roles)
    return bool(roles) and holds_for_authority(user, plan.authority_id, *roles)


def under_review(project_id: int) -> bool:
    """Is a filing of this project with the authority, submitted and not yet decided?"""
    return Plan.objects.filter(project=project_id, state__in=PENDING).exists()


def events_for(user: Any, plan: Plan) -> list[Transition]:
    """The transitions that this person may do now; what the page shows as buttons."""
    return [one for one in STATES.events_from(plan.state) if one.roles and can(user, one.event, plan)]
