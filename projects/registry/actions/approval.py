"""What an approved plan changes on the project. Called by the plans room inside its own act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import Point

from conservation.history.acting import acting
from conservation.rulebook.registry import decide
from projects.registry.actions.ranges import put_in_force
from projects.registry.models import Project, ProjectFacts, ResponsibilityRange, SpoilSite

DECLARED = (
    "bare_slope_m",
    "mean_slope_deg",
    "background_erosion",
    "sensitive_m",
    "river_m",
    "key_zone",
    "spoil_10k_m3",
)
"""The columns of ``ProjectFacts`` that a plan declares."""


def approve_plan(
    project: Project | int,
    *,
    number: str,
    kind: str,
    day: date,
    range: ResponsibilityRange | None = None,
    spoil_sites: Iterable[Mapping[str, Any]] = (),
    facts: Mapping[str, Any] | None = None,
    actor: Any = None,
    now: datetime | None = None,
    reason: str = "",
) -> Project:
    """A plan of this project is approved: number, kind and day stand on the project, its range comes into force, its
    spoil sites and declared facts replace the former ones.

    No permission of its own: the caller's act has asked. ``spoil_sites``: name, volume_10k_m3, height_m, harm,
    lon?, lat?; the grade is computed by the rule ``spoil-site-grade``.
    """
    pk = getattr(project, "pk", project)
    with acting(actor, "registry.approve_plan", Project.objects.all(), pk, now=now, reason=reason) as act:
        target: Project = act.target
        act.move(approval_event(target))
        target.plan_number, target.plan_kind, target.plan_approved_on = number, kind, day
        if range is not None:
            put_in_force(range, day)
        sites = replace_spoil_sites(target, spoil_sites)
        declare_facts(target, facts or {})
        act.note(number=number, kind=kind, on=day.isoformat(), spoil_sites=sites)
        act.publish("project.plan_approved", project=target.pk, number=number, kind=kind, on=day.isoformat())
    return target


def approval_event(project: Project) -> str:
    """Which event an approval is in the project's present state."""
    if project.state == "registered":
        return "approve_plan"
    return "plan_changed" if project.state == "plan_approved" else "plan_of_running_works"


def grade_of(site: Mapping[str, Any], on: date | None = None) -> dict[str, Any]:
    """Grade of a spoil site and what follows from it, by the rule ``spoil-site-grade``."""
    inputs = {
        "volume_10k_m3": Decimal(str(site["volume_10k_m3"])),
        "height_m": Decimal(str(site["height_m"])),
        "harm": site["harm"],
    }
    return decide("spoil-site-grade", inputs, on=on).result


def replace_spoil_sites(project: Project, sites: Iterable[Mapping[str, Any]]) -> int:
    """The approved sites are those of the plan in force; sites found in the field stay as they are."""
    project.spoil_sites.filter(approved=True).delete()
    rows = [
        SpoilSite(
            project=project,
            name=site["name"],
            volume_10k_m3=site["volume_10k_m3"],
            height_m=site["height_m"],
            harm=site["harm"],
            grade=grade_of(site)["grade"],
            approved=True,
            geom=Point(float(site["lon"]), float(site["lat"]), srid=4490) if site.get("lon") else None,
        )
        for site in sites
    ]
    return len(SpoilSite.objects.bulk_create(rows))


def declare_facts(project: Project, facts: Mapping[str, Any]) -> None:
    """Write the declared facts; what other rooms have found stays."""
    declared = {key: facts.get(key) for key in DECLARED}
    ProjectFacts.objects.update_or_create(project=project, defaults=declared)


def revoke_plan(
    project: Project | int, *, number: str, actor: Any = None, now: datetime | None = None, reason: str = ""
) -> Project:
    """The approval of the plan in force is revoked (撤销): the project stands without a plan, its range ends."""
    pk = getattr(project, "pk", project)
    with acting(actor, "registry.revoke_plan", Project.objects.all(), pk, now=now, reason=reason) as act:
        target: Project = act.target
        if target.plan_number == number:
            if target.state == "plan_approved":
                act.move("plan_revoked")
            target.plan_number, target.plan_kind, target.plan_approved_on = "", "", None
            for held in target.ranges.filter(state="in_force"):
                held.state, held.valid_to = ResponsibilityRange.State.SUPERSEDED, max(act.today, held.valid_from)
                held.save(update_fields=["state", "valid_to"])
        act.note(number=number)
    return target


def plan_not_required(
    project: Project | int, *, actor: Any = None, now: datetime | None = None, reason: str = ""
) -> Project:
    """The rule found that the project needs no plan (不需编报); the project may start."""
    pk = getattr(project, "pk", project)
    with acting(actor, "registry.plan_not_required", Project.objects.all(), pk, now=now, reason=reason) as act:
        if not act.target.plan_number:
            act.target.plan_kind = "none"
    return act.target
