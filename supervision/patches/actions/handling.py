"""What follows the visit: confirm, order rectification or open a case, link, audit, reopen (认定、查处、销号)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import shapely
from django.contrib.gis.db.models.functions import Distance
from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.models import Authority, User
from conservation.accounts.roles import INSPECTOR, LEADER
from conservation.documents import queries as documents
from conservation.documents.models import Document
from conservation.errors import Conflict, Refused
from conservation.history.acting import acting
from conservation.rulebook.registry import Decision, decide
from conservation.rulebook.store import store as store_decision
from projects.registry import access as registry_access
from projects.registry.models import ResponsibilityRange
from projects.registry.types import type_label
from supervision.cases import actions as cases
from supervision.patches import access, rules, sizes
from supervision.patches.actions.field import EVIDENCE, PHOTO, need_reason, need_visit
from supervision.patches.models import Patch, Round, Verification
from supervision.patches.states import STATES
from supervision.rectification import actions as rectification
from supervision.rectification import problems
from supervision.rectification.models import Item

HANDED_OVER = (PHOTO, EVIDENCE)


def confirm(actor: Any, patch_id: Any, *, reason: str = "", now: datetime | None = None) -> Patch:
    """Confirm the violation (认定违法). Rests on a field verification, never on the image alone.

    The machine's class is decided once more by the rule ``patch-class`` and kept with its lines, so that it can be
    explained and replayed.
    """
    with acting(
        actor, "patches.confirm", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        patch = act.target
        act.move("confirm")
        visit = need_visit(patch)
        if not rules.is_violation(visit.finding):
            raise Conflict("verification", _("最近一次现场核查没有认为违法，不能认定违法。"))
        if patch.project is None or patch.project.unit_id is None:
            raise Conflict("project", _("须先查明项目和生产建设单位。"))
        patch.finding = visit.finding
        decision = class_decision(patch)
        stored = store_decision(decision, subject_type="patch", subject_id=str(patch.pk), by=actor, at=act.now)
        act.note(finding=visit.finding, verification=visit.pk, decision=stored.pk, project=patch.project_id)
        act.attach(*papers_of(patch))
        patch.save()
        sizes.refresh([patch.project_id], act.now)
    return act.target


def class_decision(patch: Patch) -> Decision:
    """The rule ``patch-class`` on this patch and the ranges about it, as stored on the image date."""
    round_: Round = patch.round
    box = shapely.from_wkb(bytes(patch.geom.wkb)).bounds
    reach = 0.012
    envelope = f"SRID=4490;{shapely.box(box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach).wkt}"
    ranges = (
        ResponsibilityRange.objects.filter(geom__bboverlaps=envelope, valid_from__isnull=False)
        .exclude(state="draft").select_related("project").order_by("pk")
    )  # fmt: skip
    others = Patch.objects.filter(round=round_, ended_at__isnull=True)
    inputs = {
        "patch": {"geometry": geojson(patch.geom), **industry_of(patch.industry)},
        "ranges": [
            {
                "geometry": geojson(one.geom),
                "exact": one.kind == "exact",
                "industry": type_label(one.project.type_no),
                "valid_from": str(one.valid_from),
                **({"valid_to": one.valid_to.isoformat()} if one.valid_to else {}),
                "has_patch": others.filter(geom__intersects=one.geom).exists(),
            }
            for one in ranges
        ],
        "image_date": round_.image_date.isoformat(),
        "pixel_m": float(round_.tolerance_m) / 2 if round_.tolerance_m else float(round_.pixel_m),
        "crs": 4490,
    }
    return decide("patch-class", inputs, province=patch.county_code[:2] + "0000")


def geojson(geom: Any) -> dict[str, Any]:
    return shapely.geometry.mapping(shapely.from_wkb(bytes(geom.wkb)))


def industry_of(number: int | None) -> dict[str, str]:
    return {"industry": type_label(number)} if number else {}


def papers_of(patch: Patch) -> list[Document]:
    """Photographs and papers of the patch that go with it to whoever handles the violation."""
    return list(documents.of(patch).filter(kind__in=HANDED_OVER).order_by("created_at", "pk"))


def office_for(actor: Any, patch: Patch) -> Authority:
    """The authority that the actor acts for here: the most local one whose division covers the patch."""
    offices = [
        one.authority
        for one in actor.memberships_today
        if one.authority is not None and one.role in (INSPECTOR, LEADER)
        and ("" == one.authority.prefix or one.authority.prefix in patch.areas)
    ]  # fmt: skip
    if not offices:
        raise Refused("authority", _("您没有在管辖该图斑的机关任职。"))
    return max(offices, key=lambda one: len(one.prefix))


def facts_of(patch: Patch, visit: Verification) -> dict[str, Any]:
    """The facts of the violation, for the order and, later, for the rule of penalties."""
    land = visit.land_ha if visit.land_ha is not None else patch.area_ha
    facts = {
        "patch": f"{patch.round.code} {patch.number}",
        "area_ha": float(land),
        "excess_ha": None if patch.excess_ha is None else float(patch.excess_ha),
        "excess_beyond_tolerance_ha": None
        if patch.excess_beyond_tolerance_ha is None
        else float(patch.excess_beyond_tolerance_ha),
        "volume_m3": None if visit.dumped_m3 is None else float(visit.dumped_m3),
        "hazard": visit.harm,
        "visited_on": clock.day_of(visit.visited_at).isoformat(),
        "description": visit.description,
    }
    return {key: value for key, value in facts.items() if value is not None}


def order(
    actor: Any,
    patch_id: Any,
    *,
    problem: str = "",
    requirement: str = "",
    deadline: date | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Item:
    """Order the unit to put the confirmed violation right (限期整改); the patch is then being handled."""
    with acting(
        actor, "patches.order", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        patch = act.target
        act.move("handle")
        visit = need_visit(patch)
        listed = problems.for_violation(patch.finding)
        code = problem or (listed.code if listed else "")
        if not code:
            raise Refused("problem", _("请从问题清单中选择问题。"))
        item = rectification.order(
            actor, project=patch.project, unit=patch.project.unit, authority=office_for(actor, patch), areas=patch.areas,
            problem=code, violation=patch.finding, requirement=requirement, deadline=deadline, source_type="patch",
            source_id=patch.pk, documents=papers_of(patch), facts=facts_of(patch, visit), now=act.now, reason=reason,
        )  # fmt: skip
        act.note(rectification=item.pk, number=item.number)
    return item


def open_case(actor: Any, patch_id: Any, *, reason: str, now: datetime | None = None) -> Any:
    """Hand the confirmed violation over as a clue for a case at once, without an order before it."""
    need_reason(reason)
    with acting(
        actor, "patches.open_case", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        patch = act.target
        act.move("handle")
        visit = need_visit(patch)
        case = cases.open_clue(
            actor, violation=patch.finding, party_unit=patch.project.unit, party_name=patch.project.unit.name,
            authority=office_for(actor, patch), project_id=patch.project_id, project_name=patch.project.name,
            areas=patch.areas, facts=facts_of(patch, visit), source_type="patch", source_id=patch.pk,
            documents=papers_of(patch), now=act.now, reason=reason,
        )  # fmt: skip
        act.note(case=case.pk)
    return case


def link(
    actor: Any,
    patch_id: Any,
    project_id: Any,
    *,
    confirm: bool = False,
    now: datetime | None = None,
    reason: str = "",
) -> Patch:
    """Attach the patch to a project by hand; changing an attachment asks for confirmation first."""
    with acting(
        actor, "patches.link", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        patch = act.target
        if patch.state not in ("classified", "issued", "field_check", "suspected", "reopened"):
            raise Conflict("state", _("图斑已经认定，不能再改关联项目。"))
        project = registry_access.visible_to(actor).filter(pk=project_id or 0).first()
        if project is None:
            raise Refused("project", _("没有这个项目，或您无权查看。"))
        before = patch.project
        if before is not None and before.pk != project.pk and not confirm:
            raise Conflict(
                "confirm", _("图斑已关联“%(before)s”，确认改为“%(after)s”吗？")
                % {"before": before, "after": project},
            )  # fmt: skip
        patch.project, patch.linked_by, patch.linked_at = project, actor, act.now
        act.note(before=before.pk if before else None, project=project.pk)
        patch.save()
        sizes.refresh([before.pk if before else None, project.pk], act.now)
    return patch


def cancel(actor: Any, patch_id: Any, *, reason: str = "", now: datetime | None = None) -> Patch:
    """Audit and cancel the number (审核销号); never by an officer who verified the patch."""
    return _simple(actor, "cancel", patch_id, now, reason)


def send_back(actor: Any, patch_id: Any, *, reason: str, now: datetime | None = None) -> Patch:
    """The audit does not accept an exclusion or a recognition: verify again."""
    need_reason(reason)
    return _simple(actor, "send_back", patch_id, now, reason)


def reopen(actor: Any, patch_id: Any, *, reason: str, now: datetime | None = None) -> Patch:
    """A later image shows growth, or the problem has come back: the patch goes to the field again."""
    need_reason(reason)
    return _simple(actor, "reopen", patch_id, now, reason)


def _simple(actor: Any, event: str, patch_id: Any, now: datetime | None, reason: str) -> Patch:
    with acting(
        actor, f"patches.{event}", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        act.move(event)
        act.target.save()
        sizes.refresh([act.target.project_id], act.now)
    return act.target


# --- what rectification tells ------------------------------------------------------------------------------------------
def follow(event: str, patch_ids: Iterable[Any], *, now: datetime, facts: dict[str, Any]) -> int:
    """Move patches along with their rectification (system); those in another state are left alone."""
    moved = 0
    for pk in patch_ids:
        known = Patch.objects.filter(pk=pk).first()
        if known is None or not any(one.event == event for one in STATES.events_from(known.state)):
            continue
        with acting(None, f"patches.{event}", Patch.objects.all(), pk, now=now) as act:
            act.move(event)
            act.note(**facts)
            act.target.save()
            sizes.refresh([act.target.project_id], act.now)
            moved += 1
    return moved


def nearest_ranges(patch: Patch, limit: int = 5) -> list[ResponsibilityRange]:
    """Ranges about the patch, nearest first, for the map and for linking by hand."""
    return list(
        ResponsibilityRange.objects.filter(geom__dwithin=(patch.geom, 0.01))
        .exclude(state="draft")
        .annotate(away=Distance("geom", patch.geom))
        .select_related("project")
        .order_by("away", "pk")[:limit]
    )


def officers_beside(actor: Any, areas: list[str], day: date) -> Any:
    """Other inspectors whose division covers the areas, for the second officer's choice."""
    prefixes = ["000000", *(area.ljust(6, "0") for area in areas)]
    return (
        User.objects.filter(
            memberships__role=INSPECTOR, memberships__authority__division_code__in=prefixes,
            memberships__valid_from__lte=day, is_active=True,
        )
        .exclude(memberships__valid_to__lt=day)
        .exclude(pk=actor.pk)
        .exclude(certificate_no="")
        .distinct()
        .order_by("name", "pk")
    )  # fmt: skip
