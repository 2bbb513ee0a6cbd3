"""Position, direction and time of photographs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from conservation.clock import SHANGHAI
from conservation.documents.photos import read_photo
from tests.photos import make_photo


def test_everything_is_read():
    taken = datetime(2026, 5, 4, 9, 30, 15, tzinfo=timezone(timedelta(hours=8)))
    facts = read_photo(make_photo(113.0812345, 28.2512345, 271.5, taken, size=(80, 60)))
    assert facts.lon == pytest.approx(113.0812345, abs=1e-6)
    assert facts.lat == pytest.approx(28.2512345, abs=1e-6)
    assert facts.azimuth == 271.5
    assert facts.taken_at == taken
    assert (facts.width, facts.height) == (80, 60)
    assert facts.problems == []


def test_a_time_without_zone_is_shanghai_time():
    facts = read_photo(make_photo(taken_at=datetime(2026, 5, 4, 9, 30)))  # noqa: DTZ001 - as cameras write it
    assert facts.taken_at == datetime(2026, 5, 4, 9, 30, tzinfo=SHANGHAI)
    assert facts.taken_at.astimezone(UTC).hour == 1


def test_south_and_west():
    facts = read_photo(make_photo(-70.5, -33.25))
    assert facts.lon == pytest.approx(-70.5) and facts.lat == pytest.approx(-33.25)


def test_what_is_missing_is_named():
    facts = read_photo(make_photo(None, None, None, None))
    assert facts.lon is None and facts.azimuth is None and facts.taken_at is None
    assert len(facts.problems) == 3


def test_zero_position_is_no_position():
    assert read_photo(make_photo(0, 0)).lon is None


@pytest.mark.parametrize("data", [b"", b"no picture", make_photo()[:60], b"%PDF-1.7"])
def test_broken_files_never_raise(data):
    facts = read_photo(data)
    assert facts.problems and facts.width == 0


def test_as_dict_is_json_safe():
    import json

    taken = datetime(2026, 5, 4, 9, 30, tzinfo=SHANGHAI)
    assert (
        json.loads(json.dumps(read_photo(make_photo(taken_at=taken)).as_dict()))["taken_at"]
        == "2026-05-04T09:30:00+08:00"
    )
