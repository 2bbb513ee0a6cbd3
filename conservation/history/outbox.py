"""Outbox: facts that a lower room tells without knowing who listens.

``publish`` writes in the transaction of the act. ``deliver`` hands each open fact to each listener in a transaction
of its own together with its delivery row: at least once from outside, once in effect.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from conservation import clock
from conservation.history.models import Delivery, Outbox

logger = logging.getLogger(__name__)
_listeners: dict[str, list[tuple[str, Callable[..., None]]]] = defaultdict(list)


def listen(topic: str, name: str, function: Callable[..., None]) -> None:
    """Register a listener: ``function(payload: dict, *, at: datetime)``. ``name`` must stay the same for ever."""
    if name not in {known for known, _function in _listeners[topic]}:
        _listeners[topic].append((name, function))


def publish(topic: str, payload: dict[str, Any], *, now: datetime | None = None) -> Outbox:
    """Write a fact and ask for its delivery once the transaction has been committed."""
    row = Outbox.objects.create(topic=topic, payload=payload, created_at=now or clock.now())
    transaction.on_commit(request_delivery, robust=True)
    return row


def request_delivery() -> None:
    """Ask a worker to deliver; when the broker is down the minute's beat does it later."""
    from conservation.history.tasks import deliver_outbox

    try:
        deliver_outbox.delay()
    except Exception:
        logger.warning("broker not reachable, the outbox waits", exc_info=True)


def deliver(limit: int = 500) -> tuple[int, int]:
    """Deliver open facts in order. Returns (delivered, failed)."""
    delivered = failed = 0
    ids = list(Outbox.objects.filter(delivered_at__isnull=True).order_by("id").values_list("id", flat=True)[:limit])
    for pk in ids:
        if _deliver_one(pk):
            delivered += 1
        else:
            failed += 1
    return delivered, failed


def _deliver_one(pk: int) -> bool:
    row = Outbox.objects.get(pk=pk)
    error = ""
    for name, function in _listeners[row.topic]:
        try:
            with transaction.atomic():
                Delivery.objects.create(outbox=row, listener=name, delivered_at=clock.now())
                function(row.payload, at=row.created_at)
        except IntegrityError as caught:
            if "history_delivery_once" not in str(caught):
                error = f"{name}: {caught}"
                logger.exception("listener %s failed on outbox %s", name, pk)
        except Exception as caught:
            error = f"{name}: {caught}"
            logger.exception("listener %s failed on outbox %s", name, pk)
    row.attempts += 1
    row.last_error = error
    row.delivered_at = None if error else clock.now()
    row.save(update_fields=["attempts", "last_error", "delivered_at"])
    return not error
