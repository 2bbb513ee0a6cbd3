"""Where patches lie: the county of each by a point inside it, in one pass over arrays.

The packaged boundary is a display set, so a patch that seems to lie just outside the authority's division (by up to
500 m) is taken to lie in its nearest county there, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from django.db import connection

from conservation.regions import geo

NEAR_M = 500.0
REACH_DEG = 0.01


@dataclass(frozen=True)
class Placed:
    """``code`` per patch ('' when no county is known there), ``name`` of that county, ``nearly`` taken from nearby."""

    codes: list[str]
    names: dict[str, str]
    nearly: list[bool]

    def name(self, code: str) -> str:
        return self.names.get(code, code)


def place(geoms: np.ndarray, prefix: str) -> Placed:
    """County of each geometry (EPSG:4490) among the boundaries in force; ``prefix`` is the authority's own division."""
    points = shapely.point_on_surface(geoms)
    codes, names, shapes = _leaves(shapely.total_bounds(points))
    found = np.full(len(geoms), -1)
    x, y = shapely.get_x(points), shapely.get_y(points)
    tree = shapely.STRtree(points)
    for at, shape in enumerate(shapes):
        near = tree.query(shape)
        near = near[found[near] < 0]
        if len(near):
            shapely.prepare(shape)
            found[near[shapely.contains_xy(shape, x[near], y[near])]] = at
    nearly = np.zeros(len(geoms), bool)
    own = np.array([code.startswith(prefix) for code in codes], bool)
    outside = np.flatnonzero((found < 0) | ~own[found]) if len(codes) else np.zeros(0, int)
    for row in outside.tolist():
        closest = _nearest(points[row], shapes, own)
        if closest is not None:
            found[row], nearly[row] = closest, True
    return Placed(
        [codes[at] if at >= 0 else "" for at in found.tolist()], dict(zip(codes, names, strict=True)), nearly.tolist()
    )


def _nearest(point: shapely.Point, shapes: np.ndarray, own: np.ndarray) -> int | None:
    """The nearest own county within ``NEAR_M``."""
    best: tuple[float, int] | None = None
    plane = geo.epsg_3deg(point.x)
    here = geo.transform(point, geo.CGCS2000, plane)
    box = point.buffer(REACH_DEG)
    for at in np.flatnonzero(own & shapely.intersects(shapes, box)).tolist():
        metres = here.distance(geo.transform(shapely.intersection(shapes[at], box), geo.CGCS2000, plane))
        if metres <= NEAR_M and (best is None or metres < best[0]):
            best = (metres, at)
    return best[1] if best else None


def _leaves(bounds: np.ndarray) -> tuple[list[str], list[str], np.ndarray]:
    """Counties (and cities without counties) in force whose box meets the bounds: codes, full names, geometries."""
    west, south, east, north = (float(one) for one in bounds)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT left(code, 6), full_name, ST_AsBinary(geom) FROM regions_division "
            "WHERE valid_to IS NULL AND leaf AND geom && ST_MakeEnvelope(%s, %s, %s, %s, 4490) ORDER BY code",
            [west - REACH_DEG, south - REACH_DEG, east + REACH_DEG, north + REACH_DEG],
        )
        rows = cursor.fetchall()
    shapes = np.empty(len(rows), object)
    shapes[:] = shapely.from_wkb([bytes(row[2]) for row in rows]) if rows else []
    return [row[0] for row in rows], [row[1] for row in rows], shapes
