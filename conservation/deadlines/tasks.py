"""Tasks of the deadlines room."""

from celery import shared_task

from conservation.deadlines import actions


@shared_task(name="deadlines.check")
def check() -> None:
    """Warn what comes due and mark what is overdue."""
    actions.check()
