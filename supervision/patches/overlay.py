"""Compliance classes by overlay, in sets: the rule ``patch-class`` for many patches at once.

Pure (numpy and shapely, no database). A chunk of patches meets the ranges around it: covered-by first, exact cutting
only for patches on an edge, areas in the 3° zone (三度带) of each patch's centroid. The single-patch rule of the rulebook
is the yardstick; a test proves that both give the same answers.

Order of tests (D patch, R union of exact ranges, Rs schematic ranges, all valid at the image date):
0 area below the minimum → below_threshold; 1/2 D∩R: area(D − buffer(R, tol)) within the tolerated excess → compliant, else
suspected_excess; 3 D∩Rs → schematic; 4 a compatible range without patch within the search distance →
suspected_relocated; 5 suspected_unapproved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely

from conservation.regions import geo

COMPLIANT = "compliant"
UNAPPROVED = "suspected_unapproved"
EXCESS = "suspected_excess"
RELOCATED = "suspected_relocated"
SCHEMATIC = "schematic"
BELOW = "below_threshold"
NO_INDUSTRY = 0
HECTARE = geo.HECTARE


@dataclass(frozen=True)
class Numbers:
    """Numbers of the rule: metres, hectares, m² (``epsilon_m2``: an overlap below it counts as none)."""

    tolerance_m: float
    minimum_ha: float
    tolerated_ha: float
    search_m: float
    quad_segs: int
    epsilon_m2: float


@dataclass(frozen=True)
class Ranges:
    """Ranges valid at the image date: ids ascending, multipolygons in 4490, exact or schematic, industry number."""

    ids: np.ndarray
    geoms: np.ndarray
    exact: np.ndarray
    industries: np.ndarray

    @classmethod
    def empty(cls) -> Ranges:
        return cls(np.zeros(0, int), np.zeros(0, object), np.zeros(0, bool), np.zeros(0, int))


@dataclass
class Found:
    """What the overlay says of each patch, in the order given; areas in ha (unrounded), NaN where none applies.

    ``pending`` holds, for patches that touch no range, the ranges they may have moved away from: (range id, metres),
    nearest first; ``settle`` decides them once it is known which ranges hold a patch.
    """

    area: np.ndarray
    klass: np.ndarray
    excess: np.ndarray
    beyond: np.ndarray
    range_id: np.ndarray
    distance: np.ndarray
    pending: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    occupied: set[int] = field(default_factory=set)

    def settle(self, occupied: set[int]) -> None:
        """Decide change of place: the nearest candidate range that no patch lies in."""
        for at, candidates in self.pending.items():
            free = next(((one, metres) for one, metres in candidates if one not in occupied), None)
            if free is not None:
                self.klass[at], self.range_id[at], self.distance[at] = RELOCATED, free[0], free[1]


def overlay(patches: np.ndarray, industries: np.ndarray, ranges: Ranges, numbers: Numbers) -> Found:
    """Classes of patches (array of 4490 geometries, industries with 0 for unknown) against ranges."""
    count = len(patches)
    found = Found(
        area=np.zeros(count),
        klass=np.full(count, UNAPPROVED, dtype=object),
        excess=np.full(count, np.nan),
        beyond=np.full(count, np.nan),
        range_id=np.full(count, -1, dtype=int),
        distance=np.full(count, np.nan),
    )
    zones = np.floor((shapely.get_x(shapely.centroid(patches)) + 1.5) / 3).astype(int) if count else np.zeros(0, int)
    for zone in np.unique(zones):
        _zone(found, np.flatnonzero(zones == zone), int(zone), patches, industries, ranges, numbers)
    return found


def _zone(
    found: Found, rows: np.ndarray, zone: int, patches: np.ndarray, industries: np.ndarray, ranges: Ranges, n: Numbers
) -> None:
    """The patches of one 3° zone, in its plane."""
    plane = geo.epsg_3deg(3.0 * zone)
    flat = geo.transform(patches[rows], geo.CGCS2000, plane)
    found.area[rows] = shapely.area(flat) / HECTARE
    near = _near(patches[rows], ranges)
    there = geo.transform(ranges.geoms[near], geo.CGCS2000, plane) if len(near) else np.zeros(0, object)
    if len(near):
        shapely.prepare(there)
        _Plane(found, rows, flat, industries[rows], there, near, ranges, n).run()
    else:
        found.excess[rows] = found.beyond[rows] = found.area[rows]
    small = rows[found.area[rows] < n.minimum_ha]
    found.klass[small] = BELOW
    found.excess[small] = found.beyond[small] = np.nan
    found.range_id[small] = -1
    for at in small.tolist():
        found.pending.pop(at, None)


def _near(patches: np.ndarray, ranges: Ranges) -> np.ndarray:
    """Indices of the ranges whose box comes near the box of one of the patches (by about 1 km)."""
    if not len(ranges.ids) or not len(patches):
        return np.zeros(0, int)
    boxes = shapely.bounds(patches)
    reach = 0.01 / np.cos(np.radians(np.clip(np.abs(boxes[:, 3]), 0, 60)))
    wide = shapely.box(boxes[:, 0] - reach, boxes[:, 1] - 0.01, boxes[:, 2] + reach, boxes[:, 3] + 0.01)
    return np.unique(shapely.STRtree(ranges.geoms).query(wide)[1])


@dataclass
class _Plane:
    """One zone's work: patches ``flat`` and ranges ``there`` in metres."""

    found: Found
    rows: np.ndarray
    flat: np.ndarray
    industries: np.ndarray
    there: np.ndarray
    near: np.ndarray
    ranges: Ranges
    n: Numbers

    def run(self) -> None:
        self.tree = shapely.STRtree(self.there)
        self.exact = self.ranges.exact[self.near]
        self.ids = self.ranges.ids[self.near]
        patch, place = self.tree.query(self.flat, predicate="intersects")
        covered = shapely.covers(self.there[place], self.flat[patch])
        overlap = np.where(covered, shapely.area(self.flat[patch]), 0.0)
        cut = np.flatnonzero(~covered)
        overlap[cut] = shapely.area(shapely.intersection(self.flat[patch[cut]], self.there[place[cut]]))
        real = overlap > self.n.epsilon_m2
        patch, place, overlap, covered = patch[real], place[real], overlap[real], covered[real]
        self.found.occupied.update(self.ids[place].tolist())
        exact = self.exact[place]
        self._choose(patch[~exact], place[~exact], overlap[~exact], SCHEMATIC)
        self._choose(patch[exact], place[exact], overlap[exact], COMPLIANT)
        inside = np.unique(patch[exact & covered])
        touching = np.unique(patch[exact])
        self.found.excess[self.rows[touching]] = self.found.beyond[self.rows[touching]] = 0.0
        edge = np.setdiff1d(touching, inside)
        self._cut(edge)
        self.found.klass[self.rows[edge][self.found.beyond[self.rows[edge]] > self.n.tolerated_ha]] = EXCESS
        self._outside(np.setdiff1d(np.arange(len(self.rows)), np.unique(patch)))

    def _choose(self, patch: np.ndarray, place: np.ndarray, overlap: np.ndarray, klass: str) -> None:
        """Class, and the range with the largest overlap (the lowest id among equals)."""
        order = np.lexsort((-self.ids[place], overlap))
        rows = self.rows[patch[order]]
        self.found.klass[rows] = klass
        self.found.range_id[rows] = self.ids[place[order]]

    def _cut(self, edge: np.ndarray) -> None:
        """Excess, and excess beyond tolerance, of patches that lie partly outside the exact ranges or just beside one."""
        flat, n = self.flat[edge], self.n
        boxes = shapely.bounds(flat).reshape(-1, 4)
        margin = n.tolerance_m + 1.0
        wide = shapely.box(boxes[:, 0] - margin, boxes[:, 1] - margin, boxes[:, 2] + margin, boxes[:, 3] + margin)
        patch, place = self.tree.query(wide, predicate="intersects")
        keep = self.exact[place]
        patch, place = patch[keep], place[keep]
        met = np.unique(patch)
        if not len(met):
            return
        union = _union_by(shapely.intersection(self.there[place], wide[patch]), np.searchsorted(met, patch), len(met))
        outside = shapely.difference(flat[met], union)
        beyond = shapely.difference(outside, shapely.buffer(union, n.tolerance_m, quad_segs=n.quad_segs))
        rows = self.rows[edge[met]]
        self.found.excess[rows] = shapely.area(outside) / HECTARE
        self.found.beyond[rows] = shapely.area(beyond) / HECTARE

    def _outside(self, rest: np.ndarray) -> None:
        """Patches that touch no range: all of them is excess; ranges near by may have been left for them."""
        rows = self.rows[rest]
        self.found.excess[rows] = self.found.beyond[rows] = self.found.area[rows]
        if not len(rest):
            return
        patch, place = self.tree.query(self.flat[rest], predicate="dwithin", distance=self.n.search_m)
        metres = shapely.distance(self.flat[rest[patch]], self.there[place])
        self._cut(rest[np.unique(patch[(metres <= self.n.tolerance_m) & self.exact[place]])])
        industry, kept = self.industries[rest[patch]], self.ranges.industries[self.near][place]
        fits = (industry == NO_INDUSTRY) | (kept == NO_INDUSTRY) | (industry == kept)
        patch, place, metres = patch[fits], place[fits], metres[fits]
        order = np.lexsort((self.ids[place], metres, patch))
        for one, where, how_far in zip(patch[order], place[order], metres[order], strict=True):
            self.found.pending.setdefault(int(rows[one]), []).append((int(self.ids[where]), float(how_far)))


def _union_by(pieces: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """One geometry for each group number below ``count``; every group has a piece."""
    order = np.argsort(group, kind="stable")
    pieces, group = pieces[order], group[order]
    first = np.searchsorted(group, np.arange(count))
    size = np.diff(np.append(first, len(group)))
    union = pieces[first].copy()
    for at in np.flatnonzero(size > 1):
        union[at] = shapely.union_all(pieces[first[at] : first[at] + size[at]])
    return union


def round4(values: np.ndarray) -> list[float | None]:
    """Hectares with four decimals, None for NaN."""
    return [None if value != value else round(value, 4) for value in np.asarray(values, float).tolist()]


def settle_all(parts: Iterable[Found]) -> None:
    """Decide change of place over several chunks together."""
    parts = list(parts)
    occupied: set[int] = set().union(*(part.occupied for part in parts)) if parts else set()
    for part in parts:
        part.settle(occupied)
