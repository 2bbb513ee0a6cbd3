"""Acts of the review: technical review (clock stopped), findings per refusal ground, extension of the time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.deadlines import actions as deadlines
from conservation.documents import store
from conservation.errors import Faults, Refused
from projects.plans.actions.common import on_plan, paper, tell_authority, tell_unit
from projects.plans.models import Plan, ReviewFinding

MOST_REVIEW_DAYS = 30
"""Technical review takes at most 30 working days outside the time to decide (令53)."""


def start_technical_review(
    actor: Any,
    plan_id: Any,
    *,
    body: str,
    days: int = MOST_REVIEW_DAYS,
    now: datetime | None = None,
    reason: str = "",
) -> Plan:
    """Engage a technical review (委托技术评审): its length is told in writing, the time to decide stands still."""
    with on_plan(actor, "start_technical_review", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("start_technical_review")
        if plan.is_committed:
            raise Refused("kind", _("承诺制方案受理后即时办结，不作技术评审。"), rule=_("水利部令第53号"))
        if not body.strip():
            raise Refused("body", _("请填写技术评审机构。"))
        if not 1 <= days <= MOST_REVIEW_DAYS:
            raise Refused(
                "days",
                _("技术评审期限为 1 至 %(most)d 个工作日。") % {"most": MOST_REVIEW_DAYS},
                rule=_("水利部令第53号"),
            )
        plan.review_body, plan.review_days = body.strip()[:120], days
        document = paper(
            act, "review_notice", _("技术评审告知书"), kind="plan_review_notice", body=plan.review_body, days=days
        )
        deadlines.pause(plan, "T02", at=act.now, reason=_("技术评审"), document=document)
        deadlines.start("T03", plan, at=act.now, authority=plan.authority)
        act.note(body=plan.review_body, days=days)
        tell_unit(
            plan,
            _("方案进入技术评审：%(name)s") % {"name": plan.project.name},
            _("评审机构 %(body)s，期限 %(days)d 个工作日，不计入审批期限。")
            % {"body": plan.review_body, "days": days},
            now=act.now,
        )
    return plan


def finish_technical_review(
    actor: Any, plan_id: Any, *, opinion: str, upload: Any = None, now: datetime | None = None, reason: str = ""
) -> Plan:
    """The opinion has come in (收到评审意见): the time to decide goes on."""
    with on_plan(actor, "finish_technical_review", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("finish_technical_review")
        if not opinion.strip():
            raise Refused("opinion", _("请写明技术评审意见。"))
        plan.review_opinion = opinion.strip()[:8000]
        if upload is not None:
            act.attach(
                store.save_upload(
                    actor,
                    upload,
                    kind="plan_review_opinion",
                    title=_("技术评审意见"),
                    subject=plan,
                    now=act.now,
                    allow=("pdf", "jpg", "png", "docx"),
                )
            )
        deadlines.stop(plan, "T03", at=act.now)
        deadlines.resume(plan, "T02", at=act.now)
        tell_authority(plan, _("技术评审完成，待审查决定：%(name)s") % {"name": plan.project.name}, now=act.now)
    return plan


def skip_technical_review(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Decide without a technical review (不作技术评审)."""
    with on_plan(actor, "skip_technical_review", plan_id, now, reason) as act:
        act.move("skip_technical_review")
    return act.target


def record_findings(
    actor: Any,
    plan_id: Any,
    findings: Mapping[str, Mapping[str, str]],
    *,
    now: datetime | None = None,
    reason: str = "",
) -> Plan:
    """Record what was found for refusal grounds REF1 to REF6 (令53 第15条).

    ``findings``: ground → {``finding``: ``clear`` or ``ground``, ``comment``}; a ground that holds needs its comment.
    What is left out stays; the last word counts and earlier ones stand in the history.
    """
    with on_plan(actor, "record_findings", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("record_findings")
        faults = Faults()
        for ground, given in findings.items():
            check_finding(ground, given, faults)
        if not findings:
            faults.add("findings", _("没有要记录的审查意见。"))
        faults.refuse()
        for ground, given in sorted(findings.items()):
            ReviewFinding.objects.update_or_create(
                plan=plan,
                ground=ground,
                defaults={
                    "finding": given["finding"],
                    "comment": str(given.get("comment") or "").strip()[:4000],
                    "reviewer": actor,
                    "recorded_at": act.now,
                },
            )
        act.note(findings={ground: dict(given) for ground, given in findings.items()})
        if not open_grounds(plan):
            tell_authority(
                plan, _("审查意见已齐，待决定：%(name)s") % {"name": plan.project.name}, now=act.now, roles="approver"
            )
    return plan


def check_finding(ground: str, given: Mapping[str, str], faults: Faults) -> None:
    if ground not in ReviewFinding.Ground.values:
        faults.add(f"findings.{ground}", _("没有这一项不予许可情形。"), "水利部令第53号 第15条")
    elif given.get("finding") not in ReviewFinding.Finding.values:
        faults.add(ground, _("请选择是否存在此情形。"), "水利部令第53号 第15条")
    elif given["finding"] == "ground" and not str(given.get("comment") or "").strip():
        faults.add(ground, _("存在不予许可情形的，须写明事实和理由。"), "水利部令第53号 第15条")


def open_grounds(plan: Plan) -> list[str]:
    """The grounds that nobody has looked at yet."""
    known = set(plan.findings.values_list("ground", flat=True))
    return [code for code in ReviewFinding.Ground.values if code not in known]


def extend(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Extend the time to decide by 10 working days (延长); the reason is told to the applicant."""
    with on_plan(actor, "extend", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("extend")
        if not reason.strip():
            raise Refused("reason", _("延长期限须说明理由并告知申请人。"), rule=_("行政许可法 第42条"))
        timer = deadlines.extend(plan, "T02", at=act.now, actor=actor, reason=reason)
        act.note(due=timer.due_at.isoformat())
        tell_unit(plan, _("方案审批期限延长：%(name)s") % {"name": plan.project.name}, reason, now=act.now)
    return plan
