"""What an uploaded vector file is: its format by content, its parts, layers, encoding and declared reference system."""

from __future__ import annotations

import json
import struct
import warnings
import xml.parsers.expat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pyogrio
import pyogrio.errors
from django.utils.translation import gettext as _

from conservation.errors import Refused
from conservation.regions import dbf
from conservation.regions.zips import Member, ZipLimits, unpack

SHAPEFILE, GEOJSON, GEOPACKAGE, KML = "shapefile", "geojson", "geopackage", "kml"
ENDINGS = {
    ".zip": "zip",
    ".kmz": "zip",
    ".json": GEOJSON,
    ".geojson": GEOJSON,
    ".gpkg": GEOPACKAGE,
    ".kml": KML,
}
UNPACKED = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg", ".geojson", ".json", ".gpkg", ".kml"})
SHP_HEADER = 100
SHP_MAGIC = 9994


@dataclass
class Source:
    """A layer or layers ready for GDAL: ``layers`` as GDAL names them (None: the only one), ``labels`` for people."""

    format: str
    path: Path
    layers: list[str | None]
    labels: list[str]
    crs: str = ""
    encoding: str = ""
    notes: list[str] = field(default_factory=list)


def find(path: Path, filename: str, folder: Path, layer: str | None, encoding: str, limits: ZipLimits) -> Source:
    """Work out what ``path`` is; raises ``Refused`` for what is not read, or when a layer must be chosen."""
    kind = _format(path, filename)
    if kind == "zip":
        return _in_zip(path, folder, layer, encoding, limits)
    return _single(kind, path, PurePosixPath(filename).stem, layer)


def layer_names(path: Path, filename: str, folder: Path, limits: ZipLimits) -> list[str]:
    """The layers to choose from."""
    kind = _format(path, filename)
    if kind != "zip":
        return [name for name, _kind in _layers(_named(kind, path))] if kind == GEOPACKAGE else [Path(filename).stem]
    folder.mkdir(exist_ok=True)
    members = unpack(path, folder, UNPACKED, limits)
    shapes = [member for member in members if member.suffix == ".shp"]
    return [PurePosixPath(member.name).stem for member in shapes or members]


def _format(path: Path, filename: str) -> str:
    """Format by the first bytes; refused when the name says something else."""
    with path.open("rb") as file:
        head = file.read(4096)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    found = ""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        found = "zip"
    elif head.startswith(b"SQLite format 3\0"):
        found = GEOPACKAGE
    elif text.startswith((b"{", b"[")):
        found = GEOJSON
    elif text.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        found = KML
    named = ENDINGS.get(PurePosixPath(filename.lower()).suffix, "")
    if not found:
        raise Refused(
            "file", _("不是可读的矢量文件：请上传 Shapefile 压缩包（.zip）、GeoJSON、GeoPackage、KML 或 KMZ。")
        )
    if named and named != found:
        raise Refused("file", _("文件内容与扩展名不符：扩展名是 %(name)s，内容是 %(found)s。") % {
            "name": PurePosixPath(filename).suffix, "found": found,
        })  # fmt: skip
    return found


def _named(kind: str, path: Path) -> Path:
    """GDAL tells some formats by the name's ending: give the file the one that its content has."""
    ending = {GEOJSON: ".geojson", GEOPACKAGE: ".gpkg", KML: ".kml"}[kind]
    if path.suffix == ending:
        return path
    target = path.with_suffix(ending)
    return path.rename(target)


def _single(kind: str, path: Path, stem: str, layer: str | None) -> Source:
    if kind == GEOJSON:
        return _geojson(_named(kind, path), stem)
    if kind == KML:
        return _kml(_named(kind, path), layer)
    return _geopackage(_named(kind, path), layer)


def _in_zip(path: Path, folder: Path, layer: str | None, encoding: str, limits: ZipLimits) -> Source:
    folder.mkdir(exist_ok=True)
    members = unpack(path, folder, UNPACKED, limits)
    shapes = [member for member in members if member.suffix == ".shp"]
    if shapes:
        return _shapefile(_choose(shapes, layer), members, encoding)
    others = [member for member in members if member.suffix in ENDINGS]
    if not others:
        raise Refused("file", _("压缩包内没有 Shapefile（.shp）。"))
    only = others[0] if len(others) == 1 else _choose(others, layer)
    kind = _format(only.path, only.name)
    return _single(kind, only.path, PurePosixPath(only.name).stem, None if len(others) > 1 else layer)


def _choose(members: list[Member], layer: str | None) -> Member:
    names = {PurePosixPath(member.name).stem: member for member in members}
    if layer:
        if layer not in names:
            raise Refused(
                "layer", _("没有图层“%(layer)s”，可选：%(names)s。") % {"layer": layer, "names": "、".join(names)}
            )
        return names[layer]
    if len(members) > 1:
        raise Refused("layer", _("有多个图层，请指定：%(names)s。") % {"names": "、".join(names)})
    return members[0]


def _shapefile(shape: Member, members: list[Member], encoding: str) -> Source:
    """Check that a shapefile is whole; find its encoding and the text of its .prj."""
    parts = {member.suffix: member for member in members if member.stem == shape.stem}
    absent = [ending for ending in (".shx", ".dbf") if ending not in parts]
    if absent:
        raise Refused("file", _("Shapefile 不完整，缺少 %(parts)s。") % {"parts": "、".join(absent)})
    for ending in (".shp", ".shx"):
        _check_length(parts[ending])
    claimed = _claim(parts[".cpg"].path) if ".cpg" in parts else ""
    sniffed = dbf.sniff(parts[".dbf"].path, claimed, encoding)
    crs = ""
    if ".prj" in parts:
        crs = parts[".prj"].path.read_bytes()[:65536].decode("utf-8", "replace").strip().strip("\0")
    for ending in (".cpg", ".prj"):  # GDAL shall use what was found here
        if ending in parts:
            parts[ending].path.unlink()
    label = PurePosixPath(shape.name).stem
    notes = [sniffed.note] if sniffed.note else []
    return Source(SHAPEFILE, shape.path, [None], [label], crs, sniffed.encoding, notes)


def _claim(path: Path) -> str:
    return path.read_bytes()[:64].decode("ascii", "ignore")


def _check_length(part: Member) -> None:
    """A .shp or .shx says its length in its header, in 16-bit words."""
    size = part.path.stat().st_size
    with part.path.open("rb") as file:
        head = file.read(SHP_HEADER)
    if len(head) < SHP_HEADER:
        raise Refused("file", _("“%(name)s”不完整：比文件头声明的短。") % {"name": part.name})
    if struct.unpack_from(">i", head)[0] != SHP_MAGIC:
        raise Refused("file", _("“%(name)s”不是 Shapefile。") % {"name": part.name})
    if size < struct.unpack_from(">i", head, 24)[0] * 2:
        raise Refused("file", _("“%(name)s”不完整：比文件头声明的短。") % {"name": part.name})


def _geojson(path: Path, stem: str) -> Source:
    """GeoJSON is WGS 84 (RFC 7946); the older ``crs`` member is honoured."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as bad:
        raise Refused("file", _("不是有效的 JSON：%(why)s") % {"why": str(bad)[:200]}) from bad
    kind = content.get("type") if isinstance(content, dict) else None
    if kind not in {"FeatureCollection", "Feature", "Polygon", "MultiPolygon", "GeometryCollection"}:
        raise Refused("file", _("JSON 不是 GeoJSON 要素集。"))
    if kind == "FeatureCollection" and not content.get("features"):
        raise Refused("file", _("图层中没有任何记录。"))
    return Source(GEOJSON, path, [None], [stem], _json_crs(content.get("crs")) or "EPSG:4326", "UTF-8")


def _json_crs(member: Any) -> str:
    if not isinstance(member, dict):
        return ""
    properties = member.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    if member.get("type") != "name" or not isinstance(name, str):
        raise Refused("crs", _("GeoJSON 的 crs 只能是名称（type 为 name）。"))
    return name


def _geopackage(path: Path, layer: str | None) -> Source:
    names = {name: kind for name, kind in _layers(path) if kind is not None}
    if not names:
        raise Refused("file", _("GeoPackage 中没有空间图层。"))
    if layer and layer not in names:
        raise Refused(
            "layer", _("没有图层“%(layer)s”，可选：%(names)s。") % {"layer": layer, "names": "、".join(names)}
        )
    faces = [name for name, kind in names.items() if "Polygon" in kind or kind in {"Unknown", "GeometryCollection"}]
    choice = [layer] if layer else faces or list(names)
    if len(choice) > 1:
        raise Refused("layer", _("有多个图层，请指定：%(names)s。") % {"names": "、".join(choice)})
    info = _info(path, choice[0])
    return Source(GEOPACKAGE, path, [choice[0]], [str(choice[0])], info.get("crs") or "", "UTF-8")


def _kml(path: Path, layer: str | None) -> Source:
    """KML is WGS 84; every folder is read unless one is named. Entities and network links are refused unread."""
    _check_kml(path.read_bytes())
    names: list[str | None] = [name for name, _kind in _layers(path)]
    if layer:
        if layer not in names:
            listed = "、".join(str(name) for name in names)
            raise Refused("layer", _("没有图层“%(layer)s”，可选：%(names)s。") % {"layer": layer, "names": listed})
        names = [layer]
    if not names:
        raise Refused("file", _("图层中没有任何记录。"))
    return Source(KML, path, names, [str(name) for name in names], "EPSG:4326", "UTF-8")


def _check_kml(content: bytes) -> None:
    """Well-formed, root element kml, no document type, no entities, no network links."""
    seen: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if not seen and local != "kml":
            raise Refused("file", _("XML 文件不是 KML。"))
        if local in {"NetworkLink", "NetworkLinkControl"}:
            raise Refused("file", _("KML 内有网络链接（NetworkLink），已拒绝。"))
        seen.append(local)

    def refuse(*_args: Any) -> None:
        raise Refused("file", _("KML 内有文档类型或实体声明（DOCTYPE、ENTITY），已拒绝。"))

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except xml.parsers.expat.ExpatError as bad:
        raise Refused("file", _("KML 不是有效的 XML：%(why)s") % {"why": bad}) from bad
    if b"OGRVRTDataSource" in content:
        raise Refused("file", _("XML 文件不是 KML。"))


def _layers(path: Path) -> list[tuple[str, str | None]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as bad:
            raise Refused("file", _("文件损坏或内容有误，无法读取（%(why)s）。") % {"why": str(bad)[:200]}) from bad


def _info(path: Path, layer: str | None) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dict(pyogrio.read_info(path, layer=layer))
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.CRSError) as bad:
            raise Refused("file", _("文件损坏或内容有误，无法读取（%(why)s）。") % {"why": str(bad)[:200]}) from bad
