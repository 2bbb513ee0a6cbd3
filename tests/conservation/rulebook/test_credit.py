"""credit-code, project-code, credit-grade, credit-repair."""

from __future__ import annotations

from typing import Any

import pytest

from conservation.rulebook.rules.codes import ALPHABET, check_symbol
from tests.conservation.rulebook.helpers import ask, refused


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("91350100M000100Y43", True),
        (" 91350100m000100y43 ", True),
        ("91310000MA1K000006", True),
        ("91350100M000100Y44", False),
        ("91310000MA1K000000", False),
        ("91350100M000100I43", False),
        ("91350100M000100Y4", False),
        ("91350100M000100Y433", False),
        ("", False),
        ("   ", False),
        ("统一社会信用代码统一社会信用代码统一", False),
    ],
)
def test_credit_code(code: str, valid: bool) -> None:
    found = ask("credit-code", {"code": code})
    assert found["valid"] is valid and ("reason" in found) is not valid


def test_alphabet() -> None:
    assert len(ALPHABET) == 31 and not set("IOSVZ") & set(ALPHABET)
    assert check_symbol("91350100M000100Y4") == "3"


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("2112-441305-04-01-210651", True),
        ("2108-441305-04-01-552966", True),
        ("2017-441305-04-01-210651", True),
        (" 2303-451300-04-01-441873\n", True),
        ("2112-441305-04-01-21065", False),
        ("2112-441305-04-1-210651", False),
        ("2112441305040121065", False),
        ("２１１２-441305-04-01-210651", False),
        ("2112-44130A-04-01-210651", False),
        ("", False),
    ],
)
def test_project_code(code: str, valid: bool) -> None:
    assert ask("project-code", {"code": code})["valid"] is valid


F1 = {
    "code": "T1",
    "cutoffs": [{"grade": "A", "minimum": 90}, {"grade": "B", "minimum": 75}, {"grade": "C", "minimum": 60},
                {"grade": "D", "minimum": 0}],
    "items": [{"code": "four", "points": 4}, {"code": "ten", "points": 10.05}, {"code": "capped", "points": 3, "cap": 5},
              {"code": "forged", "points": 1, "direct_d": True}, {"code": "all", "points": 1000}],
}  # fmt: skip


def fact(code: str, day: str = "2026-05-01", document: str = "文1") -> dict[str, str]:
    return {"code": code, "date": day, "document": document}


def grade(
    facts: list[dict[str, str]], history: dict[str, str] | None = None, harm: list[str] | None = None
) -> dict[str, Any]:
    return ask(
        "credit-grade",
        {
            "unit_kind": "developer",
            "year": 2026,
            "facts": facts,
            "history": history or {},
            "harm_dates": harm or [],
            "rulebook": F1,
        },
    )


@pytest.mark.parametrize(
    ("history", "harm", "wanted", "vetoes"),
    [
        ({"2025": "B", "2024": "B"}, [], "A", []),
        ({"2025": "C", "2024": "C"}, [], "B", ["c_two_years"]),
        ({"2025": "C", "2024": "B"}, [], "A", []),
        ({"2023": "D", "2024": "B", "2025": "B"}, [], "B", ["d_in_window"]),
        ({"2022": "D", "2023": "B", "2024": "B", "2025": "B"}, [], "A", []),
        ({"2025": "B"}, [], "A", []),
        ({}, ["2024-01-02"], "B", ["harm"]),
        ({}, ["2023-12-31"], "A", []),
        ({}, ["2026-12-31"], "B", ["harm"]),
        ({}, ["2027-01-01"], "A", []),
        ({"2025": "D"}, ["2026-01-01"], "B", ["harm", "d_in_window"]),
    ],
)
def test_vetoes_on_grade_a(history: dict[str, str], harm: list[str], wanted: str, vetoes: list[str]) -> None:
    found = grade([fact("four")], history, harm)
    assert (found["score"], found["grade"], found["vetoes"], found["official"]) == (96.0, wanted, vetoes, False)


def test_rounding_decides_the_grade() -> None:
    """89.95 is 90.0 at one decimal, half up: A."""
    found = grade([fact("ten")])
    assert (found["score"], found["grade"]) == (90.0, "A")


@pytest.mark.parametrize(
    ("facts", "score", "wanted"),
    [
        ([], 100.0, "A"),
        ([fact("all")], 0.0, "D"),
        ([fact("forged")], 99.0, "D"),
        ([fact("four"), fact("four")], 96.0, "A"),
        ([fact("four"), fact("four", document="文2")], 92.0, "A"),
        ([fact("capped", document=str(number)) for number in range(4)], 95.0, "A"),
        ([fact("four", "2025-12-31")], 100.0, "A"),
    ],
)
def test_deductions(facts: list[dict[str, str]], score: float, wanted: str) -> None:
    found = grade(facts)
    assert (found["score"], found["grade"]) == (score, wanted)
    after = found["lines"][-1]["after"] if found["lines"] else 100.0
    assert after == score and len(found["lines"]) == len(facts)


def test_vetoes_never_raise() -> None:
    found = grade([fact("all")], {"2025": "D"})
    assert found["grade"] == "D" and found["vetoes"] == ["d_in_window"]


def test_packaged_rulebook() -> None:
    question = {"unit_kind": "developer", "year": 2026, "facts": [fact("penalty"), fact("rectification_overdue")]}
    found = ask("credit-grade", question)
    assert (found["score"], found["grade"], found["rulebook"], found["official"]) == (87.0, "B", "F1", False)
    assert ask("credit-grade", {**question, "rulebook": "F1"}) == found


def test_bad_credit_inputs() -> None:
    question = {"unit_kind": "developer", "year": 2026}
    assert refused("credit-grade", {**question, "facts": [fact("nothing")]}) == "facts[0].code"
    assert refused("credit-grade", {**question, "facts": [fact("penalty", document=" ")]}) == "facts[0].document"
    assert refused("credit-grade", {**question, "history": {"2026": "A"}}) == "history.2026"
    assert refused("credit-grade", {**question, "history": {"last": "A"}}) == "history.last"
    assert refused("credit-grade", {**question, "history": {"2025": "E"}}) == "history.2025"
    assert refused("credit-grade", {**question, "rulebook": "F9"}) == "rulebook"
    assert (
        refused("credit-grade", {**question, "rulebook": {**F1, "cutoffs": F1["cutoffs"][:2]}}) == "rulebook.cutoffs"
    )
    assert refused("credit-grade", {**question, "unit_kind": " "}) == "unit_kind"


@pytest.mark.parametrize(
    ("kind", "published", "fulfilled", "earliest", "hidden"),
    [
        ("minor", "2025-07-01", None, "2025-07-01", "2025-10-01"),
        ("minor", "2025-07-01", "2025-08-15", "2025-08-15", "2025-10-01"),
        ("general", "2025-07-01", None, "2025-10-01", "2026-07-01"),
        ("general", "2025-07-01", "2025-08-01", "2025-10-01", "2026-07-01"),
        ("general", "2025-07-01", "2025-12-01", "2025-12-01", "2026-07-01"),
        ("general", "2025-07-01", "2026-12-01", "2026-07-01", "2026-07-01"),
        ("serious", "2025-07-01", None, "2026-07-01", "2028-07-01"),
        ("general", "2025-11-30", None, "2026-02-28", "2026-11-30"),
    ],
)
def test_credit_repair(kind: str, published: str, fulfilled: str | None, earliest: str, hidden: str) -> None:
    question = {"class": kind, "published_on": published}
    if fulfilled:
        question["fulfilled_on"] = fulfilled
    assert ask("credit-repair", question) == {"earliest_repair": earliest, "hidden_from": hidden}
