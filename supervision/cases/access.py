"""Who sees a case and who takes its steps.

========================  ==========================================================================
reads                     who
========================  ==========================================================================
everything in scope       case officer, legal reviewer, leader, auditor, inspector, remote sensing,
                          of an authority whose division covers the place
from filing on, main      the party: members of the unit
volume and own steps
nothing                   everybody else
========================  ==========================================================================

Steps are taken at the handling authority only, by the roles of the state table.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from conservation.accounts import roles
from conservation.accounts.access import covers, holds_for_authority, holds_for_unit, holds_in_areas, scope_of
from supervision.cases.models import Case
from supervision.cases.states import CLUE_ROLES, STATES

READERS = (
    roles.CASE_OFFICER,
    roles.LEGAL_REVIEWER,
    roles.LEADER,
    roles.AUDITOR,
    roles.INSPECTOR,
    roles.REMOTE_SENSING,
)
EXPORTERS = (roles.CASE_OFFICER, roles.LEADER, roles.AUDITOR)
HIDDEN_FROM_PARTY = ("clue", "not_filed")
PARTY_ACTS = frozenset(
    f"cases.{act}"
    for act in ("file_case", "issue_order", "serve", "order_complied", "order_lapsed", "give_prior_notice",
                "record_defence", "record_waiver", "request_hearing", "call_hearing", "hold_hearing", "decide",
                "no_penalty", "dismiss", "serve_decision", "record_payment", "record_rectification", "close")
)  # fmt: skip
"""Acts whose history the party may read: what was done towards it, not the authority's own deliberation."""


def reading_prefixes(user: Any, wanted: tuple[str, ...] = READERS) -> frozenset[str]:
    """Division prefixes in which the user reads cases."""
    scope = scope_of(user)
    return frozenset().union(*(scope.authority_roles.get(role, frozenset()) for role in wanted))


def visible_to(user: Any) -> QuerySet[Case]:
    """The cases a person may see; an empty scope sees none."""
    scope, prefixes = scope_of(user), reading_prefixes(user)
    if "" in prefixes:
        return Case.objects.all()
    wanted = Q(pk__in=[])
    if prefixes:
        wanted |= Q(areas__overlap=sorted(prefixes))
    if scope.unit_ids:
        wanted |= Q(unit_id__in=scope.unit_ids) & ~Q(state__in=HIDDEN_FROM_PARTY)
    return Case.objects.filter(wanted)


def sees_inside(user: Any, case: Case) -> bool:
    """True for the authority's own people, who also read the secondary volume; false for the party."""
    return covers(reading_prefixes(user), case.areas)


def acts_for(user: Any, case: Case) -> frozenset[str] | None:
    """The acts whose history a person may read: all (None) for the authority, ``PARTY_ACTS`` for the party."""
    return None if sees_inside(user, case) else PARTY_ACTS


def is_party(user: Any, case: Case) -> bool:
    return holds_for_unit(user, case.unit_id, roles.FILER)


EVENT_OF = {
    "not_file": "not_file",
    "file_case": "file",
    "assign_officers": "assign",
    "record_investigation": "investigate",
    "add_evidence": "assign",
    "issue_order": "order",
    "serve": "serve",
    "order_complied": "comply",
    "order_lapsed": "lapse",
    "propose_penalty": "propose",
    "legal_review": "review",
    "give_prior_notice": "notify",
    "record_defence": "defend",
    "record_waiver": "waive",
    "request_hearing": "request_hearing",
    "call_hearing": "call_hearing",
    "hold_hearing": "hear",
    "collective_discussion": "discuss",
    "decide": "decide",
    "no_penalty": "spare",
    "dismiss": "dismiss",
    "serve_decision": "serve_decision",
    "extend": "extend",
    "record_payment": "pay",
    "record_rectification": "rectify",
    "close": "close",
    "archive": "archive",
    "transfer": "transfer",
}
"""Act → event of the state table. The acts are the API's and the forms' names."""


def roles_of(act: str) -> tuple[str, ...]:
    """Roles that may take a step, from the state table."""
    return next((one.roles for one in STATES.transitions if one.event == EVENT_OF.get(act)), ())


def can(user: Any, act: str, case: Any) -> bool:
    """May this person take this act on this case? (The state is asked separately.)"""
    if act == "open_clue":
        return holds_in_areas(user, case.areas, *CLUE_ROLES)
    if act == "view":
        return sees_inside(user, case) or (
            case.state not in HIDDEN_FROM_PARTY and case.unit_id in scope_of(user).unit_ids
        )
    if act == "export":
        return holds_in_areas(user, case.areas, *EXPORTERS)
    return holds_for_authority(user, case.authority_id, *roles_of(act))
