"""What the rulebook says about a timer: its name, and when it is due.

The periods themselves (length, unit, basis) are rows of the rulebook's table ``timers``; this module only asks the
rule ``deadline`` and turns its days into moments: a period of days ends with the last second of its last day in
Shanghai.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from conservation.accounts import roles
from conservation.clock import SHANGHAI, day_of
from conservation.errors import Refused
from conservation.rulebook import parameters, registry
from conservation.rulebook.values import InputError

WARN_SHARE = 5
"""A warning is given when a fifth of the period is left, at least one day and at most ten days before its end (product)."""
WARN_LEAST = timedelta(days=1)
WARN_MOST = timedelta(days=10)


@dataclass(frozen=True)
class Law:
    """What was computed for one timer; ``mark`` is the weakest mark of what it rests on."""

    label: str
    basis: str
    mark: str
    unit: str
    length: int
    due_at: datetime
    warn_at: datetime
    provisional: bool


def ask(
    code: str,
    started_at: datetime,
    *,
    pauses: list[dict[str, Any]] | None = None,
    length: int | None = None,
    extended: bool = False,
    variant: str = "",
) -> Law:
    """Ask the rule ``deadline``; raises ``Refused`` with the rule's own message when it will not answer."""
    inputs: dict[str, Any] = {"timer": code, "start": _as_input(code, started_at)}
    if pauses:
        inputs["pauses"] = pauses
    if length is not None:
        inputs["length"] = length
    if extended:
        inputs["extended"] = True
    if variant:
        inputs["variant"] = variant
    try:
        decision = registry.decide("deadline", inputs, on=day_of(started_at))
    except InputError as error:
        raise Refused(error.key, error.message, rule=f"deadline {code}") from None
    result = decision.result
    if not result.get("due"):
        raise Refused("timer", _("期限 %(code)s 没有截止日。") % {"code": code}, rule=f"deadline {code}")
    due_at = end_of(result["due"])
    first = decision.basis[0] if decision.basis else None
    return Law(
        label=label_of(code),
        basis=f"{first.document} {first.article}".strip()[:200] if first else "",
        mark=decision.status,
        unit=str(result["unit"]),
        length=int(result["length"]),
        due_at=due_at,
        warn_at=warning(started_at, due_at),
        provisional=bool(result["provisional"]),
    )


def _as_input(code: str, moment: datetime) -> str:
    """Hours need the moment, everything else the day in Shanghai."""
    return moment.astimezone(SHANGHAI).isoformat() if code in hour_timers() else day_of(moment).isoformat()


def hour_timers() -> frozenset[str]:
    return frozenset(row["timer"] for row in _rows() if row["unit"] == "H")


def label_of(code: str) -> str:
    """The name of a timer for people; its code when the table does not know it."""
    for row in _rows():
        if row["timer"] == code:
            return row.get("title") or code
    return code


def _rows() -> list[Any]:
    return list(parameters.table("timers").rows)


def end_of(due: str) -> datetime:
    """The last second of a day, or the moment itself when the rule gave one."""
    if "T" in due:
        moment = datetime.fromisoformat(due)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return datetime.combine(date.fromisoformat(due), time(23, 59, 59), tzinfo=SHANGHAI)


def warning(started_at: datetime, due_at: datetime) -> datetime:
    """When to warn: see ``WARN_SHARE``; never before the start."""
    ahead = min(max((due_at - started_at) / WARN_SHARE, WARN_LEAST), WARN_MOST)
    return max(due_at - ahead, started_at)


def told_roles(code: str) -> tuple[str, ...]:
    """The roles at the responsible authority that are told when a timer warns or is breached."""
    number = int(code[1:]) if code[1:].isdigit() else 0
    if number <= 9:
        return (roles.REVIEWER, roles.APPROVER)
    if number <= 17:
        return (roles.INSPECTOR,)
    if number <= 44:
        return (roles.CASE_OFFICER, roles.LEADER)
    return (roles.INSPECTOR, roles.LEADER)


def needs_length(code: str) -> bool:
    """Whether the act itself gives the length of this timer (rectification) rather than the law."""
    return any(row["timer"] == code and not row["length"] for row in _rows())
