"""Classes in sets: the golden geometries, and equality with the single-patch rule on random ones."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely

from conservation.regions import geo
from conservation.rulebook.registry import decide
from supervision.patches import overlay
from tests.supervision.patches.shapes import GOLDEN, PLANE, R, blob, square

NUMBERS = overlay.Numbers(
    tolerance_m=4.0, minimum_ha=0.1, tolerated_ha=0.05, search_m=500.0, quad_segs=8, epsilon_m2=0.01
)
DAY = date(2025, 6, 1)


def objects(shapes: list) -> np.ndarray:
    found = np.empty(len(shapes), object)
    found[:] = shapes
    return found


def ranges(shapes: list, exact: list[bool] | None = None, industries: list[int] | None = None) -> overlay.Ranges:
    return overlay.Ranges(
        ids=np.arange(len(shapes)),
        geoms=objects(shapes),
        exact=np.array(exact if exact is not None else [True] * len(shapes), bool),
        industries=np.array(industries if industries is not None else [1] * len(shapes)),
    )


def run(patches: list, places: overlay.Ranges, industries: list[int] | None = None) -> overlay.Found:
    found = overlay.overlay(
        objects(patches), np.array(industries if industries is not None else [1] * len(patches)), places, NUMBERS
    )
    overlay.settle_all([found])
    return found


def rule(patch, industry, places, has_patch) -> dict:
    inputs = {
        "patch": {"geometry": shapely.geometry.mapping(patch), **({"industry": str(industry)} if industry else {})},
        "ranges": [
            {
                "geometry": shapely.geometry.mapping(one),
                "exact": bool(exact),
                "industry": str(kind),
                "valid_from": "2020-01-01",
                "has_patch": at in has_patch,
            }
            for at, (one, exact, kind) in enumerate(
                zip(places.geoms, places.exact, places.industries.tolist(), strict=True)
            )
        ],
        "image_date": DAY.isoformat(),
        "pixel_m": 2,
        "crs": 4490,
    }
    return decide("patch-class", inputs).result


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    box, klass, area, excess, beyond = GOLDEN[name]
    found = run([square(*box)], ranges([square(*R)]))
    assert found.klass[0] == klass
    assert overlay.round4(found.area) == [pytest.approx(area, abs=2e-4)]
    for value, wanted in ((found.excess[0], excess), (found.beyond[0], beyond)):
        assert np.isnan(value) if wanted is None else value == pytest.approx(wanted, abs=2e-4)
    if name == "G5":
        assert found.distance[0] == pytest.approx(10, abs=0.01)
        assert found.range_id[0] == 0


def test_g5b_a_range_with_a_patch_was_not_left() -> None:
    found = run([square(*GOLDEN["G5"][0]), square(*GOLDEN["G1"][0])], ranges([square(*R)]))
    assert found.klass.tolist() == ["suspected_unapproved", "compliant"]


def test_a_schematic_range_never_yields_an_excess() -> None:
    found = run([square(150, 50, 250, 150)], ranges([square(*R)], exact=[False]))
    assert found.klass[0] == "schematic"
    assert np.isnan(found.excess[0])


def test_touching_edges_is_no_overlap() -> None:
    found = run([square(200, 0, 300, 100)], ranges([square(*R)], industries=[2]))
    assert found.klass[0] == "suspected_unapproved"
    assert found.beyond[0] == pytest.approx(0.96, abs=1e-3)


def test_no_range_and_no_patch() -> None:
    assert run([square(0, 0, 100, 100)], overlay.Ranges.empty()).klass.tolist() == ["suspected_unapproved"]
    assert len(run([], ranges([square(*R)])).klass) == 0


def test_other_industry_is_no_change_of_place_unknown_may_be() -> None:
    places = ranges([square(*R)])
    far = [square(210, 50, 310, 150)]
    assert run(far, places, [2]).klass[0] == "suspected_unapproved"
    assert run(far, places, [0]).klass[0] == "suspected_relocated"


@pytest.mark.parametrize("seed", range(6))
def test_equals_the_rule_on_random_geometries(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patches = [
        geo.to_4490(shapely.make_valid(blob(rng, *rng.uniform(0, 3000, 2), rng.uniform(12, 120))), PLANE)
        for _unused in range(60)
    ]
    patches = [one for one in patches if one.geom_type == "Polygon"]
    areas = [
        geo.to_4490(blob(rng, *rng.uniform(0, 3000, 2), rng.uniform(60, 320)).buffer(0), PLANE)
        for _unused in range(40)
    ]
    areas = [one for one in areas if not one.is_empty]
    exact = (rng.random(len(areas)) < 0.75).tolist()
    places = ranges(areas, exact, rng.integers(1, 3, len(areas)).tolist())
    industries = rng.integers(0, 3, len(patches)).tolist()
    found = run(patches, places, industries)
    assert len(set(found.klass.tolist())) >= 4
    for at, patch in enumerate(patches):
        wanted = rule(patch, industries[at], places, found.occupied)
        assert found.klass[at] == wanted["class"], at
        assert overlay.round4(found.area)[at] == pytest.approx(wanted["area_ha"], abs=1.01e-4)
        for ours, theirs in ((found.excess, "excess_ha"), (found.beyond, "excess_beyond_tolerance_ha")):
            if wanted[theirs] is None:
                assert np.isnan(ours[at])
            else:
                assert ours[at] == pytest.approx(wanted[theirs], abs=1.01e-4), theirs
        assert (found.range_id[at] if found.range_id[at] >= 0 else None) == wanted.get("range")


def test_two_zones_in_one_chunk() -> None:
    west = shapely.box(112.4990, 28.0, 112.4999, 28.0009)
    east = shapely.box(112.5001, 28.0, 112.5010, 28.0009)
    found = run([west, east], ranges([shapely.box(112.49, 27.99, 112.51, 28.01)]))
    assert found.klass.tolist() == ["compliant", "compliant"]
    assert found.area[0] == pytest.approx(found.area[1], rel=1e-3)
