"""Hearing (听证): asked for in time, called seven working days before, held or given up (行政处罚法 第63—65条)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts import roles
from conservation.deadlines import actions as deadlines
from conservation.errors import Refused
from supervision.cases.actions.common import (
    chinese_day,
    chinese_moment,
    holder,
    need,
    not_before,
    not_later,
    official_number,
    paper,
    sheet,
    stepping,
    tell_party,
)
from supervision.cases.facts import period_end
from supervision.cases.models import Case


def request_hearing(
    actor: Any,
    case_id: Any,
    *,
    grounds: str = "",
    requested_at: datetime | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """The party asked for a hearing within five working days of the offer's service."""
    with stepping(actor, "request_hearing", case_id, "request_hearing", now=now, reason=reason) as one:
        case = one.target
        moment = requested_at or one.now
        not_later(moment, one.now, "requested_at")
        not_before(moment, case.notice_issued_at, "requested_at", _("事先告知"))
        case.hearing_requested_at, case.hearing_waived_at = moment, None
        sheet(
            one, "A08", "听证申请登记表",
            [("申请人", case.party_name), ("告知书文号", case.notice_number), ("申请时间", chinese_day(moment)),
             ("申请理由", grounds)], signers=[("申请人", "")],
        )  # fmt: skip
        deadlines.stop(case, "T22", at=one.now)
        pause_decision(case, one.now)
    return case


def pause_decision(case: Case, now: datetime) -> None:
    """The hearing does not count in the period for the decision; the timer is paused when one runs."""
    try:
        deadlines.pause(case, "T24", at=now, reason="听证期间不计入办案期限")
    except Refused:
        return


def call_hearing(
    actor: Any,
    case_id: Any,
    *,
    hearing_on: datetime,
    place: str,
    chair_id: Any,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Name time, place and chair. The chair neither handles nor reviews the case; the notice needs seven working days."""
    with stepping(actor, "call_hearing", case_id, "call_hearing", now=now, reason=reason) as one:
        case = one.target
        chair = holder(case, chair_id, (roles.LEADER, roles.LEGAL_REVIEWER, roles.CASE_OFFICER), "chair_id", one.today)
        if chair.pk in (case.officer1_id, case.officer2_id, case.legal_reviewer_id):
            raise Refused("chair_id", _("听证主持人不得是本案办案人员或法制审核人员。"), "行政处罚法 第64条")
        earliest = period_end("T23", one.today)
        if clock.day_of(hearing_on) < earliest:
            raise Refused(
                "hearing_on", _("须在听证七个工作日前通知当事人，最早为 %(day)s。") % {"day": earliest.isoformat()},
                "行政处罚法 第64条",
            )  # fmt: skip
        case.hearing_on, case.hearing_chair = hearing_on, chair
        case.hearing_place = need("place", place, _("请写明听证地点。"))[:200]
        case.hearing_notice_served_at = None
        number = official_number(case, "hearing", one.today.year)
        paper(
            one, "hearing_notice", "A08", "行政处罚听证通知书",
            {"time": chinese_moment(hearing_on), "place": case.hearing_place, "chair": str(chair)}, number=number,
        )  # fmt: skip
        one.note(hearing_on=hearing_on.isoformat(), place=case.hearing_place, chair=chair.pk)
        tell_party(one, _("听证通知：%(when)s，%(place)s") % {"when": chinese_moment(hearing_on), "place": place},
                   case.title, f"hearing:{number}")  # fmt: skip
    return case


def hold_hearing(
    actor: Any,
    case_id: Any,
    *,
    record: str,
    report: str,
    attended: bool = True,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """The hearing took place, or the party stayed away without reason, which counts as giving it up."""
    with stepping(actor, "hold_hearing", case_id, "hear", now=now, reason=reason) as one:
        case = one.target
        need("record", record, _("请填写听证笔录要点。"), "行政处罚法 第64条、第65条")
        need("report", report, _("请填写听证报告。"), "行政处罚法 第65条")
        case.hearing_held_at, case.hearing_report = one.now, report.strip()
        sheet(
            one, "A08", "听证笔录",
            [("时间", chinese_moment(case.hearing_on)), ("地点", case.hearing_place), ("主持人", case.hearing_chair),
             ("当事人到场情况", "到场" if attended else "无正当理由未到场，视为放弃听证"), ("听证情况", record)],
            signers=[("主持人", case.hearing_chair), ("记录人", ""), ("当事人", "")],
        )  # fmt: skip
        sheet(
            one,
            "B09",
            "听证报告",
            [("案由", case.title), ("听证意见", report)],
            signers=[("主持人", case.hearing_chair)],
        )
        one.note(attended=bool(attended))
        resume_decision(case, one.now)
    return case


def resume_decision(case: Case, now: datetime) -> None:
    """Let the period for the decision run on; its end moves by the days of the hearing."""
    try:
        timer = deadlines.resume(case, "T24", at=now)
    except Refused:
        return
    case.decide_due_on = clock.day_of(timer.due_at)
