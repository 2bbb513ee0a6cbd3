"""Collective discussion, decision, extension (行政处罚法 第33条、第57条、第59—60条)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.deadlines import actions as deadlines
from conservation.documents.models import Document
from conservation.errors import Faults, Refused
from conservation.history.acting import Acting
from supervision.cases import rules
from supervision.cases.actions.common import (
    approver_of,
    as_money,
    chinese_day,
    need,
    officer_lines,
    official_number,
    paper,
    refuse,
    sheet,
    stepping,
    tell_party,
    yuan,
)
from supervision.cases.actions.investigation import evidence_of, facts_text, penalty_article
from supervision.cases.models import Case

DEFENCE_TEXT = {
    "made": "当事人进行了陈述申辩",
    "waived": "当事人书面放弃陈述申辩",
    "none": "当事人在规定期限内未进行陈述申辩",
}


def collective_discussion(
    actor: Any,
    case_id: Any,
    *,
    attendants: str,
    minutes: str,
    result: str,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """The heads discussed the case together (集体讨论): compulsory for complex cases and large fines."""
    with stepping(actor, "collective_discussion", case_id, "discuss", now=now, reason=reason) as one:
        case, faults = one.target, Faults()
        for key, text, told in (
            ("attendants", attendants, _("请写明参加讨论的负责人。")),
            ("minutes", minutes, _("请填写讨论记录。")),
            ("result", result, _("请写明讨论结论。")),
        ):
            if not text.strip():
                faults.add(key, told, "行政处罚法 第57条")
        faults.refuse()
        case.collective_at, case.collective_result = one.now, result.strip()
        sheet(
            one, "B07", "重大案件集体讨论笔录",
            [("案由", case.title), ("参加人员", attendants), ("拟处罚款", f"{yuan(case.proposed_fine)} 元"),
             ("讨论记录", minutes), ("讨论结论", result)], signers=[("参加人员（签名）", "")],
        )  # fmt: skip
    return case


def decide(
    actor: Any,
    case_id: Any,
    *,
    fine: Any,
    decision_reason: str = "",
    approver_id: Any = None,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Decide the penalty: the fine inside the range and not above the one notified, a gap-free number, the document."""
    with stepping(actor, "decide", case_id, "decide", now=now, reason=reason) as one:
        case = one.target
        amount = as_money(fine, "fine")
        refuse([
            rules.fine_fault(amount, case.range_minimum, case.range_maximum, "fine"),
            rules.heavier_fault(amount, case.proposed_fine, case.defence == Case.Defence.MADE),
        ])  # fmt: skip
        head = approver_of(one, approver_id)
        if not case.authority.collecting_bank:
            raise Refused(
                "authority",
                _("办案机关未登记代收银行，决定书须载明代收机构。"),
                "罚款决定与罚款收缴分离实施办法 第7条",
            )
        case.fine, case.decided_at, case.decided_by = amount, one.now, head
        case.decision_reason = decision_reason.strip()
        case.decision_number = official_number(case, "decision", one.today.year)
        approval_sheet(one, head, f"罚款 {yuan(amount)} 元")
        if case.defence == Case.Defence.NONE:
            sheet(
                one, "A07", "逾期未陈述申辩情况说明",
                [("告知书文号", case.notice_number), ("送达日期", chinese_day(case.notice_served_at)),
                 ("期限届满日", chinese_day(case.defence_due_on)), ("情况", "当事人在规定期限内未提出陈述申辩")],
                signers=officer_lines(case),
            )  # fmt: skip
        document = decision_paper(one)
        finish_undecided(one)
        deadlines.start("T34", case, at=one.now, authority=case.authority)
        one.note(number=case.decision_number, fine=str(amount), approved_by=head.pk)
        one.publish(
            "case.decided", case=case.pk, number=case.decision_number, unit_id=case.unit_id, project_id=case.project_id,
            violation=case.violation, fine=str(amount), decided_on=one.today.isoformat(), document=str(document.pk),
        )  # fmt: skip
        tell_party(one, _("行政处罚决定：%(number)s") % {"number": case.decision_number}, case.title, "decided")
    return case


def decision_paper(one: Acting) -> Document:
    """The decision with all that article 59 asks for, the collecting bank and the surcharge."""
    case = one.target
    hearing = "已依法举行听证" if case.hearing_held_at else "当事人未要求听证" if case.hearing_offer_served_at else ""
    return paper(
        one, "decision", "A02", "行政处罚决定书",
        {"fine": yuan(case.fine), "amount_words": chinese_amount(case.fine), "facts": facts_text(case),
         "basis": penalty_article(case), "discretion": case.discretion_reason,
         "evidence": [document.title for document in evidence_of(case)],
         "notice_number": case.notice_number, "notice_day": chinese_day(case.notice_served_at),
         "defence": DEFENCE_TEXT[case.defence], "recheck": case.defence_recheck, "hearing": hearing,
         "ordered": f"{chinese_day(case.order_served_at)}送达《责令改正违法行为通知书》（{case.order_number}），责令"
                    f"{case.order_requirement}" if case.order_served_at else "",
         "lapsed": bool(case.order_lapsed_at), "requirement": case.act.demand,
         "suspension": case.suspension, "reason": case.decision_reason},
        number=case.decision_number,
    )  # fmt: skip


def approval_sheet(one: Acting, head: Any, result: str) -> None:
    case = one.target
    sheet(
        one, "B06", "行政处罚决定审批表",
        [("案由", case.title), ("违法事实", case.findings), ("处理意见", result), ("理由", case.decision_reason)],
        signers=[*officer_lines(case), ("负责人审批", f"{head} 同意")],
    )  # fmt: skip


def finish_undecided(one: Acting) -> None:
    """Stop what ran up to the decision; service runs now (T25)."""
    case = one.target
    for code in ("T17", "T21", "T22", "T24"):
        deadlines.stop(case, code, at=one.now)
    deadlines.start("T25", case, at=one.now, authority=case.authority)


def no_penalty(actor: Any, case_id: Any, *, reason: str, approver_id: Any = None, now: datetime | None = None) -> Case:
    """Decide not to punish: slight and corrected, first offence, no fault of the party (行政处罚法 第33条)."""
    return without_fine(actor, case_id, "no_penalty", "spare", "不予行政处罚决定书", reason, approver_id, now)


def dismiss(actor: Any, case_id: Any, *, reason: str, approver_id: Any = None, now: datetime | None = None) -> Case:
    """The facts do not stand: no penalty may be imposed (行政处罚法 第57条第一款第三项)."""
    return without_fine(actor, case_id, "dismiss", "dismiss", "违法事实不成立不予处罚决定书", reason, approver_id, now)


def without_fine(
    actor: Any, case_id: Any, act: str, event: str, title: str, reason: str, approver_id: Any, now: datetime | None
) -> Case:
    with stepping(actor, act, case_id, event, now=now, reason=reason) as one:
        case = one.target
        need("reason", reason, _("请写明理由。"), "行政处罚法 第57条")
        head = approver_of(one, approver_id)
        case.decided_at, case.decided_by, case.decision_reason = one.now, head, reason.strip()
        case.decision_number = official_number(case, "decision", one.today.year)
        approval_sheet(one, head, title.removesuffix("决定书"))
        paper(
            one, "no_penalty", "A02", title,
            {"reason": case.decision_reason, "dismissed": event == "dismiss", "facts": facts_text(case),
             "requirement": case.act.demand},
            number=case.decision_number,
        )  # fmt: skip
        finish_undecided(one)
        one.note(number=case.decision_number, approved_by=head.pk)
        tell_party(one, f"{title}：{case.decision_number}", case.title, "decided")
    return case


def extend(
    actor: Any,
    case_id: Any,
    *,
    until: date,
    reason: str,
    approver_id: Any = None,
    now: datetime | None = None,
) -> Case:
    """Extend the period for the decision, approved by the head (B06)."""
    with stepping(actor, "extend", case_id, "extend", now=now, reason=reason) as one:
        case = one.target
        need("reason", reason, _("请写明延长的理由。"), "行政处罚法 第60条")
        due = max(one_day for one_day in (case.decide_due_on, case.extended_until) if one_day)
        if until <= due or until < one.today:
            raise Refused(
                "until", _("延长后的日期须晚于现有期限 %(day)s。") % {"day": due.isoformat()}, "行政处罚法 第60条"
            )
        head = approver_of(one, approver_id)
        case.extended_until, case.extension_reason = until, reason.strip()
        sheet(
            one, "B06", "延长办案期限审批表",
            [("案由", case.title), ("原期限", chinese_day(due)), ("延长至", chinese_day(until)), ("理由", reason)],
            signers=[*officer_lines(case), ("负责人审批", f"{head} 同意延长")],
        )  # fmt: skip
        lengthen(one, (until - clock.day_of(case.filed_at)).days)
        one.note(until=until.isoformat(), approved_by=head.pk)
    return case


def lengthen(one: Acting, days: int) -> None:
    """Give the running timer its new total. One that has run out keeps its breach; the extension stands in the case."""
    try:
        deadlines.extend(
            one.target, "T24", at=one.now, actor=one.actor, reason=one.target.extension_reason, length=days
        )
    except Refused:
        one.note(timer="not extended")


DIGITS, PLACES, GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿")


def chinese_amount(amount: Any) -> str:
    """Amount in formal Chinese figures: 150000.00 → 壹拾伍万元整."""
    yuan_part, cents = divmod(int(amount * 100), 100)
    words, group = "", 0
    rest = yuan_part
    while rest:
        rest, four = divmod(rest, 10000)
        part = four_digits(four)
        if part:
            gap = "零" if words and four % 10 == 0 and not words.startswith("零") else ""
            words = f"{part}{GROUPS[group]}{gap}{words}"
        if rest and 0 < four < 1000:
            words = "零" + words
        group += 1
    words = (words or "零") + "元"
    if not cents:
        return words + "整"
    tenth, hundredth = divmod(cents, 10)
    words += f"{DIGITS[tenth]}角" if tenth else "零"
    return words + (f"{DIGITS[hundredth]}分" if hundredth else "")


def four_digits(number: int) -> str:
    """Up to four digits: 1050 → 壹仟零伍拾."""
    words, zero = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + DIGITS[digit] + PLACES[place]
            zero = False
        else:
            zero = True
    return words
