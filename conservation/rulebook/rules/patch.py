"""patch-class: machine class of a disturbance patch (扰动图斑合规性初判) by overlay with responsibility ranges.

A patch is a clue, never a violation: what is found here is “suspected” until somebody has been on the site.

Areas are taken in the CGCS2000 3° Gauss-Krüger zone of the patch's centroid. Coordinates that already are in such a zone are
measured as they are. The tests run in a fixed order; a schematic range can never yield an excess.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import Geometry, Number, Positive, arg

PatchClass = Literal[
    "compliant", "suspected_unapproved", "suspected_excess", "suspected_relocated", "schematic", "below_threshold"
]
TITLES = {
    "compliant": ("合规", "compliant"),
    "suspected_unapproved": ("疑似未批先建", "suspected built before approval"),
    "suspected_excess": ("疑似超出防治责任范围", "suspected excess of the range"),
    "suspected_relocated": ("疑似建设地点变更", "suspected change of place"),
    "schematic": ("已批（示意性范围，须人工判定）", "approved, schematic range: needs a person"),
    "below_threshold": ("小于最小图斑面积", "below the smallest patch"),
}
ZONES = range(4513, 4555)
"""EPSG codes of the CGCS2000 3° zones, with and without zone prefix."""
SHORTEST_LON, LONGEST_LON = 73.0, 136.0
SQUARE_METRES = 10_000


@dataclass(frozen=True, kw_only=True)
class PatchIn:
    geometry: Geometry = arg("图斑图形（单部件面）", "geometry, one part")
    industry: str | None = arg("行业类型", "industry", default=None)


@dataclass(frozen=True, kw_only=True)
class RangeIn:
    geometry: Geometry = arg("范围图形", "geometry")
    exact: bool = arg("确切范围（否则为示意性范围）", "exact, otherwise schematic")
    industry: str | None = arg("行业类型", "industry")
    valid_from: date = arg("有效自", "valid from")
    valid_to: date | None = arg("有效至", "valid to", default=None)
    has_patch: bool = arg("范围内已有图斑", "already contains a patch")


@dataclass(frozen=True, kw_only=True)
class PatchClassIn:
    patch: PatchIn = arg("图斑", "patch")
    ranges: tuple[RangeIn, ...] = arg("防治责任范围", "responsibility ranges", default=())
    image_date: date = arg("影像日期", "date of the image")
    pixel_m: Positive = arg("像元大小", "pixel", unit="m")
    crs: Annotated[int, Number(minimum=Decimal(1024), maximum=Decimal(32767))] = arg(
        "坐标系 EPSG 代码（所有图形）", "EPSG code of all geometries"
    )


@dataclass(frozen=True, kw_only=True)
class PatchClassOut:
    class_: PatchClass = arg("合规性", "class", key="class")
    area_ha: Decimal = arg("图斑面积", "area", unit="ha")
    excess_ha: Decimal | None = arg("范围外面积", "area outside the ranges", unit="ha")
    excess_beyond_tolerance_ha: Decimal | None = arg(
        "扣除影像误差后的范围外面积", "excess beyond tolerance", unit="ha"
    )
    range: int | None = arg(
        "所对应的范围（序号，自 0 起）", "index of the range it belongs to", default=None, omit=True
    )


@functools.lru_cache(maxsize=256)
def transformer(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@functools.lru_cache(maxsize=256)
def is_known_crs(code: int) -> bool:
    try:
        crs = pyproj.CRS.from_epsg(code)
    except pyproj.exceptions.CRSError:
        return False
    return len(crs.axis_info) == 2 and (crs.is_geographic or crs.is_projected)


def zone_epsg(longitude: float) -> int:
    """EPSG of the 3° zone without prefix whose central meridian is nearest."""
    return 4509 + min(max(math.floor((longitude + 1.5) / 3), 25), 45)


def read_shape(value: dict[str, Any], key: str) -> BaseGeometry:
    """GeoJSON to a valid, non-empty polygon; raises ``InputError``."""
    try:
        shape = shapely.geometry.shape(value)
        finite = bool(shapely.get_coordinates(shape).size) and math.isfinite(
            float(shapely.get_coordinates(shape).sum())
        )
    except (ValueError, TypeError, IndexError, AttributeError, KeyError, shapely.errors.ShapelyError):
        raise InputError(key, "图形坐标无法读取", "the coordinates cannot be read") from None
    if not finite or shape.is_empty or shape.area == 0:
        raise InputError(key, "图形为空或面积为零", "the geometry is empty or has no area")
    if not shape.is_valid:
        why = shapely.is_valid_reason(shape)
        raise InputError(key, f"图形无效：{why}", f"the geometry is not valid: {why}")
    return shapely.force_2d(shape)


def measuring_zone(patch: BaseGeometry, crs: int) -> int:
    """The CRS in which areas are taken."""
    if crs in ZONES:
        return crs
    centre = patch.centroid
    longitude, latitude = transformer(crs, 4490).transform(centre.x, centre.y)
    if not (math.isfinite(longitude) and SHORTEST_LON <= longitude <= LONGEST_LON and 0 <= latitude <= 60):
        raise InputError(
            "patch.geometry", "图斑不在中国的投影带内，请核对坐标系", "the patch lies outside the zones: check the CRS"
        )
    return zone_epsg(longitude)


def reproject(shape: BaseGeometry, source: int, target: int, key: str) -> BaseGeometry:
    if source == target:
        return shape
    convert = transformer(source, target)
    moved = shapely.transform(shape, lambda points: _columns(convert, points))
    if not math.isfinite(float(shapely.get_coordinates(moved).sum())):
        raise InputError(key, "坐标超出坐标系的范围", "the coordinates lie outside the CRS")
    return moved


def _columns(convert: pyproj.Transformer, points: Any) -> Any:
    easting, northing = convert.transform(points[:, 0], points[:, 1])
    points[:, 0], points[:, 1] = easting, northing
    return points


def hectares(area_m2: float) -> Decimal:
    """Square metres to hectares, four decimals."""
    return Decimal(repr(area_m2 / SQUARE_METRES)).quantize(Decimal("0.0001"), ROUND_HALF_UP) + 0


@dataclass(frozen=True)
class Limits:
    """Numbers of the test; lengths in metres, areas in hectares."""

    smallest_ha: Decimal
    tolerance_m: float
    tolerated_ha: Decimal
    search_m: float
    quad_segs: int
    epsilon_m2: float


def read_limits(params: Params, pixel: Decimal) -> Limits:
    number = params.number
    return Limits(
        smallest_ha=number("patch-class.minimum_area_ha"),
        tolerance_m=float(number("patch-class.tolerance_pixels") * pixel),
        tolerated_ha=number("patch-class.tolerated_excess_ha"),
        search_m=float(number("patch-class.search_m")),
        quad_segs=int(number("patch-class.quad_segs")),
        epsilon_m2=float(number("patch-class.overlap_epsilon_m2")),
    )


@dataclass(frozen=True)
class Candidate:
    index: int
    given: RangeIn
    shape: BaseGeometry


def candidates(given: PatchClassIn, zone: int) -> list[Candidate]:
    """The ranges valid on the image date, in the measuring zone."""
    found = []
    for index, one in enumerate(given.ranges):
        key = f"ranges[{index}]"
        if one.valid_to is not None and one.valid_to < one.valid_from:
            raise InputError(f"{key}.valid_to", "有效期止早于起", "valid_to lies before valid_from")
        shape = read_shape(one.geometry, f"{key}.geometry")
        if one.valid_from <= given.image_date and (one.valid_to is None or given.image_date <= one.valid_to):
            found.append(Candidate(index, one, reproject(shape, given.crs, zone, f"{key}.geometry")))
    return found


def largest_overlap(patch: BaseGeometry, among: list[Candidate]) -> Candidate:
    return max(among, key=lambda one: (patch.intersection(one.shape).area, -one.index))


def overlaps(patch: BaseGeometry, among: list[Candidate], limits: Limits) -> bool:
    return sum(patch.intersection(one.shape).area for one in among) > limits.epsilon_m2


def relocated_from(
    patch: BaseGeometry, industry: str | None, among: list[Candidate], limits: Limits
) -> Candidate | None:
    """The nearest range within the search distance that has no patch and whose industry does not contradict."""
    near = [
        one
        for one in among
        if not one.given.has_patch
        and (industry is None or one.given.industry is None or one.given.industry == industry)
        and patch.distance(one.shape) <= limits.search_m
    ]
    return min(near, key=lambda one: (patch.distance(one.shape), one.index)) if near else None


@rule(
    name="patch-class",
    title="图斑合规性初判",
    title_en="Class of a disturbance patch",
    summary="以图斑与影像日期有效的防治责任范围叠加，按固定次序初判合规性；图斑只是线索，须现场复核。",
    summary_en="Overlay of a patch with the ranges valid on the image date, tests in a fixed order; a clue, not a violation.",
    family="supervision",
    inputs=PatchClassIn,
    result=PatchClassOut,
    basis=(
        Basis("生产建设项目水土保持信息化监管技术规定（办水保〔2018〕17号）", "合规性分析", "unverified"),
        Basis("产品约定", "图斑叠加判定", "product"),
    ),
    tables=("parameters",),
    on_key="image_date",
    example={
        "patch": {"geometry": {"type": "Polygon", "coordinates": [[[500020, 4400020], [500120, 4400020],
                  [500120, 4400120], [500020, 4400120], [500020, 4400020]]]}},
        "ranges": [{"geometry": {"type": "Polygon", "coordinates": [[[500000, 4400000], [500200, 4400000],
                    [500200, 4400200], [500000, 4400200], [500000, 4400000]]]},
                    "exact": True, "industry": "公路", "valid_from": "2024-01-01", "has_patch": False}],
        "image_date": "2025-06-01", "pixel_m": 2, "crs": 4547,
    },
)  # fmt: skip
def patch_class(given: PatchClassIn, params: Params) -> Outcome:
    if not is_known_crs(given.crs):
        raise InputError("crs", f"未知的坐标系 EPSG:{given.crs}", f"unknown CRS EPSG:{given.crs}")
    shape = read_shape(given.patch.geometry, "patch.geometry")
    if shapely.get_num_geometries(shape) != 1:
        raise InputError("patch.geometry", "图斑应为单部件面", "a patch has one part")
    zone = measuring_zone(shape, given.crs)
    patch = reproject(shape, given.crs, zone, "patch.geometry")
    limits = read_limits(params, given.pixel_m)
    valid = candidates(given, zone)
    area = hectares(patch.area)
    head = Line(
        f"图斑面积 {area} ha（EPSG:{zone}）；影像日期 {given.image_date} 有效的范围 {len(valid)} 个，"
        f"位置容差 {limits.tolerance_m:g} m",
        f"patch {area} ha (EPSG:{zone}); {len(valid)} ranges valid on {given.image_date}, tolerance {limits.tolerance_m:g} m",
        mark="product",
    )
    if patch.area < float(limits.smallest_ha) * SQUARE_METRES:
        return conclude("below_threshold", area, None, None, None, (head,))
    return classify(patch, given.patch.industry, valid, limits, area, head)


def classify(
    patch: BaseGeometry, industry: str | None, valid: list[Candidate], limits: Limits, area: Decimal, head: Line
) -> Outcome:
    exact = [one for one in valid if one.given.exact]
    schematic = [one for one in valid if not one.given.exact]
    union = shapely.union_all([one.shape for one in exact])
    if patch.intersection(union).area > limits.epsilon_m2:
        excess = patch.difference(union).area
        beyond = patch.difference(union.buffer(limits.tolerance_m, quad_segs=limits.quad_segs)).area
        fits = beyond <= float(limits.tolerated_ha) * SQUARE_METRES
        best = largest_overlap(patch, exact)
        return conclude("compliant" if fits else "suspected_excess", area, excess, beyond, best.index, (head,))
    if overlaps(patch, schematic, limits):
        return conclude("schematic", area, None, None, largest_overlap(patch, schematic).index, (head,))
    near = relocated_from(patch, industry, valid, limits)
    outside = patch.difference(union).area
    beyond = patch.difference(union.buffer(limits.tolerance_m, quad_segs=limits.quad_segs)).area
    if near is not None:
        line = Line(
            f"与范围 {near.index} 相距 {patch.distance(near.shape):.2f} m，行业不矛盾且该范围内没有图斑",
            f"{patch.distance(near.shape):.2f} m from range {near.index}, whose industry does not contradict and which is empty",
            mark="product",
        )
        return conclude("suspected_relocated", area, outside, beyond, near.index, (head, line))
    return conclude("suspected_unapproved", area, outside, beyond, None, (head,))


def conclude(
    name: PatchClass,
    area: Decimal,
    excess: float | None,
    beyond: float | None,
    index: int | None,
    lines: tuple[Line, ...],
) -> Outcome:
    title, title_en = TITLES[name]
    excess_ha = None if excess is None else hectares(excess)
    beyond_ha = None if beyond is None else hectares(beyond)
    tail = "" if excess_ha is None else f"；范围外 {excess_ha} ha，扣除容差后 {beyond_ha} ha"
    tail_en = "" if excess_ha is None else f"; outside {excess_ha} ha, beyond tolerance {beyond_ha} ha"
    result = PatchClassOut(
        class_=name, area_ha=area, excess_ha=excess_ha, excess_beyond_tolerance_ha=beyond_ha, range=index
    )
    return Outcome(result, (*lines, Line(title + tail, title_en + tail_en, mark="product")))
