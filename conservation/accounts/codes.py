"""Credit codes (统一社会信用代码): the rule lives in the rulebook above, which hands its check down at start."""

from __future__ import annotations

from collections.abc import Callable

Checker = Callable[[str], str | None]
_checkers: list[Checker] = []


def set_checker(checker: Checker) -> None:
    """The rulebook's check: code → reason why it is not valid, or None."""
    _checkers[:] = [checker]


def normal(code: str | None) -> str | None:
    """The code as it is stored: upper case, without blanks; None for an empty one."""
    text = "".join((code or "").split()).upper()
    return text or None


def fault_of(code: str) -> str | None:
    """Why a normalised code is not valid; None when it is. Raises ``LookupError`` when no rule was handed down."""
    if not _checkers:
        raise LookupError("no check of credit codes: the rulebook has not started")
    return _checkers[0](code)
