"""Tasks of the notices room."""

from celery import shared_task

from conservation.notices import mailing


@shared_task(name="notices.mail")
def mail() -> None:
    """Mail the notices that wait."""
    mailing.send_waiting()
