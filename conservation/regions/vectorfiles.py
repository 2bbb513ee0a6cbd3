"""Reading vector files that people send: zipped shapefile, GeoJSON, GeoPackage, KML and KMZ (矢量文件).

``read`` looks at the content, not at the name; unpacks into a folder of its own that is gone afterwards; finds layer,
encoding and reference system; and gives rows in EPSG:4490 as valid multipolygons, with what was repaired. All faults of
all rows are found in one pass. Nothing in a file is followed: no links, entities or outside sources.

Raises ``conservation.errors.Refused``; keys: ``file`` (the file as a whole), ``layer``, ``encoding``, ``crs``, and
``geometry`` with the row's number (counted from 1).
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyogrio.errors
import pyogrio.raw
import shapely
from django.utils.translation import gettext as _

from conservation.errors import Fault, Refused
from conservation.regions import crs as systems
from conservation.regions import sources
from conservation.regions.shapes import check
from conservation.regions.zips import ZipLimits

BYTES = "ISO-8859-1"
GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
    UnicodeDecodeError,
    OSError,
    ValueError,
    RuntimeError,
)


@dataclass(frozen=True)
class Limits:
    """Largest file that is read: bytes as uploaded, rows, vertices in all, and what a zip may hold."""

    file_bytes: int = 200 * 1024**2
    rows: int = 1_000_000
    vertices: int = 30_000_000
    zip: ZipLimits = field(default_factory=ZipLimits)


@dataclass(frozen=True)
class Feature:
    """One good row: number from 1, multipolygon in 4490, attributes as Python values, what was repaired."""

    row: int
    geometry: shapely.MultiPolygon
    properties: dict[str, Any]
    repaired: list[str]


@dataclass
class Reading:
    """What a file held. ``rejected`` is empty unless ``refuse_rows=False``; ``notes`` are worth telling, not faults."""

    format: str
    layer: str
    epsg: int
    encoding: str
    rows: int
    features: list[Feature]
    rejected: list[Fault]
    notes: list[Fault]

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    def __len__(self) -> int:
        return len(self.features)

    @property
    def repaired(self) -> list[dict[str, Any]]:
        """``[{row, what}]`` as the import commands print it."""
        return [{"row": one.row, "what": "；".join(one.repaired)} for one in self.features if one.repaired]


def read(
    content: str | Path | bytes | IO[bytes],
    filename: str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | int | None = None,
    limits: Limits | None = None,
    refuse_rows: bool = True,
) -> Reading:
    """Read a file given as path, bytes or open binary file; ``filename`` is the name that it was sent under.

    ``crs`` (EPSG number or WKT) is needed where the file names none and goes before what it names. With
    ``refuse_rows=False`` bad rows are listed in ``rejected`` and the good ones returned, else one bad row refuses all.
    """
    limits = limits or Limits()
    wanted = systems.resolve(crs) if crs not in (None, "") else None
    with tempfile.TemporaryDirectory(prefix="vector-") as folder:
        path = _store(content, Path(folder) / "upload", limits)
        source = sources.find(path, filename, Path(folder) / "parts", layer, encoding or "", limits.zip)
        return _read(source, wanted, limits, refuse_rows)


def layers(content: str | Path | bytes | IO[bytes], filename: str, limits: Limits | None = None) -> list[str]:
    """Names of the layers that could be read from a file, for the person to choose from."""
    limits = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="vector-") as folder:
        path = _store(content, Path(folder) / "upload", limits)
        return sources.layer_names(path, filename, Path(folder) / "parts", limits.zip)


def _store(content: str | Path | bytes | IO[bytes], path: Path, limits: Limits) -> Path:
    """Copy the upload into our folder, not more than the limit."""
    too_big = Refused("file", _("文件超过 %(most)d MB。") % {"most": limits.file_bytes // 1024**2})
    if isinstance(content, bytes):
        if len(content) > limits.file_bytes:
            raise too_big
        path.write_bytes(content)
    elif isinstance(content, (str, Path)):
        if not Path(content).is_file():
            raise Refused("file", _("找不到文件：%(name)s") % {"name": content})
        if Path(content).stat().st_size > limits.file_bytes:
            raise too_big
        shutil.copyfile(content, path)
    else:
        with path.open("wb") as sink:
            while chunk := content.read(1 << 20):
                if sink.tell() + len(chunk) > limits.file_bytes:
                    raise too_big
                sink.write(chunk)
    if not path.stat().st_size:
        raise Refused("file", _("文件是空的。"))
    return path


def _read(source: sources.Source, wanted: int | None, limits: Limits, refuse_rows: bool) -> Reading:
    notes = [Fault("file", note) for note in source.notes]
    epsg = _epsg(source, wanted, limits, notes)
    blobs: list[Any] = []
    properties: list[dict[str, Any]] = []
    for name in source.layers:
        meta, shapes, columns = _raw(source, name, limits.rows - len(blobs))
        blobs.extend(shapes)
        properties.extend(_records(meta, columns, len(shapes), source))
    if not blobs:
        raise Refused("file", _("图层中没有任何记录。"))
    array = np.empty(len(blobs), dtype=object)
    array[:] = blobs
    found = check(array, epsg)
    if found.had_z:
        notes.append(Fault("file", _("含有高程（Z），已去掉。")))
    if int(shapely.get_num_coordinates(found.geoms).sum()) > limits.vertices:
        raise Refused("file", _("顶点总数超过 %(most)d 个。") % {"most": limits.vertices})
    if found.refused and refuse_rows:
        raise Refused.many(found.refused)
    features = [
        Feature(int(at) + 1, found.geoms[at], properties[at], found.repaired.get(int(at), [])) for at in found.held()
    ]
    notes.extend(_duplicates(features))
    return Reading(
        format=source.format,
        layer="、".join(source.labels),
        epsg=epsg,
        encoding=source.encoding,
        rows=len(blobs),
        features=features,
        rejected=found.refused,
        notes=notes,
    )


def _broken(bad: Exception) -> Refused:
    return Refused("file", _("文件损坏或内容有误，无法读取（%(why)s）。") % {"why": str(bad)[:200]})


def _raw(source: sources.Source, name: str | None, most: int) -> tuple[dict[str, Any], Any, list[Any]]:
    """One layer as (meta, WKB array, columns); GDAL's own failures become a refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            meta, _fids, shapes, columns = pyogrio.raw.read(
                source.path, layer=name, encoding=BYTES if _is_bytes(source) else None, max_features=most + 1
            )
        except GDAL_ERRORS as bad:
            raise _broken(bad) from bad
    if len(columns) and len(columns[0]) > most or shapes is not None and len(shapes) > most:
        raise Refused("file", _("记录太多，最多 %(most)d 条。") % {"most": most})
    if shapes is None:
        raise Refused("layer", _("图层“%(name)s”没有几何。") % {"name": name or ""})
    return meta, shapes, columns


def _epsg(source: sources.Source, wanted: int | None, limits: Limits, notes: list[Fault]) -> int:
    """The reference system: the caller's, else the file's; without either a refusal with a suggestion."""
    declared: int | None = None
    try:
        declared = systems.resolve(source.crs) if source.crs else None
    except Refused:
        if wanted is None:
            raise
    if wanted is not None:
        if declared not in (None, wanted):
            said = _("文件声明的坐标系是 EPSG:%(found)d，已按指定的 EPSG:%(used)d 读取。")
            notes.append(Fault("crs", said % {"found": declared, "used": wanted}))
        return wanted
    if declared is None:
        raise Refused("crs", _("缺少坐标系（.prj），请指定。%(hint)s") % {"hint": _hint(source, limits)})
    return declared


def _hint(source: sources.Source, limits: Limits) -> str:
    _meta, shapes, _columns = _raw(source, source.layers[0], limits.rows)
    geoms = shapely.from_wkb(shapes, on_invalid="ignore")
    bounds = shapely.total_bounds(geoms)
    return systems.suggest(tuple(bounds.tolist()))


def _is_bytes(source: sources.Source) -> bool:
    """Text of dBase tables is taken byte by byte and decoded here: a character cut by the field's end loses itself only."""
    return source.format == sources.SHAPEFILE


def _records(meta: dict[str, Any], columns: list[Any], count: int, source: sources.Source) -> list[dict[str, Any]]:
    """Columns into one dict a row: blanks and not-a-number become None, whole numbers stay whole, text is trimmed."""
    encoding = source.encoding if _is_bytes(source) else ""
    names = [_text(str(name), encoding) or "" for name in meta["fields"]]
    kinds = [str(kind) for kind in meta.get("ogr_types", [""] * len(names))]
    lists = [_values(column, kind, encoding) for column, kind in zip(columns, kinds, strict=True)]
    if not lists:
        return [{} for _unused in range(count)]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]


def _values(column: Any, kind: str, encoding: str) -> list[Any]:
    array = np.asarray(column)
    if array.dtype.kind == "M":
        return [None if value is None else value for value in array.astype(object).tolist()]
    if array.dtype.kind == "f":
        whole = kind.startswith("OFTInteger")
        return [None if value != value else int(value) if whole else value for value in array.tolist()]
    if array.dtype.kind == "O":
        return [_text(value, encoding) if isinstance(value, str) else value for value in array.tolist()]
    return array.tolist()


def _text(value: str, encoding: str) -> str | None:
    if encoding and not value.isascii():
        value = value.encode(BYTES).decode(encoding, "ignore")
    return value.replace("\0", "").strip(" \t\r\n\ufeff\u3000") or None


def _duplicates(features: list[Feature]) -> list[Fault]:
    """Rows whose shape is the same, point for point, as an earlier row's."""
    seen: dict[bytes, int] = {}
    notes: list[Fault] = []
    for one, blob in zip(features, shapely.to_wkb([feature.geometry for feature in features]), strict=True):
        first = seen.setdefault(blob, one.row)
        if first != one.row:
            notes.append(Fault("geometry", _("图形与第 %(row)d 行相同。") % {"row": first}, row=one.row))
    return notes
