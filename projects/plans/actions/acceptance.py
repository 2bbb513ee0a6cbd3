"""Acts of the authority on a submitted filing: tell once what is missing, accept, or not accept (行政许可法 第32条)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.deadlines import actions as deadlines
from conservation.errors import Conflict, Refused
from conservation.history.numbers import document_number
from projects.plans.actions.common import need_reason, on_plan, paper, tell_authority, tell_unit
from projects.plans.models import Plan

MOST_ITEMS = 50


def return_for_correction(
    actor: Any, plan_id: Any, *, items: Iterable[str], now: datetime | None = None, reason: str = ""
) -> Plan:
    """Tell the applicant everything that has to be corrected, once (一次告知补正), within 5 working days (T01)."""
    listed = [text.strip()[:500] for text in items if text.strip()][:MOST_ITEMS]
    with on_plan(actor, "return_for_correction", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("return_for_correction")
        if not listed:
            raise Refused("items", _("请逐条写明需要补正的全部内容。"), rule=_("行政许可法 第32条"))
        if plan.correction_items:
            raise Conflict(
                "items",
                _("补正内容只能一次告知，本件已告知过；请受理，或作出不予受理决定。"),
                rule=_("行政许可法 第32条"),
            )
        plan.correction_items = listed
        deadlines.stop(plan, "T01", at=act.now)
        paper(act, "correction", _("补正通知书"), kind="plan_correction", items=listed)
        act.note(items=listed)
        tell_unit(
            plan,
            _("方案申报需要补正：%(name)s") % {"name": plan.project.name},
            "\n".join(f"{at}. {text}" for at, text in enumerate(listed, 1)),
            now=act.now,
        )
    return plan


def accept(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Accept a filing (受理): official number, acceptance slip; the time to decide begins.

    A report book is decided within 10 working days (T02); under the commitment system on the spot (T04).
    """
    with on_plan(actor, "accept", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("accept")
        plan.number = document_number(f"{plan.authority.mark}受", "plan_acceptance", act.today.year)
        plan.accepted_at = act.now
        deadlines.stop(plan, "T01", at=act.now)
        timer = "T04" if plan.is_committed else "T02"
        started = deadlines.start(timer, plan, at=act.now, authority=plan.authority)
        paper(
            act,
            "acceptance",
            _("受理通知书"),
            kind="plan_acceptance",
            number=plan.number,
            due=started.due_at,
            committed=plan.is_committed,
        )
        act.note(number=plan.number, due=started.due_at.isoformat())
        tell_unit(
            plan,
            _("方案申报已受理：%(name)s") % {"name": plan.project.name},
            _("受理编号 %(number)s。") % {"number": plan.number},
            now=act.now,
        )
        if plan.is_committed:
            tell_authority(
                plan, _("报告表待即时办结：%(name)s") % {"name": plan.project.name}, now=act.now, roles="approver"
            )
    return plan


def not_accept(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Not accept a filing (不予受理): no matter of licence, not competent, or not corrected as told."""
    with on_plan(actor, "not_accept", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("not_accept")
        need_reason(act, _("请写明不予受理的理由。"))
        plan.decision_reason = reason
        plan.decided_at = act.now
        deadlines.stop_all(plan, at=act.now)
        paper(act, "not_accepted", _("不予受理决定书"), kind="plan_not_accepted")
        tell_unit(plan, _("方案申报不予受理：%(name)s") % {"name": plan.project.name}, reason, now=act.now)
    return plan
