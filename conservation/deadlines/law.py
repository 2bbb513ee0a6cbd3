"""What the rulebook says about a timer: its name, when it is due, when to warn.

The periods themselves (length, unit, basis, warning) are rows of the rulebook's table ``timers``; this module asks the
rule ``deadline`` and turns its days into moments: a period of days ends with the last second of its last day in
Shanghai.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from conservation.accounts import roles
from conservation.clock import SHANGHAI, day_of
from conservation.errors import Refused
from conservation.rulebook import registry, workdays
from conservation.rulebook.values import InputError

WINDOWS = frozenset({"T07", "T09", "T12", "T21", "T22", "T23", "T26", "T29", "T30", "T32", "T33"})
"""Periods whose end is nobody's failure: publicity, hearing request, remedies, demands, validity. They pass; the
others are duties, and are breached."""


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
    inputs: dict[str, Any] = {"timer": code, "start": started_at.astimezone(SHANGHAI).isoformat()}
    if pauses:
        inputs["pauses"] = pauses
    if length is not None:
        inputs["length"] = length
    if extended:
        inputs["extended"] = True
    if variant:
        inputs["variant"] = variant
    try:
        row = workdays.timer(code, variant or None)
        decision = registry.decide("deadline", inputs, on=day_of(started_at))
    except InputError as error:
        raise Refused(error.key, error.message, rule=f"deadline {code}") from None
    result = decision.result
    due_at = max(end_of(result["due"]), started_at)
    first = decision.basis[0] if decision.basis else None
    return Law(
        label=row.title,
        basis=f"{first.document} {first.article}".strip()[:200] if first else "",
        mark=decision.status,
        unit=str(result["unit"]),
        length=int(result["length"]),
        due_at=due_at,
        warn_at=max(warning(row, due_at), started_at),
        provisional=bool(result["provisional"]),
    )


def end_of(due: str) -> datetime:
    """The last second of a day, or the moment itself when the rule gave one."""
    if "T" in due:
        moment = datetime.fromisoformat(due)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return datetime.combine(date.fromisoformat(due), time(23, 59, 59), tzinfo=SHANGHAI)


def warning(row: workdays.Timer, due_at: datetime) -> datetime:
    """When to warn: so many working days, days or hours before the end as the table says."""
    if row.unit == "hour":
        return due_at - timedelta(hours=row.warn_before)
    if row.unit != "WD":
        return due_at - timedelta(days=row.warn_before)
    calendar, left, moment = workdays.default_calendar(), row.warn_before, due_at
    while left > 0:
        moment -= timedelta(days=1)
        left -= calendar.is_workday(day_of(moment))
    return moment


def given_length(code: str, variant: str, extended: bool, length: int) -> int | None:
    """The length to hand to the rule again: only where the act, not the law, gave it."""
    row = workdays.timer(code, variant or None)
    by_hand = row.is_parameter or (extended and row.extension == "parameter")
    return length if by_hand else None


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
