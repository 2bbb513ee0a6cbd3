"""Service of documents with receipts (送达): what the law counts from is set here (行政处罚法 第61条)."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.deadlines import actions as deadlines
from conservation.documents.models import Document
from conservation.errors import Conflict, Faults, NotFound, Refused
from conservation.history.acting import Acting
from supervision.cases.actions.common import chinese_day, chinese_moment, need, not_later, paper, stepping, tell_party
from supervision.cases.facts import period_end
from supervision.cases.models import Case, Service

SERVABLE = ("A02", "A04", "A05", "A06", "A08", "A22", "A23")
NOTED = (Service.Method.LEFT, Service.Method.ELECTRONIC, Service.Method.PUBLIC)
METHODS = {"direct": "直接送达", "left": "留置送达", "post": "邮寄送达", "entrusted": "委托送达", "electronic": "电子送达",
           "public": "公告送达"}  # fmt: skip


def serve(
    actor: Any,
    case_id: Any,
    *,
    document_id: Any,
    method: str,
    recipient: str,
    handed_at: datetime | None = None,
    place: str = "",
    note: str = "",
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Record that a document was served. Public notice counts as served after its 30 days (T26)."""
    with stepping(actor, "serve", case_id, "serve", now=now, reason=reason) as one:
        document = servable(one.target, document_id)
        if document.kind == "A02" and one.target.decision_number and one.target.fine is not None:
            raise Conflict("document_id", _("处罚决定书请用“送达处罚决定”办理。"))
        service = hand_over(one, document, method, recipient, handed_at or one.now, place, note)
        EFFECTS.get(document.kind, nothing)(one, service.served_at)
    return one.target


def serve_decision(
    actor: Any,
    case_id: Any,
    *,
    method: str,
    recipient: str,
    handed_at: datetime | None = None,
    place: str = "",
    note: str = "",
    delay_reason: str = "",
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Serve the penalty decision within 7 working days (T25); later only with a recorded reason. Payment runs (T27)."""
    with stepping(actor, "serve_decision", case_id, "serve_decision", now=now, reason=reason) as one:
        case = one.target
        moment = handed_at or one.now
        document = latest(case, "A02")
        if clock.day_of(moment) > period_end("T25", clock.day_of(case.decided_at)):
            case.service_delay_reason = need(
                "delay_reason",
                delay_reason,
                _("决定书应在作出后七个工作日内送达；逾期须写明理由。"),
                "行政处罚法 第61条",
            )
        service = hand_over(one, document, method, recipient, moment, place, note)
        case.served_at = service.served_at
        deadlines.stop(case, "T25", at=one.now)
        timer = deadlines.start("T27", case, at=service.served_at, unit=case.unit)
        case.pay_due_on = clock.day_of(timer.due_at)
        tell_party(
            one, _("处罚决定已送达：%(number)s，缴款期限 %(day)s")
            % {"number": case.decision_number, "day": case.pay_due_on.isoformat()}, case.title, "decision-served",
        )  # fmt: skip
    return case


def servable(case: Case, document_id: Any) -> Document:
    """The case's document, not served yet; raises ``NotFound``, ``Refused`` or ``Conflict``."""
    try:
        found = Document.objects.filter(subject_type="case", subject_id=str(case.pk), pk=document_id).first()
    except (ValueError, TypeError):
        found = None
    except Exception as caught:  # a malformed UUID
        if type(caught).__name__ != "ValidationError":
            raise
        found = None
    if found is None:
        raise NotFound("document_id", _("本案没有这份文书。"))
    if found.kind not in SERVABLE:
        raise Refused("document_id", _("这份材料不是须送达当事人的文书。"))
    if Service.objects.filter(document=found).exists():
        raise Conflict("document_id", _("这份文书已经送达。"))
    return found


def latest(case: Case, kind: str) -> Document:
    """The newest paper of a kind in the case."""
    found = Document.objects.filter(subject_type="case", subject_id=str(case.pk), kind=kind, generated=True)
    document = found.order_by("-created_at", "-id").first()
    if document is None:
        raise NotFound("document_id", _("本案没有这份文书。"))
    return document


def hand_over(
    one: Acting, document: Document, method: str, recipient: str, moment: datetime, place: str, note: str
) -> Service:
    """Write the service and its receipt (送达回证)."""
    faults = Faults()
    if method not in Service.Method.values:
        faults.add("method", _("没有这种送达方式。"), "行政处罚法 第61条")
    if not recipient.strip():
        faults.add("recipient", _("请写明签收人。"), "行政处罚法 第61条")
    if method in NOTED and not note.strip():
        faults.add(
            "note",
            _("留置、电子、公告送达须写明见证人、送达方式确认书或者公告情况。"),
            "民事诉讼法；行政处罚法 第61条",
        )
    if clock.day_of(moment) < clock.day_of(document.created_at):
        faults.add("handed_at", _("送达不得早于文书作出之日。"))
    faults.refuse()
    not_later(moment, one.now, "handed_at")
    moment = max(moment, document.created_at)
    served = moment
    if method == Service.Method.PUBLIC:
        end = period_end("T26", clock.day_of(moment))
        served = datetime.combine(end, time(23, 59), tzinfo=clock.SHANGHAI)
    receipt = paper(
        one, "receipt", "A03" if document.kind == "A02" else f"{document.kind}-R", f"送达回证（{document.title}）",
        {"document": document.title, "document_number": document.number, "method": METHODS[method],
         "recipient": recipient.strip(), "place": place.strip(), "handed": chinese_moment(moment),
         "served": chinese_day(served), "note": note.strip(), "sha256": document.sha256},
    )  # fmt: skip
    one.note(document=document.title, number=document.number, method=method, served=clock.day_of(served).isoformat())
    return Service.objects.create(
        case=one.target, document=document, receipt=receipt, method=method, recipient=recipient.strip()[:120],
        place=place.strip()[:200], handed_at=moment, served_at=served, note=note.strip(),
    )  # fmt: skip


def nothing(one: Acting, served_at: datetime) -> None:
    """Service of this kind of document starts nothing."""


def order_reached(one: Acting, served_at: datetime) -> None:
    """The party's time to obey runs from service."""
    case, day = one.target, clock.day_of(served_at)
    if case.order_deadline is None or case.order_deadline <= day:
        raise Refused("handed_at", _("送达时责令期限已届满，请重新下达责令通知书。"), "行政处罚法 第28条")
    case.order_served_at = served_at
    deadlines.stop(case, "T17", at=one.now)
    deadlines.start("T17", case, at=served_at, unit=case.unit, length=(case.order_deadline - day).days)


def notice_reached(one: Acting, served_at: datetime) -> None:
    """Statement and defence: five working days unless the agency set another period (T21)."""
    case = one.target
    case.notice_served_at = served_at
    timer = deadlines.start("T21", case, at=served_at, unit=case.unit)
    case.defence_due_on = clock.day_of(timer.due_at)


def hearing_offer_reached(one: Acting, served_at: datetime) -> None:
    """Five working days to ask for a hearing (T22)."""
    case = one.target
    case.hearing_offer_served_at = served_at
    timer = deadlines.start("T22", case, at=served_at, unit=case.unit)
    case.hearing_due_on = clock.day_of(timer.due_at)


def hearing_notice_reached(one: Acting, served_at: datetime) -> None:
    case = one.target
    case.hearing_notice_served_at = served_at
    earliest = period_end("T23", clock.day_of(served_at))
    if case.hearing_on is not None and clock.day_of(case.hearing_on) < earliest:
        raise Refused(
            "handed_at",
            _("听证须在通知送达七个工作日之后举行，最早为 %(day)s；请重新通知。") % {"day": earliest.isoformat()},
            "行政处罚法 第64条",
        )


def final_reached(one: Acting, served_at: datetime) -> None:
    """A decision without a fine was served."""
    one.target.served_at = served_at
    deadlines.stop(one.target, "T25", at=one.now)


EFFECTS = {
    "A02": final_reached,
    "A04": order_reached,
    "A05": notice_reached,
    "A06": hearing_offer_reached,
    "A08": hearing_notice_reached,
}
