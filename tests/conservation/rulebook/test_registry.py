"""The registry: every promised rule, strict inputs, status, law of the day, versions and schemas."""

from __future__ import annotations

import copy
import json
import math
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from conservation.rulebook import describe, parameters, registry
from conservation.rulebook.registry import UnknownRule, decide, weakest
from tests.conservation.rulebook.helpers import ask, refused, status

PROMISED = {
    "plan-kind", "plan-change", "spoil-site-grade", "prevention-targets", "six-indicators", "three-colour", "soil-loss",
    "soil-loss-sl773", "soil-loss-csle", "erosion-class", "credit-code", "project-code", "compensation-fee", "late-fee",
    "fine-surcharge", "penalty-range", "patch-class", "risk-tier", "credit-grade", "credit-repair",
    "inspection-allocation", "rain-grade", "deadline",
}  # fmt: skip


def test_every_promised_rule_is_registered() -> None:
    assert set(registry.names()) >= PROMISED


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_example_answers_and_reads_back(name: str) -> None:
    """The example is answered; the echo of its inputs gives the same decision; everything is plain JSON."""
    first = decide(name, registry.get(name).example, on=date(2026, 11, 23))
    again = decide(name, json.loads(json.dumps(first.inputs)), on=date(2026, 11, 23))
    assert again.as_dict() == first.as_dict()
    assert json.loads(json.dumps(first.as_dict(), allow_nan=False)) == first.as_dict()
    assert set(first.as_dict()) >= {"rule", "version", "status", "inputs", "result", "basis", "lines"}
    assert first.basis and first.lines
    assert all(basis.mark in parameters.MARKS and basis.document for basis in first.basis)
    assert all(line.text and line.text_en for line in first.lines)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_bad_calls_name_the_key(name: str) -> None:
    chosen = registry.get(name)
    example = copy.deepcopy(dict(chosen.example))
    assert refused(name, {**example, "surprise": 1}) == "surprise"
    assert refused(name, []) == "inputs"
    schema = describe.schema(name)["inputs"]
    for key in schema["required"]:
        without = {one: value for one, value in example.items() if one != key}
        assert refused(name, without) == key
        assert refused(name, {**example, key: None}).split(".")[0] == key
    for key, value in example.items():
        for wrong in wrong_values(value):
            assert refused(name, {**example, key: wrong}).split(".")[0].split("[")[0] == key, (key, wrong)


def wrong_values(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [1, "true", []]
    if isinstance(value, int | float):
        return ["5", True, -1, math.nan, math.inf, 10**400, []]
    if isinstance(value, str):
        return [True, []]
    if isinstance(value, dict):
        return ["x", 5, {"surprise": 1}]
    return ["x", 5, [object()]] if value else ["x", 5]


def test_paths_reach_into_lists_and_objects() -> None:
    example = copy.deepcopy(dict(registry.get("plan-change").example))
    example["spoil_sites"] = [{"approved": True, "volume_10k_m3": 1, "height_m": "high", "harm": "none"}]
    assert refused("plan-change", example) == "spoil_sites[0].height_m"
    example["spoil_sites"] = []
    example["actual"] = {**example["actual"], "range_ha": -1}
    assert refused("plan-change", example) == "actual.range_ha"
    assert (
        refused("three-colour", {**registry.get("three-colour").example, "enlarged_m2": [1, -2]}) == "enlarged_m2[1]"
    )


@pytest.mark.parametrize("bad", ["2025-13-01", "2025-02-30", "20250101", "2025-1-1", "1800-01-01", 20250101, ""])
def test_dates_are_strict(bad: Any) -> None:
    assert refused("credit-repair", {"class": "minor", "published_on": bad}) == "published_on"


@pytest.mark.parametrize("bad", ["abc", "NaN", "Infinity", "-1", "1.234", "", True, None, []])
def test_money_is_strict(bad: Any) -> None:
    assert refused("late-fee", {"principal": bad, "days": 1}) == "principal"


def test_money_keeps_its_cents() -> None:
    assert decide("late-fee", {"principal": "1000.10", "days": 0}).inputs["principal"] == "1000.10"
    assert ask("late-fee", {"principal": 1000, "days": 1}) == {"amount": "0.50", "capped": False}


def test_unknown_rule() -> None:
    with pytest.raises(UnknownRule):
        decide("no-such-rule", {})


def test_weakest_mark_wins() -> None:
    assert weakest(["verified", "secondary"]) == "secondary"
    assert weakest(["secondary", "unverified", "verified"]) == "unverified"
    assert weakest(["unverified", "product"]) == "product"


def test_status_follows_the_numbers_used() -> None:
    assert status("plan-kind", {"area_ha": 5, "earthwork_m3": 0}, on=date(2026, 1, 1)) == "verified"
    assert status("plan-kind", {"area_ha": 5, "earthwork_m3": 0}, on=date(2022, 1, 1)) == "unverified"
    inside = {"area_ha": 250, "earthwork_m3": 0, "in_assessed_zone": True}
    assert status("plan-kind", inside, on=date(2026, 1, 1), province="河北") == "secondary"
    assert status("three-colour", registry.get("three-colour").example) == "unverified"


def test_unverified_is_asked_separately() -> None:
    example = registry.get("patch-class").example
    decision = decide("patch-class", example)
    assert decision.status == "product" and decision.unverified


def test_province_and_day_among_the_inputs_win() -> None:
    question = {"province": "440000", "base": "land_general", "quantity": 10, "start_date": "2023-05-01"}
    decision = decide("compensation-fee", question, on=date(2026, 1, 1), province="330000")
    assert (decision.province, decision.on) == ("440000", date(2023, 5, 1))


@pytest.mark.parametrize("bad", ["99", "990000", "某省", "12345", "1", "三十三", "3300000"])
def test_unknown_province(bad: str) -> None:
    assert refused("plan-kind", {"area_ha": 1, "earthwork_m3": 0}, province=bad) == "province"


@pytest.mark.parametrize(
    ("text", "code"),
    [("33", "330000"), ("330000", "330000"), ("330106", "330106"), ("浙江", "330000"), ("浙江省", "330000"),
     ("内蒙古", "150000"), ("新疆维吾尔自治区", "650000"), ("北京", "110000")],
)  # fmt: skip
def test_places(text: str, code: str) -> None:
    assert parameters.place_code(text) == code


def test_version_tells_the_effective_set() -> None:
    national = decide("plan-kind", {"area_ha": 5, "earthwork_m3": 0}, on=date(2026, 1, 1))
    local = decide("plan-kind", {"area_ha": 5, "earthwork_m3": 0}, on=date(2026, 1, 1), province="330000")
    assert national.version.split("+")[0] == local.version.split("+")[0] == "1"
    assert national.version != local.version


def test_law_of_the_day_is_refused_where_none_is_loaded() -> None:
    assert refused("plan-kind", {"area_ha": 5, "earthwork_m3": 0}, on=date(2001, 1, 1)) == "on"


def test_layers_local_before_province_before_nation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row added above wins where it is more specific and while it is in force, and goes away again."""

    def extra(table: str) -> list[parameters.Row]:
        if table != "parameters":
            return []
        cells = {"name": "plan-kind.book_area_ha", "value": "7"}
        return [
            parameters.Row("parameters", 1, cells, "某市办法", "第一条", "verified", "330100", date(2026, 1, 1), None)
        ]

    monkeypatch.setattr(parameters, "_layers", [extra])
    parameters.refresh()
    try:
        find = parameters.resolve
        assert find("plan-kind.book_area_ha", date(2026, 6, 1), "330106").value == 7
        assert find("plan-kind.book_area_ha", date(2025, 6, 1), "330106").value == 10
        assert find("plan-kind.book_area_ha", date(2026, 6, 1), "330200").value == 10
        assert find("plan-kind.book_area_ha", date(2026, 6, 1)).value == 5
        assert ask("plan-kind", {"area_ha": 8, "earthwork_m3": 0}, on=date(2026, 6, 1), province="330106") == {
            "kind": "report_book"
        }
    finally:
        monkeypatch.undo()
        parameters.refresh()


@pytest.mark.parametrize("file", parameters.files(), ids=lambda file: file.name)
def test_files_are_cited_versioned_and_unambiguous(file: parameters.DataFile) -> None:
    assert file.title and file.version and len(file.checksum) == 64
    assert file.rows or file.name == "workday_adjustments"
    seen = set()
    for row in file.rows:
        assert row.document and row.mark in parameters.MARKS
        key = (row.scope, row.valid_from, *(row[column] for column in file.key))
        assert key not in seen, f"{file.name} row {row.line} repeats {key}"
        seen.add(key)
        assert not (row.valid_from and row.valid_to) or row.valid_from <= row.valid_to
        assert parameters.specificity(row.scope) in (0, 1) or parameters.place_code(row.scope) == row.scope


def test_parameters_are_numbers_or_words() -> None:
    for row in parameters.data_file("parameters").rows:
        words = {"none", "registration_form", "report_form"}
        assert row["value"] in words or isinstance(row.value, Decimal)
        assert row["name"].split(".")[0] in PROMISED


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_schemas_say_what_the_reader_does(name: str) -> None:
    schema = describe.schema(name)
    assert schema["inputs"]["additionalProperties"] is False
    example = registry.get(name).example
    assert set(schema["inputs"]["required"]) <= set(example)
    assert set(example) <= set(schema["inputs"]["properties"])
    result = ask(name, example)
    assert set(result) <= set(schema["result"]["properties"])
    assert set(schema["result"]["required"]) <= set(result)
    described = describe.rule(registry.get(name), on=date(2026, 11, 23))
    assert described["basis"] and described["status"] in parameters.MARKS
    assert json.dumps(described, ensure_ascii=False)
