"""A BagIt package (RFC 8493) as one zip, streamed: nothing but the file being copied is in memory.

The same content gives the same bytes: members in the order they are added, one fixed time, no machine's marks.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from datetime import datetime
from typing import BinaryIO

from conservation import clock

CHUNK = 256 * 1024
PACKED = (".pdf", ".jpg", ".jpeg", ".png", ".zip", ".docx", ".xlsx", ".gpkg")
"""Endings of files that are compressed already and are stored as they are."""


def member_name(text: str, longest: int = 80) -> str:
    """A text as part of a file name on every system."""
    return re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*%\s]+', "_", text).strip("._")[:longest] or "_"


class BagWriter:
    """Writes payload files, then manifests and tag files. ``base`` is the folder inside the zip."""

    def __init__(self, file: BinaryIO, base: str, moment: datetime):
        self.zip = zipfile.ZipFile(file, "w", allowZip64=True)
        self.base = member_name(base)
        local = moment.astimezone(clock.SHANGHAI)
        self.stamp = (max(local.year, 1980), local.month, local.day, local.hour, local.minute, local.second // 2 * 2)
        self.payload: list[tuple[str, str, int]] = []
        """(path below the bag's folder, SHA-256, bytes) of every payload file."""

    def add_bytes(self, path: str, data: bytes) -> str:
        """Add a payload file; returns its SHA-256."""
        digest = self._put(path, data)
        self.payload.append((path, digest, len(data)))
        return digest

    def add_stream(self, path: str, source: BinaryIO, size: int) -> str:
        """Copy an open file into the payload in chunks; returns its SHA-256."""
        digest, count = hashlib.sha256(), 0
        info = self._info(path)
        info.file_size = size
        with self.zip.open(info, "w") as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                count += len(chunk)
                target.write(chunk)
        self.payload.append((path, digest.hexdigest(), count))
        return digest.hexdigest()

    def finish(self, info: list[tuple[str, str]]) -> None:
        """Write bagit.txt, bag-info.txt and the manifests, and end the zip. ``info`` are the lines of bag-info."""
        size = sum(count for _path, _digest, count in self.payload)
        lines = [*info, ("Payload-Oxum", f"{size}.{len(self.payload)}")]
        tags = {
            "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(f"{name}: {one_line(text)}\n" for name, text in lines),
            "manifest-sha256.txt": "".join(f"{digest}  {path}\n" for path, digest, _count in self.payload),
        }
        sums = [(name, self._put(name, text.encode())) for name, text in tags.items()]
        self._put("tagmanifest-sha256.txt", "".join(f"{digest}  {name}\n" for name, digest in sums).encode())
        self.zip.close()

    def _put(self, path: str, data: bytes) -> str:
        self.zip.writestr(self._info(path), data)
        return hashlib.sha256(data).hexdigest()

    def _info(self, path: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{self.base}/{path}", self.stamp)
        info.compress_type = zipfile.ZIP_STORED if path.lower().endswith(PACKED) else zipfile.ZIP_DEFLATED
        info.create_system, info.external_attr = 3, 0o644 << 16
        return info


def one_line(text: str) -> str:
    return " ".join(text.split())
