"""prevention-targets, six-indicators, soil loss, erosion class: the tables row by row and the published examples."""

from __future__ import annotations

from typing import Any

import pytest

from conservation.rulebook import parameters
from conservation.rulebook.rules.csle import length_factor, slope_factor
from tests.conservation.rulebook.helpers import ask, refused, status

SOUTH = {"zone": "southern_red_soil", "grade": 1, "period": "design_year"}


@pytest.mark.parametrize(
    ("zone", "grade", "period"),
    sorted(
        {
            (row["zone_key"], int(row["grade"]), row["period"])
            for row in parameters.data_file("prevention_targets").rows
        }
    ),
)
def test_all_288_rows(zone: str, grade: int, period: str) -> None:
    found = ask("prevention-targets", {"zone": zone, "grade": grade, "period": period})
    rows = [
        row
        for row in parameters.data_file("prevention_targets").rows
        if (row["zone_key"], row["grade"], row["period"]) == (zone, str(grade), period)
    ]
    assert len(rows) == 6
    for row in rows:
        value = float(row["value"]) if row["value"] else None
        assert found[row["indicator"]] == {"target": value, "table_value": value, "adjustments": []}


def values(found: dict[str, Any]) -> list[float | None]:
    return [one["target"] for one in found.values()]


def test_table_of_the_standard() -> None:
    assert values(ask("prevention-targets", SOUTH)) == [98, 0.9, 97, 92, 98, 25]
    loess = {"zone": "northwest_loess_plateau", "grade": 2, "period": "construction"}
    assert values(ask("prevention-targets", loess)) == [None, None, 85, 85, None, None]


def step(rule: str, indicator: str, value: float | None = None, reason: str = "项目情况") -> dict[str, Any]:
    found = {"rule": rule, "indicator": indicator, "reason": reason}
    return found if value is None else {**found, "value": value}


def test_huizhou() -> None:
    adjustments = [
        step("veg_restricted", "vegetation_cover_rate", 5, "工业用地绿地率限制"),
        step("ratio_light", "soil_loss_control_ratio"),
        step("urban", "spoil_protection_rate", 2),
    ]
    found = ask("prevention-targets", {**SOUTH, "adjustments": adjustments})
    assert values(found) == [98, 1.0, 99, 92, 98, 20]
    assert found["soil_loss_control_ratio"]["adjustments"][0]["change"] == pytest.approx(0.1)
    assert found["vegetation_cover_rate"]["table_value"] == 25


@pytest.mark.parametrize(
    ("zone", "adjustments", "indicator", "target"),
    [
        ("southern_red_soil", [step("urban", "spoil_protection_rate", 2)], "spoil_protection_rate", 99),
        (
            "southern_red_soil",
            [step("ratio_moderate_up", "soil_loss_control_ratio", 0.2)],
            "soil_loss_control_ratio",
            0.7,
        ),
        ("southern_red_soil", [step("mid_mountain", "spoil_protection_rate", 3)], "spoil_protection_rate", 94),
        ("southern_red_soil", [step("high_mountain", "spoil_protection_rate", 5)], "spoil_protection_rate", 92),
        ("southern_red_soil", [step("key_zone_cover", "vegetation_cover_rate", 1)], "vegetation_cover_rate", 26),
        ("northern_wind_sand", [step("arid", "erosion_control_degree", 5)], "erosion_control_degree", 80),
        (
            "northern_wind_sand",
            [step("hyper_arid_control", "erosion_control_degree", 8)],
            "erosion_control_degree",
            77,
        ),
        ("northern_wind_sand", [step("hyper_arid_veg", "vegetation_cover_rate")], "vegetation_cover_rate", None),
        (
            "southern_red_soil",
            [step("urban", "spoil_protection_rate", 2), step("mid_mountain", "spoil_protection_rate", 1)],
            "spoil_protection_rate",
            98,
        ),
    ],
)
def test_adjustments(zone: str, adjustments: list[dict[str, Any]], indicator: str, target: float | None) -> None:
    found = ask("prevention-targets", {**SOUTH, "zone": zone, "adjustments": adjustments})
    assert found[indicator]["target"] == target


def test_percentages_stay_within_a_hundred() -> None:
    steps = [step("urban", "spoil_protection_rate", 2), step("key_zone_cover", "vegetation_cover_rate", 2)]
    found = ask("prevention-targets", {**SOUTH, "adjustments": steps})
    assert max(one["target"] for one in found.values()) <= 100


@pytest.mark.parametrize(
    ("one", "key"),
    [
        (step("no_rule", "spoil_protection_rate", 1), "rule"),
        (step("deduct_water", "spoil_protection_rate", 1), "rule"),
        (step("key_zone_works", "spoil_protection_rate", 1), "rule"),
        (step("urban", "topsoil_protection_rate", 1), "indicator"),
        (step("urban", "spoil_protection_rate", 2.1), "value"),
        (step("urban", "spoil_protection_rate", 0.9), "value"),
        (step("urban", "spoil_protection_rate"), "value"),
        (step("urban", "spoil_protection_rate", 1, " "), "reason"),
    ],
)
def test_bad_adjustments(one: dict[str, Any], key: str) -> None:
    assert refused("prevention-targets", {**SOUTH, "adjustments": [one]}) == f"adjustments[0].{key}"


def test_contradicting_adjustments() -> None:
    pairs = [
        [step("mid_mountain", "spoil_protection_rate", 1), step("high_mountain", "spoil_protection_rate", 3)],
        [step("ratio_light", "soil_loss_control_ratio"), step("ratio_moderate_up", "soil_loss_control_ratio", 0.1)],
        [step("urban", "spoil_protection_rate", 1), step("urban", "spoil_protection_rate", 1)],
        [step("arid", "erosion_control_degree", 3), step("hyper_arid_control", "erosion_control_degree", 5)],
    ]
    for pair in pairs:
        assert refused("prevention-targets", {**SOUTH, "adjustments": pair}) == "adjustments[1].rule"
    unset = {**SOUTH, "period": "construction", "adjustments": [step("urban", "vegetation_cover_rate", 1)]}
    assert refused("prevention-targets", unset) == "adjustments[0].indicator"


def test_weighted_over_segments() -> None:
    segments = [{"grade": 1, "range_ha": 7.9}, {"grade": 2, "range_ha": 1.6}]
    found = ask("prevention-targets", {"zone": "southern_red_soil", "period": "design_year", "segments": segments})
    assert values(found) == [97.4947, 0.8916, 96.6632, 91.1579, 97.4947, 24.4947]


def test_spoil_and_topsoil_by_volume() -> None:
    segments = [
        {"zone": "southern_red_soil", "grade": 1, "range_ha": 1, "spoil_m3": 300, "topsoil_m3": 0},
        {"zone": "southern_red_soil", "grade": 2, "range_ha": 1, "spoil_m3": 100, "topsoil_m3": 10},
    ]
    found = ask("prevention-targets", {"period": "design_year", "segments": segments})
    assert found["spoil_protection_rate"]["target"] == 96.5
    assert found["topsoil_protection_rate"]["target"] == 87
    assert found["erosion_control_degree"]["target"] == 96.5
    del segments[0]["spoil_m3"]
    found = ask("prevention-targets", {"period": "design_year", "segments": segments})
    assert found["spoil_protection_rate"]["target"] == 96


def test_segments_of_two_zones_one_without_a_number() -> None:
    segments = [
        {"zone": "northern_wind_sand", "grade": 1, "range_ha": 5},
        {"zone": "southern_red_soil", "grade": 1, "range_ha": 5},
    ]
    found = ask("prevention-targets", {"period": "design_year", "segments": segments})
    assert found["topsoil_protection_rate"]["target"] == 92
    assert found["erosion_control_degree"]["target"] == 91.5


def test_targets_need_zone_and_grade() -> None:
    assert refused("prevention-targets", {"grade": 1, "period": "design_year"}) == "zone"
    assert refused("prevention-targets", {"zone": "southern_red_soil", "period": "design_year"}) == "grade"
    assert refused("prevention-targets", {**SOUTH, "grade": 4}) == "grade"
    assert (
        refused("prevention-targets", {"period": "design_year", "segments": [{"grade": 1, "range_ha": 1}]})
        == "segments[0].zone"
    )
    assert refused("prevention-targets", {**SOUTH, "segments": [{"grade": 1, "range_ha": 1}]}) == "grade"
    assert (
        refused("prevention-targets", {"period": "design_year", "segments": [{"grade": 1, "range_ha": 0}]})
        == "segments[0].range_ha"
    )


SIX = {
    "treated_ha": 7.08, "eroding_ha": 7.08, "tolerable_loss": 500, "mean_loss": 500, "protected_spoil_m3": 30727,
    "total_spoil_m3": 30762, "protected_topsoil_m3": 90, "strippable_topsoil_m3": 100, "vegetated_ha": 1.42,
    "restorable_ha": 1.42, "range_ha": 7.08,
}  # fmt: skip


def test_six_indicators() -> None:
    found = ask("six-indicators", SIX)
    assert [one["value"] for one in found.values()] == [100, 1, 99.8862, 90, 100, 20.0565]
    tibet = {**SIX, "mean_loss": 480, "vegetated_ha": 57.30, "restorable_ha": 58.05, "range_ha": 86.64}
    found = ask("six-indicators", tibet)
    assert found["soil_loss_control_ratio"]["value"] == 1.0417
    assert found["vegetation_restoration_rate"]["value"] == 98.708
    assert found["vegetation_cover_rate"]["value"] == 66.1357


def test_reached_is_judged_on_the_exact_quotient() -> None:
    found = ask(
        "six-indicators", {**SIX, "targets": {"vegetation_cover_rate": 20.0565, "topsoil_protection_rate": 90}}
    )
    assert found["vegetation_cover_rate"] == {"value": 20.0565, "reached": False}
    assert found["topsoil_protection_rate"] == {"value": 90.0, "reached": True}
    assert "reached" not in found["spoil_protection_rate"]


@pytest.mark.parametrize(
    ("key", "indicator"),
    [
        ("eroding_ha", "erosion_control_degree"), ("mean_loss", "soil_loss_control_ratio"),
        ("total_spoil_m3", "spoil_protection_rate"), ("strippable_topsoil_m3", "topsoil_protection_rate"),
        ("restorable_ha", "vegetation_restoration_rate"), ("range_ha", "vegetation_cover_rate"),
    ],
)  # fmt: skip
def test_zero_denominator_gives_a_reason(key: str, indicator: str) -> None:
    found = ask("six-indicators", {**SIX, key: 0, "targets": {indicator: 50}})[indicator]
    assert found["value"] is None and found["reason"] and "reached" not in found


def units(*rows: tuple[str, str, float, float, float]) -> list[dict[str, Any]]:
    keys = ("name", "stage", "range_ha", "years", "modulus")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def test_soil_loss_huizhou() -> None:
    rows = units(
        ("建筑物区", "construction", 4.15, 0.5, 5200),
        ("道路广场区", "construction", 1.10, 1.0, 7200),
        ("景观绿化区", "construction", 1.42, 1.0, 5100),
        ("景观绿化区", "recovery", 1.42, 2.0, 900),
    )
    found = ask("soil-loss", {"units": rows, "background_modulus": 500})
    assert (found["total_t"], found["new_t"]) == (285.08, 247.905)
    assert [line["total_t"] for line in found["lines"]] == [107.9, 79.2, 72.42, 25.56]
    assert [line["new_t"] for line in found["lines"]] == [97.525, 73.7, 65.32, 11.36]


def test_soil_loss_tibet() -> None:
    rows = []
    for name, building, modulus, recovering, falling in (
        ("光伏阵列区", 81.94, 7530, 80.94, (1610, 1050, 869)),
        ("升压站区", 1.15, 8670, 0.62, (1610, 1050, 780)),
        ("场内道路区", 2.80, 8340, 2.80, (1000, 900, 800)),
        ("施工生产区", 0.75, 8340, 0.75, (1610, 1050, 869)),
    ):
        rows.extend(units((name, "construction", building, 1, modulus)))
        rows.extend(units(*((name, "recovery", recovering, 1, one) for one in falling)))
    found = ask("soil-loss", {"units": rows, "background_modulus": 762})
    assert (round(found["total_t"]), round(found["new_t"])) == (9546, 6940)
    first = sum(line["total_t"] for line in found["lines"][:4]), sum(line["new_t"] for line in found["lines"][:4])
    assert (round(first[0]), round(first[1])) == (9026, 6552)


def test_soil_loss_below_the_background_adds_nothing() -> None:
    found = ask("soil-loss", {"units": units(("区", "recovery", 1, 1, 300)), "background_modulus": 500})
    assert (found["total_t"], found["new_t"]) == (3.0, 0.0)
    assert ask("soil-loss", {"background_modulus": 500}) == {"total_t": 0.0, "new_t": 0.0, "lines": []}


GROUND = {"R": 5000, "K": 0.004, "lam_x": 50, "theta": 15, "m": 0.5, "B": 0.2, "E": 1, "T": 1, "w": 100}
CUT = {"R": 5000, "SIL": 0.4, "CLA": 0.2, "rho": 1.4, "lam_x": 10, "theta": 45, "w": 20}
HEAP = {
    "X": 0.92,
    "R": 5000,
    "a1": 0.046,
    "b1": -3.379,
    "delta": 0.3,
    "lam_x": 20,
    "theta": 30,
    "d1": 1.245,
    "f1": 0.632,
    "w": 30,
}


@pytest.mark.parametrize(
    ("kind", "inputs", "lam", "length", "slope", "area", "loss"),
    [
        ("Myz", GROUND, 48.2963, 1.55397, 4.06118, 0.482963, 12.1918),
        ("Myz", {**GROUND, "lam_x": 150}, 100, 2.23607, 4.06118, 1.44889, 52.6298),
        ("Myd", {**GROUND, "N": 2.13}, 48.2963, 1.55397, 4.06118, 0.482963, 25.9685),
        ("Myd", GROUND, 48.2963, 1.55397, 4.06118, 0.482963, 25.9685),
        ("Mkw", CUT, 7.07107, 0.820742, 0.945685, 0.0141421, 0.583932),
        ("Mky", {**CUT, "W": 2}, 7.07107, 0.776469, 0.934386, 0.0141421, 1.79688),
        ("Mdw", HEAP, 17.3205, 2.19291, 1.25482, 0.0519615, 10.9788),
    ],
)
def test_sl773(
    kind: str, inputs: dict[str, Any], lam: float, length: float, slope: float, area: float, loss: float
) -> None:
    found = ask("soil-loss-sl773", {"kind": kind, **inputs})
    wanted = {"lam": lam, "L": length, "S": slope, "A_ha": area, "M_t": loss}
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-5)
    assert found["modulus"] == pytest.approx(found["M_t"] / found["A_ha"] * 100, rel=1e-6)


def test_sl773_factors() -> None:
    assert ask("soil-loss-sl773", {"kind": "Myz", **GROUND})["modulus"] == pytest.approx(2524.37, rel=1e-5)
    assert ask("soil-loss-sl773", {"kind": "Mkw", **CUT})["G"] == pytest.approx(0.0106396, rel=1e-5)
    both = ask("soil-loss-sl773", {"kind": "Mky", **CUT, "W": 2})
    assert both["F"] == pytest.approx(19318.7, rel=1e-5) and both["G"] == pytest.approx(0.00611924, rel=1e-5)
    assert (both["inflow_t"], both["slope_t"]) == (pytest.approx(1.21294, rel=1e-5), pytest.approx(0.583932, rel=1e-5))
    assert ask("soil-loss-sl773", {"kind": "Mdw", **HEAP})["G"] == pytest.approx(0.0166922, rel=1e-5)


@pytest.mark.parametrize(
    ("theta", "m"), [(1, 0.2), (1.01, 0.3), (3, 0.3), (3.01, 0.4), (5, 0.4), (5.01, 0.5), (40, 0.5)]
)
def test_slope_exponent(theta: float, m: float) -> None:
    given = {name: value for name, value in GROUND.items() if name != "m"}
    assert ask("soil-loss-sl773", {"kind": "Myz", **given, "theta": theta})["m"] == m


def test_sl773_needs_what_its_kind_needs() -> None:
    for kind, inputs, names in (
        ("Myz", GROUND, ("R", "K", "B", "E", "T", "lam_x", "theta", "w")),
        ("Mkw", CUT, ("R", "SIL", "CLA", "rho")),
        ("Mky", {**CUT, "W": 1}, ("W",)),
        ("Mdw", HEAP, ("R", "delta")),
    ):
        for name in names:
            without = {one: value for one, value in inputs.items() if one != name}
            assert refused("soil-loss-sl773", {"kind": kind, **without}) == name
    assert refused("soil-loss-sl773", {"kind": "Mky", **CUT, "W": 3.01}) == "W"
    assert refused("soil-loss-sl773", {"kind": "Mkw", **CUT, "CLA": 0.7}) == "CLA"
    assert refused("soil-loss-sl773", {"kind": "Mdy", **HEAP}) == "kind"
    assert refused("soil-loss-sl773", {"kind": "Myz", **GROUND, "theta": 90}) == "theta"


CSLE = {"R": 5000, "K": 0.004, "slope_deg": 15, "length_m": 50, "B": 0.05, "E": 1, "T": 1}


def test_csle() -> None:
    found = ask("soil-loss-csle", CSLE)
    assert found["A_t_ha"] == pytest.approx(7.076905, abs=1e-6) and found["A_t_km2"] == pytest.approx(
        707.6905, abs=1e-4
    )
    assert (found["L"], found["S"]) == (pytest.approx(1.503122, abs=1e-6), pytest.approx(4.708137, abs=1e-6))
    assert status("soil-loss-csle", CSLE) == "unverified"


@pytest.mark.parametrize(
    ("slope", "factor"),
    [(1, 0.218486), (3, 0.595228), (4.9999, 0.971263), (5, 0.964216), (7, 1.547405), (10, 2.842895), (15, 4.708137),
     (20, 6.530241), (25, 8.295340)],
)  # fmt: skip
def test_csle_slope(slope: float, factor: float) -> None:
    assert ask("soil-loss-csle", {**CSLE, "slope_deg": slope})["S"] == pytest.approx(factor, abs=2e-5)
    assert callable(slope_factor)


@pytest.mark.parametrize(
    ("length", "slope", "factor"), [(50, 15, 1.503122), (80, 4, 1.672028), (50, 2, 1.277017), (10, 0.5, 0.853107)]
)
def test_csle_length(length: float, slope: float, factor: float) -> None:
    found = ask("soil-loss-csle", {**CSLE, "length_m": length, "slope_deg": slope})
    assert found["L"] == pytest.approx(factor, abs=1e-6)
    assert callable(length_factor)


@pytest.mark.parametrize(
    ("modulus", "tolerable", "intensity"),
    [
        (0, 200, "slight"), (199.99, 200, "slight"), (200, 200, "light"), (499.9, 500, "slight"), (500, 500, "light"),
        (707.69, 500, "light"), (707.69, 200, "light"), (707.69, 1000, "slight"), (999.9, 1000, "slight"),
        (1000, 1000, "light"), (2499.99, 500, "light"), (2500, 500, "moderate"), (4999.99, 500, "moderate"),
        (5000, 500, "strong"), (7999.99, 500, "strong"), (8000, 500, "very_strong"), (14999.99, 500, "very_strong"),
        (15000, 500, "severe"), (99999, 500, "severe"), (2499, 2500, "slight"), (2500, 2500, "moderate"),
    ],
)  # fmt: skip
def test_erosion_class(modulus: float, tolerable: float, intensity: str) -> None:
    assert ask("erosion-class", {"modulus": modulus, "tolerable": tolerable}) == {"intensity": intensity}


def test_erosion_class_tolerable_is_bounded() -> None:
    assert refused("erosion-class", {"modulus": 1, "tolerable": 0}) == "tolerable"
    assert refused("erosion-class", {"modulus": 1, "tolerable": 2501}) == "tolerable"
