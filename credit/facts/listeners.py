"""What supervision tells through the outbox, turned into credit facts.

Codes and classes are product defaults: the Ministry's own list of facts (水保〔2023〕359号 annex) is not public.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.history import outbox
from credit.facts import actions

TOPICS: dict[str, tuple[str, str]] = {
    "case.decided": ("penalty", "general"),
    "rectification.overdue": ("rectification_overdue", "minor"),
    "rectification.escalated": ("rectification_refused", "general"),
    "plan.refused": ("plan_refused", "minor"),
}
"""Topic → code of the fact and its class."""


def register() -> None:
    for topic in TOPICS:
        outbox.listen(topic, f"credit.facts:{topic}", listener(topic))


def listener(topic: str) -> Any:
    def hear(payload: dict[str, Any], *, at: datetime) -> None:
        heard(topic, payload, at=at)

    return hear


def heard(topic: str, payload: dict[str, Any], *, at: datetime) -> None:
    """Record the fact that a payload tells of; a payload without a unit or a document number is no credit fact.

    Payload: ``unit_id, number, areas, title?, on?, document?, subject_type, subject_id``.
    """
    if not payload.get("unit_id") or not payload.get("number"):
        return
    code, grade_class = TOPICS[topic]
    actions.record(
        unit_id=payload["unit_id"],
        code=code,
        title=payload.get("title") or label(code),
        grade_class=grade_class,
        areas=payload.get("areas", []),
        source=(payload["subject_type"], str(payload["subject_id"])),
        document_number=payload["number"],
        document_id=payload.get("document"),
        happened_on=date.fromisoformat(payload["on"]) if payload.get("on") else at.date(),
        now=at,
    )


def label(code: str) -> str:
    return {
        "penalty": _("受到行政处罚"),
        "rectification_overdue": _("逾期未整改"),
        "rectification_refused": _("拒不整改，已立案"),
        "plan_refused": _("方案不予许可"),
    }[code]
