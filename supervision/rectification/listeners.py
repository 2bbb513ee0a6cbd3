"""What this room hears: a timer was breached, a case was closed. Each runs once per fact (history.outbox)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from supervision.rectification import actions
from supervision.rectification.models import Item


def deadline_breached(payload: dict[str, Any], *, at: datetime) -> None:
    """T17 ran out: the item is overdue unless the unit has answered."""
    if payload.get("subject_type") == "rectification" and payload.get("code") == actions.TIMER:
        actions.mark_overdue(payload["subject_id"], now=at)


def case_closed(payload: dict[str, Any], *, at: datetime) -> None:
    """The case that an item became is closed: so is the item."""
    for pk in (
        Item.objects.filter(case_id=payload["case"], state="escalated").order_by("pk").values_list("pk", flat=True)
    ):
        actions.close_with_case(pk, now=at)
