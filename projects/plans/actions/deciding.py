"""The decision on a filing: grant (准予许可) or refuse (不予许可), with number, paper, timers and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.deadlines import actions as deadlines
from conservation.errors import Conflict, Faults, Refused
from conservation.history.acting import Acting
from conservation.history.numbers import document_number
from conservation.rulebook.inputs import InputError
from conservation.rulebook.registry import decide
from projects.plans import characteristics
from projects.plans.actions.common import on_plan, paper, tell_authority, tell_unit
from projects.plans.actions.review import open_grounds
from projects.plans.models import Plan, ReviewFinding
from projects.registry import actions as registry
from projects.registry.intake import number_of
from projects.registry.queries import competent_authority

VALID_YEARS = 3


def approve(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Grant the licence (准予许可): number without gaps, letter, range in force; delivery and publication begin to run.

    A report book needs the review of all six grounds and none that holds; a committed form is granted on the spot.
    Raises ``Conflict`` naming the officer who was first when somebody has already decided.
    """
    with on_plan(actor, "approve", plan_id, now, reason) as act:
        plan: Plan = act.target
        was_committed = plan.state == "accepted"
        act.move("approve")
        need_competence(plan)
        need_complete_review(plan, was_committed)
        need_confirmation(act)
        plan.approval_number = document_number(plan.authority.mark, "plan_decision", act.today.year)
        plan.decided_at, plan.decision_reason = act.now, reason
        plan.valid_until = validity(act)
        document = paper(
            act,
            "approval",
            _("准予行政许可决定书"),
            kind="plan_approval",
            number=plan.approval_number,
            **approval_facts(plan),
        )
        stop_deciding(plan, act.now)
        deadlines.start("T05", plan, at=act.now, authority=plan.authority)
        deadlines.start("T06", plan, at=act.now, authority=plan.authority)
        deadlines.start("T07", plan, at=act.now, unit=plan.unit)
        approve_project(act)
        act.note(number=plan.approval_number, kind=plan.kind, valid_until=plan.valid_until.isoformat())
        tell_unit(
            plan,
            _("水土保持方案准予许可：%(name)s") % {"name": plan.project.name},
            _("批准文号 %(number)s。") % {"number": plan.approval_number},
            now=act.now,
        )
        tell_authority(plan, _("许可决定待送达和公开：%(name)s") % {"name": plan.project.name}, now=act.now)
        act.publish("plan.approved", **outcome(plan, plan.approval_number, document))
    return plan


def need_competence(plan: Plan) -> None:
    """The authority that grants is the one the project's counties and approval level call for today (令53)."""
    competent = competent_authority(plan.project.approval_level, plan.project.counties)
    if competent.pk != plan.authority_id:
        raise Refused(
            "authority",
            _("项目的立项级别或所涉县已有变化，本件应由“%(authority)s”审批，本机关不能准予许可。")
            % {"authority": competent.name},
            rule=_("水利部令第53号"),
        )


def need_complete_review(plan: Plan, from_accepted: bool) -> None:
    """No ground holds; a report book has been reviewed on every ground and through the deciding state."""
    held = list(plan.findings.filter(finding="ground").order_by("ground").values_list("ground", flat=True))
    if held:
        names = "、".join(str(ReviewFinding.Ground(code).label) for code in held)
        raise Refused(
            "findings", _("存在不予许可情形，不能准予许可：%(names)s") % {"names": names}, "水利部令第53号 第15条"
        )
    if plan.is_committed:
        return
    if from_accepted:
        raise Conflict("state", _("报告书须经技术评审或明确不作评审后再作决定。"), rule=Plan.STATES.name)
    missing = open_grounds(plan)
    if missing:
        raise Refused(
            "findings",
            _("审查尚未完成，还有 %(count)d 项未记录审查结论：%(codes)s")
            % {"count": len(missing), "codes": "、".join(missing)},
            "水利部令第53号 第15条",
        )


def need_confirmation(act: Acting) -> None:
    """A kind that rests on numbers still to be confirmed (待核实) is confirmed by the officer with a reason."""
    stored = act.target.kind_decision
    unverified = stored is not None and any(one.get("mark") == "unverified" for one in stored.basis)
    if unverified and not act.reason.strip():
        raise Refused("reason", _("方案种类的判定用到待核实的数值，请写明核实情况后再作决定。"), rule="plan-kind")


def validity(act: Acting) -> date:
    """The last day on which works may begin without re-examination (令53 第18条)."""
    try:
        due = decide("deadline", {"timer": "T07", "start": act.today.isoformat()}).result["due"]
    except InputError:
        return years_after(act.today, VALID_YEARS)
    return date.fromisoformat(due[:10])


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 28 February where 29 February does not come."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def stop_deciding(plan: Plan, at: datetime) -> None:
    for code in ("T02", "T03", "T04"):
        deadlines.stop(plan, code, at=at)


def approve_project(act: Acting) -> None:
    """The project gets number, range, sites and declared facts."""
    plan: Plan = act.target
    registry.approve_plan(
        plan.project_id,
        number=plan.approval_number,
        kind=plan.kind,
        day=act.today,
        range=plan.range,
        spoil_sites=plan.spoil_sites,
        facts=declared(plan.fields),
        actor=act.actor,
        now=act.now,
    )


def declared(fields: Mapping[str, str]) -> dict[str, Any]:
    """The facts for the risk index that the filing declares; what was left out is a gap."""
    found: dict[str, Any] = {
        key: number_of(fields[key]) if fields.get(key) else None
        for key in ("bare_slope_m", "mean_slope_deg", "sensitive_m", "river_m")
    }
    found["spoil_10k_m3"] = number_of(fields["spoil"]) if fields.get("spoil") else None
    found["background_erosion"] = fields.get("erosion_intensity") or None
    found["key_zone"] = fields.get("key_zone") or None
    return found


def approval_facts(plan: Plan) -> dict[str, Any]:
    """What the approval letter says: range, sizes, targets, fee, sites."""
    fields = plan.fields
    return {
        "range_ha": str(plan.range.area_ha) if plan.range else fields.get("responsibility_area", ""),
        "range_version": plan.range.version if plan.range else None,
        "land_area": fields.get("land_area", ""),
        "excavation": fields.get("excavation", ""),
        "fill": fields.get("fill", ""),
        "spoil": fields.get("spoil", ""),
        "grade": characteristics.label_of("standard_grade", fields.get("standard_grade")),
        "targets": [
            [str(characteristics.BY_KEY[key].label), f"{fields.get(key, '')}{characteristics.BY_KEY[key].unit}"]
            for key in characteristics.TARGETS
        ],
        "total_cost": fields.get("total_swc_cost", ""),
        "fee": fields.get("compensation_fee", ""),
        "sites": [
            [site["name"], f"{site['volume_10k_m3']}", f"{site['height_m']}", _("%(n)s 级") % {"n": site.get("grade")}]
            for site in plan.spoil_sites
        ],
        "committed": plan.is_committed,
        "committed_by": plan.committed_by,
        "valid_until": plan.valid_until,
        "counties": fields.get("counties_and_count", ""),
    }


def outcome(plan: Plan, number: str, document: Any) -> dict[str, Any]:
    """What higher storeys hear of a decision."""
    return {
        "plan": plan.pk,
        "project": plan.project_id,
        "unit_id": plan.unit_id,
        "kind": plan.kind,
        "number": number,
        "decided_on": clock.day_of(plan.decided_at).isoformat() if plan.decided_at else "",
        "document": str(document.pk),
    }


def refuse(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Refuse the licence (不予许可): at least one ground holds; reasons and remedies stand in the decision."""
    with on_plan(actor, "refuse", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("refuse")
        held = list(plan.findings.filter(finding="ground").order_by("ground"))
        faults = Faults()
        if not held:
            faults.add("findings", _("没有记录任何不予许可情形，不能不予许可。"), "水利部令第53号 第15条")
        if not reason.strip():
            faults.add("reason", _("不予许可须说明理由。"), "行政许可法 第38条")
        faults.refuse()
        plan.refusal_number = document_number(plan.authority.mark, "plan_decision", act.today.year)
        plan.decided_at, plan.decision_reason = act.now, reason
        document = paper(
            act,
            "refusal",
            _("不予行政许可决定书"),
            kind="plan_refusal",
            number=plan.refusal_number,
            grounds=[[one.ground, str(one.get_ground_display()), one.comment] for one in held],
            parent=str(plan.authority.parent or ""),
        )
        stop_deciding(plan, act.now)
        deadlines.start("T05", plan, at=act.now, authority=plan.authority)
        act.note(number=plan.refusal_number, grounds=[one.ground for one in held])
        tell_unit(plan, _("水土保持方案不予许可：%(name)s") % {"name": plan.project.name}, reason, now=act.now)
        act.publish(
            "plan.refused",
            **outcome(plan, plan.refusal_number, document),
            grounds=[one.ground for one in held],
        )
    return plan
