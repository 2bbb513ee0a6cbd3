"""The commands decide, rules, replay_decisions, and the store behind them."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from conservation.rulebook import registry, store
from conservation.rulebook.models import StoredDecision
from conservation.rulebook.registry import decide
from conservation.rulebook.templatetags.rulebook import answer_rows, input_rows

NOW = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def run(*words: str, **options: Any) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*words, stdout=out, stderr=err, **options)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_decide_prints_one_object() -> None:
    code, out, err = run("decide", "plan-kind", '{"area_ha": 5, "earthwork_m3": 0}', "--json", "--on", "2026-01-01")
    answer = json.loads(out)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert set(answer) >= {"rule", "version", "status", "inputs", "result", "basis"}
    assert answer["result"] == {"kind": "report_book"} and answer["on"] == "2026-01-01"
    assert set(answer["basis"][0]) == {"document", "article", "mark"}


def test_decide_in_a_province() -> None:
    words = ("decide", "plan-kind", '{"area_ha": 5, "earthwork_m3": 0}', "--json", "--on", "2026-01-01")
    assert json.loads(run(*words, "--province", "330000")[1])["result"] == {"kind": "report_form"}


def test_decide_for_people() -> None:
    code, out, _ = run("decide", "late-fee", '{"principal": "100.00", "days": 3}')
    assert code == 0 and "0.15" in out and "水土保持法" in out


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("decide", "no-rule", "{}"), "rule"),
        (("decide",), "rule"),
        (("decide", "plan-kind"), "inputs"),
        (("decide", "plan-kind", "{"), "inputs"),
        (("decide", "plan-kind", "[]"), "inputs"),
        (("decide", "plan-kind", '{"area_ha": 1}'), "earthwork_m3"),
        (("decide", "plan-kind", '{"area_ha": NaN, "earthwork_m3": 1}'), "area_ha"),
        (("decide", "plan-kind", '{"area_ha": 1, "earthwork_m3": 1, "x": 1}'), "x"),
        (("decide", "plan-kind", '{"area_ha": 1, "area_ha": 2, "earthwork_m3": 1}'), "area_ha"),
        (("decide", "plan-kind", '{"area_ha": 1, "earthwork_m3": 1}', "--province", "99"), "province"),
        (("decide", "plan-kind", '{"area_ha": 1, "earthwork_m3": 1}', "--on", "yesterday"), "on"),
        (("rules", "no-rule"), "rule"),
        (("replay_decisions", "--rule", "no-rule"), "rule"),
        (("replay_decisions", "--since", "x"), "since"),
        (("decide", "--batch", "/no/such/file.jsonl"), "batch"),
    ],
)
def test_a_wrong_call_ends_with_2_and_names_the_key(words: tuple[str, ...], key: str) -> None:
    code, _, err = run(*words)
    assert code == 2 and err.startswith(f"{key}: ")
    if words[0] == "decide" and "--batch" not in words:
        code, out, _ = run(*words, "--json")
        assert code == 2 and json.loads(out)["error"]["key"] == key


def test_batch_answers_every_line_in_order(tmp_path: Path) -> None:
    lines = [
        {"rule": "plan-kind", "inputs": {"area_ha": 5, "earthwork_m3": 0}},
        {"rule": "plan-kind", "inputs": {"area_ha": 5, "earthwork_m3": 0}, "province": "330000", "on": "2026-01-01"},
        {"rule": "plan-kind", "inputs": {"area_ha": -5, "earthwork_m3": 0}},
        {"rule": "no-rule", "inputs": {}},
        {"rule": "credit-code", "inputs": {"code": ""}},
        {"rule": "plan-kind"},
        {"rule": "plan-kind", "inputs": {}, "other": 1},
        {"rule": 5, "inputs": {}},
        {"rule": "plan-kind", "inputs": {"area_ha": 5, "earthwork_m3": 0}, "province": 33},
    ]
    file = tmp_path / "questions.jsonl"
    text = "\n".join(json.dumps(line) for line in lines)
    file.write_text(f"{text}\nnot json\n[]\n\n", encoding="utf-8")
    code, out, err = run("decide", "--batch", str(file), "--json", "--on", "2026-06-01")
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, err, len(answers)) == (0, "", 12)
    assert answers[0]["result"] == {"kind": "report_book"} and answers[0]["on"] == "2026-06-01"
    assert answers[1]["result"] == {"kind": "report_form"} and answers[1]["on"] == "2026-01-01"
    assert answers[4]["result"]["valid"] is False
    keys = [one["error"]["key"] for one in answers if "error" in one]
    assert keys == ["area_ha", "rule", "inputs", "other", "rule", "province", "line", "line", "line"]


def test_rules_lists_all_with_schemas() -> None:
    code, out, _ = run("rules", "--json")
    found = json.loads(out)
    assert code == 0 and len(found["rules"]) >= 23
    assert all({"inputs", "result", "basis", "status"} <= set(one) for one in found["rules"])
    assert all(len(one["sha256"]) == 64 for one in found["files"])
    one = json.loads(run("rules", "plan-kind", "--json", "--province", "330000", "--on", "2026-01-01")[1])["rules"][0]
    values = {row["cells"]["name"]: row["cells"]["value"] for row in one["parameters"]}
    assert values["plan-kind.book_area_ha"] == "10"
    assert "plan-kind" in run("rules")[1]


@pytest.mark.django_db
class TestStore:
    def keep(self, rule: str = "plan-kind", inputs: dict[str, Any] | None = None, **changes: Any) -> StoredDecision:
        decision = decide(rule, {"area_ha": 5, "earthwork_m3": 0}, on=date(2026, 1, 1))
        row = store.columns(decision) | ({"inputs": inputs} if inputs else {}) | changes
        return StoredDecision.objects.create(**row, subject_type="project", subject_id="7", decided_at=NOW)

    def test_keeps_and_finds(self) -> None:
        decision = decide("plan-kind", {"area_ha": 5, "earthwork_m3": 0}, on=date(2026, 1, 1), province="330000")
        row = store.store(decision, subject_type="project", subject_id=7, by=None, at=NOW)
        row.refresh_from_db()
        assert list(store.of("project", 7)) == [row] and list(store.of("project", 7, "late-fee")) == []
        assert (row.province, row.status, row.result) == ("330000", "verified", {"kind": "report_form"})
        assert row.lines[0]["text"] and row.basis[0]["document"] and not row.unverified
        assert answer_rows(row)[0]["text"] == "报告表" and input_rows(row)[0]["text"] == "5"
        assert "plan-kind" in str(row)

    def test_lines_follow_by_the_rule_where_none_were_kept(self) -> None:
        row = self.keep(lines=[])
        assert "报告书" in row.reasoning()[0]["text"]
        assert self.keep(lines=[{"text": "旧"}]).reasoning() == [{"text": "旧"}]
        assert self.keep(lines=[], inputs={"area_ha": 1}).reasoning() == []

    def test_is_append_only(self) -> None:
        row = self.keep()
        for act in (lambda: StoredDecision.objects.update(status="product"), row.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()

    def test_replay_finds_what_differs(self) -> None:
        for name in ("plan-kind", "risk-tier", "patch-class", "deadline", "compensation-fee", "credit-grade"):
            store.store(
                decide(name, registry.get(name).example, on=date(2026, 11, 1)),
                subject_type="project", subject_id=1, by=None, at=NOW,
            )  # fmt: skip
        code, out, err = run("replay_decisions", "--json")
        assert (code, json.loads(out), err) == (
            0,
            {"replayed": 6, "same": 6, "different": [], "different_count": 0},
            "",
        )
        bad = self.keep(result={"kind": "none"})
        self.keep(inputs={"area_ha": -1, "earthwork_m3": 0})
        self.keep(status="secondary")
        self.keep(lines=[{"text": "另一行", "text_en": "", "article": "", "mark": ""}])
        self.keep(version="9+00000000")
        code, out, _ = run("replay_decisions", "--json", "--rule", "plan-kind")
        found = json.loads(out)
        assert (code, found["replayed"], found["same"]) == (0, 6, 1)
        assert [one["what"] for one in found["different"]] == ["result", "refused", "status", "lines", "refused"]
        assert found["different"][0]["id"] == bad.pk and found["different"][0]["keys"] == ["kind"]
        assert json.loads(run("replay_decisions", "--json", "--since", "2026-11-24")[1])["replayed"] == 0
        assert "不同 5 项" in run("replay_decisions", "--rule", "plan-kind")[1]

    def test_numbers_kept_as_text_are_the_same_numbers(self) -> None:
        fresh = decide("risk-tier", {"indicators": {"W1": 1}}, on=date(2026, 1, 1))
        assert store.same({"index": "12.00", "tier": "low"}, fresh.result)
        assert not store.same({"index": "12.01"}, fresh.result) and not store.same({"absent": None}, fresh.result)
        assert not store.same(True, 1) and not store.same("a", "b") and not store.same([1], [1, 2])
