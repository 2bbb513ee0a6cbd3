"""What the plans room does when it hears of the works: the validity ends to matter, a cancelled project ends its filings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conservation.deadlines import actions as deadlines
from projects.plans import actions
from projects.plans.models import Plan
from projects.plans.states import OPEN


def works_started(payload: dict[str, Any], *, at: datetime) -> None:
    """Works have begun: the three years in which they had to (T07) are over."""
    for plan in Plan.objects.filter(project=payload["project"], state__in=["approved", "effective"]).order_by("id"):
        deadlines.stop(plan, "T07", at=at)


def project_cancelled(payload: dict[str, Any], *, at: datetime) -> None:
    """The project will not be built: filings are taken back, approvals end."""
    for plan in Plan.objects.filter(project=payload["project"]).order_by("id"):
        if plan.state in ("approved", "effective"):
            actions.cancel(plan.pk, now=at)
        elif plan.state in OPEN:
            actions.withdraw(None, plan.pk, now=at)
