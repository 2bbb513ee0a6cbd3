"""Text encoding of dBase tables (.dbf): what the bytes say goes before what the ``.cpg`` claims."""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from conservation.errors import Refused

SAMPLE_RECORDS = 20_000
FIELD = 32
END_OF_FIELDS = 0x0D
GBK = "GB18030"


@dataclass(frozen=True)
class Sniffed:
    """``encoding`` to read with; ``note`` says why it is not what the file claims ('' when it is)."""

    encoding: str
    note: str = ""


def _codec(name: str) -> str:
    """Python's name for a .cpg text ('' when unknown): UTF-8, 936, GBK, OEM 936, ANSI 936, 65001…"""
    plain = name.strip().lstrip("\ufeff").upper().replace("ANSI", "").replace("OEM", "").strip(" _-")
    if plain in {"936", "CP936", "GBK", "GB2312", "GB18030", "54936", "20936"}:
        return GBK
    if plain in {"65001", "UTF8", "UTF-8"}:
        return "UTF-8"
    try:
        return codecs.lookup(f"cp{plain}" if plain.isdigit() else plain).name
    except LookupError:
        return ""


def texts(path: Path) -> list[bytes]:
    """The distinct character values that hold bytes above ASCII, blanks cut; field names count as well.

    Raises ``Refused`` when header and length do not agree.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(FIELD)
        if len(head) < FIELD:
            raise Refused("file", _("属性表（.dbf）不完整。"))
        count, start, width = struct.unpack_from("<IHH", head, 4)
        if width == 0 or start < FIELD or size < start + count * width:
            raise Refused("file", _("属性表（.dbf）不完整：长度与表头不符。"))
        fields = file.read(start - FIELD)
        body = file.read(min(count, SAMPLE_RECORDS) * width)
    found: set[bytes] = set()
    spans: list[tuple[int, int]] = []
    at = 1
    for offset in range(0, len(fields) - FIELD + 1, FIELD):
        if fields[offset] == END_OF_FIELDS:
            break
        length = fields[offset + 16]
        found.add(fields[offset : offset + 11].split(b"\0")[0])
        if fields[offset + 11 : offset + 12] == b"C":
            spans.append((at, at + length))
        at += length
    if not body.isascii():
        for row in range(0, len(body), width):
            found.update(body[row + a : row + b].rstrip(b" \0") for a, b in spans)
    return [one for one in found if not one.isascii()]


def _fits(values: list[bytes], encoding: str) -> bool:
    """Do all values decode? A last character cut in two by the field's length is forgiven."""
    for value in values:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            decoder.decode(value)
        except UnicodeDecodeError:
            return False
    return True


def sniff(path: Path, claimed: str = "", wanted: str = "") -> Sniffed:
    """Encoding of a table: the caller's wish, else UTF-8 where the bytes prove it, else the claim, else GBK.

    Raises ``Refused`` (key ``encoding``) for an unknown wish or when nothing fits.
    """
    values = texts(path)
    if wanted:
        codec = _codec(wanted)
        if not codec or not _fits(values, codec):
            raise Refused("encoding", _("属性表不能按编码“%(name)s”读取。") % {"name": wanted})
        return Sniffed(codec)
    claim = _codec(claimed) if claimed else ""
    if not values:
        return Sniffed(claim or "UTF-8")
    for codec in ("UTF-8", claim, GBK):
        if codec and _fits(values, codec):
            lied = claim and codecs.lookup(claim) != codecs.lookup(codec)
            note = _("编码声明（.cpg）为 %(claim)s，实际为 %(codec)s，已按实际读取。") % {
                "claim": claim,
                "codec": codec,
            }
            return Sniffed(codec, note if lied else "")
    raise Refused("encoding", _("无法判断属性表的文字编码：请附 .cpg 文件或指定编码。"))
