"""What supervision tells through the outbox, turned into credit facts.

Codes and classes are product defaults: the Ministry's own list of facts (水保〔2023〕359号 annex) is not public.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from conservation import clock
from conservation.history import outbox, subjects
from credit.facts import actions

TOPICS: dict[str, tuple[str, str, str, str]] = {
    "case.decided": ("penalty", "general", "case", "case"),
    "rectification.overdue": ("rectification_overdue", "minor", "rectification", "item"),
    "rectification.escalated": ("rectification_refused", "general", "rectification", "item"),
    "plan.refused": ("plan_refused", "minor", "plan", "plan"),
}
"""Topic → code of the fact, its class, the kind of its source, and the payload's key for the source's id."""


def register() -> None:
    for topic in TOPICS:
        outbox.listen(topic, f"credit.facts:{topic}", listener(topic))


def listener(topic: str) -> Callable[..., None]:
    def hear(payload: dict[str, Any], *, at: datetime) -> None:
        heard(topic, payload, at=at)

    return hear


def heard(topic: str, payload: dict[str, Any], *, at: datetime) -> None:
    """Record the fact that a payload tells of; without a unit or a document number there is no credit fact.

    Payload: ``unit_id``, ``number`` (of the document), the source's id, and where known ``document`` (id) and
    ``decided_on`` (ISO date; else the day of the act).
    """
    code, grade_class, source_type, id_key = TOPICS[topic]
    if not payload.get("unit_id") or not payload.get("number"):
        return
    source_id = str(payload[id_key])
    actions.record(
        unit_id=payload["unit_id"],
        code=code,
        title=f"{label(code)}（{payload['number']}）",
        grade_class=grade_class,
        areas=areas_of(source_type, source_id),
        source=(source_type, source_id),
        document_number=payload["number"],
        document_id=payload.get("document") or None,
        happened_on=date.fromisoformat(payload["decided_on"]) if payload.get("decided_on") else clock.day_of(at),
        now=at,
    )


def areas_of(source_type: str, source_id: str) -> list[str]:
    """Where the source lies: its own column of division prefixes."""
    subject = subjects.get(source_type)
    if subject is None:
        return []
    found = apps.get_model(subject.model).objects.filter(pk=source_id).values_list("areas", flat=True).first()
    return list(found or [])


def label(code: str) -> str:
    return {
        "penalty": _("受到行政处罚"),
        "rectification_overdue": _("逾期未整改"),
        "rectification_refused": _("拒不整改，已移送立案"),
        "plan_refused": _("方案不予许可"),
    }[code]
