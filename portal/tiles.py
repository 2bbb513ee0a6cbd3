"""Vector tiles: one SQL statement a tile, cut from the Web Mercator copies, scoped to the reader.

Far out (below ``SHAPES_FROM``) a layer shows one point per grid cell with its count; near, the shapes themselves,
simplified to what the zoom can show. A tile never passes ``MOST_BYTES``: the smallest shapes are left out first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import Polygon
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BinaryField,
    Case,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from conservation.regions.models import Division, Zone
from projects.registry import access as registry_access
from projects.registry.models import ProjectTier, ResponsibilityRange, SpoilSite
from supervision.patches import access as patches_access
from supervision.patches.models import Class, Patch
from supervision.patches.states import STATES as PATCH_STATES

HALF_WORLD = 20037508.342789244
EXTENT = 4096
BUFFER = 64
MOST_BYTES = 150_000
MOST_SHAPES = 4000
"""Most features of one layer in one tile; halved until the tile fits."""
GRID = 24
"""Cells along a tile's side where points are gathered."""
SHAPES_FROM = {"patches": 10, "ranges": 10, "spoil-sites": 11}
MAX_ZOOM = 22
RAW = BinaryField()
"""Type of geometry expressions inside the statement: they stay as the database has them."""
FRAME = "ST_MakeEnvelope(%s, %s, %s, %s, 3857)"


@dataclass(frozen=True)
class Tile:
    """A place in the pyramid."""

    z: int
    x: int
    y: int

    @property
    def valid(self) -> bool:
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    @property
    def side_m(self) -> float:
        return 2 * HALF_WORLD / 2**self.z

    def bounds(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east, north in Web Mercator metres; ``margin`` is a fraction of the side."""
        side, more = self.side_m, self.side_m * margin
        west, north = -HALF_WORLD + self.x * side, HALF_WORLD - self.y * side
        return west - more, north - side - more, west + side + more, north + more

    def polygon(self, margin: float = BUFFER / EXTENT) -> Polygon:
        found = Polygon.from_bbox(self.bounds(margin))
        found.srid = 3857
        return found


# --- filters, shared by tiles, legend and list ---------------------------------------------------------------------
@dataclass(frozen=True)
class Filters:
    """What the map is asked for, all from the address; empty means no restriction."""

    klasses: tuple[str, ...] = ()
    round: int | None = None
    state: str = ""
    place: str = ""
    tier: str = ""
    project: int | None = None

    @classmethod
    def of(cls, params: Any) -> Filters:
        """From a query string; unknown values are left out."""

        def number(key: str) -> int | None:
            text = str(params.get(key) or "")
            return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

        wanted = params.getlist("class") if hasattr(params, "getlist") else params.get("class", [])
        state, place, tier = (str(params.get(key) or "") for key in ("state", "place", "tier"))
        return cls(
            klasses=tuple(one for one in Class.values if one in wanted),
            round=number("round"),
            state=state if state in ("open", "settled") or state in PATCH_STATES.states else "",
            place=place if re.fullmatch(r"[0-9]{6}", place) else "",
            tier=tier if tier in ("0", "1", "2", "3") else "",
            project=number("project"),
        )

    @property
    def prefix(self) -> str:
        """Leading digits of the place: '43', '4301', '430102', or '' for none."""
        head = self.place
        while head.endswith("00"):
            head = head[:-2]
        return head


CLOSED_PATCHES = ("split", "excluded", "compliant", "rect_done", "cancelled")
"""States of a patch that asks nothing of anybody any more."""


def patches(user: Any, wanted: Filters) -> QuerySet[Patch]:
    """The living patches the reader may see that fulfil the filters."""
    found = patches_access.visible_to(user).filter(ended_at__isnull=True)
    if wanted.klasses:
        found = found.filter(klass__in=wanted.klasses)
    if wanted.round:
        found = found.filter(round_id=wanted.round)
    if wanted.state == "open":
        found = found.exclude(state__in=CLOSED_PATCHES)
    elif wanted.state == "settled":
        found = found.filter(state__in=CLOSED_PATCHES)
    elif wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.prefix:
        found = found.filter(areas__contains=[wanted.prefix])
    if wanted.project:
        found = found.filter(project_id=wanted.project)
    if wanted.tier:
        found = found.filter(Exists(ProjectTier.objects.filter(project=OuterRef("project"), tier=wanted.tier)))
    return found


def ranges(user: Any, wanted: Filters) -> QuerySet[ResponsibilityRange]:
    """The ranges in force, and drafts of projects, that the reader may see."""
    found = registry_access.ranges_visible_to(user)
    if wanted.project:
        found = found.filter(project_id=wanted.project).exclude(state="superseded")
    else:
        found = found.filter(state="in_force")
    if wanted.prefix:
        found = found.filter(project__areas__contains=[wanted.prefix])
    if wanted.tier:
        found = found.filter(Exists(ProjectTier.objects.filter(project=OuterRef("project"), tier=wanted.tier)))
    return found


def spoil_sites(user: Any, wanted: Filters) -> QuerySet[SpoilSite]:
    found = SpoilSite.objects.filter(project__in=registry_access.visible_to(user), geom__isnull=False)
    if wanted.project:
        found = found.filter(project_id=wanted.project)
    if wanted.prefix:
        found = found.filter(project__areas__contains=[wanted.prefix])
    if wanted.tier:
        found = found.filter(Exists(ProjectTier.objects.filter(project=OuterRef("project"), tier=wanted.tier)))
    return found


# --- the statement ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Part:
    """One layer of a tile: a statement that yields its bytes."""

    sql: str
    params: list[Any]


def shapes(
    rows: QuerySet[Any], name: str, geometry: Any, attributes: Mapping[str, Any], tile: Tile, **how: Any
) -> Part:
    """One layer out of a queryset: ``geometry`` is a Web Mercator expression, ``attributes`` name → expression.

    ``most`` features at most (the largest first where there is an ``area_ha``), with a ``buffer`` around the tile.
    """
    most, buffer = how.get("most", MOST_SHAPES), how.get("buffer", BUFFER)
    columns = {f"a_{key}": value for key, value in attributes.items()}
    has_area = any(field.name == "area_ha" for field in rows.model._meta.get_fields())
    found = rows.annotate(**columns, a_geom=geometry).order_by(*(["-area_ha"] if has_area else []))
    sql, params = found.values_list("a_geom", *columns)[:most].query.sql_with_params()
    heads = ", ".join(f"c{at}" for at in range(len(attributes) + 1))
    names = ", ".join(f"c{at} AS {key}" for at, key in enumerate(attributes, start=1))
    text = (
        f"SELECT ST_AsMVT(q, '{name}', {EXTENT}, 'geom', 'id') FROM (SELECT ST_AsMVTGeom(c0, {FRAME}, {EXTENT}, "
        f"{buffer}, true) AS geom, {names} FROM ({sql}) AS r({heads})) q WHERE geom IS NOT NULL"
    )
    return Part(text, [*tile.bounds(), *params])


def gathered(rows: QuerySet[Any], name: str, geometry: str, rank: Any, tile: Tile) -> Part:
    """Points of a grid: ``n`` objects in the cell, ``top`` the highest ``rank`` among them, ``id`` one of them."""
    found = rows.order_by().annotate(a_x=middle(geometry, "X"), a_y=middle(geometry, "Y"), a_rank=rank)
    sql, params = found.values_list("pk", "a_x", "a_y", "a_rank").query.sql_with_params()
    west, south, east, north = tile.bounds()
    cell = tile.side_m / GRID
    text = (
        f"SELECT ST_AsMVT(q, '{name}', {EXTENT}, 'geom', 'id') FROM (SELECT min(id) AS id, count(*)::int AS n, "
        f"max(top)::int AS top, ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(avg(x), avg(y)), 3857), {FRAME}, {EXTENT}, 0, "
        f"true) AS geom FROM ({sql}) AS r(id, x, y, top) WHERE x >= %s AND x < %s AND y >= %s AND y < %s "
        "GROUP BY floor((x - %s) / %s), floor((y - %s) / %s)) q WHERE geom IS NOT NULL"
    )
    return Part(text, [west, south, east, north, *params, west, east, south, north, west, cell, south, cell])


def coarse(column: str, tile: Tile) -> Any:
    """The shape as coarse as half a screen pixel of the zoom; from zoom 14 on as it is."""
    if tile.z >= 14:
        return Func(F(column), template="%(expressions)s", output_field=RAW)
    return Func(F(column), Value(tile.side_m / 1024), Value(True), function="ST_Simplify", output_field=RAW)


def point_in(column: str) -> Any:
    return Func(F(column), function="ST_PointOnSurface", output_field=RAW)


def middle(column: str, axis: str) -> Any:
    """Middle of the box, a cheap stand-in for the centroid."""
    low = Func(F(column), function=f"ST_{axis}Min", output_field=FloatField())
    high = Func(F(column), function=f"ST_{axis}Max", output_field=FloatField())
    return (low + high) / Value(2.0)


RANKED = (Class.BELOW, Class.COMPLIANT, Class.SCHEMATIC, Class.RELOCATED, Class.EXCESS, Class.UNAPPROVED)
"""Classes by how much they ask for attention; a gathered point wears the highest of its patches."""


def class_rank() -> Any:
    whens = [When(klass=klass, then=Value(at)) for at, klass in enumerate(RANKED)]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def tier_rank() -> Any:
    return Cast(Coalesce(F("project__tier__tier"), Value(0)), IntegerField())


# --- layers ------------------------------------------------------------------------------------------------------------
def patch_parts(user: Any, tile: Tile, wanted: Filters, most: int) -> list[Part]:
    here = patches(user, wanted).filter(geom_3857__bboverlaps=tile.polygon())
    if tile.z < SHAPES_FROM["patches"] and not wanted.project:
        return [gathered(here, "patches", "geom_3857", class_rank(), tile)]
    attributes = {"id": F("pk"), "klass": F("klass"), "state": F("state"), "number": F("number")}
    parts = [shapes(here, "patches", coarse("geom_3857", tile), attributes, tile, most=most)]
    if tile.z < 15:
        signs = {"id": F("pk"), "klass": F("klass")}
        parts.append(shapes(here, "patch-points", point_in("geom_3857"), signs, tile, most=most, buffer=0))
    return parts


def range_parts(user: Any, tile: Tile, wanted: Filters, most: int) -> list[Part]:
    here = ranges(user, wanted).filter(geom_3857__bboverlaps=tile.polygon())
    if tile.z < SHAPES_FROM["ranges"] and not wanted.project:
        return [gathered(here, "ranges", "geom_3857", tier_rank(), tile)]
    attributes = {
        "id": F("pk"),
        "project": F("project_id"),
        "kind": F("kind"),
        "state": F("state"),
        "tier": tier_rank(),
    }
    parts = [shapes(here, "ranges", coarse("geom_3857", tile), attributes, tile, most=most)]
    if tile.z >= 12:
        names = {"id": F("pk"), "name": F("project__name")}
        parts.append(shapes(here, "range-names", point_in("geom_3857"), names, tile, most=most, buffer=0))
    return parts


def spoil_parts(user: Any, tile: Tile, wanted: Filters, most: int) -> list[Part]:
    frame = tile.polygon()
    frame.transform(4490)
    drawn = Func(F("geom"), Value(3857), function="ST_Transform", output_field=GeometryField(srid=3857))
    here = spoil_sites(user, wanted).filter(geom__bboverlaps=frame).annotate(drawn=drawn)
    if tile.z < SHAPES_FROM["spoil-sites"] and not wanted.project:
        return [gathered(here, "spoil-sites", "drawn", F("grade"), tile)]
    attributes = {"id": F("pk"), "project": F("project_id"), "grade": F("grade"), "name": F("name")}
    as_is = Func(F("drawn"), template="%(expressions)s", output_field=RAW)
    return [shapes(here, "spoil-sites", as_is, attributes, tile, most=most)]


def division_parts(user: Any, tile: Tile, wanted: Filters, most: int) -> list[Part]:
    """Provinces always, cities from zoom 6, counties from zoom 8; names as points."""
    deepest = 1 if tile.z < 6 else 2 if tile.z < 8 else 3
    column = "geom_low" if tile.z < 7 else "geom_3857"
    here = Division.objects.current().filter(level__lte=deepest, **{f"{column}__bboverlaps": tile.polygon()})
    attributes = {"id": F("pk"), "code": F("code"), "name": F("name"), "level": F("level")}
    named = here.filter(level__gte=deepest - 1)
    return [
        shapes(here, "divisions", coarse(column, tile), attributes, tile, most=most),
        shapes(named, "places", point_in("geom_low"), attributes, tile, most=most, buffer=0),
    ]


def zone_parts(user: Any, tile: Tile, wanted: Filters, most: int) -> list[Part]:
    here = Zone.objects.current().filter(geom_3857__bboverlaps=tile.polygon())
    attributes = {"id": F("pk"), "name": F("name"), "kind": F("kind"), "level": F("level"), "demo": F("demonstration")}
    return [shapes(here, "zones", coarse("geom_3857", tile), attributes, tile, most=most)]


Layer = Callable[[Any, Tile, Filters, int], list[Part]]
PUBLIC: dict[str, Layer] = {"divisions": division_parts, "zones": zone_parts}
SCOPED: dict[str, Layer] = {"patches": patch_parts, "ranges": range_parts, "spoil-sites": spoil_parts}
LAYERS = PUBLIC | SCOPED


def cut(layer: str, user: Any, tile: Tile, wanted: Filters) -> bytes:
    """The tile's bytes; empty when nothing lies there."""
    most = MOST_SHAPES
    while True:
        try:
            parts = LAYERS[layer](user, tile, wanted, most)
        except EmptyResultSet:  # a scope that holds nothing
            return b""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT " + " || ".join(f"coalesce(({part.sql}), ''::bytea)" for part in parts),
                [value for part in parts for value in part.params],
            )
            found = bytes(cursor.fetchone()[0])
        if len(found) <= MOST_BYTES or most < 20:
            return found
        most = int(most * 0.8 * MOST_BYTES / len(found))
