"""Payment, re-check of rectification, closing, archive (行政处罚法 第47条、第66—72条)."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.deadlines import actions as deadlines
from conservation.errors import Refused
from conservation.history.acting import Acting
from conservation.history.numbers import next_number
from supervision.cases import rules
from supervision.cases.actions.common import (
    approver_of,
    as_money,
    chinese_day,
    need,
    officer_lines,
    sheet,
    stepping,
    tell_party,
    yuan,
)
from supervision.cases.facts import days_late, facts_of, surcharge_on
from supervision.cases.models import Case


def record_payment(
    actor: Any,
    case_id: Any,
    *,
    amount: Any,
    paid_on: date | None = None,
    reference: str = "",
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Record a payment at the bank; a late one owes the surcharge of 3 % a day, at most the fine (A20)."""
    with stepping(actor, "record_payment", case_id, "pay", now=now, reason=reason) as one:
        case = one.target
        day = paid_on or one.today
        if day > one.today or day < clock.day_of(case.decided_at):
            raise Refused("paid_on", _("缴款日期须在决定之后、今天之前。"), "行政处罚法 第67条")
        if case.paid_at is not None:
            raise Refused("amount", _("罚款已经缴清。"), "行政处罚法 第67条")
        paid = as_money(amount, "amount")
        need("reference", reference, _("请填写缴款凭证号。"), "行政处罚法 第70条")
        surcharge = surcharge_on(case, day)
        owed = case.fine + surcharge - (case.paid_amount or Decimal(0))
        if paid == 0 or paid > owed:
            raise Refused(
                "amount", _("应缴 %(owed)s 元（其中加处罚款 %(surcharge)s 元）。")
                % {"owed": yuan(owed), "surcharge": yuan(surcharge)}, "fine-surcharge",
            )  # fmt: skip
        case.surcharge, case.paid_amount = surcharge, (case.paid_amount or Decimal(0)) + paid
        sheet(
            one, "A20", "罚款缴纳登记表",
            [("决定书文号", case.decision_number), ("罚款", f"{yuan(case.fine)} 元"), ("缴款期限", chinese_day(case.pay_due_on)),
             ("缴款日期", chinese_day(day)), ("逾期天数", str(days_late(case, day))), ("加处罚款", f"{yuan(surcharge)} 元"),
             ("本次缴纳", f"{yuan(paid)} 元"), ("累计缴纳", f"{yuan(case.paid_amount)} 元"), ("凭证号", reference)],
            signers=officer_lines(case),
        )  # fmt: skip
        if paid == owed:
            case.paid_at = max(datetime.combine(day, time(12), tzinfo=clock.SHANGHAI), case.decided_at)
            deadlines.stop(case, "T27", at=one.now)
        one.note(amount=str(paid), surcharge=str(surcharge), open=str(owed - paid), reference=reference)
        perform_when_done(one)
    return case


def perform_when_done(one: Acting) -> None:
    """The case is performed once the fine is paid and what was ordered is done."""
    case = one.target
    if case.state == "served" and not rules.performing(facts_of(case, one.today)):
        one.move("perform")
        case.performed_at = one.now


def record_rectification(
    actor: Any,
    case_id: Any,
    *,
    findings: str,
    passed: bool = True,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Re-check on site of what the party was ordered to do (A21)."""
    with stepping(actor, "record_rectification", case_id, "rectify", now=now, reason=reason) as one:
        case = one.target
        need("findings", findings, _("请写明复查情况。"), "行政处罚法 第28条")
        if passed:
            case.rectified_at = one.now
            deadlines.stop(case, "T17", at=one.now)
        sheet(
            one, "A21", "整改复查记录",
            [("责令文书", case.order_number), ("责令内容", case.order_requirement or case.act.demand), ("复查情况", findings),
             ("复查结论", "合格" if passed else "不合格")], signers=[("当事人（见证人）", ""), *officer_lines(case)],
        )  # fmt: skip
        one.note(passed=bool(passed))
        perform_when_done(one)
    return case


def close(
    actor: Any,
    case_id: Any,
    *,
    result: str = "",
    approver_id: Any = None,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Close the case with the head's approval (B12)."""
    with stepping(actor, "close", case_id, "close", now=now, reason=reason) as one:
        case = one.target
        head = approver_of(one, approver_id)
        case.closed_at, case.closed_by = one.now, head
        case.closing_result = result.strip() or RESULTS.get(one.from_state, "")
        sheet(
            one, "B12", "结案审批表",
            [("案由", case.title), ("决定书文号", case.decision_number), ("罚款", f"{yuan(case.fine)} 元" if case.fine else ""),
             ("履行情况", f"已缴纳 {yuan(case.paid_amount)} 元" if case.paid_amount else ""),
             ("整改情况", "复查合格" if case.rectified_at else ""), ("移送", case.transferred_to),
             ("处理结果", case.closing_result)],
            signers=[*officer_lines(case), ("负责人审批", f"{head} 同意结案")],
        )  # fmt: skip
        deadlines.stop_all(case, at=one.now)
        one.note(result=case.closing_result, approved_by=head.pk)
        one.publish("case.closed", case=case.pk, number=case.number, unit_id=case.unit_id, project_id=case.project_id,
                    violation=case.violation, result=one.from_state, closed_on=one.today.isoformat())  # fmt: skip
        tell_party(one, _("案件已结案：%(number)s") % {"number": case.number}, case.title, "closed")
    return case


RESULTS = {
    "complied": "当事人已按责令通知期限改正，不予罚款",
    "performed": "行政处罚决定已履行完毕",
    "no_penalty": "决定不予行政处罚",
    "dismissed": "违法事实不成立",
    "transferred": "已移送有权机关处理",
}


def archive(
    actor: Any, case_id: Any, *, retention: str = "30年", now: datetime | None = None, reason: str = ""
) -> Case:
    """Give the file its archive number (year and running number of closed cases) and its retention period."""
    with stepping(actor, "archive", case_id, "archive", now=now, reason=reason) as one:
        case = one.target
        if retention not in ("永久", "30年", "10年"):
            raise Refused("retention", _("保管期限只能是永久、30年或10年。"))
        case.archived_at, case.retention = one.now, retention
        issuer = f"authority-{case.authority_id}"
        running = next_number(issuer, "archive", one.today.year)
        case.archive_number = f"{case.authority.division_code}-{case.authority_id}-{one.today.year}{running:04d}"
        one.note(archive_number=case.archive_number, retention=retention)
    return case
