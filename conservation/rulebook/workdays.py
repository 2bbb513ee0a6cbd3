"""Working days and statutory periods (工作日与法定期间). Pure: the day is always an argument, today is never read.

A ``Calendar`` knows some years completely (holidays and adjusted weekends, 调休). For a year it does not know it falls
back to weekdays and the holidays with a fixed date, and what touches such a year is ``provisional`` (暂估). The seed is the
package ``chinesecalendar``; years it lacks come from ``data/workday_adjustments.csv`` or from a table the site loads.

Counting (DAY-09): the day of the start is not counted. A day inside a pause (both ends included) is not counted. A period of months
or years ends on the same day of the month, or on the last day of a shorter month, and a pause pushes it back by its days.
The end moves to the next working day only for timers whose statute says so.
"""

from __future__ import annotations

import calendar as months
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conservation.rulebook import parameters
from conservation.rulebook.values import InputError

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
"""Holidays with a fixed date (全国年节及纪念日放假办法 2024, article 2); the lunar ones cannot be told without a calendar."""
DAY = timedelta(days=1)
LONGEST = 366 * 60
UNITS = ("WD", "CD", "month", "year", "hour")


@dataclass(frozen=True)
class Calendar:
    """Working days of the known years; ``special`` holds each day that differs from its weekday."""

    special: Mapping[date, bool]
    known_years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        if day in self.special:
            return self.special[day]
        if day.year not in self.known_years and (day.month, day.day) in FIXED_HOLIDAYS:
            return False
        return day.weekday() < 5

    def knows(self, first: date, last: date) -> bool:
        return all(year in self.known_years for year in range(min(first, last).year, max(first, last).year + 1))

    def with_days(self, special: Mapping[date, bool], years: Iterable[int]) -> Calendar:
        """This calendar with more years, or with corrections of known ones; fixed holidays are rest days unless named."""
        new = frozenset(years) - self.known_years
        fixed = {date(year, month, day): False for year in new for month, day in FIXED_HOLIDAYS}
        return Calendar({**self.special, **fixed, **special}, self.known_years | new)


Loader = Callable[[], tuple[Mapping[date, bool], Iterable[int]]]
_loaders: list[Loader] = []


def add_loader(loader: Loader) -> None:
    """Let the site add the days of years it has loaded: ``loader()`` gives day → works and the years now complete.

    Call ``refresh`` whenever what it gives has changed.
    """
    if loader not in _loaders:
        _loaders.append(loader)
    refresh()


def refresh() -> None:
    default_calendar.cache_clear()


@functools.cache
def default_calendar() -> Calendar:
    """The packaged calendar, the adjustments file, and what the site has loaded."""
    from chinese_calendar import constants

    special = {day: False for day in constants.holidays}
    special.update({day: False for day in constants.in_lieu_days})
    special.update({day: True for day in constants.workdays})
    years = {day.year for day in constants.holidays}
    found = Calendar(special, frozenset(years))
    rows = parameters.data_file("workday_adjustments").rows
    added = {date.fromisoformat(row["date"]): row["kind"] == "work" for row in rows}
    found = found.with_days(added, {day.year for day in added})
    for loader in _loaders:
        found = found.with_days(*loader())
    return found


@dataclass(frozen=True)
class Pause:
    """An interval in which the clock stands still, both ends included."""

    start: date
    end: date
    reason: str = ""


@dataclass(frozen=True)
class Timer:
    """A statutory timer as the table states it."""

    row: parameters.Row = field(repr=False)
    code: str
    variant: str
    title: str
    kind: str
    direction: str
    length: int | None
    unit: str
    is_parameter: bool
    extension: str
    shifts: bool
    warn_before: int


@dataclass(frozen=True)
class Due:
    """When a period ends: a date, or an aware moment for periods of hours."""

    due: date
    provisional: bool
    unit: str
    length: int
    shifted: bool


def timer(code: str, variant: str | None = None) -> Timer:
    """The timer of a code and variant; raises ``InputError`` naming ``timer`` or ``variant``."""
    found = [row for row in parameters.data_file("timers").rows if row["timer"] == code]
    if not found:
        raise InputError("timer", f"没有这个期限：{code[:20]}", f"there is no such timer: {code[:20]}")
    for row in found:
        if row["variant"] == (variant or ""):
            return make_timer(row)
    known = "、".join(row["variant"] or "（缺省）" for row in found)
    raise InputError(
        "variant", f"{code} 没有这种情形，可用：{known}", f"{code} has no such variant; there are: {known}"
    )


@functools.cache
def make_timer(row: parameters.Row) -> Timer:
    return Timer(
        row=row, code=row["timer"], variant=row["variant"], title=row["title"], kind=row["kind"],
        direction=row["direction"], length=int(row["length"]) if row["length"] else None, unit=row["unit"],
        is_parameter=row.flag("parameter"), extension=row["extension"], shifts=row.flag("shift"),
        warn_before=int(row["warn_before"] or 0),
    )  # fmt: skip


def timers() -> list[Timer]:
    """Every timer and variant, in the order of the table."""
    return [make_timer(row) for row in parameters.data_file("timers").rows]


def due(
    code: str,
    start: date,
    pauses: Sequence[Pause] = (),
    length: int | None = None,
    extended: bool = False,
    variant: str | None = None,
    *,
    calendar: Calendar | None = None,
) -> Due:
    """When the timer ``code`` that began on ``start`` ends. ``start`` may be a datetime; hours need one."""
    chosen = timer(code, variant)
    if chosen.kind != "period":
        raise InputError("timer", f"{code} 不是期间：{chosen.row['note']}", f"{code} is not a period")
    effective = effective_length(chosen, length, extended)
    days = calendar or default_calendar()
    if chosen.unit == "hour":
        return due_hours(start, effective, pauses)
    first = local_day(start)
    if chosen.direction == "before":
        return due_before(first, effective, pauses, days)
    check_pauses(first, pauses)
    if chosen.unit == "WD":
        end = count_days(first, effective, pauses, days)
        return Due(end, not days.knows(first, end), "WD", effective, False)
    end = calendar_end(chosen, first, effective, pauses)
    shifted_end = next_workday(end, days) if chosen.shifts else end
    provisional = chosen.shifts and not days.knows(end, shifted_end)
    return Due(shifted_end, provisional, chosen.unit, effective, shifted_end != end)


def effective_length(chosen: Timer, length: int | None, extended: bool) -> int:
    base = chosen.length
    if extended and not chosen.extension:
        raise InputError("extended", f"{chosen.code} 没有延长的规定", f"{chosen.code} cannot be extended")
    by_hand = chosen.is_parameter or (extended and chosen.extension == "parameter")
    if length is not None and not by_hand:
        raise InputError(
            "length", f"{chosen.code} 的期限由法律规定，不能另定", f"the length of {chosen.code} is fixed by law"
        )
    if extended and chosen.extension == "parameter":
        if length is None or (base is not None and length <= base):
            raise InputError(
                "length", f"延长后的总天数须给出且大于 {base}", f"the extended total must be given and exceed {base}"
            )
        return length
    base = length if length is not None else base
    if base is None:
        raise InputError("length", f"{chosen.code} 须给出期限长度", f"{chosen.code} needs a length")
    if base > LONGEST:
        raise InputError("length", "期限过长", "the period is too long")
    return base + (int(chosen.extension) if extended else 0)


def local_day(moment: date) -> date:
    """The day in Shanghai of a moment; a time without zone is meant there."""
    if isinstance(moment, datetime):
        return (moment.astimezone(SHANGHAI) if moment.tzinfo else moment).date()
    return moment


def check_pauses(first: date, pauses: Sequence[Pause]) -> None:
    for index, pause in enumerate(pauses):
        if local_day(pause.end) < local_day(pause.start):
            raise InputError(f"pauses[{index}].to", "暂停的结束早于开始", "the pause ends before it begins")
        if local_day(pause.end) < first:
            raise InputError(f"pauses[{index}].to", "暂停在起算日之前结束", "the pause ends before the period begins")


def paused_on(day: date, pauses: Sequence[Pause]) -> bool:
    return any(local_day(pause.start) <= day <= local_day(pause.end) for pause in pauses)


def count_days(first: date, number: int, pauses: Sequence[Pause], days: Calendar | None) -> date:
    """The day on which ``number`` days have passed since ``first``, not counting it; working days when ``days`` is given."""
    day, left = first, number
    while left > 0:
        day += DAY
        if not paused_on(day, pauses) and (days is None or days.is_workday(day)):
            left -= 1
    return day


def add_months(day: date, number: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def calendar_end(chosen: Timer, first: date, length: int, pauses: Sequence[Pause]) -> date:
    """End of a period of calendar days, months or years, pauses taken out."""
    if chosen.unit == "CD":
        return count_days(first, length, pauses, None)
    number = length * 12 if chosen.unit == "year" else length
    if number > 12 * 60:
        raise InputError("length", "期限过长", "the period is too long")
    end = add_months(first, number)
    if chosen.direction == "month_end":
        end = end.replace(day=months.monthrange(end.year, end.month)[1])
    return count_days(first, (end - first).days, pauses, None)


def due_before(first: date, length: int, pauses: Sequence[Pause], days: Calendar) -> Due:
    """The latest working day from which ``length`` working days fit before ``first``."""
    if pauses:
        raise InputError("pauses", "倒推的期限没有暂停", "a period counted backwards has no pauses")
    day = first
    while count_days(day, length, (), days) > first or not days.is_workday(day):
        day -= DAY
    return Due(day, not days.knows(day, first), "WD", length, False)


def next_workday(day: date, days: Calendar) -> date:
    while not days.is_workday(day):
        day += DAY
    return day


def due_hours(start: date, length: int, pauses: Sequence[Pause]) -> Due:
    """Clock hours (DAY-06). A pause of moments stops the clock between them."""
    if not isinstance(start, datetime):
        raise InputError("start", "以小时计的期限需要时刻", "a period of hours needs a time of day")
    end = at_shanghai(start) + timedelta(hours=length)
    for index, pause in enumerate(sorted(pauses, key=lambda one: at_shanghai(one.start))):
        begin, finish = at_shanghai(pause.start), at_shanghai(pause.end)
        if finish < begin:
            raise InputError(f"pauses[{index}].to", "暂停的结束早于开始", "the pause ends before it begins")
        begin = max(begin, at_shanghai(start))
        if begin < end and finish > begin:
            end += finish - begin
    return Due(end, False, "hour", length, False)


def at_shanghai(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=SHANGHAI)
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def workdays_between(first: date, last: date, calendar: Calendar | None = None) -> int:
    """Working days from ``first`` to ``last``, both included."""
    days = calendar or default_calendar()
    return sum(days.is_workday(first + DAY * offset) for offset in range((last - first).days + 1))


def warn_on(chosen: Timer, end: date, calendar: Calendar | None = None) -> date:
    """The day or moment from which a running timer is to be warned about: before the end, in the timer's own unit."""
    if chosen.unit == "hour" and isinstance(end, datetime):
        return end - timedelta(hours=chosen.warn_before)
    if chosen.unit != "WD":
        return end - DAY * chosen.warn_before
    days, day, left = calendar or default_calendar(), end, chosen.warn_before
    while left > 0:
        day -= DAY
        left -= days.is_workday(day)
    return day
