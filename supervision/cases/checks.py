"""Consistency of a case file before its export: the sixteen checks of the dossier, and the papers it must hold.

Each check answers None (does not apply), "" (in order) or a message. Sources are the articles that ``rules.py`` cites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from conservation.documents.models import Document
from conservation.rulebook.registry import decide
from conservation.rulebook.values import InputError
from supervision.cases.actions.serving import SERVABLE
from supervision.cases.facts import day, earliest_hearing, period_end, rule_inputs
from supervision.cases.models import Case

RECORDS = ("A01", "A12", "A13", "A21")
MANDATORY = {
    "main": ("A01", "A02", "A03", "A04", "A05", "A07", "A09", "A10", "A11", "A12", "A13", "A16", "A21"),
    "secondary": ("B01", "B03", "B04", "B06", "B12"),
}
PREREGISTRATION_DAYS = "T19"
SEIZURE = "T20"


@dataclass
class File:
    """A case with its papers, as the checks read it."""

    case: Case
    documents: list[Document]
    served: frozenset[Any] = frozenset()
    """Ids of the documents that have a service with a receipt."""
    kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = frozenset(one.kind for one in self.documents)

    def data(self, kind: str) -> dict[str, Any] | None:
        """What the newest generated paper of a kind was made from."""
        found = [one for one in self.documents if one.kind == kind and one.generated]
        return found[-1].facts.get("data", {}) if found else None


Answer = str | None


def filing_before_questioning(file: File) -> Answer:
    case = file.case
    if not (case.filed_at and case.questioned_at):
        return None
    return "" if day(case.filed_at) <= day(case.questioned_at) else _("立案晚于首次正式询问。")


def notice_before_decision(file: File) -> Answer:
    case = file.case
    if case.fine is None or case.decided_at is None:
        return None
    if case.notice_served_at is None or case.notice_served_at >= case.decided_at:
        return _("事先告知书未在决定之前送达。")
    exercised = case.hearing_waived_at or case.hearing_held_at
    if case.hearing_offer_served_at and not exercised and case.hearing_due_on:
        if day(case.decided_at) <= case.hearing_due_on:
            return _("已告知听证权利，决定早于申请听证的期限届满。")
    return ""


def hearing_notice_in_time(file: File) -> Answer:
    case = file.case
    if case.hearing_held_at is None:
        return None
    if case.hearing_notice_served_at is None:
        return _("听证通知书没有送达记录。")
    held, earliest = day(case.hearing_on), earliest_hearing(day(case.hearing_notice_served_at))
    return "" if held is not None and held >= earliest else _("听证早于通知送达后七个工作日。")


def decided_in_time(file: File) -> Answer:
    case = file.case
    limits = [one for one in (case.decide_due_on, case.extended_until) if one]
    if case.decided_at is None or not limits:
        return None
    return "" if day(case.decided_at) <= max(limits) else _("决定超过办案期限且没有延期审批。")


def served_in_time(file: File) -> Answer:
    case = file.case
    if case.served_at is None or case.decided_at is None:
        return None
    late = day(case.served_at) > period_end("T25", day(case.decided_at))
    return _("决定书超过七个工作日送达，没有写明理由。") if late and not case.service_delay_reason else ""


def two_officers(file: File) -> Answer:
    case = file.case
    if case.filed_at is None:
        return None
    pair = case.officers
    if len({one.pk for one in pair}) < 2 or not all(one.certificate_no for one in pair):
        return _("没有两名持证的办案人员。")
    if {case.hearing_chair_id, case.legal_reviewer_id} & {one.pk for one in pair}:
        return _("办案人员兼任听证主持人或法制审核人员。")
    for document in file.documents:
        officers = document.facts.get("data", {}).get("officers") if document.kind in RECORDS else None
        if officers is not None and len({one["certificate"] for one in officers if one["certificate"]}) < 2:
            return _("%(title)s没有两名持证人员。") % {"title": document.title}
    return ""


def fine_in_range(file: File) -> Answer:
    case = file.case
    if case.fine is None:
        return None
    if case.range_decision is None or case.range_minimum is None or case.range_maximum is None:
        return _("没有裁量幅度的规则决定。")
    if not case.range_minimum <= case.fine <= case.range_maximum:
        return _("罚款不在裁量幅度之内。")
    try:
        again = decide("penalty-range", rule_inputs(case), on=date.fromisoformat(case.range_decision["on"]),
                       province=case.range_decision["province"])  # fmt: skip
    except InputError as caught:
        return _("按案件事实不能重算裁量幅度：%(why)s") % {"why": caught.message}
    same = all(again.result[key] == case.range_decision["result"][key] for key in ("minimum", "maximum"))
    return "" if same else _("按案件事实重算的裁量幅度与当时不同。")


def same_facts(file: File) -> Answer:
    report, notice, decision = file.data("B03"), file.data("A05"), file.data("A02")
    if file.case.fine is None or decision is None:
        return None
    if report is None or notice is None:
        return _("缺少调查终结报告或事先告知书，不能核对事实、条款和金额。")
    findings = {notice["case"]["findings"], decision["case"]["findings"], dict(report["sections"]).get("违法事实", "")}
    if len(findings) > 1:
        return _("调查终结报告、事先告知书、决定书的违法事实不一致。")
    if len({notice["basis"], decision["basis"], dict(report["sections"]).get("处罚依据", "")}) > 1:
        return _("调查终结报告、事先告知书、决定书的处罚依据不一致。")
    told, fined = amount(notice["fine"]), amount(decision["fine"])
    if told is None or fined is None or fined > told:
        return _("决定书的罚款高于事先告知书。")
    if fined < told and not file.case.decision_reason:
        return _("决定书的罚款低于事先告知书，没有写明理由。")
    return ""


def amount(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def collective(file: File) -> Answer:
    if file.case.fine is None or not (file.case.collective_due or file.case.complicated):
        return None
    return "" if "B07" in file.kinds else _("达到集体讨论标准，缺少集体讨论笔录。")


def hearing_offered(file: File) -> Answer:
    if file.case.fine is None or not file.case.hearing_due:
        return None
    return "" if "A06" in file.kinds else _("须告知听证权利，缺少听证告知书。")


def order_lapsed(file: File) -> Answer:
    case = file.case
    if case.fine is None or not case.order_first:
        return None
    done = "A04" in file.kinds and case.order_served_at and case.order_lapsed_at and case.order_deadline
    if not done:
        return _("先责令后处罚的案件，缺少已送达并逾期的责令通知书。")
    return "" if day(case.order_lapsed_at) > case.order_deadline else _("责令期限届满前认定逾期。")


def measured(file: File) -> Answer:
    if file.case.violation != "V03" or file.case.investigated_at is None:
        return None
    return "" if "A15" in file.kinds else _("按方量处罚的案件，缺少方量测算报告。")


def receipts(file: File) -> Answer:
    due = [one for one in file.documents if one.kind in SERVABLE and one.generated and one.number]
    if not due:
        return None
    missing = [one.title for one in due if one.pk not in file.served]
    return _("没有送达回证：%(titles)s。") % {"titles": "、".join(missing)} if missing else ""


def performed_before_closing(file: File) -> Answer:
    if file.case.closed_at is None or file.case.fine is None:
        return None
    paid = file.case.fine == 0 or "A20" in file.kinds
    return (
        ""
        if "A24" in file.kinds or (paid and (file.case.rectified_at or not file.case.order_issued_at))
        else _("结案前没有缴款凭证、整改复查记录或者强制执行材料。")
    )


def seizure_days(file: File) -> Answer:
    found = [one for one in file.documents if one.kind == "A18"]
    if not found:
        return None
    days = [one.facts["days"] for one in found if isinstance(one.facts.get("days"), int)]
    longest = 2 * decide_length(SEIZURE)
    if not days:
        return _("查封、扣押材料没有记载净天数。")
    return "" if max(days) <= longest else _("查封、扣押超过 %(days)d 日。") % {"days": longest}


def decide_length(timer: str) -> int:
    return int(decide("deadline", {"timer": timer, "start": "2026-01-05"}).result["length"])


def preregistration(file: File) -> Answer:
    found = [one for one in file.documents if one.kind == "A17"]
    if not found:
        return None
    for one in found:
        registered, disposed = one.facts.get("registered_on"), one.facts.get("disposed_on")
        if not registered or not disposed:
            return _("先行登记保存材料没有记载登记和处理日期。")
        if date.fromisoformat(disposed) > period_end(PREREGISTRATION_DAYS, date.fromisoformat(registered)):
            return _("先行登记保存超过七个工作日未作处理。")
    return ""


CHECKS: tuple[tuple[str, Callable[[File], Answer]], ...] = (
    ("01-filing-before-questioning", filing_before_questioning),
    ("02-notice-before-decision", notice_before_decision),
    ("03-hearing-notice", hearing_notice_in_time),
    ("04-decided-in-time", decided_in_time),
    ("05-served-in-time", served_in_time),
    ("06-two-officers", two_officers),
    ("07-fine-in-range", fine_in_range),
    ("08-same-facts", same_facts),
    ("09-collective-discussion", collective),
    ("10-hearing-offered", hearing_offered),
    ("11-order-lapsed", order_lapsed),
    ("12-measurement", measured),
    ("13-receipts", receipts),
    ("14-performed-before-closing", performed_before_closing),
    ("15-seizure-days", seizure_days),
    ("16-preregistration", preregistration),
)


def run(file: File) -> dict[str, Any]:
    """``problems`` [{check, message}], ``passed`` and ``not_applicable`` [check]."""
    answers = {name: check(file) for name, check in CHECKS}
    return {
        "problems": [{"check": name, "message": text} for name, text in answers.items() if text],
        "passed": [name for name, text in answers.items() if text == ""],
        "not_applicable": [name for name, text in answers.items() if text is None],
    }


def missing(kinds: Iterable[str], volume: str, closed: bool) -> list[str]:
    """Compulsory papers that a closed file of this volume lacks; nothing is missing from a case that still runs."""
    have = set(kinds)
    return [kind for kind in MANDATORY[volume] if kind not in have] if closed else []
