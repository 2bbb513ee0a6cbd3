"""Timing: contenders take turns, the median of each counts; results as lines that a command prints."""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

Work = Callable[[], Any]


@dataclass(frozen=True)
class Contender:
    """One way of doing the work. ``prepare`` runs before each turn and is not timed."""

    name: str
    work: Work
    prepare: Work | None = None


@dataclass(frozen=True)
class Figure:
    """Our median against the peer's (seconds). ``most`` is the highest ratio that passes; None: for information."""

    bench: str
    what: str
    ours: float
    peer: float
    peer_name: str
    most: float | None = None
    limit: float | None = None
    limit_name: str = ""
    note: str = ""
    turns: dict[str, list[float]] | None = None
    """Every turn of every contender, seconds: how far the machine was at rest."""

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    @property
    def passed(self) -> bool | None:
        return None if self.most is None else self.ratio <= self.most

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 3), "passed": self.passed}

    def as_text(self) -> str:
        verdict = {None: "", True: "达到", False: "未达到"}[self.passed]
        target = "" if self.most is None else f"，要求 ≤ {self.most:g}"
        limit = "" if self.limit is None else f"；极限（{self.limit_name}）{self.limit * 1000:,.2f} ms"
        return (
            f"{self.bench} · {self.what}：本系统 {self.ours * 1000:,.2f} ms；{self.peer_name} {self.peer * 1000:,.2f} ms{limit}；"
            f"比值 {self.ratio:.2f}{target} {verdict}{' · ' + self.note if self.note else ''}"
        )


def take_turns(contenders: list[Contender], rounds: int, warm: int = 1) -> dict[str, list[float]]:
    """Seconds of every turn of every contender, in order; ``warm`` turns before the first are not counted."""
    found: dict[str, list[float]] = {one.name: [] for one in contenders}
    for turn in range(-warm, rounds):
        for one in contenders:
            if one.prepare is not None:
                one.prepare()
            gc.collect()
            began = time.perf_counter()
            one.work()
            took = time.perf_counter() - began
            if turn >= 0:
                found[one.name].append(took)
    return found


def medians(turns: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in turns.items()}


def peak_mb() -> float:
    """Highest resident size of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
