"""Shapes for tests: rectangles in metres about a place in Hunan, in the plane of its 3° zone."""

from __future__ import annotations

import numpy as np
import shapely

from conservation.regions import geo

PLANE = 4547
"""CGCS2000, 3° zone, central meridian 114° E."""
EAST, NORTH = 410_000.0, 3_125_000.0
"""A place in 长沙县."""


def square(x0: float, y0: float, x1: float, y1: float, *, east: float = EAST, north: float = NORTH) -> shapely.Polygon:
    """A rectangle in metres from the place, in EPSG:4490."""
    flat = shapely.box(east + x0, north + y0, east + x1, north + y1)
    return geo.to_4490(flat, PLANE)


def multi(shape: shapely.Polygon) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shape])


R = (0, 0, 200, 200)
GOLDEN = {
    "G1": ((20, 20, 120, 120), "compliant", 1.0, 0.0, 0.0),
    "G2": ((150, 50, 250, 150), "suspected_excess", 1.0, 0.5, 0.46),
    "G3": ((1000, 1000, 1100, 1100), "suspected_unapproved", 1.0, 1.0, 1.0),
    "G4": ((100, 50, 205, 150), "compliant", 1.05, 0.05, 0.01),
    "G5": ((210, 50, 310, 150), "suspected_relocated", 1.0, 1.0, 1.0),
    "G6": ((300, 300, 325, 325), "below_threshold", 0.0625, None, None),
    "G7": ((0, 0, 400, 200), "suspected_excess", 8.0, 4.0, 3.92),
}
"""credit_remote_risk B5: id → (patch, class, area, excess, excess beyond tolerance), range R, 2 m pixels."""


def blob(rng: np.random.Generator, x: float, y: float, radius: float, count: int = 14) -> shapely.Polygon:
    """A ragged ring about a point, metres from the place, in the plane."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, count))
    reach = radius * rng.uniform(0.5, 1.4, count)
    ring = np.column_stack([EAST + x + reach * np.cos(angle), NORTH + y + reach * np.sin(angle)])
    return shapely.Polygon(ring)
