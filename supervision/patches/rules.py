"""Rules of the patches room, pure: photographic evidence of a field verification, and what a finding asks for.

Evidence (遥感监管实践，产品约定): at least three photographs — whole view (全景), site board or entrance (标牌或出入口),
worst spot (最严重处) —, each taken within 200 m of the patch or with a bearing that crosses it, inside the round; at
least one drone panorama (航拍全景) where the result is compliant or without risk, else a written no-fly reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry

from conservation.regions import geo

NEAR_M = 200.0
SIGHT_M = 3000.0
"""How far a bearing is followed, m."""
LEAST_PHOTOS = 3
VIEWS = ("whole", "board", "worst", "panorama", "other")
NEEDED_VIEWS = ("whole", "board", "worst")

NONE = "none"
EXEMPT = "exempt"
NOT_CONSTRUCTION = "not_construction"
CLEAN = (NONE, EXEMPT)
"""Findings without a violation: no visible violation; no plan needed (可不编报方案)."""


@dataclass(frozen=True)
class Photo:
    """Degrees in CGCS2000; ``azimuth`` clockwise from north, None when not known; ``taken_at`` aware or None.

    ``digest`` is the hash of the file ("" unknown); ``reused`` says that the same file proves another patch already.
    """

    view: str
    lon: float | None
    lat: float | None
    azimuth: float | None
    taken_at: datetime | None
    gallery: bool = False
    digest: str = ""
    reused: bool = False


@dataclass(frozen=True)
class Flag:
    """Something about the evidence. ``blocking`` keeps the verification from being recorded.

    Codes: too_few (value: photographs that count), view_missing (text: the view), panorama_missing, no_position,
    too_far (value: metres), no_time, outside_round, duplicate, reused, gallery, looks_away. ``photo`` counts from 1.
    """

    code: str
    photo: int = 0
    value: float = 0.0
    text: str = ""
    blocking: bool = False


def is_violation(finding: str) -> bool:
    """True for V01…V20."""
    return finding[:1] == "V"


def evidence(
    photos: Sequence[Photo],
    patch: BaseGeometry,
    begins: datetime,
    ends: datetime,
    finding: str,
    no_fly_reason: str = "",
) -> list[Flag]:
    """Everything to be said about the photographs of one verification, worst first.

    ``patch`` in EPSG:4490; ``begins`` and ``ends`` bound the round in time. A photograph that fails a check does not
    count; the verification is blocked when those that count are too few or a needed view is missing.
    """
    flags: list[Flag] = []
    counted: list[Photo] = []
    digests: set[str] = set()
    for at, photo in enumerate(photos, 1):
        found = photo_flags(photo, at, patch, begins, ends)
        if photo.digest and photo.digest in digests:
            found.append(Flag("duplicate", at))
        digests.add(photo.digest)
        flags += found
        if not any(flag.code in FAILING for flag in found):
            counted.append(photo)
    blocking = []
    if len(counted) < LEAST_PHOTOS:
        blocking.append(Flag("too_few", value=len(counted), blocking=True))
    needed = ("whole",) if finding == NOT_CONSTRUCTION else NEEDED_VIEWS
    seen = {photo.view for photo in counted}
    blocking += [Flag("view_missing", text=view, blocking=True) for view in needed if view not in seen]
    if finding in CLEAN and "panorama" not in seen and not no_fly_reason.strip():
        blocking.append(Flag("panorama_missing", blocking=True))
    return blocking + flags


FAILING = {"no_position", "too_far", "no_time", "outside_round", "duplicate"}


def photo_flags(photo: Photo, at: int, patch: BaseGeometry, begins: datetime, ends: datetime) -> list[Flag]:
    """What is to be said about one photograph."""
    flags = []
    if photo.lon is None or photo.lat is None:
        flags.append(Flag("no_position", at))
    else:
        distance = distance_m(photo.lon, photo.lat, patch)
        sees = photo.azimuth is not None and looks_at(photo.lon, photo.lat, photo.azimuth, patch)
        if distance > NEAR_M and not sees:
            flags.append(Flag("too_far", at, round(distance, 1)))
        elif distance > 0 and photo.azimuth is not None and not sees:
            flags.append(Flag("looks_away", at, photo.azimuth))
    if photo.taken_at is None:
        flags.append(Flag("no_time", at))
    elif not begins <= photo.taken_at <= ends:
        flags.append(Flag("outside_round", at))
    if photo.reused:
        flags.append(Flag("reused", at))
    if photo.gallery:
        flags.append(Flag("gallery", at))
    return flags


def distance_m(lon: float, lat: float, patch: BaseGeometry) -> float:
    """Metres from a point to the patch, in the 3° zone of the patch's centroid; 0 inside."""
    plane = geo.epsg_3deg(patch.centroid.x)
    there = geo.transform(patch, geo.CGCS2000, plane)
    return float(shapely.distance(geo.transform(shapely.Point(lon, lat), geo.CGCS2000, plane), there))


def looks_at(lon: float, lat: float, azimuth: float, patch: BaseGeometry) -> bool:
    """Does the bearing from the point cross the patch within ``SIGHT_M``?"""
    steps = [geo.GEOD.fwd(lon, lat, azimuth, metres)[:2] for metres in (SIGHT_M / 2, SIGHT_M)]
    return bool(shapely.LineString([(lon, lat), *steps]).intersects(patch))


@dataclass(frozen=True)
class Progress:
    """Counts of a round. ``verified`` may exceed ``issued``: a patch may be split in the field."""

    issued: int
    verified: int

    @property
    def percent(self) -> float | None:
        """Verified per issued in percent, one decimal, not capped; None before anything is issued."""
        return round(100 * self.verified / self.issued, 1) if self.issued else None
