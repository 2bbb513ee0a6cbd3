"""Photographs for tests: a small JPEG with position, direction and time in its EXIF data."""

from __future__ import annotations

import io
from datetime import datetime
from fractions import Fraction
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational


def rational(value: float) -> IFDRational:
    return IFDRational(Fraction(value).limit_denominator(1_000_000))


def degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    value = abs(value)
    whole = int(value)
    minutes = int((value - whole) * 60)
    return rational(whole), rational(minutes), rational(((value - whole) * 60 - minutes) * 60)


def make_photo(
    lon: float | None = 113.08,
    lat: float | None = 28.25,
    azimuth: float | None = 90.0,
    taken_at: datetime | None = None,
    *,
    size: tuple[int, int] = (64, 48),
    colour: Any = (150, 110, 70),
) -> bytes:
    """A JPEG; None leaves a part out. The time is written as it stands, with its offset when it is aware."""
    exif = Image.Exif()
    gps: dict[int, Any] = {}
    if lon is not None and lat is not None:
        gps[ExifTags.GPS.GPSLatitudeRef] = "N" if lat >= 0 else "S"
        gps[ExifTags.GPS.GPSLatitude] = degrees(lat)
        gps[ExifTags.GPS.GPSLongitudeRef] = "E" if lon >= 0 else "W"
        gps[ExifTags.GPS.GPSLongitude] = degrees(lon)
    if azimuth is not None:
        gps[ExifTags.GPS.GPSImgDirectionRef] = "T"
        gps[ExifTags.GPS.GPSImgDirection] = rational(azimuth)
    if gps:
        exif[ExifTags.IFD.GPSInfo] = gps
    if taken_at is not None:
        main = {ExifTags.Base.DateTimeOriginal: taken_at.strftime("%Y:%m:%d %H:%M:%S")}
        if taken_at.tzinfo is not None:
            offset = taken_at.strftime("%z")
            main[ExifTags.Base.OffsetTimeOriginal] = f"{offset[:3]}:{offset[3:5]}"
        exif[ExifTags.IFD.Exif] = main
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()
