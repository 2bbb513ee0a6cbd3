"""Where works lie: outlines inside the counties, blocks, irregular shapes and lines, none over another's ground."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from django.db import connection

from conservation.regions import geo
from portal.bench import shapes
from portal.demo.places import KEY_AREAS

TRIES = 60
APART_DEG = 0.012
"""Works keep more than a kilometre apart, so that a patch of one is not taken for another's."""


class Grounds:
    """The counties of the province and the ground that is taken."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT code, name, ST_AsBinary(geom), area_ha / 100 FROM regions_division "
                "WHERE leaf AND valid_to IS NULL AND geom IS NOT NULL AND code LIKE '43%' ORDER BY code"
            )
            rows = cursor.fetchall()
        self.codes = [row[0] for row in rows]
        self.names = {row[0]: row[1] for row in rows}
        self.polygons = np.array(shapely.from_wkb([bytes(row[2]) for row in rows]))
        weights = np.array([float(row[3]) for row in rows]) ** 0.35
        key = {code for codes in KEY_AREAS.values() for code in codes}
        weights *= np.array([2.5 if code in key else 1.0 for code in self.codes])
        self.weights = weights / weights.sum()
        self.taken: list[Any] = []
        shapely.prepare(self.polygons)

    def draw_county(self, rng: np.random.Generator) -> str:
        return self.codes[int(rng.choice(len(self.codes), p=self.weights))]

    def county(self, code: str) -> Any:
        return self.polygons[self.codes.index(code)]

    def free(self, shape: Any, apart: float = APART_DEG) -> bool:
        box = shapely.buffer(shapely.box(*shape.bounds), apart)
        return not shapely.intersects(np.array(self.taken, object), box).any() if self.taken else True

    def take(self, shape: Any) -> None:
        self.taken.append(shape)

    def place(self, rng: np.random.Generator, code: str, ha: float, kinds: Iterable[str]) -> Any:
        """A polygon of about ``ha`` inside a county, of one of the kinds (block, irregular, linear), on free ground.

        Where the county has no room for it, a smaller one is taken.
        """
        county, wanted = self.county(code), set(kinds)
        size = ha
        for attempt in range(TRIES):
            _index, x, y = shapes.points(rng, np.array([county]), np.array([8]))
            found, drawn = shapes.outlines(rng, x, y, np.full(8, size))
            for kind, shape in zip(found, drawn, strict=True):
                if kind in wanted and shape.is_valid and county.contains(shape) and self.free(shape):
                    self.take(shape)
                    return shape
            if attempt % 10 == 9:
                size *= 0.6
        raise RuntimeError(f"no free ground in {code}")


def area_ha(shape: Any) -> float:
    """Geodesic area."""
    return float(geo.geodesic_area_ha(shape))


def geojson(shape: Any) -> str:
    return str(shapely.to_geojson(shape))


def scaled(shape: Any, factor: float, east: float = 0.0, north: float = 0.0) -> Any:
    """The shape about its own centre, enlarged and moved (degrees)."""
    from shapely import affinity

    about = affinity.scale(shape, factor, factor, origin="centroid")
    return shapely.set_precision(affinity.translate(about, east, north), 1e-7)
