"""Geometry of uploaded rows, checked and put right in arrays: one pass names every bad row and why.

Out comes EPSG:4490, two dimensions, valid multipolygons. What is repaired is said; what cannot be used is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.errors import GEOSException

from conservation.errors import Fault
from conservation.regions import crs as systems
from conservation.regions import geo

POLYGON, MULTIPOLYGON, COLLECTION = 3, 6, 7
TYPE_LABELS = {0: "Point", 1: "LineString", 2: "LinearRing", 4: "MultiPoint", 5: "MultiLineString"}


@dataclass
class Checked:
    """``geoms`` in 4490 (None where refused), ``repaired`` index → what was done, ``refused`` faults by row number."""

    geoms: np.ndarray
    repaired: dict[int, list[str]] = field(default_factory=dict)
    refused: list[Fault] = field(default_factory=list)
    had_z: bool = False

    def refuse(self, index: int, message: str) -> None:
        self.refused.append(Fault("geometry", message, row=index + 1))
        self.geoms[index] = None

    def repair(self, index: int, what: str) -> None:
        self.repaired.setdefault(index, []).append(what)

    def held(self) -> np.ndarray:
        return np.flatnonzero(~shapely.is_missing(self.geoms))


def check(blobs: np.ndarray, epsg: int) -> Checked:
    """WKB (bytes or None) in ``epsg`` → checked geometries; row numbers in faults count from 1."""
    found = _parse(blobs)
    _keep_polygons(found)
    _keep_finite(found)
    _to_4490(found, epsg)
    _make_valid(found)
    rows = found.held()
    single = rows[shapely.get_type_id(found.geoms[rows]) == POLYGON]
    if len(single):
        found.geoms[single] = shapely.multipolygons(found.geoms[single], indices=np.arange(len(single)))
    found.refused.sort(key=lambda fault: fault.row or 0)
    return found


def _parse(blobs: np.ndarray) -> Checked:
    with np.errstate(invalid="ignore"):  # not-a-number coordinates are named row by row further on
        found = Checked(np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object))
    for index in np.flatnonzero(shapely.is_missing(found.geoms)).tolist():
        if blobs[index] is None:
            found.refuse(index, _("几何为空。"))
            continue
        try:
            found.geoms[index] = shapely.from_wkb(blobs[index], on_invalid="fix")
            found.repair(index, _("边界环未闭合，已闭合。"))
        except (GEOSException, ValueError):
            found.geoms[index] = None
        if found.geoms[index] is None:
            found.refuse(index, _("几何无法读取：点数不足或编码有误。"))
    rows = found.held()
    for index in rows[shapely.is_empty(found.geoms[rows])]:
        found.refuse(index, _("几何为空。"))
    rows = found.held()
    found.had_z = bool(shapely.has_z(found.geoms[rows]).any())
    found.geoms[rows] = shapely.force_2d(found.geoms[rows])
    return found


def _keep_polygons(found: Checked) -> None:
    rows = found.held()
    kinds = shapely.get_type_id(found.geoms[rows])
    for index, kind in zip(rows.tolist(), kinds.tolist(), strict=True):
        if kind in (POLYGON, MULTIPOLYGON):
            continue
        if kind == COLLECTION:
            parts = geo.polygons_only(found.geoms[index])
            if not parts.is_empty:
                found.geoms[index] = parts
                found.repair(index, _("几何集合，只取其中的面。"))
                continue
        label = TYPE_LABELS.get(kind, found.geoms[index].geom_type)
        found.refuse(index, _("不是面（%(kind)s）。") % {"kind": label})


def _keep_finite(found: Checked) -> None:
    rows = found.held()
    points, owner = shapely.get_coordinates(found.geoms[rows], return_index=True)
    for index in rows[np.unique(owner[~np.isfinite(points).all(axis=1)])]:
        found.refuse(index, _("坐标不是有限的数（NaN 或无穷大）。"))


def _to_4490(found: Checked, epsg: int) -> None:
    """Reproject; rows outside China are refused with what their coordinates look like."""
    rows = found.held()
    if not len(rows):
        return
    before = shapely.bounds(found.geoms[rows])
    found.geoms[rows] = geo.to_4490(found.geoms[rows], epsg)
    after = shapely.bounds(found.geoms[rows])
    west, south, east, north = (np.nan_to_num(side, nan=np.inf) for side in after.T)
    outside = ~((west >= 72) & (east <= 137) & (south >= 2) & (north <= 55))
    for at in np.flatnonzero(outside):
        hint = systems.suggest(tuple(before[at].tolist()))
        x, y = before[at][0], before[at][1]
        found.refuse(
            int(rows[at]),
            _("坐标（%(x)s，%(y)s）不在中国范围内，坐标系 EPSG:%(epsg)d 与坐标不符。%(hint)s")
            % {"x": f"{x:.6g}", "y": f"{y:.6g}", "epsg": epsg, "hint": hint},
        )


def _make_valid(found: Checked) -> None:
    rows = found.held()
    if not len(rows):
        return
    bad = rows[~shapely.is_valid(found.geoms[rows])]
    for index, reason in zip(bad.tolist(), shapely.is_valid_reason(found.geoms[bad]), strict=True):
        mended = geo.polygons_only(shapely.make_valid(found.geoms[index], method="structure", keep_collapsed=False))
        if not mended.is_empty:
            found.repair(index, _("图形无效（%(reason)s），已修复。") % {"reason": _reason(reason)})
        found.geoms[index] = mended
    rows = found.held()
    for index in rows[shapely.area(found.geoms[rows]) <= 0]:
        found.refuse(int(index), _("面积为零。"))


REASONS = {
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "洞在外环之外",
    "Nested holes": "洞中有洞",
    "Nested shells": "面中套面",
    "Duplicate Rings": "环重复",
    "Interior is disconnected": "内部不连通",
    "Too few points in geometry component": "点数不足",
}


def _reason(text: str) -> str:
    """GEOS names the fault and the place: 'Self-intersection[116 39.5]'."""
    name, bracket, place = text.partition("[")
    label = REASONS.get(name.strip(), name.strip())
    try:
        x, y = (float(one) for one in place.rstrip("]").split())
    except ValueError:
        return label
    return f"{label} {x:.6f}, {y:.6f}" if bracket else label
