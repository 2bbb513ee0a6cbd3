"""Tasks of the risk room."""

from celery import shared_task

from conservation import clock
from supervision.risk import consequences, tiering


@shared_task(name="risk.tier_all")
def tier_all() -> None:
    """The nightly tiering; run twice, the second changes nothing."""
    consequences.lapse(now=clock.now())
    tiering.tier_all()
