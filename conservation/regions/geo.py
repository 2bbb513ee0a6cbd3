"""Coordinates and areas: pure functions, no Django, no database.

Source: EPSG register for CGCS2000 (standards table ``data/cgcs2000_epsg.csv``). Geometry is held in EPSG:4490,
longitude before latitude. Compliance areas are taken in the 3° Gauss–Krüger zone (三度带) of the centroid, all other
areas are geodesic; none is ever taken in Web Mercator.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

import numpy as np
import shapely
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

CGCS2000 = 4490
MERCATOR = 3857
HECTARE = 10_000.0
FIRST_ZONE, LAST_ZONE = 25, 45

# CGCS2000 ellipsoid (GB/T 22021): a = 6378137 m, 1/f = 298.257222101
GEOD = Geod(a=6378137.0, rf=298.257222101)


@lru_cache(maxsize=1)
def supported_epsg() -> dict[int, str]:
    """EPSG codes that are read, with their kind: the CGCS2000 forms, WGS 84 and Web Mercator."""
    text = (files(__package__) / "data" / "cgcs2000_epsg.csv").read_text("utf-8")
    found = {int(row["epsg"]): row["kind"] for row in csv.DictReader(text.splitlines())}
    return {**found, 4326: "wgs84", MERCATOR: "web_mercator"}


def zone3(lon: float) -> int:
    """Number of the 3° zone (三度带带号) of a longitude in degrees: 114.60 → 38."""
    return int(np.floor((lon + 1.5) / 3))


def epsg_3deg(lon: float) -> int:
    """EPSG of the 3° zone of a longitude, by central meridian (no zone prefix): 114.60 → 4547.

    Raises ``ValueError`` outside zones 25 to 45 (73.5° E to 136.5° E).
    """
    zone = zone3(lon)
    if not FIRST_ZONE <= zone <= LAST_ZONE:
        raise ValueError(f"longitude {lon} lies outside the 3-degree zones {FIRST_ZONE} to {LAST_ZONE}")
    return 4509 + zone


@lru_cache(maxsize=128)
def transformer(source: int, target: int) -> Transformer:
    """A cached transformer with longitude (easting) first on both sides."""
    return Transformer.from_crs(source, target, always_xy=True)


def transform(geom, source: int, target: int):
    """One geometry or an array of geometries from one EPSG to another; Z is dropped."""
    if source == target:
        return shapely.force_2d(geom)
    move = transformer(source, target).transform
    return shapely.transform(shapely.force_2d(geom), lambda x, y: move(x, y), interleaved=False)


def to_4490(geom, srid: int):
    """One geometry or an array of them into EPSG:4490 (lon, lat)."""
    return transform(geom, srid, CGCS2000)


def area_ha_3deg(geom4490: BaseGeometry) -> float:
    """Area in hectares in the 3° zone of the geometry's centroid (compliance areas)."""
    if geom4490.is_empty:
        return 0.0
    return float(transform(geom4490, CGCS2000, epsg_3deg(geom4490.centroid.x)).area) / HECTARE


def areas_ha_3deg(geoms4490) -> np.ndarray:
    """The same for an array, one projection call per zone."""
    geoms = np.asarray(geoms4490, dtype=object)
    areas = np.zeros(len(geoms))
    filled = np.flatnonzero(~(shapely.is_empty(geoms) | shapely.is_missing(geoms)))
    zones = np.floor((shapely.get_x(shapely.centroid(geoms[filled])) + 1.5) / 3).astype(int)
    for zone in np.unique(zones[filled]):
        rows = filled[zones == zone]
        target = epsg_3deg(3.0 * float(zone))
        areas[rows] = shapely.area(transform(geoms[rows], CGCS2000, target)) / HECTARE
    return areas


def geodesic_area_ha(geom: BaseGeometry) -> float:
    """Area in hectares on the CGCS2000 ellipsoid; holes are taken off, ring direction does not matter."""
    total = 0.0
    for part in getattr(geom, "geoms", [geom]):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        outer, _ = GEOD.geometry_area_perimeter(shapely.Polygon(part.exterior))
        holes = sum(abs(GEOD.geometry_area_perimeter(shapely.Polygon(ring))[0]) for ring in part.interiors)
        total += abs(outer) - holes
    return total / HECTARE


def polygons_only(geom: BaseGeometry) -> shapely.MultiPolygon:
    """The polygon parts of any geometry as one multipolygon (empty when there are none)."""
    if geom.geom_type == "Polygon":
        return shapely.MultiPolygon([] if geom.is_empty else [geom])
    parts = [leaf for part in getattr(geom, "geoms", []) for leaf in polygons_only(part).geoms]
    return shapely.MultiPolygon(parts)
