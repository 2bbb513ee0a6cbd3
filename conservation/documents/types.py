"""What a file is, told by its content and never by its name.

``identify`` answers with one of the codes below and the media type it is served with, or refuses. Zip files (and the
Office formats, which are zips) are looked through before anything is unpacked (``conservation.regions.zips``).
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

import magic
from django.conf import settings
from django.utils.translation import gettext as _

from conservation.errors import Refused
from conservation.regions import zips

HEAD = 64 * 1024
"""Bytes of the beginning by which a type is told."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "zip": "application/zip",
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
}
ALL = tuple(MEDIA_TYPES)
SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""Media types a browser may show in place; everything else is saved."""

ZIP_ENTRIES = 10_000


@dataclass(frozen=True)
class FileType:
    """``code`` as in ``MEDIA_TYPES``; ``media_type`` is what the file is stored and served as."""

    code: str
    media_type: str


def identify(file: BinaryIO) -> FileType:
    """Tell the type of an open file by its content; raises ``Refused`` (key ``file``) for anything else."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise Refused("file", _("文件是空的。"), rule="file-type")
    code = _by_magic(head, file)
    if code in ("zip", "xlsx", "docx"):
        check_zip(file)
    file.seek(0)
    return FileType(code, MEDIA_TYPES[code])


def _by_magic(head: bytes, file: BinaryIO) -> str:
    found = magic.from_buffer(head, mime=True)
    plain = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}.get(found)
    if plain:
        return plain
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(file)
    if head.startswith(b"SQLite format 3\x00") and head[68:72] in (b"GPKG", b"GP10", b"GP11"):
        return "gpkg"
    text = _text_of(head)
    if text is not None:
        return _by_text(text)
    raise Refused("file", _("不接受这种文件（识别为 %(type)s）。") % {"type": found}, rule="file-type")


def _kind_of_zip(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = {info.filename for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise Refused("file", _("压缩包已损坏或不是 zip 格式。"), rule="file-type") from None
    if "[Content_Types].xml" in names:
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "word/document.xml" in names:
            return "docx"
    return "zip"


def _text_of(head: bytes) -> str | None:
    """The beginning as text (UTF-8, UTF-16 with mark, or GB 18030), None when it is binary."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="ignore")
    if b"\0" in head:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        for cut in range(4):  # the head may end inside a character
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def _by_text(text: str) -> str:
    start = text.lstrip()[:2000]
    lowered = start.lower()
    if start.startswith(("{", "[")):
        if '"type"' in text and any(word in text for word in ('"Feature', '"coordinates"', '"geometries"')):
            return "geojson"
        raise Refused("file", _("这个 JSON 文件不是 GeoJSON。"), rule="file-type")
    if "<kml" in lowered:
        return "kml"
    if lowered.startswith("<"):
        raise Refused("file", _("不接受网页或这种 XML 文件。"), rule="file-type")
    if any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in start):
        raise Refused("file", _("不接受这种文件。"), rule="file-type")
    if _looks_like_table(text):
        return "csv"
    raise Refused("file", _("这个文本文件不是表格（CSV）。"), rule="file-type")


def _looks_like_table(text: str) -> bool:
    """Whether the first lines have the same two or more columns."""
    lines = text.splitlines()[:20]
    for delimiter in (",", "\t", ";"):
        try:
            widths = {len(row) for row in csv.reader(io.StringIO("\n".join(lines[:10])), delimiter=delimiter) if row}
        except csv.Error:
            continue
        if widths and max(widths) >= 2 and len(widths) <= 3:
            return True
    return False


def check_zip(file: BinaryIO) -> None:
    """Refuse a zip that may not be unpacked safely."""
    limits = zips.ZipLimits(entries=ZIP_ENTRIES, unpacked_bytes=settings.UPLOAD_MAX_BYTES * 10)
    with zipfile.ZipFile(file) as archive:
        zips.check(archive, limits)
