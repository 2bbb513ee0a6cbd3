"""Who may see and do what with projects.

An authority sees what lies in its division and below, a unit its own projects and those it takes part in. ``PERMITS``
is the whole matrix: act → who may, in which states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from conservation.accounts.access import Scope, holds_for_authority, holds_for_unit, holds_in_areas, in_areas, scope_of
from conservation.accounts.roles import (
    ADMINISTRATOR,
    APPROVER,
    FILER,
    INSPECTOR,
    LEADER,
    REMOTE_SENSING,
    REVIEWER,
)
from conservation.states import without
from projects.registry.models import Project, ProjectUnit, ResponsibilityRange
from projects.registry.states import STATES

LIVING = without(STATES.states, "cancelled")


@dataclass(frozen=True)
class Permit:
    """Roles that may do an act: ``unit`` for the project's own unit, ``deciding`` at exactly the project's authority,
    ``areas`` at any authority whose division covers one of its counties; ``states`` in which the act is open."""

    unit: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    states: tuple[str, ...] = tuple(STATES.states)


PERMITS: dict[str, Permit] = {
    "register": Permit(unit=(FILER,)),
    "update": Permit(unit=(FILER,), deciding=(REVIEWER, APPROVER, ADMINISTRATOR), states=LIVING),
    "add_range": Permit(
        unit=(FILER,), deciding=(REVIEWER, ADMINISTRATOR), areas=(INSPECTOR, REMOTE_SENSING), states=LIVING
    ),
    "start": Permit(unit=(FILER,), areas=(INSPECTOR,), states=LIVING),
    "suspend": Permit(unit=(FILER,), areas=(INSPECTOR,), states=LIVING),
    "resume": Permit(unit=(FILER,), areas=(INSPECTOR,), states=LIVING),
    "complete": Permit(unit=(FILER,), areas=(INSPECTOR,), states=LIVING),
    "use": Permit(unit=(FILER,), areas=(INSPECTOR,), states=LIVING),
    "cancel": Permit(unit=(FILER,), states=LIVING),
    "name_unit": Permit(deciding=(REVIEWER,), areas=(INSPECTOR, REMOTE_SENSING), states=LIVING),
    "create_from_field": Permit(areas=(INSPECTOR, REMOTE_SENSING)),
    "import_projects": Permit(areas=(REVIEWER, ADMINISTRATOR)),
    "import_ranges": Permit(areas=(REVIEWER, REMOTE_SENSING, ADMINISTRATOR)),
}
IMPORTERS = (REVIEWER, ADMINISTRATOR)
RANGE_IMPORTERS = (REVIEWER, REMOTE_SENSING, ADMINISTRATOR)
READERS = (REVIEWER, APPROVER, LEADER)


def visible_to(user: Any) -> QuerySet[Project]:
    """The projects a person may see today; an empty scope sees nothing."""
    condition = condition_for(scope_of(user))
    if condition is None:
        return Project.objects.all()
    return Project.objects.filter(condition)


def condition_for(scope: Scope) -> Q | None:
    """What a project must fulfil to lie in the scope; None is no restriction."""
    nothing = Q(pk__in=[])
    found = nothing
    if scope.prefixes:
        placed = in_areas(scope)
        if placed is None:
            return None
        found = placed
    if scope.unit_ids:
        mine = sorted(scope.unit_ids)
        taking_part = ProjectUnit.objects.filter(project=OuterRef("pk"), unit__in=mine)
        own = Q(unit__in=mine) | Q(Exists(taking_part))
        found = own if found is nothing else found | own
    return found


def units_at_work(prefixes: frozenset[str]) -> Q:
    """Condition on units: a project of theirs, or one they take part in, lies under one of the division prefixes."""
    areas = sorted(prefixes)
    owners = Project.objects.filter(areas__overlap=areas, unit__isnull=False).values("unit")
    return Q(pk__in=owners) | Q(pk__in=ProjectUnit.objects.filter(project__areas__overlap=areas).values("unit"))


def ranges_visible_to(user: Any) -> QuerySet[ResponsibilityRange]:
    """The ranges of the projects a person may see."""
    if "" in scope_of(user).prefixes:
        return ResponsibilityRange.objects.all()
    return ResponsibilityRange.objects.filter(project__in=visible_to(user))


def can(user: Any, act: str, project: Project | None) -> bool:
    """May this person do this act with this (or, for a new one, with such a) project?"""
    permit = PERMITS.get(act)
    if permit is None or project is None or project.state not in permit.states:
        return False
    return (
        bool(permit.unit and holds_for_unit(user, project.unit_id, *permit.unit))
        or bool(permit.deciding and holds_for_authority(user, project.authority_id, *permit.deciding))
        or bool(permit.areas and holds_in_areas(user, project.areas, *permit.areas))
    )


def may_import(user: Any) -> bool:
    """May this person load the ledger of their division?"""
    return scope_of(user).has(*IMPORTERS)


def may_import_ranges(user: Any) -> bool:
    return scope_of(user).has(*RANGE_IMPORTERS)


def may_register(user: Any) -> bool:
    """May this person register projects for some unit?"""
    return scope_of(user).has(FILER)
