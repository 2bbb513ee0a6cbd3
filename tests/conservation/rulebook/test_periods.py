"""Working days, the timers table and the rule deadline."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from conservation.rulebook import workdays
from conservation.rulebook.workdays import Calendar, Pause, due
from tests.conservation.rulebook.helpers import ask, refused, status

PERIODS = [f"T{number:02d}" for number in range(1, 52) if number not in (28, 49, 51)]


def end(timer: str, start: str, **more: Any) -> str:
    return str(ask("deadline", {"timer": timer, "start": start, **more})["due"])


def test_a_publicity_of_twenty_working_days() -> None:
    assert workdays.workdays_between(date(2024, 10, 15), date(2024, 11, 11)) == 20
    assert end("T12", "2024-10-14") == "2024-11-11"


def test_table_holds_every_timer_once() -> None:
    codes = {one.code for one in workdays.timers()}
    assert codes == {f"T{number:02d}" for number in range(1, 52)}
    for one in workdays.timers():
        assert one.kind in ("period", "rate", "event")
        if one.kind == "period":
            assert one.unit in workdays.UNITS
            assert one.length is not None or one.is_parameter


@pytest.mark.parametrize(
    ("timer", "start", "expected"),
    [
        ("T01", "2026-03-02", "2026-03-09"),
        ("T02", "2026-03-02", "2026-03-16"),
        ("T02", "2024-09-27", "2024-10-16"),
        ("T03", "2026-01-05", "2026-02-14"),
        ("T03", "2026-01-06", "2026-02-24"),
        ("T04", "2026-03-02", "2026-03-02"),
        ("T05", "2026-03-02", "2026-03-16"),
        ("T06", "2026-03-02", "2026-03-30"),
        ("T07", "2024-02-29", "2027-02-28"),
        ("T07", "2023-05-04", "2026-05-04"),
        ("T08", "2026-03-02", "2026-03-16"),
        ("T09", "2026-03-02", "2026-03-16"),
        ("T10", "2025-12-31", "2026-01-31"),
        ("T10", "2026-03-31", "2026-04-30"),
        ("T10", "2026-06-30", "2026-07-31"),
        ("T10", "2026-09-30", "2026-10-31"),
        ("T11", "2026-03-02", "2026-03-09"),
        ("T13", "2025-11-30", "2026-02-28"),
        ("T14", "2026-03-02", "2026-03-09"),
        ("T15", "2025-03-31", "2026-03-31"),
        ("T16", "2026-03-02", "2026-03-30"),
        ("T18", "2026-03-02", "2026-03-11"),
        ("T19", "2026-03-02", "2026-03-11"),
        ("T20", "2026-03-02", "2026-04-01"),
        ("T21", "2026-03-02", "2026-03-09"),
        ("T22", "2026-03-02", "2026-03-09"),
        ("T23", "2026-03-02", "2026-03-11"),
        ("T24", "2026-03-02", "2026-05-31"),
        ("T25", "2026-03-02", "2026-03-11"),
        ("T27", "2026-03-02", "2026-03-17"),
        ("T32", "2026-03-02", "2026-03-16"),
        ("T33", "2026-03-02", "2026-03-05"),
        ("T34", "2026-03-02", "2026-03-11"),
        ("T35", "2026-03-02", "2026-03-05"),
        ("T36", "2024-05-01", "2026-05-01"),
        ("T37", "2026-03-06", "2026-03-09"),
        ("T40", "2026-03-06", "2026-03-09"),
        ("T41", "2026-03-06", "2026-03-09"),
        ("T42", "2026-03-02", "2026-05-02"),
        ("T43", "2026-03-02", "2026-04-01"),
        ("T44", "2026-03-02", "2026-05-31"),
        ("T45", "2026-03-02", "2026-03-17"),
        ("T46", "2026-03-02", "2026-03-09"),
        ("T47", "2026-03-02", "2026-05-01"),
        ("T48", "2026-03-02", "2026-03-23"),
        ("T50", "2026-03-31", "2026-04-15"),
    ],
)
def test_each_timer(timer: str, start: str, expected: str) -> None:
    found = ask("deadline", {"timer": timer, "start": start})
    assert (found["due"], found["provisional"], found["shifted"]) == (expected, False, False)


@pytest.mark.parametrize(
    ("timer", "start", "expected", "shifted"),
    [
        ("T26", "2026-01-02", "2026-02-02", True),
        ("T26", "2026-01-05", "2026-02-04", False),
        ("T29", "2026-03-03", "2026-05-06", True),
        ("T29", "2026-03-09", "2026-05-08", False),
        ("T30", "2025-11-01", "2026-05-06", True),
        ("T30", "2025-11-07", "2026-05-07", False),
        ("T31", "2026-02-01", "2026-05-06", True),
        ("T27", "2026-02-27", "2026-03-14", False),
        ("T24", "2026-03-02", "2026-05-31", False),
        ("T20", "2026-04-03", "2026-05-03", False),
        ("T42", "2026-03-01", "2026-05-01", False),
    ],
)
def test_rest_day_shift_only_where_the_statute_gives_it(timer: str, start: str, expected: str, shifted: bool) -> None:
    found = ask("deadline", {"timer": timer, "start": start})
    assert (found["due"], found["shifted"]) == (expected, shifted)


def test_hours() -> None:
    found = ask("deadline", {"timer": "T38", "start": "2026-03-06T15:30:00"})
    assert found == {
        "due": "2026-03-07T15:30:00+08:00",
        "provisional": False,
        "unit": "hour",
        "length": 24,
        "shifted": False,
    }
    assert end("T39", "2026-03-06T07:30:00Z") == "2026-03-07T15:30:00+08:00"
    pauses = [{"from": "2026-03-06T20:00:00", "to": "2026-03-06T22:00:00", "reason": "鉴定"}]
    assert end("T38", "2026-03-06T15:30:00", pauses=pauses) == "2026-03-07T17:30:00+08:00"
    assert refused("deadline", {"timer": "T38", "start": "2026-03-06"}) == "start"


def test_the_day_of_a_moment_is_the_day_in_shanghai() -> None:
    assert end("T01", "2026-03-01T17:00:00Z") == "2026-03-09"
    assert end("T01", "2026-03-01T15:59:00Z") == "2026-03-06"


@pytest.mark.parametrize(
    ("timer", "expected", "length"), [("T02", "2026-03-30", 20), ("T20", "2026-05-01", 60), ("T47", "2026-05-31", 90)]
)
def test_extension(timer: str, expected: str, length: int) -> None:
    found = ask("deadline", {"timer": timer, "start": "2026-03-02", "extended": True})
    assert (found["due"], found["length"]) == (expected, length)


def test_extension_and_length_only_where_the_table_allows() -> None:
    start = {"start": "2026-03-02"}
    assert refused("deadline", {"timer": "T01", **start, "extended": True}) == "extended"
    assert refused("deadline", {"timer": "T01", **start, "length": 6}) == "length"
    assert refused("deadline", {"timer": "T17", **start}) == "length"
    assert refused("deadline", {"timer": "T24", **start, "extended": True}) == "length"
    assert refused("deadline", {"timer": "T24", **start, "extended": True, "length": 90}) == "length"
    assert refused("deadline", {"timer": "T17", **start, "length": 10**9}) == "length"
    assert end("T24", "2026-03-02", extended=True, length=120) == "2026-06-30"
    assert end("T17", "2026-03-02", length=10) == "2026-03-12"
    assert end("T17", "2026-03-02", variant="clearing") == "2026-04-01"
    assert end("T21", "2026-03-02", length=3) == "2026-03-05"
    assert end("T10", "2026-03-31", length=2) == "2026-05-31"


def test_variants() -> None:
    assert end("T42", "2026-03-02", variant="urgent") == "2026-03-17"
    assert end("T36", "2024-05-01", variant="safety") == "2029-05-01"
    assert refused("deadline", {"timer": "T42", "start": "2026-03-02", "variant": "later"}) == "variant"
    assert end("T23", "2026-03-16", variant="latest_notice") == "2026-03-05"
    assert end("T23", end("T23", "2026-03-05"), variant="latest_notice") == "2026-03-05"


@pytest.mark.parametrize("timer", ["T28", "T49", "T51", "T00", "T52", "x", ""])
def test_what_is_no_period_is_refused(timer: str) -> None:
    assert refused("deadline", {"timer": timer, "start": "2026-03-02"}) == "timer"


def pause(first: str, last: str) -> dict[str, str]:
    return {"from": first, "to": last, "reason": "技术评审"}


@pytest.mark.parametrize(
    ("timer", "pauses", "expected"),
    [
        ("T02", [pause("2026-03-04", "2026-03-10")], "2026-03-23"),
        ("T02", [pause("2026-03-07", "2026-03-08")], "2026-03-16"),
        ("T02", [pause("2026-03-04", "2026-03-10"), pause("2026-03-09", "2026-03-12")], "2026-03-25"),
        ("T02", [pause("2026-04-01", "2026-04-10")], "2026-03-16"),
        ("T20", [pause("2026-03-10", "2026-03-14")], "2026-04-06"),
        ("T42", [pause("2026-03-10", "2026-03-19")], "2026-05-12"),
        ("T07", [pause("2026-03-10", "2026-03-19")], "2029-03-12"),
    ],
)
def test_pauses_are_taken_out(timer: str, pauses: list[dict[str, str]], expected: str) -> None:
    assert end(timer, "2026-03-02", pauses=pauses) == expected


def test_pauses_out_of_order() -> None:
    question = {"timer": "T02", "start": "2026-03-02"}
    assert refused("deadline", {**question, "pauses": [pause("2026-03-09", "2026-03-04")]}) == "pauses[0].to"
    assert refused("deadline", {**question, "pauses": [pause("2026-02-01", "2026-02-04")]}) == "pauses[0].to"
    assert (
        refused("deadline", {**question, "pauses": [{"from": "2026-03-04", "to": "2026-03-05"}]}) == "pauses[0].reason"
    )
    back = {"timer": "T23", "start": "2026-03-16", "variant": "latest_notice"}
    assert refused("deadline", {**back, "pauses": [pause("2026-03-09", "2026-03-10")]}) == "pauses"


def test_a_year_without_calendar_gives_a_provisional_date() -> None:
    assert max(workdays.default_calendar().known_years) >= 2026
    unknown = max(workdays.default_calendar().known_years) + 1
    found = ask("deadline", {"timer": "T05", "start": f"{unknown - 1}-12-28"})
    assert found["provisional"] and found["due"].startswith(str(unknown))
    assert not ask("deadline", {"timer": "T27", "start": f"{unknown}-03-02"})["provisional"]
    assert ask("deadline", {"timer": "T29", "start": f"{unknown}-03-02"})["provisional"]
    may = due("T01", date(unknown + 1, 4, 30), calendar=workdays.default_calendar())
    assert may.provisional and may.due > date(unknown + 1, 5, 5)


def test_a_loaded_year_is_no_longer_provisional() -> None:
    known = workdays.default_calendar()
    year = max(known.known_years) + 1
    more = known.with_days({date(year, 1, 4): False}, [year])
    before, after = due("T01", date(year - 1, 12, 31)), due("T01", date(year - 1, 12, 31), calendar=more)
    assert before.provisional and not after.provisional
    assert after.due > before.due


def test_the_site_can_load_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    year = max(workdays.default_calendar().known_years) + 1
    monkeypatch.setattr(workdays, "_loaders", [])
    workdays.add_loader(lambda: ({date(year, 1, 3): True}, [year]))
    try:
        found = ask("deadline", {"timer": "T33", "start": f"{year - 1}-12-31"})
        assert not found["provisional"]
        assert workdays.default_calendar().is_workday(date(year, 1, 3))
        assert not workdays.default_calendar().is_workday(date(year, 1, 1))
    finally:
        monkeypatch.undo()
        workdays.refresh()


def test_warnings() -> None:
    book = workdays.timer("T02")
    assert workdays.warn_on(book, date(2026, 3, 16)) == date(2026, 3, 12)
    assert workdays.warn_on(workdays.timer("T13"), date(2026, 4, 30)) == date(2026, 3, 16)
    moment = datetime(2026, 3, 6, 15, tzinfo=workdays.SHANGHAI)
    assert workdays.warn_on(workdays.timer("T38"), moment).hour == 9  # type: ignore[attr-defined]


def test_calendar_by_hand() -> None:
    plain = Calendar({}, frozenset({2026}))
    assert plain.is_workday(date(2026, 10, 1)) and not plain.is_workday(date(2026, 10, 3))
    found = due("T02", date(2026, 3, 2), [Pause(date(2026, 3, 4), date(2026, 3, 4))], calendar=plain)
    assert found.due == date(2026, 3, 17)


def test_status_comes_from_the_row() -> None:
    assert status("deadline", {"timer": "T02", "start": "2026-03-02"}) == "verified"
    assert status("deadline", {"timer": "T12", "start": "2026-03-02"}) == "secondary"
    assert status("deadline", {"timer": "T15", "start": "2026-03-02"}) == "unverified"


@pytest.mark.parametrize("timer", PERIODS)
def test_later_start_never_ends_earlier(timer: str) -> None:
    if timer in ("T38", "T39"):
        return
    more = {"length": 15} if timer == "T17" else {}
    ends = [end(timer, f"2026-0{month}-{day:02d}", **more) for month in (1, 2, 9) for day in range(1, 29)]
    assert ends == sorted(ends)
