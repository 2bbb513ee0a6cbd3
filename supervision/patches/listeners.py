"""What this room hears from rectification; each runs once per fact (history.outbox)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from supervision.cases.models import Case
from supervision.patches.actions.handling import follow
from supervision.rectification.models import Item


def _patches(payload: dict[str, Any]) -> list[str]:
    return [payload["source_id"]] if payload.get("source_type") == "patch" else []


def rectified(payload: dict[str, Any], *, at: datetime) -> None:
    """Every item of the patch has been closed: the patch is put right."""
    for pk in _patches(payload):
        open_items = Item.objects.filter(source_type="patch", source_id=pk).exclude(state="closed")
        if not open_items.exists():
            follow("rectified", [pk], now=at, facts={"rectification": payload["number"]})


def overdue(payload: dict[str, Any], *, at: datetime) -> None:
    """An item of the patch is overdue: the patch is put under supervision (督办)."""
    follow("supervise", _patches(payload), now=at, facts={"rectification": payload["number"]})


def relapsed(payload: dict[str, Any], *, at: datetime) -> None:
    """The problem has come back."""
    follow("reopen", _patches(payload), now=at, facts={"rectification": payload["number"]})


def case_closed(payload: dict[str, Any], *, at: datetime) -> None:
    """The case that a patch was handed over to directly has been closed."""
    case = Case.objects.filter(pk=payload["case"], source_type="patch").first()
    if case is not None:
        follow("rectified", [case.source_id], now=at, facts={"case": case.pk})
