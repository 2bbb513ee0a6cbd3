"""Storing files: hashed while they are read, kept once under their SHA-256, never overwritten.

The bytes lie in the default storage at ``documents/<first two signs>/<sha256>``; a row of ``Document`` names them.
Bytes without a row (a transaction that was rolled back) do no harm: the same file uploaded again finds them.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from conservation import clock
from conservation.documents import types
from conservation.documents.models import Document
from conservation.errors import Refused
from conservation.history import subjects

CHUNK = 1024 * 1024
IN_MEMORY = 8 * 1024 * 1024
"""Uploads above this many bytes are put on disk while they are checked."""


def path_of(sha256: str) -> str:
    """Where the bytes lie in the default storage."""
    return f"documents/{sha256[:2]}/{sha256}"


def save_upload(
    actor: Any,
    uploaded_file: Any,
    *,
    kind: str,
    title: str,
    subject: Any,
    volume: str = "main",
    now: datetime | None = None,
    facts: dict[str, Any] | None = None,
    allow: Iterable[str] = types.ALL,
) -> Document:
    """Check and store an uploaded file (anything with ``name`` and ``chunks()`` or ``read()``).

    Raises ``Refused`` with key ``file`` when it is missing, empty, too large, of a type that is not in ``allow`` (see
    ``types.MEDIA_TYPES``; told by content) or a zip that may not be unpacked safely. The permission to add a file to
    ``subject`` is the caller's action's business. ``subject`` None is a file that belongs to its uploader alone.
    """
    if uploaded_file is None:
        raise Refused("file", _("请选择文件。"), rule="file")
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        sha256, size = _copy(uploaded_file, cast(BinaryIO, spool))
        found = types.identify(cast(BinaryIO, spool))
        if found.code not in tuple(allow):
            raise Refused(
                "file",
                _("这里不接受 %(code)s 文件，可用：%(allowed)s。")
                % {"code": found.code.upper(), "allowed": "、".join(code.upper() for code in allow)},
                rule="file-type",
            )
        _keep(sha256, spool)
    return _row(
        actor,
        subject,
        kind=kind,
        title=title,
        filename=clean_name(getattr(uploaded_file, "name", "") or title, found.code),
        media_type=found.media_type,
        size=size,
        sha256=sha256,
        volume=volume,
        facts=facts or {},
        created_at=now or clock.now(),
    )


def save_bytes(
    actor: Any,
    data: bytes,
    *,
    kind: str,
    title: str,
    filename: str,
    media_type: str,
    subject: Any,
    number: str = "",
    volume: str = "main",
    generated: bool = True,
    facts: dict[str, Any] | None = None,
    now: datetime | None = None,
    pages: int | None = None,
) -> Document:
    """Store bytes that the portal itself made (a rendered paper, an export)."""
    sha256 = hashlib.sha256(data).hexdigest()
    _keep(sha256, io.BytesIO(data))
    return _row(
        actor,
        subject,
        kind=kind,
        title=title,
        number=number,
        filename=clean_name(filename),
        media_type=media_type,
        size=len(data),
        sha256=sha256,
        volume=volume,
        generated=generated,
        pages=pages,
        facts=facts or {},
        created_at=now or clock.now(),
    )


def save_made(
    actor: Any,
    file: BinaryIO,
    *,
    kind: str,
    title: str,
    filename: str,
    media_type: str,
    subject: Any,
    facts: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Document:
    """Store an open file that the portal itself made, of any size: what holds for uploads does not hold for it."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    sha256 = digest.hexdigest()
    _keep(sha256, file)
    return _row(
        actor,
        subject,
        kind=kind,
        title=title,
        filename=clean_name(filename),
        media_type=media_type,
        size=size,
        sha256=sha256,
        generated=True,
        facts=facts or {},
        created_at=now or clock.now(),
    )


def open_bytes(document: Document) -> BinaryIO:
    """The file, open for reading; the caller closes it. Raises ``FileNotFoundError`` when the storage lost it."""
    return cast(BinaryIO, default_storage.open(path_of(document.sha256), "rb"))


def read(document: Document) -> bytes:
    """All bytes of the file."""
    with open_bytes(document) as file:
        return file.read()


def adopt(documents: Iterable[Document], subject: Any) -> None:
    """Give files that were uploaded before their subject existed to it; files of another subject are left alone."""
    ids = [document.pk for document in documents]
    Document.objects.filter(pk__in=ids, subject_type="").update(
        subject_type=subjects.code_of(subject), subject_id=str(subject.pk)
    )


def clean_name(name: str, code: str = "") -> str:
    """A file name without folders, control signs and overlong stems; with an ending that fits its type."""
    name = re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    endings = {"jpg": ("jpg", "jpeg"), "geojson": ("geojson", "json"), "csv": ("csv", "txt")}.get(code, (code,))
    if code and ending.lower() not in endings:
        stem, ending = name, code
    stem = stem or "file"
    return f"{stem[:150]}.{ending[:20]}" if ending else stem[:150]


def _copy(uploaded: Any, target: BinaryIO) -> tuple[str, int]:
    """Copy into ``target`` while hashing; refuses what is above the limit before it is all read."""
    digest, size = hashlib.sha256(), 0
    limit = settings.UPLOAD_MAX_BYTES
    if hasattr(uploaded, "seek"):
        uploaded.seek(0)
    chunks = uploaded.chunks() if hasattr(uploaded, "chunks") else iter(lambda: uploaded.read(CHUNK), b"")
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise Refused("file", _("文件超过 %(mb)d MB 的上限。") % {"mb": limit // 1024**2}, rule="file-size")
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest(), size


def _keep(sha256: str, file: Any) -> None:
    """Put the bytes under their hash unless they lie there already."""
    path = path_of(sha256)
    if default_storage.exists(path):
        return
    file.seek(0)
    saved = default_storage.save(path, File(file, name=sha256))
    if saved != path:  # somebody stored the same bytes at the same moment
        default_storage.delete(saved)


def _row(actor: Any, subject: Any, **columns: Any) -> Document:
    columns["title"] = columns["title"][:200]
    return Document.objects.create(
        subject_type=subjects.code_of(subject) if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        created_by=actor if getattr(actor, "pk", None) else None,
        **columns,
    )
