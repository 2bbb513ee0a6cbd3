"""Reads of divisions and zones: which county a shape lies in, what is below a code, which zone holds where.

The packaged boundary is a display set: 2 % of points near a line fall into the neighbour. A county found from a shape
is therefore a proposal, and counties within 500 m are proposed as well; an officer decides.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import shapely
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from conservation.regions import frykit
from conservation.regions.models import Division, Zone
from conservation.regions.prefixes import code_prefix, is_under, province_of

__all__ = [
    "Proposal",
    "ZoneAnswer",
    "children",
    "code_prefix",
    "division_of",
    "is_under",
    "level1_zone_of",
    "outside_share",
    "resolve",
    "search",
    "subtree",
    "versions",
    "within",
    "zones_touched",
]

NEAR_M = 500.0
WHOLE = 0.9999
"""A shape counts as wholly covered from this share on: less than the width of a line is missing."""


@dataclass(frozen=True)
class Proposal:
    """A division that a shape lies in or near. ``share`` of the shape's area (0 to 1), ``near`` when only close by.

    Unpacks as ``division, share``.
    """

    division: Division
    share: float
    near: bool = False

    def __iter__(self) -> Any:
        return iter((self.division, self.share))


def _ewkt(geom: Any) -> str:
    """EWKT of a shapely or GEOS geometry; without an SRID it is taken as EPSG:4490."""
    text = geom.wkt
    if isinstance(geom, shapely.Geometry):
        return f"SRID={shapely.get_srid(geom) or 4490};{text}"
    return f"SRID={geom.srid or 4490};{text}"


# Leaves first; what they leave over goes to the city, then the province (a county without a boundary, a work unit).
DIVISION_SQL = """
    WITH shape AS (SELECT ST_Transform(ST_GeomFromEWKT(%(geom)s), 4490) AS geom),
    covered AS (
        SELECT d.id, d.level, d.leaf,
            CASE WHEN ST_CoveredBy(s.geom, d.geom) THEN 1.0
                 WHEN ST_Dimension(s.geom) < 2 THEN ST_Intersects(s.geom, d.geom)::int
                 WHEN ST_Area(s.geom) = 0 THEN 0
                 ELSE ST_Area(ST_Intersection(s.geom, d.geom)) / ST_Area(s.geom) END AS share
        FROM regions_division d, shape s
        WHERE (d.valid_from <= %(day)s OR d.packaged) AND (d.valid_to IS NULL OR d.valid_to > %(day)s)
          AND d.geom && s.geom AND ST_Intersects(d.geom, s.geom)
    )
    SELECT id, level, leaf, share::float8 FROM covered
"""
NEAR_SQL = """
    SELECT d.id FROM regions_division d, (SELECT ST_Transform(ST_GeomFromEWKT(%(geom)s), 4490) AS geom) s
    WHERE d.leaf AND d.valid_to IS NULL AND NOT d.id = ANY(%(found)s)
      AND d.geom && ST_Expand(s.geom, 0.015, 0.005)
      AND ST_DWithin(d.geom::geography, s.geom::geography, %(metres)s)
    ORDER BY ST_Distance(d.geom::geography, s.geom::geography)
"""


def division_of(geom: Any, near: bool = True, on: date | None = None) -> list[Proposal]:
    """Counties (or what stands for them) that a shape lies in, largest share first, then those within 500 m.

    ``geom``: shapely or GEOS geometry in 4490, or with its SRID set. An empty list: it lies in no known division.
    """
    day = on or date.max
    with connection.cursor() as cursor:
        cursor.execute(DIVISION_SQL, {"geom": _ewkt(geom), "day": day})
        rows = cursor.fetchall()
    shares = _shares(rows)
    close: list[int] = []
    if near and on is None:
        with connection.cursor() as cursor:
            params: dict[str, Any] = {"geom": _ewkt(geom), "found": list(shares), "metres": NEAR_M}
            cursor.execute(NEAR_SQL, params)
            close = [row[0] for row in cursor.fetchall()]
    held = Division.objects.defer("geom", "geom_3857", "geom_low").in_bulk([*shares, *close])
    inside = [Proposal(held[pk], share) for pk, share in sorted(shares.items(), key=lambda one: -one[1])]
    return inside + [Proposal(held[pk], 0.0, near=True) for pk in close]


def _shares(rows: list[tuple[int, int, bool, float]]) -> dict[int, float]:
    """Shares of the leaves; what they leave over is given to the cities, and what those leave over to the provinces."""
    shares = {pk: share for pk, _level, leaf, share in rows if leaf and share > 0}
    for level in (2, 1):
        rest = 1.0 - sum(shares.values())
        if rest <= 1 - WHOLE:
            break
        below = _by_parent(list(shares)) if shares else {}
        for pk, row_level, leaf, share in rows:
            if row_level == level and not leaf:
                own = share - sum(shares[one] for one in below.get(pk, ()))
                if own > 1 - WHOLE:
                    shares[pk] = own
    return shares


def _by_parent(ids: list[int]) -> dict[int, list[int]]:
    """Ancestor id → those of ``ids`` below it."""
    found: dict[int, list[int]] = {}
    rows = Division.objects.filter(pk__in=ids).values_list("pk", "parent_id", "parent__parent_id").order_by("pk")
    for pk, parent, grandparent in rows:
        for above in (parent, grandparent):
            if above is not None:
                found.setdefault(above, []).append(pk)
    return found


def subtree(code: str, on: date | None = None) -> QuerySet[Division]:
    """A division and everything below it, in force now or on a day."""
    held = Division.objects.under(code)
    return held.on(on) if on else held.current()


def resolve(code: str, on: date | None = None) -> Division | None:
    """The division of a code: the version of the day, or the one in force now, else what took its place.

    Codes given up before the packaged list began are looked up in ``former_codes.csv``. None: unknown.
    """
    rows = list(Division.objects.filter(code=code).defer("geom", "geom_3857", "geom_low").order_by("-valid_from"))
    if on is not None and rows:
        held = [row for row in rows if row.valid_from <= on]
        return held[0] if held else rows[-1]
    for row in rows:
        if row.valid_to is None:
            return row
    if rows:
        return _follow(rows[0])
    successor = frykit.former_codes().get(code)
    return resolve(successor, on) if successor else None


def _follow(row: Division) -> Division:
    seen = {row.pk}
    while row.valid_to is not None and row.successor is not None and row.successor.pk not in seen:
        row = row.successor
        seen.add(row.pk)
    return row


def outside_share(code: str, geom: Any) -> float | None:
    """Share of a shape (0 to 1) that lies outside a division; None when the division has no boundary here."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT CASE WHEN ST_CoveredBy(s.geom, d.geom) THEN 0.0
                        WHEN ST_Dimension(s.geom) < 2 THEN 1 - ST_Intersects(s.geom, d.geom)::int
                        WHEN ST_Area(s.geom) = 0 THEN 1.0
                        ELSE 1 - ST_Area(ST_Intersection(s.geom, d.geom)) / ST_Area(s.geom) END::float8
            FROM regions_division d, (SELECT ST_Transform(ST_GeomFromEWKT(%s), 4490) AS geom) s
            WHERE d.code = %s AND d.valid_to IS NULL AND d.geom IS NOT NULL
            """,
            [_ewkt(geom), code],
        )
        row = cursor.fetchone()
    return None if row is None else min(1.0, max(0.0, float(row[0])))


def within(code: str, geom: Any, tolerance: float = 0.0) -> bool:
    """Does a shape lie in a division, but for a share of ``tolerance``? False when the boundary is not known."""
    share = outside_share(code, geom)
    return share is not None and share <= tolerance


def search(text: str) -> QuerySet[Division]:
    """Divisions in force by code prefix or a part of their full name; blank finds all."""
    found = Division.objects.current().defer("geom", "geom_3857", "geom_low").select_related("parent")
    word = text.strip()
    if word:
        found = found.filter(Q(code__startswith=word) | Q(full_name__contains=word))
    return found.order_by("code")


def versions(code: str) -> list[Division]:
    """Every row of a code, the newest first, with parent and successor."""
    rows = Division.objects.filter(code=code).defer("geom", "geom_3857", "geom_low")
    return list(rows.select_related("parent", "successor").order_by("-valid_from"))


def children(division: Division) -> list[Division]:
    """Units in force right below a division."""
    rows = Division.objects.current().filter(parent=division).defer("geom", "geom_3857", "geom_low")
    return list(rows.order_by("code"))


@dataclass(frozen=True)
class ZoneAnswer:
    """A level-1 zone (一级区) that holds in a place: the whole of it or a part, how sure (mark) and why (basis)."""

    zone: Zone
    whole: bool
    mark: str
    basis: str
    share: float | None = None


@lru_cache(maxsize=1)
def _zone_rows() -> list[dict[str, str]]:
    text = (files("conservation.regions") / "data" / "zone_divisions.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def level1_zone_of(place: Any, on: date | None = None) -> list[ZoneAnswer]:
    """Level-1 zones of a division code or a shape, the likeliest first.

    Zones that have a geometry answer by overlap (``verified``). The others answer from ``zone_divisions.csv`` by the
    longest prefix of the code: a county named in a decision, else the province's zone or zones. Several answers mean
    that the province is divided and the person must choose; ``unverified`` ones must be confirmed by one.
    """
    if isinstance(place, str):
        return _zones_by_code(place, on)
    drawn = [
        ZoneAnswer(zone, share >= WHOLE, Zone.Mark.VERIFIED, _("按分区范围叠加"), share)
        for zone, share in zones_touched(place, on)
        if zone.level == Zone.Level.LEVEL1
    ]
    if drawn:
        return drawn
    answers: dict[int, ZoneAnswer] = {}
    for proposal in division_of(place, near=False):
        for answer in _zones_by_code(proposal.division.code, on):
            answers.setdefault(answer.zone.pk, answer)
    return list(answers.values())


def _zones_by_code(code: str, on: date | None) -> list[ZoneAnswer]:
    rows = _zone_rows()
    exact = [row for row in rows if len(row["prefix"]) > 2 and code.startswith(row["prefix"])]
    rows = exact or [row for row in rows if row["prefix"] == province_of(code)[:2]]
    held = Zone.objects.filter(level=Zone.Level.LEVEL1, code__in=[row["zone"] for row in rows])
    zones = {
        zone.code: zone for zone in (held.on(on) if on else held.current()).defer("geom", "geom_3857").order_by("id")
    }
    return [
        ZoneAnswer(zones[row["zone"]], row["extent"] == "whole", row["mark"], row["basis"])
        for row in rows
        if row["zone"] in zones
    ]


def zones_touched(geom: Any, on: date | None = None) -> list[tuple[Zone, float]]:
    """Zones with a drawn extent that a shape touches, and the share of the shape in each, largest first."""
    day = on or date.max
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT z.id, (CASE WHEN ST_CoveredBy(s.geom, z.geom) THEN 1.0
                WHEN ST_Dimension(s.geom) < 2 OR ST_Area(s.geom) = 0 THEN 1.0
                ELSE ST_Area(ST_Intersection(s.geom, z.geom)) / ST_Area(s.geom) END)::float8 AS share
            FROM regions_zone z, (SELECT ST_Transform(ST_GeomFromEWKT(%(geom)s), 4490) AS geom) s
            WHERE z.valid_from <= %(day)s AND (z.valid_to IS NULL OR z.valid_to > %(day)s)
              AND z.geom && s.geom AND ST_Intersects(z.geom, s.geom)
            ORDER BY share DESC, z.id
            """,
            {"geom": _ewkt(geom), "day": day},
        )
        rows = cursor.fetchall()
    zones = Zone.objects.defer("geom", "geom_3857").in_bulk([pk for pk, _share in rows])
    return [(zones[pk], share) for pk, share in rows]
