"""Geotagged photographs: where, in which direction and when a picture was taken, read from its EXIF data.

Positions are WGS 84 as phones write them, taken as CGCS2000 (EPSG:4490): they differ by centimetres. A missing part
is a problem, not a refusal; the officer decides whether the picture serves.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from django.utils.translation import gettext as _
from PIL import ExifTags, Image

from conservation.clock import SHANGHAI

MAX_PIXELS = 200_000_000
OPENABLE = ("JPEG", "PNG")


@dataclass(frozen=True)
class PhotoFacts:
    """``lon``/``lat`` in degrees, ``azimuth`` in degrees from north (clockwise), ``taken_at`` aware or None.

    A picture without a time zone is taken to be in Shanghai time. ``problems`` are sentences for people.
    """

    lon: float | None = None
    lat: float | None = None
    azimuth: float | None = None
    taken_at: datetime | None = None
    width: int = 0
    height: int = 0
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON-safe, for a document's facts."""
        return {
            "lon": self.lon,
            "lat": self.lat,
            "azimuth": self.azimuth,
            "taken_at": self.taken_at.isoformat() if self.taken_at else None,
            "width": self.width,
            "height": self.height,
            "problems": list(self.problems),
        }


def read_photo(data: bytes) -> PhotoFacts:
    """Read a JPEG or PNG. Never raises for bad content: what could not be read stands in ``problems``."""
    try:
        with Image.open(io.BytesIO(data), formats=OPENABLE) as picture:
            width, height = picture.size
            exif = picture.getexif()
            main = dict(exif.get_ifd(ExifTags.IFD.Exif))
            gps = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
            written_at = exif.get(ExifTags.Base.DateTime)
    except Exception:  # Pillow raises many kinds on broken files
        return PhotoFacts(problems=[_("照片无法读取。")])
    problems: list[str] = []
    if width * height > MAX_PIXELS:
        problems.append(_("照片像素过大。"))
    lon, lat = _position(gps, problems)
    return PhotoFacts(
        lon=lon,
        lat=lat,
        azimuth=_azimuth(gps, problems),
        taken_at=_taken_at(main, written_at, problems),
        width=width,
        height=height,
        problems=problems,
    )


def _degrees(parts: Any, reference: Any) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(reference).upper() in ("S", "W") else value


def _position(gps: dict[int, Any], problems: list[str]) -> tuple[float | None, float | None]:
    tags = ExifTags.GPS
    lat = _degrees(gps.get(tags.GPSLatitude), gps.get(tags.GPSLatitudeRef, "N"))
    lon = _degrees(gps.get(tags.GPSLongitude), gps.get(tags.GPSLongitudeRef, "E"))
    if lat is None or lon is None:
        problems.append(_("照片没有位置信息。"))
        return None, None
    if lat != lat or lon != lon or not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        problems.append(_("照片的位置信息无效。"))
        return None, None
    return round(lon, 7), round(lat, 7)


def _azimuth(gps: dict[int, Any], problems: list[str]) -> float | None:
    try:
        value = float(gps[ExifTags.GPS.GPSImgDirection])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        problems.append(_("照片没有拍摄方位。"))
        return None
    if not 0 <= value <= 360:
        problems.append(_("照片的拍摄方位无效。"))
        return None
    return round(value % 360, 2)


def _taken_at(main: dict[int, Any], written_at: Any, problems: list[str]) -> datetime | None:
    text = main.get(ExifTags.Base.DateTimeOriginal) or main.get(ExifTags.Base.DateTimeDigitized) or written_at
    try:
        moment = datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - zone follows
    except ValueError:
        problems.append(_("照片没有拍摄时间。"))
        return None
    return moment.replace(tzinfo=_zone(main.get(ExifTags.Base.OffsetTimeOriginal)))


def _zone(text: Any) -> Any:
    """The zone of an EXIF offset such as +08:00; Shanghai when there is none."""
    try:
        sign = -1 if str(text)[0] == "-" else 1
        hours, minutes = str(text).strip("\0 ")[1:].split(":")
        return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
    except (IndexError, ValueError):
        return SHANGHAI
