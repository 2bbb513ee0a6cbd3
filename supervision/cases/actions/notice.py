"""Proposal, legal review, prior notice, statement and defence (行政处罚法 第34条、第44—45条、第58条、第62—63条)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conservation.accounts import roles
from conservation.deadlines import actions as deadlines
from conservation.errors import Faults, Refused
from conservation.history.acting import Acting
from conservation.notices import actions as notices
from conservation.rulebook.registry import Decision
from conservation.rulebook.store import store as store_decision
from supervision.cases import rules
from supervision.cases.actions.common import (
    as_money,
    chinese_day,
    need,
    not_before,
    not_later,
    officer_lines,
    official_number,
    paper,
    refuse,
    sheet,
    stepping,
    tell_party,
    yuan,
)
from supervision.cases.actions.investigation import facts_text, penalty_article, weigh
from supervision.cases.facts import bounds
from supervision.cases.models import Case

TIERS = {"minor": "轻微", "general": "一般", "serious": "较重", "grave": "严重"}


def propose_penalty(
    actor: Any,
    case_id: Any,
    *,
    fine: Any,
    discretion_reason: str,
    suspension: bool | None = None,
    unverified_reason: str = "",
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Propose a fine inside the range of the rulebook, with the discretion sheet (B04).

    ``suspension``: production or use is ordered to stop as well (compulsory for V04); it brings the hearing offer.
    """
    with stepping(actor, "propose_penalty", case_id, "propose", now=now, reason=reason) as one:
        case = one.target
        need("discretion_reason", discretion_reason, _("请写明裁量理由。"), "行政处罚法 第34条")
        decision = weigh(case, one.today)
        keep_range(case, decision)
        amount = as_money(fine, "fine")
        refuse([rules.fine_fault(amount, case.range_minimum, case.range_maximum, "fine")])
        if decision.unverified:
            case.unverified_reason = need(
                "unverified_reason", unverified_reason,
                _("裁量幅度依据待核实的数字，须确认并写明理由。"), "penalty-range",
            )  # fmt: skip
        case.proposed_fine, case.proposed_at = amount, one.now
        case.discretion_reason = discretion_reason.strip()
        case.suspension = case.act.suspends if suspension is None else bool(suspension)
        case.collective_due = case.complicated or amount >= Decimal(decision.result["collective_from"])
        case.hearing_due = case.suspension or amount >= Decimal(decision.result["hearing_from"])
        store_decision(decision, subject_type="case", subject_id=str(case.pk), by=actor, at=one.now)
        discretion_sheet(one, decision)
        one.note(
            fine=str(amount), minimum=str(case.range_minimum), maximum=str(case.range_maximum), tier=case.range_tier
        )
    return case


def keep_range(case: Case, decision: Decision) -> None:
    """Put the range into the case; refused where the law sets no fine."""
    found = bounds(decision)
    if found is None:
        raise Refused("fine", _("法律未对该违法行为设定罚款。"), "penalty-range")
    case.range_minimum, case.range_maximum = found
    case.range_tier = str(decision.result.get("tier") or "")
    case.range_decision = decision.as_dict()


def discretion_sheet(one: Acting, decision: Decision) -> None:
    case = one.target
    lines = "；".join(line.text for line in decision.lines)
    basis = "；".join(f"{found.document}{found.article}" for found in decision.basis)
    sheet(
        one, "B04", "行政处罚裁量说明",
        [("案由", case.title), ("违法事实", case.findings), ("事实数据", facts_text(case)),
         ("裁量档次", TIERS.get(case.range_tier, "法定幅度")),
         ("裁量幅度", f"{yuan(case.range_minimum)}—{yuan(case.range_maximum)} 元"), ("推理", lines), ("依据", basis),
         ("拟处罚款", f"{yuan(case.proposed_fine)} 元"), ("裁量理由", case.discretion_reason),
         ("是否同时责令停止生产或者使用", "是" if case.suspension else "否"),
         ("待核实数字的确认", case.unverified_reason)],
        signers=officer_lines(case),
    )  # fmt: skip


def legal_review(
    actor: Any, case_id: Any, *, passed: bool, opinion: str, now: datetime | None = None, reason: str = ""
) -> Case:
    """Legal review by somebody who does not handle the case (行政处罚法 第58条)."""
    with stepping(actor, "legal_review", case_id, "review", now=now, reason=reason) as one:
        case = one.target
        need("opinion", opinion, _("请填写审核意见。"), "行政处罚法 第58条")
        if actor is not None and actor.pk in (case.officer1_id, case.officer2_id, case.hearing_chair_id):
            raise Refused("actor", _("办案人员、听证主持人不得审核本案。"), "行政处罚法 第58条")
        case.legal_reviewed_at, case.legal_reviewer, case.legal_passed = one.now, actor, bool(passed)
        sheet(
            one, "B05", "法制审核意见书",
            [("案由", case.title), ("拟处罚款", f"{yuan(case.proposed_fine)} 元"), ("审核意见", opinion),
             ("审核结论", "同意" if passed else "不同意，退回办案人员纠正")],
            signers=[("审核人员", actor)],
        )  # fmt: skip
        one.note(passed=bool(passed))
        notices.tell(
            case.officers, kind="result", subject=case, now=one.now,
            title=_("法制审核%(result)s：%(title)s") % {"result": _("通过") if passed else _("未通过"), "title": case.title},
        )  # fmt: skip
    return case


def give_prior_notice(actor: Any, case_id: Any, *, now: datetime | None = None, reason: str = "") -> Case:
    """Prior notice (A05), with the hearing offer (A06) where the law demands it."""
    with stepping(actor, "give_prior_notice", case_id, "notify", now=now, reason=reason) as one:
        case = one.target
        case.notice_number = official_number(case, "notice", one.today.year)
        case.notice_issued_at = one.now
        data = {"fine": yuan(case.proposed_fine), "basis": penalty_article(case), "facts": facts_text(case),
                "discretion": case.discretion_reason, "suspension": case.suspension, "days": "五",
                "requirement": case.order_requirement or case.act.demand,
                "findings": case.findings, "hearing": case.hearing_due}  # fmt: skip
        paper(one, "notice", "A05", "行政处罚事先告知书", data, number=case.notice_number)
        if case.hearing_due:
            number = official_number(case, "hearing", one.today.year)
            paper(one, "hearing_offer", "A06", "行政处罚听证告知书", data, number=number)
        sheet(
            one, "B06", "事先告知审批表",
            [("文号", case.notice_number), ("拟处罚款", f"{yuan(case.proposed_fine)} 元"),
             ("是否告知听证权利", "是" if case.hearing_due else "否")], signers=officer_lines(case),
        )  # fmt: skip
        one.note(number=case.notice_number, fine=str(case.proposed_fine), hearing=case.hearing_due)
        tell_party(
            one, _("行政处罚事先告知：%(number)s") % {"number": case.notice_number}, case.title,
            f"notice:{case.notice_number}",
        )  # fmt: skip
        if case.complicated:
            notices.tell_role(
                case.authority, roles.LEGAL_REVIEWER, kind="task", subject=case, now=one.now,
                title=_("待法制审核：%(title)s") % {"title": case.title}, key=f"case:{case.pk}:review",
            )  # fmt: skip
    return case


def record_defence(
    actor: Any,
    case_id: Any,
    *,
    text: str,
    recheck: str = "",
    adopted: bool = False,
    made_at: datetime | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """The party's statement and defence (A07) and, when given, the re-check of it in writing (B08)."""
    with stepping(actor, "record_defence", case_id, "defend", now=now, reason=reason) as one:
        case = one.target
        moment = made_at or one.now
        not_later(moment, one.now, "made_at")
        not_before(moment, case.notice_issued_at, "made_at", _("事先告知"))
        if case.defence != Case.Defence.MADE:
            case.defence_text = need("text", text, _("请填写陈述申辩内容。"), "行政处罚法 第45条")
            case.defence, case.defended_at = Case.Defence.MADE, moment
            sheet(
                one, "A07", "陈述申辩笔录",
                [("时间", chinese_day(moment)), ("陈述申辩人", case.party_name), ("告知书文号", case.notice_number),
                 ("陈述申辩内容", case.defence_text)],
                signers=[("陈述申辩人", ""), *officer_lines(case)],
            )  # fmt: skip
            deadlines.stop(case, "T21", at=one.now)
        if recheck.strip():
            case.defence_recheck, case.defence_rechecked_at = recheck.strip(), one.now
            sheet(
                one, "B08", "陈述申辩复核意见",
                [("陈述申辩内容", case.defence_text), ("复核意见", case.defence_recheck),
                 ("是否采纳", "采纳" if adopted else "不予采纳")], signers=officer_lines(case),
            )  # fmt: skip
        one.note(rechecked=bool(recheck.strip()), adopted=bool(adopted))
    return case


def record_waiver(
    actor: Any,
    case_id: Any,
    *,
    defence: bool = True,
    hearing: bool = True,
    made_at: datetime | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """The party gave up, in writing, its statement and defence, its hearing, or both (A07)."""
    with stepping(actor, "record_waiver", case_id, "waive", now=now, reason=reason) as one:
        case = one.target
        moment = made_at or one.now
        not_later(moment, one.now, "made_at")
        not_before(moment, case.notice_issued_at, "made_at", _("事先告知"))
        faults = Faults()
        if not (defence or hearing):
            faults.add("defence", _("请选择放弃的权利。"))
        if defence and case.defence == Case.Defence.MADE:
            faults.add("defence", _("当事人已经陈述申辩，不能记为放弃。"), "行政处罚法 第45条")
        faults.refuse()
        given_up = []
        if defence:
            case.defence, case.defended_at = Case.Defence.WAIVED, moment
            given_up.append("陈述、申辩")
            deadlines.stop(case, "T21", at=one.now)
        if hearing and case.hearing_offer_served_at is not None:
            case.hearing_waived_at = moment
            given_up.append("听证")
            deadlines.stop(case, "T22", at=one.now)
        sheet(
            one, "A07", "放弃陈述申辩、听证声明",
            [("声明人", case.party_name), ("告知书文号", case.notice_number), ("声明时间", chinese_day(moment)),
             ("声明内容", f"自愿放弃{'和'.join(given_up)}的权利" if given_up else "")],
            signers=[("声明人（签名或者盖章）", ""), *officer_lines(case)],
        )  # fmt: skip
        one.note(given_up=given_up)
    return case
