"""The scheduled tiering: every project in a tier, in chunks of ids, each chunk one transaction and one statement.

Killed in the middle, it has left whole chunks; run again, it changes only what differs. Decisions, history, follow-ups
and contacts are written only for projects whose tier changed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.models import code_prefix
from conservation.errors import Conflict, Refused
from conservation.jobs.runner import Progress, Silent
from conservation.rulebook.registry import decide
from supervision.risk import consequences, sql
from supervision.risk.models import TierRun

CHUNK = 100_000
LOCK = 7_204_112
"""Number of the advisory lock that keeps two tierings apart."""


@dataclass
class Counts:
    assessed: int = 0
    tiers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(sql.TIERS, 0))
    raised: int = 0
    lowered: int = 0


def tier_all(
    *,
    as_of: date | None = None,
    province: str = "",
    actor: Any = None,
    progress: Progress | None = None,
    now: datetime | None = None,
    chunk: int = CHUNK,
) -> dict[str, Any]:
    """Assess every project (of a province: six-digit code), as of a day.

    Returns ``assessed, tiers, raised, lowered, seconds``. Raises ``Conflict`` when another tiering is running and
    ``Refused`` for an unknown province.
    """
    moment = now or clock.now()
    day = as_of or clock.day_of(moment)
    prefix = checked_prefix(province)
    show = progress or Silent()
    began = time.monotonic()
    version = decide("risk-tier", {"indicators": {}}, on=day).version
    counts = Counts()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Conflict("run", _("另一次风险分级正在运行，请稍后再试。"))
        try:
            cursor.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM registry_project")
            low, high = cursor.fetchone()
            for start in range(low, high + 1, chunk):
                _one_chunk(counts, start, min(start + chunk - 1, high), day, prefix, moment)
                show(done=counts.assessed, total=high - low + 1)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    seconds = round(time.monotonic() - began, 3)
    TierRun.objects.create(
        as_of=day,
        prefix=prefix,
        rule_version=version[:20],
        assessed=counts.assessed,
        tiers=counts.tiers,
        raised=counts.raised,
        lowered=counts.lowered,
        seconds=seconds,
        actor=actor,
        finished_at=clock.now(),
    )
    return {
        "assessed": counts.assessed,
        "tiers": counts.tiers,
        "raised": counts.raised,
        "lowered": counts.lowered,
        "seconds": seconds,
    }


def checked_prefix(province: str) -> str:
    """Prefix of a division code; '' for the whole country."""
    if not province:
        return ""
    if not (len(province) == 6 and province.isdigit()):
        raise Refused("province", _("行政区划代码应为 6 位数字：%(code)s") % {"code": province[:20]})
    return code_prefix(province)


def _one_chunk(counts: Counts, low: int, high: int, day: date, prefix: str, now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.assessment(day, not prefix), {"low": low, "high": high, "prefix": prefix, "day": day})
        total, none, few, medium, many, raised, lowered, changed, before = cursor.fetchone()
        if changed:
            consequences.follow(changed, before, day=day, now=now)
    counts.assessed += total
    for name, number in zip(sql.TIERS, (none, few, medium, many), strict=True):
        counts.tiers[name] += number
    counts.raised += raised
    counts.lowered += lowered
