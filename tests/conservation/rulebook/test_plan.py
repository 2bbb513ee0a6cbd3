"""plan-kind, plan-change, spoil-site-grade: rows of the tables and both sides of each boundary."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from tests.conservation.rulebook.helpers import ask, refused

DAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("area", "earthwork", "kind"),
    [
        (0, 0, "none"),
        (0.4999, 999.99, "none"),
        (0.5, 0, "report_form"),
        (0, 1000, "report_form"),
        (4.9999, 49999.99, "report_form"),
        (5, 0, "report_book"),
        (0, 50000, "report_book"),
        (0.1, 50000, "report_book"),
        (610, 5_560_000, "report_book"),
    ],
)
def test_plan_kind(area: float, earthwork: float, kind: str) -> None:
    assert ask("plan-kind", {"area_ha": area, "earthwork_m3": earthwork}, on=DAY) == {"kind": kind}


@pytest.mark.parametrize(
    ("area", "earthwork", "kind"),
    [
        (9.99, 49999, "report_form"),
        (10, 0, "report_book"),
        (0, 50000, "report_book"),
        (5, 0, "report_form"),
        (4.99, 9999, "registration_form"),
        (0, 10000, "report_form"),
        (0, 0, "registration_form"),
    ],
)
def test_plan_kind_in_zhejiang(area: float, earthwork: float, kind: str) -> None:
    assert ask("plan-kind", {"area_ha": area, "earthwork_m3": earthwork}, on=DAY, province="330000") == {"kind": kind}


@pytest.mark.parametrize(
    ("province", "area", "earthwork", "zone", "kind"),
    [
        ("500000", 0.1, 0, False, "report_form"),
        ("500000", 5, 0, False, "report_book"),
        ("130000", 199.9, 1_999_999, True, "report_form"),
        ("130000", 200, 0, True, "report_book"),
        ("130000", 0, 2_000_000, True, "report_book"),
        ("130000", 199.9, 0, False, "report_book"),
        ("330000", 12, 0, True, "registration_form"),
        ("440000", 5, 0, True, "report_book"),
        ("110000", 5, 0, False, "report_book"),
    ],
)
def test_plan_kind_elsewhere(province: str, area: float, earthwork: float, zone: bool, kind: str) -> None:
    inputs = {"area_ha": area, "earthwork_m3": earthwork, "in_assessed_zone": zone}
    assert ask("plan-kind", inputs, on=DAY, province=province) == {"kind": kind}


@pytest.mark.parametrize(
    ("volume", "height", "harm", "grade", "geology", "video", "study"),
    [
        (800, 140, "serious", 1, True, True, False),
        (80, 50, "slight", 4, True, False, False),
        (30, 65, "none", 3, True, True, False),
        (49.9, 19.9, "none", 5, False, False, False),
        (50, 19.9, "none", 4, True, False, False),
        (49.99, 20, "none", 4, True, False, False),
        (49.99, 19.99, "none", 5, False, False, False),
        (99.99, 0, "none", 4, True, False, False),
        (100, 0, "none", 3, True, True, False),
        (499.99, 0, "none", 3, True, True, False),
        (500, 0, "none", 2, True, True, False),
        (999.99, 0, "none", 2, True, True, False),
        (1000, 0, "none", 1, True, True, False),
        (2000, 200, "none", 1, True, True, False),
        (2000.01, 0, "none", 1, True, True, True),
        (0, 200.01, "none", 1, True, True, True),
        (0, 59.99, "none", 4, True, False, False),
        (0, 60, "none", 3, True, True, False),
        (0, 99.99, "none", 3, True, True, False),
        (0, 100, "none", 2, True, True, False),
        (0, 149.99, "none", 2, True, True, False),
        (0, 150, "none", 1, True, True, False),
        (0, 0, "serious", 1, True, True, False),
        (0, 0, "fairly_serious", 2, True, True, False),
        (0, 0, "not_serious", 3, True, True, False),
        (0, 0, "slight", 4, True, False, False),
        (0, 0, "none", 5, False, False, False),
    ],
)
def test_spoil_site_grade(
    volume: float, height: float, harm: str, grade: int, geology: bool, video: bool, study: bool
) -> None:
    found = ask("spoil-site-grade", {"volume_10k_m3": volume, "height_m": height, "harm": harm})
    assert found == {
        "grade": grade, "geology_report": geology, "video_monitoring": video, "special_study": study,
    }  # fmt: skip


BASE: dict[str, Any] = {
    "approved": {
        "range_ha": 100, "earthwork_m3": 100000, "topsoil_m3": 1000, "planting_ha": 10, "mountain_length_km": 10,
    },
    "actual": {
        "range_ha": 100, "earthwork_m3": 100000, "topsoil_m3": 1000, "planting_ha": 10,
        "enters_key_zone": False, "weakened_important_measure": False,
    },
    "spoil_sites": [],
}  # fmt: skip


def change(actual: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    inputs = copy.deepcopy(BASE)
    inputs["actual"].update(actual or {})
    inputs["approved"].update(more.pop("approved", {}))
    inputs.update(more)
    return ask("plan-change", inputs, on=DAY)


@pytest.mark.parametrize(
    ("actual", "triggers"),
    [
        ({}, []),
        ({"enters_key_zone": True}, ["CHG-1"]),
        ({"range_ha": 129.99}, []),
        ({"range_ha": 130}, ["CHG-2"]),
        ({"range_ha": 50}, []),
        ({"earthwork_m3": 129999}, []),
        ({"earthwork_m3": 130000}, ["CHG-3"]),
        ({"shifted_length_km": 2.99}, []),
        ({"shifted_length_km": 3}, ["CHG-4"]),
        ({"topsoil_m3": 701}, []),
        ({"topsoil_m3": 700}, ["CHG-5"]),
        ({"topsoil_m3": 700, "topsoil_loss_from_smaller_area_m3": 1}, []),
        ({"planting_ha": 7.01}, []),
        ({"planting_ha": 7}, ["CHG-6"]),
        ({"planting_ha": 5, "planting_loss_from_smaller_area_ha": 2.5}, []),
        ({"planting_ha": 5, "planting_loss_from_smaller_area_ha": 2}, ["CHG-6"]),
        ({"weakened_important_measure": True}, ["CHG-7"]),
        ({"range_ha": 142.24, "earthwork_m3": 173190, "topsoil_m3": 370.4, "planting_ha": 6.345},
         ["CHG-2", "CHG-3", "CHG-5", "CHG-6"]),
    ],
)  # fmt: skip
def test_plan_change(actual: dict[str, Any], triggers: list[str]) -> None:
    found = change(actual)
    assert found == {"triggers": triggers, "reapproval": bool(triggers), "supplement": False}


@pytest.mark.parametrize(
    ("site", "triggers"),
    [
        ({"approved": False, "volume_10k_m3": 1, "height_m": 1, "harm": "none"}, ["CHG-8"]),
        ({"approved": True, "volume_10k_m3": 100, "height_m": 1, "harm": "none", "approved_grade": 4}, ["CHG-9"]),
        ({"approved": True, "volume_10k_m3": 99, "height_m": 1, "harm": "none", "approved_grade": 4}, []),
        ({"approved": True, "volume_10k_m3": 10, "height_m": 1, "harm": "none", "approved_grade": 4}, []),
        ({"approved": True, "volume_10k_m3": 1500, "height_m": 1, "harm": "none"}, []),
    ],
)
def test_plan_change_by_spoil_sites(site: dict[str, Any], triggers: list[str]) -> None:
    assert change(spoil_sites=[site]) == {"triggers": triggers, "reapproval": False, "supplement": bool(triggers)}


@pytest.mark.parametrize(
    ("approved", "actual", "triggers"),
    [
        ({"range_ha": 0}, {"range_ha": 0.1}, ["CHG-2"]),
        ({"range_ha": 0}, {"range_ha": 0}, []),
        ({"earthwork_m3": 0}, {"earthwork_m3": 1}, ["CHG-3"]),
        ({"mountain_length_km": 0}, {"shifted_length_km": 0.1}, ["CHG-4"]),
        ({"topsoil_m3": 0}, {"topsoil_m3": 0}, []),
    ],
)
def test_plan_change_from_nothing(approved: dict[str, Any], actual: dict[str, Any], triggers: list[str]) -> None:
    assert change(actual, approved=approved)["triggers"] == triggers


def test_plan_change_needs_the_length_that_was_shifted() -> None:
    inputs = copy.deepcopy(BASE)
    del inputs["approved"]["mountain_length_km"]
    inputs["actual"]["shifted_length_km"] = 1
    assert refused("plan-change", inputs) == "approved.mountain_length_km"
