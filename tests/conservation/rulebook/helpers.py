"""Short calls for the tests of the rules."""

from __future__ import annotations

from typing import Any

import pytest

from conservation.rulebook.registry import Decision, InputError, decide


def ask(rule: str, inputs: dict[str, Any], **where: Any) -> dict[str, Any]:
    """The result of a rule."""
    return decide(rule, inputs, **where).result


def status(rule: str, inputs: dict[str, Any], **where: Any) -> str:
    return decide(rule, inputs, **where).status


def refused(rule: str, inputs: Any, **where: Any) -> str:
    """The key that a refused call names."""
    with pytest.raises(InputError) as caught:
        decide(rule, inputs, **where)
    assert caught.value.message and caught.value.message_en
    return caught.value.key


def lines(decision: Decision) -> str:
    return "\n".join(line.text for line in decision.lines)
