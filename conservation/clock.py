"""The one clock. Law runs on Asia/Shanghai, the database on UTC.

Rules get their day as an argument; actions take ``now``. In demo mode and in tests the clock can be moved forward,
so that a period of the law can be lived through; elsewhere it is the machine's clock.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def offset() -> timedelta:
    """How far the demo clock stands before the machine's clock."""
    if not (settings.DEMO or settings.TESTING):
        return timedelta(0)
    from conservation.history.models import DemoClock

    row = DemoClock.objects.filter(pk=1).values_list("offset", flat=True).first()
    return row or timedelta(0)


def now() -> datetime:
    """The present moment, aware, UTC."""
    return timezone.now() + offset()


def today() -> date:
    """The present day in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def day_of(moment: datetime) -> date:
    """The day of a moment in Shanghai."""
    return moment.astimezone(SHANGHAI).date()
