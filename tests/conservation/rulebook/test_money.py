"""compensation-fee, late-fee, fine-surcharge, penalty-range."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from conservation.rulebook import parameters
from tests.conservation.rulebook.helpers import ask, refused, status


def fee(province: str, quantity: float, start: str, base: str = "land_general", **more: Any) -> dict[str, Any]:
    question = {"province": province, "base": base, "quantity": quantity, "start_date": start, **more}
    return ask("compensation-fee", question)


@pytest.mark.parametrize(
    ("province", "quantity", "exempt", "start", "amount"),
    [
        ("广东省", 70766, 0, "2026-06-01", "42459.60"),
        ("440000", 70765.2, 0, "2026-06-01", "42459.60"),
        ("44", 95000, 0, "2026-06-01", "57000.00"),
        ("广东", 402500, 0, "2024-02-04", "241500.00"),
        ("广东", 18498, 0, "2024-12-10", "11098.80"),
        ("广西", 132375, 0, "2024-09-25", "145612.50"),
        ("广西", 32972, 0, "2025-12-08", "36269.20"),
        ("宁夏", 133200, 0, "2025-10-28", "133200.00"),
        ("重庆", 313800, 0, "2022-07-08", "439320.00"),
        ("甘肃", 71200, 0, "2026-01-27", "99680.00"),
        ("西藏", 866400, 0, "2019-04-01", "1472880.00"),
        ("云南", 132757, 0, "2024-09-29", "92929.90"),
        ("四川", 60600, 4635, "2023-03-23", "72754.50"),
        ("四川", 42600, 0, "2023-08-02", "55380.00"),
        ("湖北", 13345, 0, "2025-08-05", "20017.50"),
    ],
)
def test_fee_of_published_decisions(province: str, quantity: float, exempt: int, start: str, amount: str) -> None:
    assert fee(province, quantity, start, exempt_area_m2=exempt)["amount"] == amount


@pytest.mark.parametrize(
    "row",
    [row for row in parameters.data_file("fee_rates").rows],
    ids=lambda row: f"{row.scope}-{row['base']}-{row.valid_from}",
)
def test_every_rate(row: parameters.Row) -> None:
    start = (row.valid_to or date(2026, 11, 1)).isoformat()
    found = fee(row.scope, 100.2, start, row["base"])
    assert Decimal(found["rate"]) == row.need("rate") and found["unit"] == row["unit"]
    assert Decimal(found["amount"]) == row.need("rate") * 101


def test_local_share_waived_until_march_2026() -> None:
    before = fee("广东", 70766, "2026-02-28")
    assert (before["local_share_waived"], before["central_share_due"]) == ("38213.64", "4245.96")
    assert "local_share_waived" not in fee("广东", 70766, "2026-03-01")


def test_fee_is_never_guessed() -> None:
    good = {"province": "广东", "base": "land_general", "quantity": 1, "start_date": "2026-06-01"}
    assert refused("compensation-fee", {**good, "province": "浙江"}) == "province"
    assert refused("compensation-fee", {**good, "province": "云南", "base": "spoil_discharge"}) == "province"
    assert refused("compensation-fee", {**good, "start_date": "2022-04-10"}) == "start_date"
    assert refused("compensation-fee", {**good, "exempt_area_m2": 2}) == "exempt_area_m2"
    assert refused("compensation-fee", {**good, "base": "spoil_discharge", "exempt_area_m2": 1}) == "exempt_area_m2"
    assert refused("compensation-fee", {**good, "base": "river"}) == "base"


@pytest.mark.parametrize(
    ("days", "amount", "capped"),
    [
        (0, "0.00", False),
        (1, "5.00", False),
        (1999, "9995.00", False),
        (2000, "10000.00", True),
        (9999, "10000.00", True),
    ],
)
def test_late_fee(days: int, amount: str, capped: bool) -> None:
    assert ask("late-fee", {"principal": "10000.00", "days": days}) == {"amount": amount, "capped": capped}


@pytest.mark.parametrize(
    ("days", "amount", "capped"),
    [
        (0, "0.00", False),
        (1, "3000.00", False),
        (33, "99000.00", False),
        (34, "100000.00", True),
        (365, "100000.00", True),
    ],
)
def test_fine_surcharge(days: int, amount: str, capped: bool) -> None:
    assert ask("fine-surcharge", {"fine": "100000.00", "days": days}) == {"amount": amount, "capped": capped}


def test_nothing_grows_on_nothing() -> None:
    assert ask("late-fee", {"principal": "0", "days": 9999}) == {"amount": "0.00", "capped": False}


def penalty(act: str, party: str = "unit", **facts: Any) -> dict[str, Any]:
    where = {"province": facts.pop("province", None)}
    return ask("penalty-range", {"act": act, "party": party, **facts}, **where)


def span(found: dict[str, Any]) -> tuple[Any, Any, Any]:
    return found["minimum"], found["maximum"], found["tier"]


AREA_BANDS = [
    (0.49, "50000.00", "500000.00", None),
    (0.5, "50000.00", "150000.00", "minor"),
    (1.99, "50000.00", "150000.00", "minor"),
    (2.0, "150000.00", "250000.00", "general"),
    (4.99, "150000.00", "250000.00", "general"),
    (5, "250000.00", "350000.00", "serious"),
    (9.99, "250000.00", "350000.00", "serious"),
    (10.0, "350000.00", "500000.00", "grave"),
    (600, "350000.00", "500000.00", "grave"),
]


@pytest.mark.parametrize("act", ["V01", "V02", "V04"])
@pytest.mark.parametrize(("area", "low", "high", "tier"), AREA_BANDS)
def test_bands_by_area(act: str, area: float, low: str, high: str, tier: str | None) -> None:
    assert span(penalty(act, area_ha=area)) == (low, high, tier)


def test_without_facts_the_statutory_range() -> None:
    assert span(penalty("V01")) == ("50000.00", "500000.00", None)
    assert span(penalty("V03", volume_m3=100)) == ("1000.00", "2000.00", None)
    assert span(penalty("V10", fee="1000.00")) == ("0.00", "3000.00", None)
    assert span(penalty("V15")) == ("20000.00", "200000.00", None)
    assert span(penalty("V15", "person")) == ("1000.00", "10000.00", None)


@pytest.mark.parametrize(
    ("measures", "hazard", "erosion", "low", "high", "tier"),
    [
        ("full", False, False, "12000.00", "14400.00", "minor"),
        ("partial", False, True, "14400.00", "18000.00", "general"),
        ("none", False, True, "18000.00", "21600.00", "serious"),
        ("none", True, True, "21600.00", "24000.00", "grave"),
        ("none", True, None, "21600.00", "24000.00", "grave"),
        ("none", True, False, "12000.00", "24000.00", None),
        ("full", True, True, "12000.00", "24000.00", None),
        ("none", None, True, "12000.00", "24000.00", None),
        (None, True, True, "12000.00", "24000.00", None),
    ],
)
def test_dumping(measures: Any, hazard: Any, erosion: Any, low: str, high: str, tier: str | None) -> None:
    facts = {"measures": measures, "hazard": hazard, "erosion_caused": erosion}
    facts = {name: value for name, value in facts.items() if value is not None}
    assert span(penalty("V03", volume_m3=1200, **facts)) == (low, high, tier)


@pytest.mark.parametrize(
    ("months", "low", "high", "tier"),
    [
        (0, "0.00", "5000.00", "minor"),
        (2.9, "0.00", "5000.00", "minor"),
        (3, "5000.00", "15000.00", "general"),
        (5.9, "5000.00", "15000.00", "general"),
        (6, "15000.00", "25000.00", "serious"),
        (11.9, "15000.00", "25000.00", "serious"),
        (12, "25000.00", "30000.00", "grave"),
    ],
)
def test_unpaid_fee(months: float, low: str, high: str, tier: str) -> None:
    found = penalty("V10", fee="10000.00", overdue_months=months)
    assert span(found) == (low, high, tier) and found["order_first"]


@pytest.mark.parametrize(
    ("volume", "unit", "person", "tier"),
    [
        (199, ("20000.00", "50000.00"), ("1000.00", "3000.00"), "minor"),
        (200, ("50000.00", "100000.00"), ("3000.00", "5000.00"), "general"),
        (500, ("100000.00", "150000.00"), ("5000.00", "8000.00"), "serious"),
        (2000, ("150000.00", "200000.00"), ("8000.00", "10000.00"), "grave"),
    ],
)
def test_taking_material(volume: int, unit: tuple[str, str], person: tuple[str, str], tier: str) -> None:
    assert span(penalty("V15", volume_m3=volume)) == (*unit, tier)
    assert span(penalty("V15", "person", volume_m3=volume)) == (*person, tier)


@pytest.mark.parametrize(
    ("volume", "collective", "hearing", "procedure"),
    [
        (150, False, False, "simple"),
        (151, False, False, "ordinary"),
        (2499, False, False, "ordinary"),
        (2500, True, False, "ordinary"),
        (3999, True, False, "ordinary"),
        (4000, True, True, "ordinary"),
    ],
)
def test_steps_follow_the_maximum(volume: int, collective: bool, hearing: bool, procedure: str) -> None:
    found = penalty("V03", volume_m3=volume)
    assert (found["collective_discussion"], found["hearing"], found["procedure"]) == (collective, hearing, procedure)


def test_steps_of_persons_have_their_own_thresholds() -> None:
    found = penalty("V03", "person", volume_m3=250)
    assert found["collective_discussion"] and not found["hearing"]
    assert penalty("V03", "person", volume_m3=500)["hearing"]
    assert penalty("V03", "person", volume_m3=10)["procedure"] == "simple"


def test_order_first_and_suspension() -> None:
    assert penalty("V01", area_ha=1)["order_first"] and penalty("V02", area_ha=1)["order_first"]
    assert not penalty("V03", volume_m3=1)["order_first"]
    use = penalty("V04", area_ha=1)
    assert not use["order_first"] and use["hearing"]


@pytest.mark.parametrize(
    "act", ["V05", "V06", "V07", "V08", "V09", "V11", "V12", "V13", "V14", "V16", "V17", "V18", "V19", "V20"]
)
def test_acts_without_a_national_fine(act: str) -> None:
    found = penalty(act, area_ha=3, volume_m3=100)
    assert span(found) == (None, None, None)
    assert found["procedure"] == "none" and not found["collective_discussion"]


@pytest.mark.parametrize(
    ("province", "act", "low", "high"),
    [
        ("110000", "V09", "50000.00", "500000.00"),
        ("110000", "V11", "5000.00", "20000.00"),
        ("110000", "V14", "50000.00", "500000.00"),
        ("370000", "V14", "50000.00", "200000.00"),
        ("370000", "V12", "0.00", "50000.00"),
        ("410000", "V07", "1000.00", "2000.00"),
    ],
)
def test_provincial_fines(province: str, act: str, low: str, high: str) -> None:
    assert span(penalty(act, volume_m3=100, province=province)) == (low, high, None)


def test_zhejiang_fines_by_the_cost_of_monitoring() -> None:
    assert span(penalty("V11", cost="20000.00", province="浙江")) == ("20000.00", "60000.00", None)
    assert refused("penalty-range", {"act": "V11", "party": "unit"}, province="浙江") == "cost"


def test_yellow_river() -> None:
    assert span(penalty("V09", basin="yellow_river")) == ("20000.00", "200000.00", None)
    assert span(penalty("V09", "person", basin="yellow_river")) == ("0.00", "20000.00", None)
    assert span(penalty("V09", basin="yellow_river", province="110000")) == ("50000.00", "500000.00", None)


def test_penalty_needs_its_quantity() -> None:
    assert refused("penalty-range", {"act": "V03", "party": "unit"}) == "volume_m3"
    assert refused("penalty-range", {"act": "V10", "party": "unit", "overdue_months": 3}) == "fee"
    assert refused("penalty-range", {"act": "V99", "party": "unit"}) == "act"
    assert status("penalty-range", {"act": "V01", "party": "unit"}) == "secondary"
