"""Acts on divisions and zones: load the packaged boundaries, replace them with the customer's own, seed the zones.

Loading is set-based: rows are copied into a staging table, then checked, compared and written in SQL; Web Mercator,
simplified shape and geodesic area are made by the database. Each function is one transaction.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from importlib.resources import files

import shapely
from django.db import connection, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.errors import Refused
from conservation.regions import frykit, geo
from conservation.regions.models import Division, Zone

STAGE_SQL = """
    CREATE TEMP TABLE regions_stage (
        code varchar(12) PRIMARY KEY, name varchar(60) NOT NULL, full_name varchar(200) NOT NULL,
        level smallint NOT NULL, parent varchar(12) NOT NULL, geom geometry(MultiPolygon, 4490)
    ) ON COMMIT DROP
"""

# What every new or corrected row gets; the tolerance of the simplified shape is 1000 m in Web Mercator.
DERIVE_SQL = """
    UPDATE regions_division d SET
        geom_3857 = m.geom,
        geom_low = ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_SimplifyPreserveTopology(m.geom, 1000)), 3)),
        area_ha = round((ST_Area(d.geom::geography) / 10000)::numeric, 4)
    FROM (SELECT id, ST_Transform(geom, 3857) AS geom FROM regions_division WHERE id = ANY(%s)) m
    WHERE d.id = m.id AND d.geom IS NOT NULL
"""

# Parents and leaves follow from the rows in force; only rows that would change are written.
LINK_SQL = """
    UPDATE regions_division d SET parent_id = p.id
    FROM (SELECT c.id, (
            SELECT a.id FROM regions_division a
            WHERE a.valid_to IS NULL AND a.level < c.level AND a.code IN (left(c.code, 4) || '00', left(c.code, 2) || '0000')
            ORDER BY a.level DESC LIMIT 1) AS parent
          FROM regions_division c WHERE c.valid_to IS NULL AND c.level > 1) q
    JOIN regions_division p ON p.id = q.parent
    WHERE d.id = q.id AND d.parent_id IS DISTINCT FROM p.id;
    UPDATE regions_division d SET leaf = q.leaf
    FROM (SELECT c.id, c.valid_to IS NULL AND c.geom IS NOT NULL AND c.level > 1 AND NOT EXISTS (
            SELECT 1 FROM regions_division b
            WHERE b.parent_id = c.id AND b.valid_to IS NULL AND b.geom IS NOT NULL) AS leaf
          FROM regions_division c) q
    WHERE d.id = q.id AND d.leaf <> q.leaf
"""


def load_packaged(now: datetime | None = None, provinces: Sequence[str] | None = None) -> dict[str, int]:
    """Load the code list and the packaged boundaries; all, or all province outlines and the given provinces.

    ``provinces`` are two-digit prefixes (six-digit codes are cut). Idempotent: a code that already has a row of
    another source is left alone; packaged rows are brought up to date. Returns ``loaded`` (rows written), ``kept``.
    """
    wanted = [one[:2] for one in provinces or ()]
    known = {unit.code[:2] for unit in frykit.units().values()}
    for one in wanted:
        if one not in known:
            raise Refused("province", _("没有代码以 %(code)s 开头的省份。") % {"code": one})
    shapes = frykit.boundaries(wanted or None)
    rows = [
        (unit.code, unit.name, unit.full_name, unit.level, unit.parent, shapes.get(unit.code))
        for unit in frykit.units().values()
        if unit.level == 1 or not wanted or unit.code[:2] in wanted
    ]
    with transaction.atomic():
        _stage(rows)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO regions_division
                    (code, name, full_name, level, geom, valid_from, source, packaged, leaf)
                SELECT s.code, s.name, s.full_name, s.level, s.geom, %s, %s, true, false FROM regions_stage s
                WHERE NOT EXISTS (SELECT 1 FROM regions_division d WHERE d.code = s.code AND NOT d.packaged)
                ON CONFLICT (code, valid_from) DO UPDATE
                    SET name = EXCLUDED.name, full_name = EXCLUDED.full_name, level = EXCLUDED.level,
                        geom = EXCLUDED.geom, source = EXCLUDED.source
                    WHERE regions_division.packaged AND regions_division.valid_to IS NULL AND (
                        regions_division.name, regions_division.full_name, regions_division.level,
                        regions_division.source, ST_AsBinary(regions_division.geom)
                    ) IS DISTINCT FROM (
                        EXCLUDED.name, EXCLUDED.full_name, EXCLUDED.level, EXCLUDED.source, ST_AsBinary(EXCLUDED.geom)
                    )
                RETURNING id
                """,
                [frykit.LIST_DATE, frykit.SOURCE],
            )
            written = [row[0] for row in cursor.fetchall()]
        _finish(written)
    return {"loaded": len(written), "kept": len(rows) - len(written)}


def _stage(rows: Iterable[tuple[str, str, str, int, str, shapely.MultiPolygon | None]]) -> None:
    """Copy rows (code, name, full name, level, parent code, geometry in 4490 or None) into the staging table."""
    held = list(rows)
    blobs = shapely.to_wkb(shapely.set_srid([row[5] for row in held], geo.CGCS2000), hex=True, include_srid=True)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS regions_stage")
        cursor.execute(STAGE_SQL)
        with cursor.copy("COPY regions_stage (code, name, full_name, level, parent, geom) FROM STDIN") as copy:
            for row, blob in zip(held, blobs, strict=True):
                copy.write_row((*row[:5], blob))
        cursor.execute("ANALYZE regions_stage")


def _finish(written: list[int]) -> None:
    """Make derived shapes and areas of the written rows, then parents and leaves."""
    with connection.cursor() as cursor:
        if written:
            cursor.execute(DERIVE_SQL, [written])
        for statement in LINK_SQL.split(";"):
            cursor.execute(statement)
        cursor.execute("DROP TABLE IF EXISTS regions_stage")
