"""Classes of a whole round: patches and ranges out of the database in county chunks, through ``overlay``, and back.

Runs inside the caller's transaction. Only patches that have not been issued are written, and only where something
changed; patches further on keep the class they were issued with, but still count as lying in their range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.db import connection

from conservation.rulebook.parameters import Params, place_code
from supervision.patches import overlay
from supervision.patches.models import Round
from supervision.patches.states import UNISSUED

CHUNK = 4000
"""Patches in a chunk, at least; a chunk is made of whole counties of one province."""
REACH_DEG = 0.012
"""Search distance and tolerance in degrees, with room to spare up to 54° N."""

STAGE_SQL = """
    CREATE TEMP TABLE patches_classes (
        id bigint PRIMARY KEY, area_ha numeric(12,4), klass varchar(22), excess_ha numeric(12,4),
        beyond_ha numeric(12,4), range_id bigint, distance_m numeric(8,2)
    ) ON COMMIT DROP
"""
CHANGED = """
    (p.klass, p.area_ha, p.excess_ha, p.excess_beyond_tolerance_ha, p.range_id, p.distance_m, p.state)
    IS DISTINCT FROM (s.klass, s.area_ha, s.excess_ha, s.beyond_ha, s.range_id, s.distance_m, 'classified')
"""
COUNT_SQL = f"""
    SELECT p.klass, s.klass, count(*) FROM patches_patch p JOIN patches_classes s USING (id)
    WHERE p.state = ANY(%s) AND {CHANGED} GROUP BY 1, 2 ORDER BY 1, 2
"""
UPDATE_SQL = f"""
    UPDATE patches_patch p SET klass = s.klass, area_ha = s.area_ha, excess_ha = s.excess_ha,
        excess_beyond_tolerance_ha = s.beyond_ha, range_id = s.range_id, distance_m = s.distance_m, state = 'classified',
        project_id = CASE WHEN p.linked_at IS NOT NULL THEN p.project_id
                          WHEN s.klass = 'suspected_relocated' THEN NULL ELSE r.project_id END
    FROM patches_classes s LEFT JOIN registry_responsibilityrange r ON r.id = s.range_id
    WHERE p.id = s.id AND p.state = ANY(%s) AND {CHANGED}
"""
RANGES_SQL = """
    SELECT r.id, ST_AsBinary(r.geom), r.kind = 'exact', j.type_no
    FROM registry_responsibilityrange r JOIN registry_project j ON j.id = r.project_id
    WHERE r.state <> 'draft' AND r.valid_from <= %s AND (r.valid_to IS NULL OR r.valid_to >= %s)
      AND r.geom && ST_MakeEnvelope(%s, %s, %s, %s, 4490)
    ORDER BY r.id
"""


@dataclass
class Report:
    """``classes`` counts the round's patches by class; ``changes`` are (from, to, count) of what was rewritten."""

    classified: int = 0
    written: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[str, str, int]] = field(default_factory=list)
    projects: set[int] = field(default_factory=set)

    def as_dict(self) -> dict[str, Any]:
        return {
            "classified": self.classified,
            "classes": self.classes,
            "changed": self.written,
            "changes": [{"from": old, "to": new, "count": count} for old, new, count in self.changes],
        }


def numbers_of(round_: Round, province: str) -> overlay.Numbers:
    """The numbers of the rule on the image date in a province; the round's own tolerance goes before the pixel's."""
    params = Params(round_.image_date, place_code(province) if province else "")
    return overlay.Numbers(
        tolerance_m=float(round_.tolerance_m),
        minimum_ha=float(params.number("patch-class.minimum_area_ha")),
        tolerated_ha=float(params.number("patch-class.tolerated_excess_ha")),
        search_m=float(params.number("patch-class.search_m")),
        quad_segs=int(params.number("patch-class.quad_segs")),
        epsilon_m2=float(params.number("patch-class.overlap_epsilon_m2")),
    )


def default_tolerance(pixel_m: Any, image_date: Any) -> Any:
    """Tolerance in metres of a pixel size."""
    return pixel_m * Params(image_date).number("patch-class.tolerance_pixels")


def ranges_near(bounds: Any, image_date: Any) -> overlay.Ranges:
    """The ranges valid at the image date whose box comes near the bounds (degrees)."""
    west, south, east, north = (float(one) for one in bounds)
    with connection.cursor() as cursor:
        cursor.execute(
            RANGES_SQL,
            [image_date, image_date, west - REACH_DEG, south - REACH_DEG, east + REACH_DEG, north + REACH_DEG],
        )
        rows = cursor.fetchall()
    if not rows:
        return overlay.Ranges.empty()
    geoms = np.empty(len(rows), object)
    geoms[:] = shapely.from_wkb([bytes(row[1]) for row in rows])
    return overlay.Ranges(
        ids=np.array([row[0] for row in rows]),
        geoms=geoms,
        exact=np.array([row[2] for row in rows], bool),
        industries=np.array([row[3] or overlay.NO_INDUSTRY for row in rows]),
    )


def chunks(counties: list[tuple[str, int]], size: int = CHUNK) -> Iterator[tuple[str, list[str]]]:
    """(province prefix, county codes) with about ``size`` patches; counties of two provinces never share a chunk."""
    taken: list[str] = []
    held = 0
    for code, count in counties:
        if taken and (held >= size or code[:2] != taken[0][:2]):
            yield taken[0][:2], taken
            taken, held = [], 0
        taken.append(code)
        held += count
    if taken:
        yield taken[0][:2], taken


def counties_of(round_: Round) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT county_code, count(*) FROM patches_patch WHERE round_id = %s AND ended_at IS NULL "
            "GROUP BY 1 ORDER BY 1",
            [round_.pk],
        )
        return cursor.fetchall()


def load(round_: Round, codes: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ids, geometries, industries, and whether still open to classing, of the living patches in some counties."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, ST_AsBinary(geom), coalesce(industry, 0), state = ANY(%s) FROM patches_patch "
            "WHERE round_id = %s AND county_code = ANY(%s) AND ended_at IS NULL ORDER BY id",
            [list(UNISSUED), round_.pk, codes],
        )
        rows = cursor.fetchall()
    geoms = np.empty(len(rows), object)
    geoms[:] = shapely.from_wkb([bytes(row[1]) for row in rows])
    return (
        np.array([row[0] for row in rows]),
        geoms,
        np.array([row[2] for row in rows]),
        np.array([row[3] for row in rows], bool),
    )


Tell = Callable[[int, int, str], None]


def classify(round_: Round, tell: Tell | None = None) -> Report:
    """Class every patch of the round that has not been issued; see the module's head."""
    counties = counties_of(round_)
    total = sum(count for _code, count in counties)
    parts: list[tuple[np.ndarray, np.ndarray, overlay.Found]] = []
    done = 0
    for province, codes in chunks(counties):
        ids, geoms, industries, is_open = load(round_, codes)
        near = ranges_near(shapely.total_bounds(geoms), round_.image_date)
        parts.append((ids, is_open, overlay.overlay(geoms, industries, near, numbers_of(round_, province))))
        done += len(ids)
        if tell:
            tell(done, total, "")
    overlay.settle_all(found for _ids, _open, found in parts)
    return write(round_, parts)


def write(round_: Round, parts: list[tuple[np.ndarray, np.ndarray, overlay.Found]]) -> Report:
    """COPY the answers beside the patches and rewrite what differs."""
    report = Report()
    with connection.cursor() as cursor:
        cursor.execute(STAGE_SQL)
        with cursor.copy("COPY patches_classes FROM STDIN") as copy:
            for ids, is_open, found in parts:
                report.classified += int(is_open.sum())
                for row in rows_of(ids, is_open, found):
                    copy.write_row(row)
        cursor.execute("ANALYZE patches_classes")
        cursor.execute(COUNT_SQL, [list(UNISSUED)])
        report.changes = cursor.fetchall()
        report.written = sum(count for _old, _new, count in report.changes)
        if report.written:
            cursor.execute("SELECT DISTINCT project_id FROM patches_patch WHERE round_id = %s", [round_.pk])
            report.projects = {row[0] for row in cursor.fetchall() if row[0]}
            cursor.execute("SET LOCAL enable_nestloop = off")
            cursor.execute(UPDATE_SQL, [list(UNISSUED)])
            cursor.execute("SET LOCAL enable_nestloop = on")
            cursor.execute("SELECT DISTINCT project_id FROM patches_patch WHERE round_id = %s", [round_.pk])
            report.projects |= {row[0] for row in cursor.fetchall() if row[0]}
        cursor.execute("DROP TABLE patches_classes")
    report.classes = class_counts(round_)
    return report


def class_counts(round_: Round) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT klass, count(*) FROM patches_patch WHERE round_id = %s AND ended_at IS NULL AND klass <> '' "
            "GROUP BY 1 ORDER BY 1",
            [round_.pk],
        )
        return dict(cursor.fetchall())


def rows_of(ids: np.ndarray, is_open: np.ndarray, found: overlay.Found) -> Iterator[tuple[Any, ...]]:
    """Rows for the staging table; None where no number applies."""
    columns = zip(
        ids.tolist(),
        is_open.tolist(),
        overlay.round4(found.area),
        found.klass.tolist(),
        overlay.round4(found.excess),
        overlay.round4(found.beyond),
        found.range_id.tolist(),
        found.distance.tolist(),
        strict=True,
    )
    for pk, kept, area, klass, excess, beyond, range_id, distance in columns:
        if kept:
            yield (
                pk, area, klass, excess, beyond, range_id if range_id >= 0 else None,
                None if distance != distance else round(distance, 2),
            )  # fmt: skip
