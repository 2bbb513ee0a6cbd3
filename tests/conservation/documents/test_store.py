"""Storing uploads: type by content, size, zips, names, one copy."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from conservation.documents import rendering, store
from conservation.documents.models import Document
from conservation.errors import Refused
from tests.photos import make_photo

pytestmark = pytest.mark.django_db
GEOJSON = b'{"type": "FeatureCollection", "features": []}'
KML = b'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"/>'


def zipped(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def pdf() -> bytes:
    from datetime import date

    return rendering.render_pdf("documents/print/plain.typ", {"title": "x"}, day=date(2026, 1, 1))[0]


def upload(world, data: bytes, name: str = "a.bin", **more):
    more = {"kind": "evidence", "title": "证据", "subject": world.unit, **more}
    return store.save_upload(world.filer, SimpleUploadedFile(name, data), **more)


@pytest.mark.parametrize(
    ("data", "name", "media_type", "kept"),
    [
        (make_photo(), "现场.txt", "image/jpeg", "现场.txt.jpg"),
        (GEOJSON, "range.json", "application/geo+json", "range.json"),
        (KML, "a.kml", "application/vnd.google-earth.kml+xml", "a.kml"),
        (zipped({"a.shp": b"x"}), "范围.zip", "application/zip", "范围.zip"),
        (zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "台账.xlsx",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "台账.xlsx"),
        (zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "报告.docx",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "报告.docx"),
        ("名称,面积\n甲,1\n".encode(), "t.csv", "text/csv", "t.csv"),
        ("名称,面积\n甲,1\n".encode("gb18030"), "t.csv", "text/csv", "t.csv"),
        (b"SQLite format 3\x00" + b"\0" * 52 + b"GPKG" + b"\0" * 100, "a.gpkg", "application/geopackage+sqlite3", "a.gpkg"),
    ],
)  # fmt: skip
def test_the_type_is_told_by_content(world, data, name, media_type, kept):
    document = upload(world, data, name)
    assert document.media_type == media_type
    assert document.filename == kept
    assert store.read(document) == data
    assert document.size == len(data) and document.created_by == world.filer


def test_pdf(world):
    assert upload(world, pdf(), "方案.pdf").media_type == "application/pdf"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.pdf"),
        (b"<html><script>alert(1)</script></html>", "page.pdf"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.png"),
        (b"MZ\x90\x00" + b"\0" * 200, "setup.pdf"),
        (b"\x7fELF" + b"\0" * 200, "a.jpg"),
        (b'{"a": 1}', "a.geojson"),
        (b"PK\x03\x04 broken", "a.zip"),
        (b"just words", "a.csv"),
        (b"SQLite format 3\x00" + b"\0" * 200, "a.gpkg"),
    ],
)
def test_anything_else_is_refused(world, data, name):
    with pytest.raises(Refused) as caught:
        upload(world, data, name)
    assert caught.value.faults[0].key == "file"
    assert Document.objects.count() == 0


def test_only_what_the_caller_allows(world):
    with pytest.raises(Refused, match="PDF"):
        upload(world, GEOJSON, allow=("pdf", "jpg"))
    assert upload(world, make_photo(), allow=("pdf", "jpg")).pk


def test_too_large_is_refused(world, settings):
    settings.UPLOAD_MAX_BYTES = 1024
    with pytest.raises(Refused, match="上限"):
        upload(world, make_photo() + b"\0" * 2000)


def test_nothing_chosen(world):
    with pytest.raises(Refused):
        store.save_upload(world.filer, None, kind="x", title="x", subject=None)


@pytest.mark.parametrize(
    "data",
    [
        zipped({"big.dbf": b"\0" * (30 * 1024 * 1024)}),
        zipped({"../../etc/passwd": b"x"}),
        zipped({"/abs.shp": b"x"}),
        zipped({"inner.zip": zipped({"a": b"x"})}),
    ],
    ids=["bomb", "climbs out", "absolute", "zip in zip"],
)
def test_zips_that_may_not_be_unpacked(world, data):
    with pytest.raises(Refused):
        upload(world, data, "a.zip")


def test_the_same_bytes_are_kept_once(world):
    photo = make_photo()
    first, second = upload(world, photo, "a.jpg"), upload(world, photo, "b.jpg")
    assert first.pk != second.pk and first.sha256 == second.sha256
    folder = f"documents/{first.sha256[:2]}"
    assert [name for name in default_storage.listdir(folder)[1] if name.startswith(first.sha256)] == [first.sha256]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..\\..\\boot.ini.jpg", "boot.ini.jpg"),
        ("/etc/passwd", "passwd.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "a__Set-Cookie_ x.jpg"),
        ("", "证据.jpg"),
        ("长" * 300 + ".jpeg", "长" * 150 + ".jpeg"),
    ],
)
def test_names_are_cleaned(name, kept):
    assert store.clean_name(name or "证据", "jpg") == kept


def test_adopt_gives_files_to_their_subject_once(world):
    lone = upload(world, make_photo(), subject=None)
    other = upload(world, GEOJSON, subject=world.other_unit)
    store.adopt([lone, other], world.unit)
    lone.refresh_from_db()
    other.refresh_from_db()
    assert lone.subject_id == str(world.unit.pk) and other.subject_id == str(world.other_unit.pk)
