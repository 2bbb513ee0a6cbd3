"""The ledger that the province had before: projects with approvals of earlier years and their ranges, brought in by import."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from portal.demo.grounds import Grounds, scaled
from portal.demo.stage import Stage
from portal.demo.works import Works, draw
from projects.registry import actions as registry
from projects.registry.models import Project

NUMBER = 185
STATES = ("under_construction", "suspended", "completed", "in_use", "registered")
SHARES = (0.42, 0.04, 0.09, 0.38, 0.07)
RANGE_KINDS = ("exact", "schematic", "")


def load(stage: Stage, grounds: Grounds) -> list[Works]:
    """Import the ledger and the ranges as a real authority would; returns the works with their projects."""
    rng = stage.rng("ledger")
    held = [
        draw(stage, grounds, rng, stage.today - timedelta(days=int(rng.integers(730, 1900))))
        for _n in range(stage.some(NUMBER))
    ]
    rows = [row_of(stage, works, at, rng) for at, works in enumerate(held)]
    moment = stage.ago(655, 9)
    registry.import_projects(stage.people["reviewer"], as_csv(rows), "台账.csv", now=moment, reason="原有台账入库")
    found = {one.code: one for one in Project.objects.filter(code__in=[row["code"] for row in rows])}
    for works, row in zip(held, rows, strict=True):
        works.project = found[row["code"]]
    load_ranges(stage, held, rng)
    stage.made["ledger"] = len(held)
    return held


def row_of(stage: Stage, works: Works, at: int, rng: np.random.Generator) -> dict[str, Any]:
    """One row of the ledger: the project, its unit, its approval and the state of works."""
    state = STATES[int(rng.choice(len(STATES), p=SHARES))]
    approved = works.registered_on + timedelta(days=int(rng.integers(20, 60)))
    office = stage.offices[works.county if works.level == "county" else works.county[:4] + "00"]
    record = works.record()
    record["counties"] = works.county
    started = approved + timedelta(days=int(rng.integers(10, 120)))
    latest = stage.today - timedelta(days=660)
    started = min(started, latest)
    row = {
        **record,
        "unit_name": works.unit.name,
        "uscc": works.unit.uscc,
        "plan_kind": kind_of(works),
        "plan_number": f"{office.mark}〔{approved.year}〕{200 + at}号",
        "plan_approved_on": approved.isoformat(),
        "works": state,
        "started_on": "", "completed_on": "", "in_use_on": "",
    }  # fmt: skip
    if state == "registered" or rng.random() < 0.08:  # some works began without an approved plan
        row |= {"plan_kind": "", "plan_number": "", "plan_approved_on": ""}
    if state != "registered":
        row["started_on"] = started.isoformat()
    if state in ("completed", "in_use"):
        done = min(started + timedelta(days=int(rng.integers(90, 400))), latest)
        row["completed_on"] = done.isoformat()
        if state == "in_use":
            row["in_use_on"] = min(done + timedelta(days=30), latest + timedelta(days=1)).isoformat()
    return row


def kind_of(works: Works) -> str:
    """Kind of plan by size, as the thresholds have it."""
    total = (works.dig + works.fill) * 10_000
    if works.land >= 5 or total >= 50_000:
        return "report_book"
    return "report_form" if works.land >= 0.5 or total >= 1000 else "none"


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue().encode("utf-8-sig")


def load_ranges(stage: Stage, held: list[Works], rng: np.random.Generator) -> None:
    """A GeoPackage of the ranges that the province kept: most exact, some schematic, some lost."""
    chosen = [(works, RANGE_KINDS[int(rng.choice(3, p=(0.76, 0.14, 0.1)))]) for works in held]
    kept = [(works, kind) for works, kind in chosen if kind and works.project.plan_number]
    shapes = [scaled(works.ground, 1.25) if kind == "schematic" else works.ground for works, kind in kept]
    fields = {
        "project_code": np.array([works.project.code for works, _kind in kept], object),
        "kind": np.array([kind for _works, kind in kept], object),
    }
    data = geopackage(shapes, fields)
    registry.import_ranges(
        stage.people["remote"], data, "防治责任范围.gpkg", now=stage.ago(650, 9), reason="历史范围入库"
    )
    stage.made["ledger_ranges"] = len(kept)


def geopackage(shapes: list[Any], fields: dict[str, Any]) -> bytes:
    """A GeoPackage in CGCS2000 longitude and latitude."""
    return _written(shapes, fields, "made.gpkg", "GPKG")


def _written(shapes: list[Any], fields: dict[str, Any], name: str, driver: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        pyogrio.raw.write(
            path, shapely.to_wkb(np.array(shapes, dtype=object)), list(fields.values()), list(fields), driver=driver,
            crs="EPSG:4490", geometry_type="Polygon",
        )  # fmt: skip
        return path.read_bytes()
