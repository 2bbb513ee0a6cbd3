"""Tasks of the credit facts room."""

from celery import shared_task

from conservation import clock
from credit.facts import actions


@shared_task(name="facts.expire")
def expire() -> None:
    """Hide facts whose publicity has ended; safe to run again."""
    actions.expire(now=clock.now())
