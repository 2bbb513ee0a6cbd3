"""The list of problems (问题清单) with responsible party, severity, violation, usual days and requirement.

Source: reconstruction from the inspection content lists, the two lists of 2020 and the law; the annex of 办水保函〔2020〕564号
itself has not been read, so every row is marked ``unverified`` (待核实) and the usual days are a proposal.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Problem:
    """``listed``: severity supported by the 2020 lists; ``violation`` '' when none; ``days`` proposed for putting right."""

    code: str
    party: str
    title: str
    severity: str
    listed: bool
    violation: str
    days: int
    requirement: str
    mark: str

    @property
    def name(self) -> str:
        return f"{self.code} {self.title}"


@lru_cache(maxsize=1)
def table() -> dict[str, Problem]:
    """Every problem by its code, in the order of the list."""
    text = (files(__package__) / "data" / "problems.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {
        row["code"]: Problem(
            row["code"], row["party"], row["title"], row["severity"], row["listed"] == "1", row["violation"],
            int(row["days"]), row["requirement"], row["mark"],
        )
        for row in csv.DictReader(lines)
    }  # fmt: skip


def choices() -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in table().values()]


def label(code: str) -> str:
    found = table().get(code)
    return found.name if found else code


def for_violation(violation: str) -> Problem | None:
    """The developer's problem that a violation is ordered under."""
    return next((one for one in table().values() if one.violation == violation and one.party == "developer"), None)
