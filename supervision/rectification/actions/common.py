"""What the acts on rectification items share: kinds of papers, the timer, notices, closing, lapse."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.roles import INSPECTOR
from conservation.deadlines import actions as deadlines
from conservation.documents import queries as documents
from conservation.documents import store
from conservation.documents.models import Document
from conservation.errors import Conflict, Refused
from conservation.history.acting import Acting
from conservation.notices import actions as notices
from supervision.rectification import facts
from supervision.rectification.models import Item

TIMER = "T17"
ORDER = "rectification_order"
EVIDENCE = "rectification_evidence"
PLAN = "rectification_plan"
RECHECK = "rectification_recheck"
EVIDENCE_TYPES = ("pdf", "jpg", "png", "docx", "xlsx", "zip")
LONGEST_DAYS = 730
RELAPSE_MONTHS = 12
MARK_TAILS = ("行许", "许可", "许", "函", "字")
FACT_LABELS = {
    "area_ha": "扰动面积（hm²）",
    "excess_ha": "超出防治责任范围面积（hm²）",
    "excess_beyond_tolerance_ha": "扣除影像误差后的超出面积（hm²）",
    "volume_m3": "场外弃渣量（m³）",
    "patch": "图斑编号",
    "visited_on": "现场核查日期",
    "description": "现场情况",
}


def start_timer(item: Item, act: Acting) -> None:
    """Start T17 up to the item's deadline; the deadline is the day that the rule gives."""
    timer = deadlines.start(
        TIMER, item, at=act.now, unit=item.unit, authority=item.authority,
        length=max((item.deadline - act.today).days, 1),
    )  # fmt: skip
    item.deadline = clock.day_of(timer.due_at)


def payload(item: Item) -> dict[str, Any]:
    """What the outbox tells of an item."""
    return {
        "item": item.pk,
        "number": item.number,
        "unit_id": item.unit_id,
        "project_id": item.project_id,
        "problem": item.problem,
        "severity": item.severity,
        "violation": item.violation,
        "deadline": item.deadline.isoformat(),
        "areas": item.areas,
        "source_type": item.source_type,
        "source_id": item.source_id,
    }


def tell_unit(act: Acting, title: str, key: str, *, kind: str = "statutory", body: str = "") -> None:
    item: Item = act.target
    notices.tell_unit(
        item.unit, kind=kind, title=title, body=body or item.requirement, subject=item,
        key=f"rectification:{item.pk}:{key}:{act.now:%Y%m%d%H%M%S}", now=act.now,
    )  # fmt: skip


def tell_office(act: Acting, title: str, key: str) -> None:
    item: Item = act.target
    notices.tell_role(
        item.authority, [INSPECTOR], kind="task", title=title, subject=item,
        key=f"rectification:{item.pk}:{key}:{act.now:%Y%m%d%H%M%S}", now=act.now,
    )  # fmt: skip


def keep(act: Acting, uploads: Iterable[Any], kind: str, title: str) -> list[Document]:
    return [
        store.save_upload(
            act.actor, one, kind=kind, title=title, subject=act.target, allow=EVIDENCE_TYPES, now=act.now
        )
        for one in uploads
    ]


def need(key: str, text: str, message: str) -> None:
    if not (text or "").strip():
        raise Refused(key, message)


def may_extend(act: Acting) -> None:
    """Once, before the deadline, while the unit still has to act."""
    item: Item = act.target
    item.STATES.find(item.state, "extend")
    if item.extended:
        raise Conflict("deadline", _("整改期限只能延长一次。"), rule="T17")
    if act.today > item.deadline:
        raise Conflict("deadline", _("整改期限已过，不能延长。"), rule="T17")


def finish(act: Acting) -> None:
    """What closing does: timers end, the project's facts are counted anew, higher storeys are told."""
    item: Item = act.target
    item.closed_at = act.now
    deadlines.stop_all(item, at=act.now)
    item.save()
    facts.refresh(item.project_id, act.now)
    act.publish("rectification.closed", **payload(item))


def become_overdue(act: Acting) -> None:
    item: Item = act.target
    act.move("lapse")
    item.overdue_at = act.now
    item.save()
    facts.refresh(item.project_id, act.now)
    paper = documents.of(item).filter(kind=ORDER).order_by("-created_at").first()
    act.publish("rectification.overdue", **payload(item), document=str(paper.pk) if paper else "")
