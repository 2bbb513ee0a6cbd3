"""A hundred case files of twenty documents against typst and zipfile alone (see supervision/cases/bench.py)."""

from __future__ import annotations

from portal.bench import measure
from supervision.cases import bench


def run(rounds: int) -> list[measure.Figure]:
    """Both sides alternate inside the room's own bench."""
    found = bench.run(rounds=rounds)
    return [
        measure.Figure(
            "dossier",
            f"{found['cases']} 件案卷，每件 {found['papers']} 份文书",
            float(found["ours"]),
            float(found["peer"]),
            "typst 加 zipfile",
            most=float(found["limit"]),
        )
    ]
