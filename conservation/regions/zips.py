"""Zip files from outside: everything suspicious is refused before anything is unpacked.

Looked at: number of entries, declared and real sizes, compression ratio, overlapping entries, paths that climb out,
links, encryption, zips in zips. Only the members asked for are unpacked, under names of our own; Chinese names are
read as UTF-8 or GBK whichever the archive used.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from conservation.errors import Faults, Refused

UTF8_FLAG = 0x800
ENCRYPTED_FLAG = 0x1
LOCAL_HEADER = 30
ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".z", ".zst")
RATIO_FLOOR = 1024 * 1024
"""Members smaller than this are not measured for their ratio: a short table of blanks packs well without harm."""


@dataclass(frozen=True)
class ZipLimits:
    """Largest zip that is unpacked: entries, bytes unpacked in all, unpacked size over packed size of one entry."""

    entries: int = 500
    unpacked_bytes: int = 1024**3
    ratio: int = 200


@dataclass(frozen=True)
class Member:
    """One unpacked file: ``name`` as in the archive, ``path`` on disk."""

    name: str
    path: Path

    @property
    def stem(self) -> str:
        """Folder and name without ending, lower case: what the parts of one shapefile share."""
        found = PurePosixPath(self.name)
        return str(found.with_suffix("")).lower()

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()


def decoded_name(info: zipfile.ZipInfo) -> str:
    """The entry's name; without the UTF-8 flag it is tried as UTF-8, then GBK, then left as code page 437."""
    if info.flag_bits & UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _is_junk(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] in {".DS_Store", "Thumbs.db"}


def _climbs_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":") or "\0" in name


def _check_entry(info: zipfile.ZipInfo, name: str, limits: ZipLimits, faults: Faults) -> None:
    if _climbs_out(name):
        faults.add("file", _("压缩包内的路径“%(name)s”越出目录，已拒绝。") % {"name": name})
    if stat.S_ISLNK(info.external_attr >> 16):
        faults.add("file", _("压缩包内的“%(name)s”是链接，已拒绝。") % {"name": name})
    if info.flag_bits & ENCRYPTED_FLAG:
        faults.add("file", _("压缩包内的“%(name)s”已加密，请上传未加密的文件。") % {"name": name})
    if name.lower().endswith(ARCHIVES):
        faults.add("file", _("压缩包内还有压缩包“%(name)s”，请先解开再上传。") % {"name": name})
    if info.file_size > RATIO_FLOOR and info.file_size > limits.ratio * max(info.compress_size, 1):
        faults.add("file", _("压缩包内的“%(name)s”压缩比异常（超过 %(ratio)d 倍），已拒绝。") % {
            "name": name, "ratio": limits.ratio,
        })  # fmt: skip


def _check_overlap(infos: list[zipfile.ZipInfo], faults: Faults) -> None:
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end:
            faults.add("file", _("压缩包内的条目互相重叠，已拒绝。"))
            return
        end = info.header_offset + LOCAL_HEADER + info.compress_size


def check(archive: zipfile.ZipFile, limits: ZipLimits) -> list[tuple[zipfile.ZipInfo, str]]:
    """All entries worth unpacking with their names; raises ``Refused`` naming everything suspicious."""
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise Refused("file", _("压缩包内有 %(n)d 个条目，最多 %(most)d 个。") % {
            "n": len(infos), "most": limits.entries,
        })  # fmt: skip
    faults = Faults()
    total = sum(info.file_size for info in infos)
    if total > limits.unpacked_bytes:
        faults.add("file", _("压缩包解开后有 %(size)d MB，最多 %(most)d MB。") % {
            "size": total // 1024**2, "most": limits.unpacked_bytes // 1024**2,
        })  # fmt: skip
    _check_overlap(infos, faults)
    found: list[tuple[zipfile.ZipInfo, str]] = []
    seen: set[str] = set()
    for info in infos:
        name = decoded_name(info)
        _check_entry(info, name, limits, faults)
        name = name.replace("\\", "/")
        if info.is_dir() or _is_junk(name):
            continue
        if name.lower() in seen:
            faults.add("file", _("压缩包内有两个同名文件“%(name)s”。") % {"name": name})
        seen.add(name.lower())
        found.append((info, name))
    faults.refuse()
    return found


def unpack(path: Path, target: Path, suffixes: frozenset[str], limits: ZipLimits | None = None) -> list[Member]:
    """Unpack the members with the given endings into ``target`` under plain names; ``Refused`` on anything bad."""
    limits = limits or ZipLimits()
    members: list[Member] = []
    try:
        with zipfile.ZipFile(path) as archive:
            left = limits.unpacked_bytes
            stems: dict[str, int] = {}
            for info, name in check(archive, limits):
                member = Member(name, target)
                if member.suffix not in suffixes:
                    continue
                number = stems.setdefault(member.stem, len(stems))
                member = Member(name, target / f"layer{number}{member.suffix}")
                left -= _write(archive, info, member.path, min(left, info.file_size))
                members.append(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as bad:
        raise Refused("file", _("压缩包损坏、不完整或用了不支持的压缩方式，无法解开。")) from bad
    return members


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, most: int) -> int:
    """Unpack one member, at most ``most`` bytes: an entry longer than it says is refused."""
    written = 0
    with archive.open(info) as source, path.open("wb") as sink:
        while chunk := source.read(1 << 20):
            written += len(chunk)
            if written > most:
                raise Refused("file", _("压缩包内的文件比它声明的大，已拒绝。"))
            sink.write(chunk)
    return written
