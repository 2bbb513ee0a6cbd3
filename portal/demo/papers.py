"""Made-up enclosures: a one-page PDF for plans, drawn landscapes with place and time for the field."""

from __future__ import annotations

import io
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, ImageDraw, ImageFont
from PIL.TiffImagePlugin import IFDRational

from conservation import clock

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
CAPTION = "演示照片"
SIZE = (480, 320)
VIEWS = {"whole": "全景", "board": "标牌", "worst": "最严重处", "panorama": "航拍全景"}


@lru_cache(maxsize=8)
def font(size: int) -> Any:
    """The system's Chinese font, or whatever Pillow has where it is missing."""
    try:
        return ImageFont.truetype(FONT, size)
    except OSError:
        return ImageFont.load_default(size)


@lru_cache(maxsize=64)
def pdf_bytes(title: str) -> bytes:
    """One page that says what it stands for."""
    page = Image.new("L", (595, 842), 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, 555, 802), outline=120)
    draw.text((80, 120), title, fill=0, font=font(28))
    draw.text((80, 180), "演示附件，内容从略", fill=90, font=font(18))
    sink = io.BytesIO()
    page.save(sink, "PDF", resolution=72.0, creationDate=None, modDate=None)
    return sink.getvalue()


def pdf(title: str) -> SimpleUploadedFile:
    """An upload of a PDF with this title."""
    return SimpleUploadedFile(f"{title}.pdf", pdf_bytes(title), "application/pdf")


def photo(
    lon: float, lat: float, taken_at: datetime, view: str, *, azimuth: float, note: str = ""
) -> SimpleUploadedFile:
    """An upload of a drawn landscape whose EXIF data hold place, direction and time."""
    sink = io.BytesIO()
    seed = int(abs(lon * 1e5) + abs(lat * 1e7)) % 2**31
    landscape(np.random.default_rng(seed), view, note).save(
        sink, "JPEG", quality=72, exif=exif(lon, lat, taken_at, azimuth)
    )
    return SimpleUploadedFile(f"{view}.jpg", sink.getvalue(), "image/jpeg")


def landscape(rng: np.random.Generator, view: str, note: str) -> Image.Image:
    """Sky, hills, opened ground, and a caption that says what it is."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, (176, 205, 226))
    draw = ImageDraw.Draw(picture)
    x = np.linspace(0, width, 25)
    for depth, colour in enumerate(((132, 160, 128), (104, 142, 96), (86, 124, 74))):
        base = height * (0.38 + 0.1 * depth)
        wave = base + 18 * np.sin(x / (48 + 20 * depth) + rng.uniform(0, 6)) + rng.normal(0, 3, 25)
        draw.polygon([(0, height), *zip(x.tolist(), wave.tolist(), strict=True), (width, height)], fill=colour)
    earth = [(width * (0.12 + 0.02 * rng.random()), height), (width * 0.3, height * rng.uniform(0.62, 0.7)),
             (width * 0.72, height * rng.uniform(0.6, 0.68)), (width * 0.93, height)]  # fmt: skip
    draw.polygon(earth, fill=(176, 128, 84), outline=(140, 98, 62))
    for _rill in range(6):
        at = rng.uniform(0.34, 0.7) * width
        draw.line([(at, height * 0.72), (at + rng.normal(0, 14), height)], fill=(148, 104, 66), width=2)
    if view == "board":
        draw.rectangle((180, 150, 320, 215), fill=(240, 240, 236), outline=(60, 60, 60), width=3)
        draw.text((206, 168), "工程标牌", fill=(40, 60, 140), font=font(22))
    draw.rectangle((0, 0, width, 30), fill=(30, 44, 60))
    draw.text((8, 4), f"{CAPTION} · {VIEWS.get(view, view)} {note}"[:34], fill=(255, 255, 255), font=font(17))
    return picture


def exif(lon: float, lat: float, taken_at: datetime, azimuth: float) -> Image.Exif:
    found = Image.Exif()
    found[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: degrees(lat),
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: degrees(lon),
        ExifTags.GPS.GPSImgDirectionRef: "T",
        ExifTags.GPS.GPSImgDirection: rational(azimuth),
    }
    local = taken_at.astimezone(clock.SHANGHAI)
    found[ExifTags.IFD.Exif] = {
        ExifTags.Base.DateTimeOriginal: local.strftime("%Y:%m:%d %H:%M:%S"),
        ExifTags.Base.OffsetTimeOriginal: "+08:00",
    }
    return found


def rational(value: float) -> IFDRational:
    return IFDRational(Fraction(value).limit_denominator(1_000_000))


def degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    return rational(whole), rational(minutes), rational(((value - whole) * 60 - minutes) * 60)
