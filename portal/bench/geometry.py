"""Made-up responsibility ranges and disturbance patches, drawn in chunks, COPY to staging, INSERT … SELECT."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.apps import apps
from django.db import connection, transaction

from conservation import clock
from conservation.regions.models import Division
from portal.bench import filling, places, shapes

Say = Callable[[str], None]
CHUNK = 20_000


def counties() -> tuple[Any, Any, Any]:
    """Codes, polygons (EPSG:4490) and areas (km²) of the counties in force that have a boundary."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT code, ST_AsBinary(geom), area_ha / 100 FROM {Division._meta.db_table} "
            "WHERE leaf AND valid_to IS NULL AND geom IS NOT NULL ORDER BY code"
        )
        rows = cursor.fetchall()
    if not rows:
        return np.array([]), np.array([]), np.array([])
    codes, blobs, km2 = zip(*rows, strict=True)
    return np.array(codes), shapely.from_wkb([bytes(one) for one in blobs]), np.array([float(one or 1) for one in km2])


def blobs(polygons: Any) -> Any:
    """Hexadecimal EWKB of multipolygons in EPSG:4490."""
    return shapely.to_wkb(
        shapely.set_srid(shapely.multipolygons(polygons[:, None]), 4490), hex=True, include_srid=True
    )


def fill_ranges(seed: int, say: Say) -> int:
    """An exact range in force for every project with an approved plan and no range: at a place in its first county."""
    codes, polygons, _km2 = counties()
    if not len(codes):
        say("no boundaries are loaded: no ranges made")
        return 0
    rng = np.random.default_rng(seed + 1)
    position = {code: at for at, code in enumerate(codes)}
    made = 0
    last = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "DROP TABLE IF EXISTS bench_range; CREATE TEMP TABLE bench_range (project_id bigint, ha numeric, geom geometry) ON COMMIT DROP"
        )
        while True:
            cursor.execute(
                """
                SELECT p.id, p.counties[1], (p.permanent_ha + p.temporary_ha)::float FROM registry_project p
                WHERE p.id > %s AND p.plan_approved_on IS NOT NULL AND p.permanent_ha + p.temporary_ha > 0
                    AND NOT EXISTS (SELECT FROM registry_responsibilityrange r WHERE r.project_id = p.id)
                ORDER BY p.id LIMIT %s
                """,
                [last, CHUNK],
            )
            rows = cursor.fetchall()
            if not rows:
                return made
            last = rows[-1][0]
            held = sorted((row for row in rows if row[1] in position), key=lambda row: position[row[1]])
            if not held:
                continue
            numbers = np.bincount([position[row[1]] for row in held], minlength=len(codes))
            _index, x, y = shapes.points(rng, polygons, numbers)
            ha = np.array([row[2] for row in held]).clip(0.02, None)
            _kind, found = shapes.outlines(rng, x, y, ha)
            cursor.execute("TRUNCATE bench_range")
            filling.copy_in(
                "bench_range",
                ("project_id", "ha", "geom"),
                zip([row[0] for row in held], ha.round(4).tolist(), blobs(found), strict=True),
            )
            cursor.execute(
                """
                INSERT INTO registry_responsibilityrange
                    (project_id, version, kind, state, source, geom, area_ha, notes, valid_from, created_at)
                SELECT b.project_id, 1, 'exact', 'in_force', 'import', b.geom,
                    round((ST_Area(b.geom::geography) / 10000)::numeric, 4), '[]', p.plan_approved_on, p.created_at
                FROM bench_range b JOIN registry_project p ON p.id = b.project_id
                """
            )
            made += cursor.rowcount
            say(f"ranges {made}")


def fill_patches(number: int, seed: int, say: Say) -> int:
    """One round of patches over the loaded counties, not yet classified. Needs boundaries."""
    if not number or not apps.is_installed("supervision.patches"):
        return 0
    codes, polygons, km2 = counties()
    if not len(codes):
        say("no boundaries are loaded: no patches made")
        return 0
    rng = np.random.default_rng(seed + 2)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        round_id = make_round()
        cursor.execute(
            "DROP TABLE IF EXISTS bench_patch; "
            "CREATE TEMP TABLE bench_patch (number text, county text, industry int, geom geometry) ON COMMIT DROP"
        )
        made = 0
        left = shapes.counts(rng, km2, number)
        while made < number:
            share = _some(left, CHUNK)
            left = left - share
            made += _patches(rng, round_id, made, codes, polygons, share)
            say(f"patches {made}")
    return made


def _some(left: Any, most: int) -> Any:
    """The first counties' numbers that together make at most ``most`` patches (at least one patch)."""
    before = np.concatenate([[0], np.cumsum(left)[:-1]])
    return np.clip(most - before, 0, left)


def _patches(rng: np.random.Generator, round_id: int, offset: int, codes: Any, polygons: Any, numbers: Any) -> int:
    index, x, y = shapes.points(rng, polygons, numbers)
    _kind, found = shapes.outlines(rng, x, y, shapes.areas(rng, len(index)))
    industry = [int(one) if one <= 36 else None for one in rng.integers(1, 50, len(index))]
    serials = [f"B{offset + at + 1:08d}" for at in range(len(index))]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_patch")
        filling.copy_in(
            "bench_patch",
            ("number", "county", "industry", "geom"),
            zip(serials, codes[index].tolist(), industry, blobs(found), strict=True),
        )
        cursor.execute(
            """
            INSERT INTO patches_patch (round_id, number, geom, area_ha, klass, county_code, areas, industry, kind, change,
                address, focus, attributes, finding, state, created_at)
            SELECT %s, number, geom, round((ST_Area(geom::geography) / 10000)::numeric, 4), '', county,
                ARRAY[left(county, 2), left(county, 4), county], industry, 'other', 'new', '', false, '{}', '',
                'extracted', now()
            FROM bench_patch ORDER BY number
            """,
            [round_id],
        )
    return len(index)


def make_round() -> int:
    """A round of the ministry of its own."""
    from supervision.patches.models import Round

    rng = np.random.default_rng(0)
    places.make_authorities(places.load(rng))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_authority WHERE level = 'ministry' ORDER BY id LIMIT 1")
        ministry = cursor.fetchone()[0]
    serial = Round.objects.filter(code__startswith="BENCH-").count() + 1
    made = Round.objects.create(
        code=f"BENCH-{serial:03d}", name=f"性能测试第{serial}期", level="ministry", year=2026, period=min(serial, 99),
        image_date=date(2026, 9, 1), pixel_m=2, tolerance_m=4, authority_id=ministry,
        created_at=clock.now(),
    )  # fmt: skip
    return int(made.pk)
