"""Tasks of the history room."""

from celery import shared_task

from conservation.history import outbox


@shared_task(name="history.deliver_outbox")
def deliver_outbox() -> None:
    """Deliver what waits in the outbox; safe to run twice at once (a delivery row is unique)."""
    outbox.deliver()
