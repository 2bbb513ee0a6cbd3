"""Photographic evidence, pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from supervision.patches import rules
from supervision.patches.rules import Photo
from tests.supervision.patches.shapes import square

BEGIN = datetime(2026, 8, 1, tzinfo=UTC)
END = datetime(2026, 9, 1, tzinfo=UTC)
PATCH = square(0, 0, 100, 100)
CENTRE = PATCH.centroid
GOOD = Photo("whole", CENTRE.x, CENTRE.y, 90.0, BEGIN + timedelta(days=3))
SET = [GOOD, replace(GOOD, view="board"), replace(GOOD, view="worst")]


def codes(photos, finding="V01", reason="") -> list[str]:
    return [flag.code for flag in rules.evidence(photos, PATCH, BEGIN, END, finding, reason)]


def test_enough() -> None:
    assert codes(SET) == []


def test_clean_result_needs_a_panorama_or_a_reason() -> None:
    for finding in ("none", "exempt"):
        assert codes(SET, finding) == ["panorama_missing"]
        assert codes(SET, finding, "禁飞") == []
        assert codes([*SET, replace(GOOD, view="panorama")], finding) == []
    assert codes(SET, "not_construction") == []


def test_not_construction_needs_no_site_board() -> None:
    assert codes([GOOD, replace(GOOD, view="other"), replace(GOOD, view="other")], "not_construction") == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lon": None}, "no_position"),
        ({"lat": None}, "no_position"),
        ({"taken_at": None}, "no_time"),
        ({"taken_at": BEGIN - timedelta(seconds=1)}, "outside_round"),
        ({"taken_at": END + timedelta(seconds=1)}, "outside_round"),
        ({"lat": CENTRE.y + 0.01, "azimuth": 0.0}, "too_far"),
        ({"lat": CENTRE.y + 0.01, "azimuth": None}, "too_far"),
    ],
)
def test_a_photograph_that_does_not_count(change, code) -> None:
    found = rules.evidence([replace(GOOD, **change), *SET[1:]], PATCH, BEGIN, END, "V01")
    assert [flag.code for flag in found] == ["too_few", "view_missing", code]
    assert found[0].value == 2 and found[1].text == "whole"
    assert [flag.blocking for flag in found] == [True, True, False]


def test_far_away_but_looking_at_the_patch_counts() -> None:
    assert codes([replace(GOOD, lat=CENTRE.y + 0.01, azimuth=180.0), *SET[1:]]) == []


def test_edges_of_the_round_count() -> None:
    assert codes([replace(GOOD, taken_at=BEGIN), replace(SET[1], taken_at=END), SET[2]]) == []


def test_flags_that_do_not_block() -> None:
    assert codes([replace(GOOD, gallery=True), *SET[1:]]) == ["gallery"]
    near = replace(GOOD, lat=CENTRE.y + 0.001, azimuth=0.0)
    assert codes([near, *SET[1:]]) == ["looks_away"]
    assert codes([replace(near, azimuth=None), *SET[1:]]) == []


def test_distance() -> None:
    assert rules.distance_m(CENTRE.x, CENTRE.y, PATCH) == 0
    assert rules.distance_m(CENTRE.x, CENTRE.y + 0.01, PATCH) == pytest.approx(1058, abs=3)


def test_progress_is_not_capped() -> None:
    assert rules.Progress(6382, 6788).percent == 106.4
    assert rules.Progress(0, 0).percent is None


def test_findings() -> None:
    assert rules.is_violation("V01") and not rules.is_violation("none") and not rules.is_violation("")


def test_the_same_file_counts_once() -> None:
    same = [replace(one, digest="a") for one in SET]
    assert codes(same) == ["too_few", "view_missing", "view_missing", "duplicate", "duplicate"]
    assert codes([replace(one, digest=str(at)) for at, one in enumerate(SET)]) == []


def test_a_file_of_another_patch_is_flagged() -> None:
    assert codes([replace(GOOD, reused=True), *SET[1:]]) == ["reused"]
