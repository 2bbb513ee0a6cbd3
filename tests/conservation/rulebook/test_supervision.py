"""patch-class, risk-tier, inspection-allocation, rain-grade, three-colour."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pyproj
import pytest

from conservation.rulebook import registry
from conservation.rulebook.rules.risk_tier import INDICATORS, OVERRIDES, TIERS, table
from tests.conservation.rulebook.helpers import ask, refused


def box(west: float, south: float, east: float, north: float, x: float = 0, y: float = 0) -> dict[str, Any]:
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [[[x + a, y + b] for a, b in corners]]}


def overlay(
    patch: tuple[float, ...],
    *,
    industry: str | None = "公路",
    x: float = 500000,
    y: float = 4400000,
    ranges: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A patch over the range [0,0]–[200,200]; ``more`` changes the range."""
    one = {
        "geometry": box(0, 0, 200, 200, x, y), "exact": True, "industry": "公路", "valid_from": "2024-01-01",
        "has_patch": False, **more,
    }  # fmt: skip
    patch_in: dict[str, Any] = {"geometry": box(*patch, x, y)}
    if industry:
        patch_in["industry"] = industry
    question = {
        "patch": patch_in,
        "ranges": [one] if ranges is None else ranges,
        "image_date": "2025-06-01",
        "pixel_m": 2,
        "crs": 4547,
    }
    return ask("patch-class", question)


GOLDEN = [
    ("G1", (20, 20, 120, 120), "compliant", 1.0, 0.0, 0.0),
    ("G2", (150, 50, 250, 150), "suspected_excess", 1.0, 0.5, 0.46),
    ("G3", (1000, 1000, 1100, 1100), "suspected_unapproved", 1.0, 1.0, 1.0),
    ("G4", (100, 50, 205, 150), "compliant", 1.05, 0.05, 0.01),
    ("G5", (210, 50, 310, 150), "suspected_relocated", 1.0, 1.0, 1.0),
    ("G6", (300, 300, 325, 325), "below_threshold", 0.0625, None, None),
    ("G7", (0, 0, 400, 200), "suspected_excess", 8.0, 4.0, 3.92),
]


@pytest.mark.parametrize(("x", "y"), [(500000, 4400000), (0, 0)])
@pytest.mark.parametrize(
    ("name", "patch", "wanted", "area", "excess", "beyond"), GOLDEN, ids=[one[0] for one in GOLDEN]
)
def test_golden_patches(
    name: str, patch: tuple[float, ...], wanted: str, area: float, excess: Any, beyond: Any, x: float, y: float
) -> None:
    found = overlay(patch, x=x, y=y)
    assert (found["class"], found["area_ha"], found["excess_ha"], found["excess_beyond_tolerance_ha"]) == (
        wanted, area, excess, beyond,
    )  # fmt: skip
    assert ("range" in found) == (wanted in ("compliant", "suspected_excess", "suspected_relocated"))


def test_golden_g5b_a_range_with_a_patch_was_not_moved() -> None:
    assert overlay((210, 50, 310, 150), has_patch=True)["class"] == "suspected_unapproved"


def test_another_industry_was_not_moved() -> None:
    assert overlay((210, 50, 310, 150), industry="铁路")["class"] == "suspected_unapproved"
    assert overlay((210, 50, 310, 150), industry=None)["class"] == "suspected_relocated"


@pytest.mark.parametrize(("gap", "wanted"), [(500, "suspected_relocated"), (500.1, "suspected_unapproved")])
def test_search_distance(gap: float, wanted: str) -> None:
    assert overlay((200 + gap, 50, 300 + gap, 150))["class"] == wanted


def test_a_schematic_range_never_yields_an_excess() -> None:
    found = overlay((150, 50, 250, 150), exact=False)
    assert (found["class"], found["excess_ha"], found["range"]) == ("schematic", None, 0)


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"valid_from": "2025-06-02"}, "suspected_unapproved"),
        ({"valid_from": "2025-06-01"}, "compliant"),
        ({"valid_to": "2025-05-31"}, "suspected_unapproved"),
        ({"valid_to": "2025-06-01"}, "compliant"),
    ],
)
def test_validity_on_the_image_date(more: dict[str, Any], wanted: str) -> None:
    assert overlay((20, 20, 120, 120), **more)["class"] == wanted


@pytest.mark.parametrize(("width", "wanted"), [(9.0, "compliant"), (9.01, "suspected_excess")])
def test_tolerated_excess(width: float, wanted: str) -> None:
    """100 m high, 4 m tolerance: 5 m more are exactly 0.05 ha."""
    assert overlay((100, 50, 200 + width, 150))["class"] == wanted


@pytest.mark.parametrize(("side", "wanted"), [(31.6, "below_threshold"), (31.7, "compliant")])
def test_smallest_patch(side: float, wanted: str) -> None:
    assert overlay((20, 20, 20 + side, 20 + side))["class"] == wanted


def test_touching_is_not_overlapping() -> None:
    assert overlay((200, 50, 300, 150))["class"] == "suspected_relocated"


def test_ranges_are_united_and_the_largest_overlap_named() -> None:
    ranges = [
        {
            "geometry": box(0, 0, 100, 200, 500000, 4400000),
            "exact": True,
            "industry": "公路",
            "valid_from": "2024-01-01",
            "has_patch": True,
        },
        {
            "geometry": box(100, 0, 200, 200, 500000, 4400000),
            "exact": True,
            "industry": "公路",
            "valid_from": "2024-01-01",
            "has_patch": True,
        },
    ]
    found = overlay((80, 50, 200, 150), ranges=ranges)
    assert (found["class"], found["range"], found["excess_ha"]) == ("compliant", 1, 0.0)


def test_no_ranges() -> None:
    assert overlay((20, 20, 120, 120), ranges=[])["class"] == "suspected_unapproved"


@pytest.mark.parametrize(("crs", "target"), [(4490, 4547), (4326, 4547), (4526, 4526), (3857, 4547), (4497, 4547)])
def test_other_coordinates_give_the_same_class(crs: int, target: int) -> None:
    """Degrees, prefixed zones, Web Mercator and 6° zones are brought to the 3° zone of the patch."""
    convert = pyproj.Transformer.from_crs(4547, crs, always_xy=True)

    def moved(shape: dict[str, Any]) -> dict[str, Any]:
        ring = [list(convert.transform(*point)) for point in shape["coordinates"][0]]
        return {"type": "Polygon", "coordinates": [ring]}

    for _, patch, wanted, area, excess, _ in GOLDEN:
        question = {
            "patch": {"geometry": moved(box(*patch, 500000, 4400000)), "industry": "公路"},
            "ranges": [{"geometry": moved(box(0, 0, 200, 200, 500000, 4400000)), "exact": True, "industry": "公路",
                        "valid_from": "2024-01-01", "has_patch": False}],
            "image_date": "2025-06-01", "pixel_m": 2, "crs": crs,
        }  # fmt: skip
        found = ask("patch-class", question)
        assert (found["class"], found["area_ha"], found["excess_ha"]) == (wanted, area, excess)


def test_bad_geometries_name_their_key() -> None:
    good = copy.deepcopy(dict(registry.get("patch-class").example))
    shape = good["patch"]["geometry"]
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [200, 200], [200, 0], [0, 200], [0, 0]]]}
    two = {
        "type": "MultiPolygon",
        "coordinates": [box(0, 0, 50, 50)["coordinates"], box(90, 90, 150, 150)["coordinates"]],
    }
    rings: list[Any] = [[], ["a"], [[[0, 0], [1, 1]]], [[[0, 0], [0, 1], [0, 2], [0, 0]]]]
    for bad in (bow, two, *({"type": "Polygon", "coordinates": one} for one in rings)):
        assert refused("patch-class", {**good, "patch": {"geometry": bad}}) == "patch.geometry"
    assert (
        refused("patch-class", {**good, "patch": {"geometry": {"type": "Point", "coordinates": [0, 0]}}})
        == "patch.geometry.type"
    )
    assert refused("patch-class", {**good, "patch": {"geometry": {"type": "Polygon"}}}) == "patch.geometry.coordinates"
    assert refused("patch-class", {**good, "crs": 9999}) == "crs"
    assert refused("patch-class", {**good, "crs": 4490}) == "patch.geometry"
    assert refused("patch-class", {**good, "pixel_m": 0}) == "pixel_m"
    assert refused("patch-class", {key: value for key, value in good.items() if key != "crs"}) == "crs"
    backwards = {**good["ranges"][0], "valid_from": "2025-01-02", "valid_to": "2025-01-01"}
    assert refused("patch-class", {**good, "ranges": [backwards]}) == "ranges[0].valid_to"
    assert refused("patch-class", {**good, "ranges": [{**good["ranges"][0], "geometry": bow}]}) == "ranges[0].geometry"
    assert (
        ask(
            "patch-class",
            {**good, "patch": {"geometry": {"type": "MultiPolygon", "coordinates": [shape["coordinates"]]}}},
        )["class"]
        == "compliant"
    )


# --- risk ------------------------------------------------------------------------------------------------------------
NOTHING: dict[str, Any] = {
    "W1": 0, "W2": 0, "W3": 0, "W4": 0, "D1": 0, "D2": 0, "D3": 0, "N1": 0, "N2": "dry", "N3": "slight", "E1": 2000,
    "E2": "none", "E3": 1000, "M1": "green", "M2": 0, "M3": "A", "M4": 0,
}  # fmt: skip
CASES = [
    ("P1", {"W3": 5, "D1": 3, "D3": 2, "N2": "flood", "N3": "light", "E1": 1500, "E3": 600, "M3": "B"}, 12.0, "none"),
    ("P4", {"W4": 0.5, "D1": 10, "D2": 0.05, "D3": 3, "N1": 10, "N2": "flood", "N3": "moderate", "E1": 700,
            "E2": "provincial", "E3": 100, "M1": "yellow"}, 26.0, "low"),
    ("P2", {"W1": 3, "W3": 20, "W4": 20, "D1": 150, "D2": 0.04, "D3": 600, "N1": 20, "N2": "flood", "N3": "moderate",
            "E1": 600, "E2": "provincial", "E3": 300, "M1": "yellow", "M2": 1, "M3": "B", "M4": 10}, 53.2, "medium"),
    ("P3", {"W1": 2, "W2": 3000, "W3": 40, "W4": 60, "D1": 10, "D2": 0.5, "D3": 20, "N1": 30, "N2": "flood_storm",
            "N3": "strong", "E1": 100, "E2": "national", "E3": 50, "M1": "red", "M2": 3, "M3": "D", "M4": 20}, 85.85, "high"),
]  # fmt: skip


def risk(more: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    return ask("risk-tier", {"indicators": {**NOTHING, **(more or {})}, **rest})


@pytest.mark.parametrize(("name", "more", "index", "tier"), CASES, ids=[one[0] for one in CASES])
def test_golden_risks(name: str, more: dict[str, Any], index: float, tier: str) -> None:
    found = risk(more)
    assert (found["index"], found["tier"], found["gaps"], found["raised_by"]) == (index, tier, [], [])
    assert sum(line["score"] for line in found["lines"]) == pytest.approx(index)


def test_points_add_up() -> None:
    assert sum(one.points for one in INDICATORS) == 100 and len(INDICATORS) == 17
    assert [name for name, _ in TIERS] == ["low", "medium", "high"] and len(OVERRIDES) == 4
    assert table(date(2026, 1, 1)).indicators == INDICATORS
    for one in INDICATORS:
        assert one.levels[0] == 0 and one.levels[-1] == 1 and len(one.levels) <= 8
    assert risk()["index"] == 0.0
    worst = {"W1": 1, "W2": 9e6, "W3": 90, "W4": 900, "D1": 900, "D2": 1, "D3": 900, "N1": 60, "N2": "flood_storm",
             "N3": "severe", "E1": 0, "E2": "national", "E3": 0, "M1": "missing", "M2": 9, "M3": "D", "M4": 99}  # fmt: skip
    assert risk(worst)["index"] == 100.0


LEVELS = {
    "W1": [(0, 0), (5, 0.2), (4, 0.4), (3, 0.6), (2, 0.8), (1, 1)],
    "W2": [(0, 0), (0.01, 0.5), (999.99, 0.5), (1000, 0.75), (4999, 0.75), (5000, 1)],
    "W3": [(2.99, 0), (3, 0.25), (7.99, 0.25), (8, 0.5), (14.99, 0.5), (15, 0.75), (29.99, 0.75), (30, 1)],
    "W4": [(0, 0), (0.01, 0.25), (0.99, 0.25), (1, 0.5), (9.99, 0.5), (10, 0.75), (49.9, 0.75), (50, 1)],
    "D1": [(0.49, 0), (0.5, 0.25), (4.99, 0.25), (5, 0.5), (19.9, 0.5), (20, 0.75), (99.9, 0.75), (100, 1)],
    "D2": [(0, 0), (0.001, 0.25), (0.05, 0.25), (0.051, 0.5), (0.15, 0.5), (0.151, 0.75), (0.3, 0.75), (0.301, 1)],
    "D3": [(0.09, 0), (0.1, 0.25), (4.9, 0.25), (5, 0.5), (49, 0.5), (50, 0.75), (499, 0.75), (500, 1)],
    "N1": [(4.9, 0), (5, 0.25), (7.9, 0.25), (8, 0.5), (14.9, 0.5), (15, 0.75), (24.9, 0.75), (25, 1)],
    "N2": [("dry", 0), ("flood", 0.5), ("flood_storm", 1)],
    "N3": [("slight", 0), ("light", 0.25), ("moderate", 0.5), ("strong", 0.75), ("very_strong", 1), ("severe", 1)],
    "E1": [(2000, 0), (1999, 0.25), (1000, 0.25), (999, 0.5), (500, 0.5), (499, 0.75), (200, 0.75), (199, 1), (0, 1)],
    "E2": [("none", 0), ("provincial", 0.5), ("national", 1)],
    "E3": [(1000, 0), (999, 0.25), (500, 0.25), (499, 0.5), (200, 0.5), (199, 0.75), (0.1, 0.75), (0, 1)],
    "M1": [("green", 0), ("yellow", 0.5), ("red", 1), ("missing", 1)],
    "M2": [(0, 0), (1, 0.5), (2, 0.75), (3, 1), (9, 1)],
    "M3": [("A", 0), ("B", 0.25), ("unrated", 0.25), ("C", 0.5), ("D", 1)],
    "M4": [(0, 0), (1, 0.25), (15, 0.25), (16, 0.5), (30, 0.5), (31, 0.75), (60, 0.75), (61, 1)],
}


@pytest.mark.parametrize("code", LEVELS)
def test_each_step_of_each_indicator(code: str) -> None:
    for value, level in LEVELS[code]:
        line = next(one for one in risk({code: value})["lines"] if one["indicator"] == code)
        assert line["level"] == pytest.approx(level), (code, value)


@pytest.mark.parametrize(
    ("more", "index", "tier"),
    [
        ({"W2": 5000, "E1": 100}, 19.0, "none"),
        ({"W2": 5000, "E1": 199, "M4": 0, "N2": "dry", "M3": "B"}, 20.0, "low"),
        ({"W1": 1, "W2": 5000, "W3": 30, "E1": 100}, 39.0, "low"),
        ({"W1": 1, "W2": 5000, "W3": 30, "E1": 100, "M3": "B"}, 40.0, "medium"),
        ({"W1": 1, "W2": 5000, "W3": 30, "W4": 50, "E1": 100, "D1": 100, "D2": 1, "M4": 61}, 59.0, "medium"),
        ({"W1": 1, "W2": 5000, "W3": 30, "W4": 50, "E1": 100, "D1": 100, "D2": 1, "M4": 61, "M3": "B"}, 60.0, "high"),
    ],
)
def test_tier_bounds(more: dict[str, Any], index: float, tier: str) -> None:
    found = risk(more)
    assert (found["index"], found["tier"]) == (index, tier)


def test_gaps_take_the_last_value_and_count() -> None:
    two = {name: value for name, value in NOTHING.items() if name not in ("W1", "W2")}
    found = ask("risk-tier", {"indicators": two})
    assert (found["tier"], found["gaps"]) == ("none", ["W1", "W2"])
    found = ask("risk-tier", {"indicators": {**two, "M4": None}})
    assert (found["tier"], found["gaps"]) == ("low", ["W1", "W2", "M4"])
    found = ask("risk-tier", {"indicators": two, "last_known": {"W1": 1}})
    assert (found["index"], found["gaps"]) == (12.0, ["W1", "W2"])
    assert ask("risk-tier", {"indicators": two, "last_levels": {"W2": 0.75}})["index"] == 7.5


@pytest.mark.parametrize("shape", ["list", "object"])
@pytest.mark.parametrize("code", ["dumped_with_harm", "unstable_site", "red_twice"])
def test_overrides_only_raise(code: str, shape: str) -> None:
    found = risk(overrides=[code] if shape == "list" else {code: True, "storm_red": False})
    assert (found["tier"], found["raised_by"], found["index"]) == ("high", [code], 0.0)


@pytest.mark.parametrize(("grade", "tier"), [(0, "none"), (5, "none"), (4, "none"), (3, "high"), (1, "high")])
def test_storm_needs_a_grave_spoil_site(grade: int, tier: str) -> None:
    assert risk({"W1": grade}, overrides=["storm_red"])["tier"] == tier


def test_bad_risk_inputs() -> None:
    assert refused("risk-tier", {"indicators": {"W1": 6}}) == "indicators.W1"
    assert refused("risk-tier", {"indicators": {"W9": 6}}) == "indicators.W9"
    assert refused("risk-tier", {"indicators": {"N2": "wet"}}) == "indicators.N2"
    assert refused("risk-tier", {"indicators": {"M2": 1.5}}) == "indicators.M2"
    assert refused("risk-tier", {"indicators": {}, "overrides": ["no"]}) == "overrides[0]"
    assert refused("risk-tier", {"indicators": {}, "overrides": {"red_twice": 1}}) == "overrides.red_twice"


# --- inspection, rain, colour ----------------------------------------------------------------------------------------
def counts(a: int, b: int, c: int, d: int, unrated: int) -> dict[str, int]:
    return {"A": a, "B": b, "C": c, "D": d, "unrated": unrated}


@pytest.mark.parametrize(
    ("given", "ratio", "floor", "drawn"),
    [
        (counts(200, 100, 20, 5, 0), 0.1, 33, counts(9, 9, 10, 5, 0)),
        (counts(0, 0, 0, 0, 0), 0.1, 0, counts(0, 0, 0, 0, 0)),
        (counts(10, 0, 0, 0, 0), 0.1, 1, counts(1, 0, 0, 0, 0)),
        (counts(0, 0, 21, 0, 0), 0.1, 3, counts(0, 0, 11, 0, 0)),
        (counts(0, 0, 3, 7, 0), 0.1, 1, counts(0, 0, 2, 7, 0)),
        (counts(1, 1, 1, 0, 1), 1, 4, counts(1, 1, 1, 0, 1)),
        (counts(0, 0, 4, 0, 0), 1, 4, counts(0, 0, 4, 0, 0)),
        (counts(100, 0, 0, 0, 0), 0.03, 10, counts(10, 0, 0, 0, 0)),
        (counts(100, 100, 0, 0, 100), 0.1, 30, counts(6, 12, 0, 0, 12)),
    ],
)
def test_inspection_allocation(given: dict[str, int], ratio: float, floor: int, drawn: dict[str, int]) -> None:
    found = ask("inspection-allocation", {"counts": given, "ratio": ratio})
    assert (found["floor"], found["by_grade"]) == (floor, drawn)
    assert found["total"] == sum(drawn.values()) >= floor


def test_bad_ratio() -> None:
    assert refused("inspection-allocation", {"counts": counts(1, 1, 1, 1, 1), "ratio": 1.01}) == "ratio"
    assert refused("inspection-allocation", {"counts": {"A": 1}, "ratio": 0.1}) == "counts.B"


@pytest.mark.parametrize(
    ("mm", "hours", "grade"),
    [
        (0, 24, "none"), (0.09, 24, "none"), (0.1, 24, "light"), (9.99, 24, "light"), (10, 24, "moderate"),
        (24.9, 24, "moderate"), (25.0, 24, "heavy"), (49.9, 24, "heavy"), (50.0, 24, "storm"), (99.9, 24, "storm"),
        (100, 24, "severe_storm"), (249.9, 24, "severe_storm"), (250, 24, "extreme_storm"),
        (0.09, 12, "none"), (0.1, 12, "light"), (4.9, 12, "light"), (5, 12, "moderate"), (14.9, 12, "moderate"),
        (15, 12, "heavy"), (29.9, 12, "heavy"), (30, 12, "storm"), (69.9, 12, "storm"), (70, 12, "severe_storm"),
        (139.9, 12, "severe_storm"), (140, 12, "extreme_storm"),
    ],
)  # fmt: skip
def test_rain_grade(mm: float, hours: int, grade: str) -> None:
    assert ask("rain-grade", {"mm": mm, "hours": hours}) == {"grade": grade}


def test_rain_only_in_twelve_or_twenty_four_hours() -> None:
    assert refused("rain-grade", {"mm": 1, "hours": 6}) == "hours"


QUIET: dict[str, Any] = {
    "range_ha": 150, "enlarged_m2": [], "topsoil_m2": [], "spoil": {"new_site_grades": [], "random_places": 0},
    "soil_loss_m3": 0, "engineering": {"late_places": 0, "unprotected_site_grades": []}, "planting_m2": [],
    "temporary_places": 0, "harm": "none", "refused_rectification": False,
}  # fmt: skip


def colour(**more: Any) -> tuple[float, str]:
    found = ask("three-colour", {**QUIET, **more})
    return found["score"], found["colour"]


def spoil(grades: list[int], places: int = 0) -> dict[str, Any]:
    return {"spoil": {"new_site_grades": grades, "random_places": places}}


@pytest.mark.parametrize(
    ("more", "score"),
    [
        ({}, 100),
        ({"enlarged_m2": [999]}, 100),
        ({"enlarged_m2": [1000]}, 99),
        ({"enlarged_m2": [1999, 2000, 500]}, 97),
        ({"enlarged_m2": [99000]}, 85),
        ({"topsoil_m2": [5000]}, 95),
        ({"topsoil_m2": [9000]}, 95),
        (spoil([3]), 95),
        (spoil([4]), 97),
        (spoil([1, 5], 2), 90),
        (spoil([1, 1, 1, 1]), 85),
        ({"soil_loss_m3": 99}, 100),
        ({"soil_loss_m3": 100}, 99),
        ({"soil_loss_m3": 1550}, 85),
        ({"engineering": {"late_places": 2, "unprotected_site_grades": [3, 4]}}, 93),
        ({"planting_m2": [1000, 1000]}, 98),
        ({"temporary_places": 3}, 97),
        ({"temporary_places": 30}, 90),
        ({"harm": "ordinary"}, 95),
        ({"harm": "serious"}, 0),
        ({"refused_rectification": True}, 0),
        ({"range_ha": 100, "temporary_places": 3}, 94),
        ({"range_ha": 100.01, "temporary_places": 3}, 97),
        ({"range_ha": 50, "harm": "ordinary"}, 95),
    ],
)
def test_three_colour_scores(more: dict[str, Any], score: float) -> None:
    assert colour(**more)[0] == score


@pytest.mark.parametrize(
    ("loss", "places", "wanted"),
    [
        (1500, 5, (80, "green")),
        (1500, 6, (79, "yellow")),
        (1500, 10, (75, "yellow")),
    ],
)
def test_three_colour_bands(loss: int, places: int, wanted: tuple[float, str]) -> None:
    assert colour(soil_loss_m3=loss, temporary_places=places) == wanted


def test_three_colour_red_below_sixty() -> None:
    heavy = {"soil_loss_m3": 1500, "temporary_places": 10, "enlarged_m2": [15000]}
    assert colour(**heavy) == (60, "yellow")
    assert colour(**heavy, planting_m2=[1000]) == (59, "red")
    lines = ask("three-colour", {**QUIET, **heavy})["lines"]
    assert sum(line["full"] for line in lines) == 100 and sum(line["score"] for line in lines) == 60
