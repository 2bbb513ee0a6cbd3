"""Orders (责令) with their deadline, and what became of them (行政处罚法 第28条；水土保持法 第53—57条)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.deadlines import actions as deadlines
from conservation.errors import Refused
from supervision.cases import violations
from supervision.cases.actions.common import (
    chinese_day,
    need,
    officer_lines,
    official_number,
    paper,
    sheet,
    stepping,
    tell_party,
)
from supervision.cases.models import Case


def issue_order(
    actor: Any,
    case_id: Any,
    *,
    deadline: date,
    requirement: str = "",
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Order the party to stop, complete, clear, treat or pay by a day; the text follows the violation unless given."""
    with stepping(actor, "issue_order", case_id, order_event, now=now, reason=reason) as one:
        case = one.target
        if deadline <= one.today:
            raise Refused("deadline", _("责令期限须晚于今天。"), "行政处罚法 第28条")
        case.order_kind = case.act.order
        case.order_number = official_number(case, "order", one.today.year)
        case.order_requirement = requirement.strip() or case.act.demand
        case.order_issued_at, case.order_deadline = one.now, deadline
        case.order_served_at = case.order_lapsed_at = None
        paper(
            one, "order", "A04", "责令改正违法行为通知书",
            {"requirement": case.order_requirement, "deadline": chinese_day(deadline),
             "basis": f"{violations.LAW}{case.act.liability or case.act.duty}、《中华人民共和国行政处罚法》第二十八条第一款",
             "then_fined": bool(case.order_first)},
            number=case.order_number,
        )  # fmt: skip
        one.note(number=case.order_number, deadline=deadline.isoformat(), kind=case.order_kind)
        tell_party(
            one, _("责令改正通知：%(number)s，期限 %(day)s") % {"number": case.order_number, "day": deadline.isoformat()},
            case.order_requirement, f"order:{case.order_number}",
        )  # fmt: skip
    return case


def order_event(case: Case) -> str:
    """An act that is fined only after the order has lapsed waits in a state of its own."""
    return "order" if case.order_first or case.state == "ordered" else "order_beside"


def order_complied(actor: Any, case_id: Any, *, findings: str, now: datetime | None = None, reason: str = "") -> Case:
    """Re-checked: the party did what was ordered; the case ends without a fine."""
    with stepping(actor, "order_complied", case_id, "comply", now=now, reason=reason) as one:
        case = one.target
        case.order_complied_at = case.rectified_at = one.now
        recheck_paper(one, findings, "已按期改正")
        deadlines.stop(case, "T17", at=one.now)
        deadlines.stop(case, "T24", at=one.now)
    return case


def order_lapsed(actor: Any, case_id: Any, *, findings: str, now: datetime | None = None, reason: str = "") -> Case:
    """Re-checked after the deadline: the order was not obeyed."""
    with stepping(actor, "order_lapsed", case_id, "lapse", now=now, reason=reason) as one:
        one.target.order_lapsed_at = one.now
        recheck_paper(one, findings, "逾期未改正")
        deadlines.stop(one.target, "T17", at=one.now)
    return one.target


def recheck_paper(one: Any, findings: str, result: str) -> None:
    case = one.target
    need("findings", findings, _("请写明复查情况。"), "行政处罚法 第55条")
    sheet(
        one, "A21", "整改复查记录",
        [("责令文书", case.order_number), ("责令内容", case.order_requirement),
         ("期限", chinese_day(case.order_deadline)), ("复查情况", findings), ("复查结论", result)],
        signers=[("当事人（见证人）", ""), *officer_lines(case)],
    )  # fmt: skip
    one.note(result=result)
