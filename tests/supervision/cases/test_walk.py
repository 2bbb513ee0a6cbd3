"""The whole procedure, by its acts, to every state."""

from __future__ import annotations

from typing import Any

import pytest

from supervision.cases.states import STATES

WAYS: dict[str, dict[str, Any]] = {
    "hearing": {"violation": "V04", "hearing": True},
    "heard": {"violation": "V04", "hearing": True},
    "lapsed": {"violation": "V01"},
}


@pytest.mark.parametrize("goal", [state for state in STATES.states])
def test_every_state_is_reached(taken_to: Any, goal: str) -> None:
    assert taken_to(goal, **WAYS.get(goal, {})).state == goal


@pytest.mark.parametrize("violation", ["V01", "V03", "V04"])
def test_every_kind_reaches_the_archive(taken_to: Any, violation: str) -> None:
    case = taken_to("archived", violation)
    assert case.archive_number and case.performed_at and case.paid_amount == case.fine
