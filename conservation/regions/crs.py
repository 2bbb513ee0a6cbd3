"""Reference systems of uploaded files (坐标系): which ones are read, how ESRI spellings are recognised, what to suggest.

Read: every CGCS2000 form of ``data/cgcs2000_epsg.csv`` (geographic; 3° and 6° zones with and without zone prefix),
WGS 84 and Web Mercator. Xi'an 1980 and Beijing 1954 are refused: their datum shift is classified and a file turned
with a guessed one lies tens of metres off.
"""

from __future__ import annotations

import math
import re
from typing import Any

from django.utils.translation import gettext as _
from pyproj import CRS
from pyproj.exceptions import CRSError

from conservation.errors import Refused
from conservation.regions import geo

CGCS_NAMES = ("china2000", "cgcs2000", "chinageodeticcoordinatesystem2000", "cgc2000")
WGS_NAMES = ("wgs84", "wgs1984", "worldgeodeticsystem1984")
OLD_NAMES = {"xian1980": "西安 1980", "xian80": "西安 1980", "beijing1954": "北京 1954", "beijing54": "北京 1954"}
METRE = 1.0
DEGREE = math.pi / 180


def _plain(name: str | None) -> str:
    return re.sub(r"[^a-z0-9]", "", (name or "").lower())


def _refuse(name: str) -> Refused:
    return Refused(
        "crs",
        _("不支持的坐标系“%(name)s”：请用 CGCS2000（经纬度或高斯—克吕格 3°、6° 带）、WGS 84 或 Web 墨卡托。")
        % {"name": name},
    )


def resolve(text: str | int) -> int:
    """EPSG number of a reference system given as EPSG number, ``EPSG:n``, URN or WKT (also ESRI's).

    Raises ``Refused`` with key ``crs`` for an unreadable or unsupported one, naming old datums.
    """
    given = str(text).strip().lstrip("\ufeff")
    if given.isdigit():
        given = f"EPSG:{given}"
    try:
        found = CRS.from_user_input(given)
    except CRSError as bad:
        raise Refused("crs", _("无法识别坐标系：%(text)s") % {"text": given[:80]}) from bad
    if found.is_bound and found.source_crs is not None:
        found = found.source_crs
    if found.is_compound:
        found = found.sub_crs_list[0]
    return _known(found)


def _known(crs: CRS) -> int:
    authority = crs.to_authority(min_confidence=100)
    if authority and authority[0] == "EPSG" and int(authority[1]) in geo.supported_epsg():
        return int(authority[1])
    names = [_plain(crs.name), _plain(getattr(crs.geodetic_crs, "name", "")), _plain(getattr(crs.datum, "name", ""))]
    for old, label in OLD_NAMES.items():
        if any(old in name for name in names):
            raise Refused(
                "crs",
                _("坐标系为旧基准“%(name)s”，本系统不作基准转换：请由测绘单位转换为 CGCS2000 后再上传。")
                % {"name": label},
            )
    cgcs = any(known in name for name in names for known in CGCS_NAMES)
    wgs = not cgcs and any(known in name for name in names for known in WGS_NAMES)
    if crs.is_geographic and (cgcs or wgs) and math.isclose(_unit(crs), DEGREE, rel_tol=1e-9):
        return geo.CGCS2000 if cgcs else 4326
    if crs.is_projected and math.isclose(_unit(crs), METRE):
        return _projected(crs, cgcs)
    raise _refuse(crs.name)


def _unit(crs: CRS) -> float:
    return float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 0.0


def _projected(crs: CRS, cgcs: bool) -> int:
    """EPSG of a projected system by what it computes, not by its name."""
    operation = crs.coordinate_operation
    method = _plain(operation.method_name) if operation else ""
    if "popularvisualisation" in method or "auxiliarysphere" in method:
        return geo.MERCATOR
    values: dict[str, Any] = {_plain(one.name): one.value for one in operation.params} if operation else {}
    lon = values.get("longitudeofnaturalorigin", math.nan)
    plain = (
        cgcs
        and method in ("transversemercator", "gausskruger")
        and values.get("latitudeofnaturalorigin") == 0
        and values.get("scalefactoratnaturalorigin", 1) == 1
        and values.get("falsenorthing") == 0
        and lon % 3 == 0
    )
    epsg = gauss_kruger(int(lon), float(values.get("falseeasting", math.nan))) if plain else None
    if epsg is None:
        raise _refuse(crs.name)
    return epsg


def gauss_kruger(meridian: int, false_easting: float) -> int | None:
    """EPSG of a CGCS2000 Gauss–Krüger zone by central meridian (degrees) and false easting (m), if there is one."""
    zone = meridian // 3
    if not geo.FIRST_ZONE <= zone <= geo.LAST_ZONE:
        return None
    if false_easting == 500_000:
        return 4509 + zone
    if false_easting == zone * 1_000_000 + 500_000:
        return 4488 + zone
    six = (meridian + 3) // 6
    if (meridian + 3) % 6 == 0 and false_easting == six * 1_000_000 + 500_000:
        return 4478 + six
    return None


def suggest(bounds: tuple[float, float, float, float]) -> str:
    """What reference system coordinates look like, in words for the person who sent them; '' when nothing fits."""
    x0, y0, x1, y1 = bounds
    if not all(math.isfinite(one) for one in bounds):
        return ""
    if in_china(bounds):
        return _("坐标值像经纬度，可能是 EPSG:4490。")
    if in_china((y0, x0, y1, x1)):
        return _("坐标值像经纬度，但经度与纬度颠倒。")
    for x, y in (((x0, x1), (y0, y1)), ((y0, y1), (x0, x1))):
        if not (300_000 <= y[0] and y[1] <= 6_100_000):
            continue
        swapped = "" if x == (x0, x1) else _("纵横坐标颠倒，")
        zones = {int(one // 1_000_000) for one in x}
        if len(zones) == 1:
            zone = zones.pop()
            if geo.FIRST_ZONE <= zone <= geo.LAST_ZONE:
                return swapped + _("坐标值带 3° 带带号 %(zone)d，可能是 EPSG:%(epsg)d。") % {
                    "zone": zone,
                    "epsg": 4488 + zone,
                }
            if 13 <= zone <= 23:
                return swapped + _("坐标值带 6° 带带号 %(zone)d，可能是 EPSG:%(epsg)d。") % {
                    "zone": zone,
                    "epsg": 4478 + zone,
                }
        if 100_000 <= x[0] and x[1] <= 900_000:
            return swapped + _("坐标值像不带带号的高斯—克吕格坐标，请给出中央经线（EPSG:4534 至 4554）。")
    return ""


def in_china(bounds: tuple[float, float, float, float]) -> bool:
    """Do bounds in degrees (lon, lat) lie where China and its seas can be?"""
    west, south, east, north = bounds
    return 72 <= west and east <= 137 and 2 <= south and north <= 55
