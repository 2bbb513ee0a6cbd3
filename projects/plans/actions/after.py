"""What becomes of a decision: delivered, published, revoked, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.deadlines import actions as deadlines
from conservation.history.acting import Acting
from projects.plans.actions.common import need_reason, on_plan, paper, tell_unit
from projects.plans.models import Plan
from projects.registry import actions as registry


def deliver(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """The decision was delivered (送达), within 10 working days (T05)."""
    with on_plan(actor, "deliver", plan_id, now, reason) as act:
        act.move("deliver")
        act.target.delivered_at = act.target.delivered_at or act.now
        deadlines.stop(act.target, "T05", at=act.now)
        take_effect(act)
    return act.target


def publish(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """The decision was made public (公开), within 20 working days (T06)."""
    with on_plan(actor, "publish", plan_id, now, reason) as act:
        act.move("publish")
        act.target.disclosed_at = act.target.disclosed_at or act.now
        deadlines.stop(act.target, "T06", at=act.now)
        take_effect(act)
    return act.target


def take_effect(act: Acting) -> None:
    """Delivered and published: nothing more to do for the authority."""
    if act.target.delivered_at and act.target.disclosed_at:
        act.move("take_effect")


def revoke(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Revoke an approval (撤销): obtained by deceit, commitment breached, or granted without competence."""
    with on_plan(actor, "revoke", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("revoke")
        need_reason(act, _("请写明撤销的事实和依据。"))
        document = paper(
            act,
            "revocation",
            _("撤销行政许可决定书"),
            kind="plan_revocation",
            approval_number=plan.approval_number,
            decided_on=plan.decided_at,
        )
        deadlines.stop_all(plan, at=act.now)
        registry.revoke_plan(plan.project_id, number=plan.approval_number, actor=actor, now=act.now)
        act.note(number=plan.approval_number)
        tell_unit(plan, _("水土保持方案许可被撤销：%(name)s") % {"name": plan.project.name}, reason, now=act.now)
        act.publish(
            "plan.revoked",
            plan=plan.pk,
            project=plan.project_id,
            unit_id=plan.unit_id,
            number=plan.approval_number,
            document=str(document.pk),
        )
    return plan


def cancel(plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """The licence ends because the project will not be built (注销, 行政许可法 第70条). Done by the system."""
    with on_plan(None, "cancel", plan_id, now, reason) as act:
        act.move("cancel")
        deadlines.stop_all(act.target, at=act.now)
    return act.target
