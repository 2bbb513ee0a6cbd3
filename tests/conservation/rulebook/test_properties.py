"""What holds for every input: never a crash, monotonic where the law is, symmetric where it is."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conservation.rulebook import registry, workdays
from conservation.rulebook.registry import InputError, decide
from tests.conservation.rulebook.helpers import ask

few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
number = st.floats(0, 1e6, allow_nan=False, allow_infinity=False).map(lambda one: round(one, 4))
small = st.floats(0, 60, allow_nan=False).map(lambda one: round(one, 3))
day = st.dates(date(2005, 1, 1), date(2035, 1, 1))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", registry.names())
@few
@given(data=st.data())
def test_never_a_crash(name: str, data: st.DataObject) -> None:
    """Whatever stands in one key, the rule answers or names a key."""
    inputs: dict[str, Any] = copy.deepcopy(dict(registry.get(name).example))
    key = data.draw(st.sampled_from(sorted(inputs)))
    inputs[key] = data.draw(json_values)
    try:
        decide(name, inputs)
    except InputError as refused:
        assert refused.key and refused.message


@few
@given(inputs=json_values, name=st.sampled_from(registry.names()))
def test_never_a_crash_on_anything(name: str, inputs: Any) -> None:
    try:
        decide(name, inputs)
    except InputError as refused:
        assert refused.key


@pytest.mark.parametrize("name", registry.names())
def test_extreme_numbers(name: str) -> None:
    """The largest and the smallest admissible numbers, wherever a number stands; what comes out is plain JSON."""

    def replaced(value: Any, number: float) -> Any:
        if isinstance(value, dict):
            return {key: replaced(one, number) for key, one in value.items()}
        if isinstance(value, list):
            return [replaced(one, number) for one in value]
        return number if isinstance(value, int | float) and not isinstance(value, bool) else value

    example = dict(registry.get(name).example)
    for extreme in (0, 1e-290, 1e-12, 1e15, 10**15):
        for key, value in example.items():
            for changed in ({**example, key: replaced(value, extreme)}, replaced(example, extreme)):
                try:
                    json.dumps(decide(name, changed).as_dict(), allow_nan=False)
                except InputError as refused:
                    assert refused.key


KINDS = ["none", "registration_form", "report_form", "report_book"]


@few
@given(area=number, earthwork=number, more=small, place=st.sampled_from([None, "330000", "500000", "130000"]))
def test_a_larger_project_needs_no_smaller_document(
    area: float, earthwork: float, more: float, place: str | None
) -> None:
    def kind(a: float, v: float) -> int:
        return KINDS.index(ask("plan-kind", {"area_ha": a, "earthwork_m3": v}, province=place)["kind"])

    assert kind(area, earthwork) <= kind(area + more, earthwork)
    assert kind(area, earthwork) <= kind(area, earthwork + more * 1000)


@few
@given(volume=number, height=small, more=small, harm=st.sampled_from(["none", "slight", "not_serious"]))
def test_a_larger_spoil_site_is_no_less_grave(volume: float, height: float, more: float, harm: str) -> None:
    def grade(v: float, h: float) -> int:
        return int(ask("spoil-site-grade", {"volume_10k_m3": v, "height_m": h, "harm": harm})["grade"])

    assert grade(volume + more, height) <= grade(volume, height) >= grade(volume, height + more)


@few
@given(principal=st.integers(1, 10**9), days=st.integers(0, 3000))
def test_what_grows_never_shrinks_nor_passes_its_cap(principal: int, days: int) -> None:
    money = f"{Decimal(principal) / 100:.2f}"
    for name, key in (("late-fee", "principal"), ("fine-surcharge", "fine")):
        now, later = (ask(name, {key: money, "days": count}) for count in (days, days + 1))
        assert Decimal(now["amount"]) <= Decimal(later["amount"]) <= Decimal(money)
        assert not now["capped"] or later["capped"]
        assert now["capped"] == (Decimal(now["amount"]) == Decimal(money)) or not now["capped"]


@few
@given(area=st.none() | small, act=st.sampled_from([f"V{number:02d}" for number in range(1, 21)]), volume=number,
       party=st.sampled_from(["unit", "person"]), measures=st.sampled_from(["full", "partial", "none"]),
       hazard=st.booleans(), months=small)  # fmt: skip
def test_a_band_lies_inside_the_statutory_range(
    area: float | None, act: str, volume: float, party: str, measures: str, hazard: bool, months: float
) -> None:
    base = {"act": act, "party": party, "fee": "1234.56"}
    facts = {"area_ha": area, "measures": measures, "hazard": hazard, "overdue_months": months}
    banded = ask("penalty-range", {**base, "volume_m3": volume, **{k: v for k, v in facts.items() if v is not None}})
    if banded["minimum"] is None:
        assert banded["procedure"] == "none"
        return
    whole = ask("penalty-range", {**base, **({"volume_m3": volume} if act == "V03" else {})})
    low, high = Decimal(banded["minimum"]), Decimal(banded["maximum"])
    assert Decimal(whole["minimum"]) <= low <= high <= Decimal(whole["maximum"])


@few
@given(start=day, length=st.integers(0, 40))
def test_working_days_are_counted_exactly(start: date, length: int) -> None:
    end = workdays.due("T18", start, length=length).due
    assert workdays.workdays_between(start + timedelta(days=1), end) == length
    assert length == 0 or workdays.default_calendar().is_workday(end)


@few
@given(
    start=day,
    first=st.integers(1, 30),
    long=st.integers(0, 30),
    code=st.sampled_from(["T02", "T20", "T07", "T42", "T29"]),
)
def test_a_pause_never_brings_the_end_forward(start: date, first: int, long: int, code: str) -> None:
    begin = start + timedelta(days=first)
    pause = workdays.Pause(begin, begin + timedelta(days=long))
    plain, paused = workdays.due(code, start).due, workdays.due(code, start, [pause]).due
    assert plain <= paused
    if code == "T20":
        assert paused - plain == (timedelta(days=long + 1) if begin <= plain else timedelta(0))


@few
@given(start=day, end=st.sampled_from(["T29", "T30", "T31", "T26"]))
def test_a_shifted_end_is_a_working_day(start: date, end: str) -> None:
    found = workdays.due(end, start)
    assert workdays.default_calendar().is_workday(found.due)


@few
@given(st.integers(0, 10**6))
def test_one_wrong_symbol_breaks_a_credit_code(seed: int) -> None:
    from conservation.rulebook.rules.codes import ALPHABET, check_symbol

    body = "".join(ALPHABET[(seed * prime) % 31] for prime in range(3, 20))
    good = body + check_symbol(body)
    assert ask("credit-code", {"code": good})["valid"]
    place = seed % 18
    wrong = good[:place] + ALPHABET[(ALPHABET.index(good[place]) + 1) % 31] + good[place + 1 :]
    assert not ask("credit-code", {"code": wrong})["valid"]


@few
@given(counts=st.tuples(*[st.integers(0, 500)] * 5), ratio=st.integers(0, 100))
def test_allocation_reaches_its_floor_and_no_grade_beyond_its_count(counts: tuple[int, ...], ratio: int) -> None:
    names = ("A", "B", "C", "D", "unrated")
    given_counts = dict(zip(names, counts, strict=True))
    found = ask("inspection-allocation", {"counts": given_counts, "ratio": ratio / 100})
    assert all(0 <= found["by_grade"][name] <= given_counts[name] for name in names)
    assert found["total"] == sum(found["by_grade"].values()) >= found["floor"]
    assert found["by_grade"]["D"] == given_counts["D"]


@few
@given(modulus=number, more=number, tolerable=st.sampled_from([200, 500, 1000, 2500]))
def test_more_erosion_is_no_lower_class(modulus: float, more: float, tolerable: int) -> None:
    order = ["slight", "light", "moderate", "strong", "very_strong", "severe"]
    one, other = (
        order.index(ask("erosion-class", {"modulus": value, "tolerable": tolerable})["intensity"])
        for value in (modulus, modulus + more)
    )
    assert one <= other


@few
@given(mm=small, more=small, hours=st.sampled_from([12, 24]))
def test_more_rain_is_no_lower_grade(mm: float, more: float, hours: int) -> None:
    order = ["none", "light", "moderate", "heavy", "storm", "severe_storm", "extreme_storm"]
    one, other = (order.index(ask("rain-grade", {"mm": value, "hours": hours})["grade"]) for value in (mm, mm + more))
    assert one <= other


@few
@given(loss=number, more=number, places=st.integers(0, 30), wide=st.floats(0, 300, allow_subnormal=False))
def test_more_faults_never_score_more(loss: float, more: float, places: int, wide: float) -> None:
    base = dict(registry.get("three-colour").example)
    scores = [
        ask("three-colour", {**base, "soil_loss_m3": value, "temporary_places": places, "range_ha": wide})["score"]
        for value in (loss, loss + more)
    ]
    assert 0 <= scores[1] <= scores[0] <= 100


@few
@given(
    weights=st.lists(st.floats(0.1, 500), min_size=1, max_size=5),
    grades=st.lists(st.integers(1, 3), min_size=5, max_size=5),
)
def test_a_composite_lies_between_its_parts(weights: list[float], grades: list[int]) -> None:
    parts = [{"grade": grade, "range_ha": weight} for grade, weight in zip(grades, weights, strict=False)]
    found = ask("prevention-targets", {"zone": "southern_red_soil", "period": "design_year", "segments": parts})
    best = ask("prevention-targets", {"zone": "southern_red_soil", "period": "design_year", "grade": 1})
    least = ask("prevention-targets", {"zone": "southern_red_soil", "period": "design_year", "grade": 3})
    for key, one in found.items():
        assert least[key]["target"] - 1e-4 <= one["target"] <= best[key]["target"] + 1e-4


@few
@given(side=st.floats(40, 150), x=st.floats(-300, 300), y=st.floats(-300, 300))
def test_a_patch_is_inside_outside_or_between(side: float, x: float, y: float) -> None:
    def box(west: float, south: float, width: float) -> dict[str, Any]:
        x0, y0 = 500000 + west, 4400000 + south
        ring = [[x0, y0], [x0 + width, y0], [x0 + width, y0 + width], [x0, y0 + width], [x0, y0]]
        return {"type": "Polygon", "coordinates": [ring]}

    question = {
        "patch": {"geometry": box(x, y, side)},
        "ranges": [{"geometry": box(0, 0, 200), "exact": True, "industry": "公路", "valid_from": "2020-01-01", "has_patch": True}],
        "image_date": "2025-01-01", "pixel_m": 2, "crs": 4547,
    }  # fmt: skip
    found = ask("patch-class", question)
    assert 0 <= found["excess_beyond_tolerance_ha"] <= found["excess_ha"] <= found["area_ha"]
    assert found["area_ha"] == pytest.approx(side * side / 10000, abs=1e-4)
    if found["class"] == "compliant":
        assert found["excess_beyond_tolerance_ha"] <= 0.05
    if found["class"] == "suspected_unapproved":
        assert found["excess_ha"] == found["area_ha"]


@few
@given(known=st.dictionaries(st.sampled_from(["W1", "W2", "D1", "E1", "M4"]), st.integers(0, 5)), more=st.booleans())
def test_a_last_known_value_counts_like_a_fresh_one(known: dict[str, int], more: bool) -> None:
    fresh = ask("risk-tier", {"indicators": known})
    remembered = ask("risk-tier", {"indicators": {}, "last_known": known})
    assert fresh["index"] == remembered["index"] and len(remembered["gaps"]) == 17
    raised = ask("risk-tier", {"indicators": known, "overrides": ["red_twice"] if more else []})
    order = ["none", "low", "medium", "high"]
    assert order.index(raised["tier"]) >= order.index(fresh["tier"])
