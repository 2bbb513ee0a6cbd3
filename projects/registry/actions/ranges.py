"""Acts on responsibility ranges (防治责任范围): read what was uploaded or drawn, check where it lies, keep the original."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import connection
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from conservation import clock
from conservation.documents import store
from conservation.errors import Faults, Forbidden, NotFound, Refused
from conservation.history.acting import acting
from conservation.regions import geo, vectorfiles
from conservation.regions.models import Division
from projects.registry import access
from projects.registry.models import Project, ResponsibilityRange

VECTOR_TYPES = ("zip", "geojson", "kml", "gpkg")
SHARE = Decimal("0.01")
LEAST_HA = Decimal("0.05")
"""Tolerance of an area: 1 % or 0.05 ha, the greater (upload checks of responsibility-range vectors)."""

# What lies in each county, and how much of that lies further than about 500 m (0.005°) from the stated counties: packaged
# boundaries are a display set, so what is nearer is told and not refused. The row without code is the whole geometry.
OVERLAPS_SQL = """
    WITH given AS (SELECT ST_SetSRID(ST_GeomFromWKB(%(geom)s), 4490) AS geom),
    near AS (
        SELECT coalesce(
            ST_Buffer(ST_Union(ST_Intersection(d.geom, ST_Expand(given.geom, 0.02))), 0.005),
            ST_SetSRID('POLYGON EMPTY'::geometry, 4490)) AS geom
        FROM regions_division d, given
        WHERE d.valid_to IS NULL AND d.code = ANY(%(stated)s) AND d.geom && ST_Expand(given.geom, 0.02)
    ),
    parts AS (
        SELECT d.code, d.full_name, ST_Intersection(d.geom, given.geom) AS geom
        FROM regions_division d, given
        WHERE d.valid_to IS NULL AND d.leaf AND ST_Intersects(d.geom, given.geom)
        UNION ALL SELECT '', '', given.geom FROM given
    )
    SELECT parts.code, parts.full_name, ST_Area(parts.geom::geography) / 10000,
        ST_Area(ST_Difference(parts.geom, near.geom)::geography) / 10000
    FROM parts, near ORDER BY parts.code
"""


def tolerance(area: Decimal) -> Decimal:
    """How far two areas (ha) may differ and still be called the same."""
    return max(area * SHARE, LEAST_HA)


@dataclass
class RangeCheck:
    """What was found of a geometry: geodesic ``area_ha``, ``notes`` worth telling, ``faults`` that refuse it."""

    area_ha: Decimal
    notes: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


@dataclass(frozen=True)
class Given:
    """A geometry as it was read, and where it came from."""

    geometry: shapely.MultiPolygon
    notes: list[str]
    source: str


def add_range(
    actor: Any,
    project_id: Any,
    *,
    geometry: Mapping[str, Any] | str | shapely.MultiPolygon | None = None,
    upload: Any = None,
    kind: str = "exact",
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | int | None = None,
    in_force_from: date | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> ResponsibilityRange:
    """Add a version of a project's range from a vector file (``upload``) or from GeoJSON drawn on the map.

    All features of a file together make the range. It is kept as a draft until a plan that names it is approved;
    ``in_force_from`` (ledger import) puts it in force at once. Raises ``Refused`` with key ``file``, ``crs``,
    ``layer`` or ``geometry``: no vector file, outside the stated counties, outside the authority's division.
    """
    moment = now or clock.now()
    if kind not in ResponsibilityRange.Kind.values:
        raise Refused("kind", _("范围类型应为 exact（防治责任范围）或 schematic（示意性范围）。"))
    _may_add(actor, project_id)
    given = read_given(geometry, upload, layer=layer, encoding=encoding, crs=crs)
    with acting(
        actor, "registry.add_range", Project.objects.all(), project_id, can=access.can, now=moment, reason=reason
    ) as act:
        project: Project = act.target
        checked = check_range(project, given.geometry, kind=kind)
        checked.faults.refuse()
        found = save_version(project, given, checked, kind, moment)
        found.document = _keep_original(actor, project, found, geometry, upload, given, moment)
        if found.document is not None:
            act.attach(found.document)
        found.save(update_fields=["document"])
        if in_force_from is not None:
            put_in_force(found, in_force_from)
        act.note(version=found.version, kind=kind, area_ha=str(found.area_ha), notes=found.notes)
    return found


def _may_add(actor: Any, project_id: Any) -> None:
    """Ask before a large file is read."""
    if actor is None:
        return
    project = access.visible_to(actor).filter(pk=project_id).first()
    if project is None:
        raise NotFound("id", _("没有这条记录，或您无权查看。"))
    if not access.can(actor, "add_range", project):
        raise Forbidden("actor", _("您没有为本项目提交防治责任范围的权限。"), rule="registry.add_range")


def read_given(
    geometry: Mapping[str, Any] | str | shapely.MultiPolygon | None,
    upload: Any,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | int | None = None,
) -> Given:
    """Read a vector file or GeoJSON into one multipolygon in EPSG:4490."""
    if isinstance(geometry, shapely.MultiPolygon):
        return Given(geometry, [], "import")
    if upload is None and geometry in (None, "", {}):
        raise Refused("file", _("请上传矢量文件，或在地图上绘制范围。"))
    if upload is not None:
        upload.seek(0)
        reading = vectorfiles.read(upload, upload.name or "range", layer=layer, encoding=encoding, crs=crs)
    else:
        text = geometry if isinstance(geometry, str) else json.dumps(geometry)
        reading = _read_drawn(text)
    return Given(*_whole(reading), source="file" if upload is not None else "drawn")


def _read_drawn(text: str) -> vectorfiles.Reading:
    try:
        json.loads(text)
        return vectorfiles.read(text.encode(), "drawn.geojson", crs=4490)
    except ValueError:
        raise Refused("geometry", _("绘制的范围无法读取，请重新绘制。")) from None
    except Refused as refused:
        raise Refused("geometry", str(refused)) from None


def _whole(reading: vectorfiles.Reading) -> tuple[shapely.MultiPolygon, list[str]]:
    """All features as one geometry; overlaps between them are counted once and told."""
    shapes = [feature.geometry for feature in reading]
    whole = geo.polygons_only(shapely.union_all(shapes))
    if whole.is_empty:
        raise Refused("geometry", _("文件中没有面状图形。"))
    notes = [note.message for note in reading.notes if "EPSG" in note.message or note.key == "crs"]
    notes += [_("第 %(row)d 行：%(what)s") % one for one in reading.repaired]
    parts, total = sum(geo.geodesic_area_ha(shape) for shape in shapes), geo.geodesic_area_ha(whole)
    if parts - total > max(total * 0.001, 0.001):
        notes.append(
            _("各组成部分面积之和 %(parts).4f hm² 大于总范围 %(total).4f hm²：部分之间有重叠，已按总范围计。")
            % {"parts": parts, "total": total}
        )
    return whole, notes


def check_range(project: Project, geometry: shapely.MultiPolygon, *, kind: str = "exact") -> RangeCheck:
    """Where a geometry lies and how large it is, against the project's record."""
    area = Decimal(str(geo.geodesic_area_ha(geometry))).quantize(Decimal("0.0001"))
    checked = RangeCheck(area)
    if not area:
        checked.faults.add("geometry", _("范围的面积为零。"))
        return checked
    _check_place(project, geometry, checked)
    land = project.permanent_ha + project.temporary_ha
    if kind == "exact" and land and abs(area - land) > tolerance(land):
        checked.notes.append(
            _("范围面积 %(area)s hm² 与登记的占地面积 %(land)s hm² 相差超过 1%% 或 0.05 hm²，请核对。")
            % {"area": area, "land": land}
        )
    return checked


def _check_place(project: Project, geometry: shapely.MultiPolygon, checked: RangeCheck) -> None:
    """Inside the stated counties, and inside the division of the authority that decides."""
    bounded = set(
        Division.objects.current().filter(code__in=project.counties, geom__isnull=False).values_list("code", flat=True)
    )
    if bounded != set(project.counties):
        checked.notes.append(_("所填县级区划没有全部边界，未能核对范围的位置。"))
        return
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS_SQL, {"geom": shapely.to_wkb(geometry), "stated": project.counties})
        rows = [(code, name, Decimal(str(area)), Decimal(str(far))) for code, name, area, far in cursor.fetchall()]
    whole_far = next(far for code, _name, _area, far in rows if not code)
    overlaps = [row for row in rows if row[0]]
    allowed = tolerance(checked.area_ha)
    for code, name, area, far in overlaps:
        if code not in project.counties and area > allowed:
            _tell_overlap(project, checked, code, name, area, far > allowed)
    nowhere = whole_far - sum((far for _code, _name, _area, far in overlaps), Decimal(0))
    if nowhere > allowed:
        text = _("范围有 %(area)s hm² 不在任何县级区划之内，请检查坐标系和坐标顺序。")
        checked.faults.add("geometry", text % {"area": nowhere.quantize(Decimal("0.01"))})


def _tell_overlap(project: Project, checked: RangeCheck, code: str, name: str, area: Decimal, far: bool) -> None:
    """A part in a county that the project does not state: a fault, or a note where it only crosses the border line."""
    values = {"area": area.quantize(Decimal("0.01")), "place": name, "authority": project.authority}
    if not far:
        checked.notes.append(_("范围有 %(area)s hm² 越过县界位于%(place)s 500 米之内，请核对所涉县。") % values)
    elif not code.startswith(project.authority.prefix):
        text = _("范围有 %(area)s hm² 位于%(place)s，不在%(authority)s的管辖区划之内。")
        checked.faults.add("geometry", text % values, _("水利部令第53号"))
    else:
        checked.faults.add("geometry", _("范围有 %(area)s hm² 位于%(place)s，该县不在项目所填的涉及县之内。") % values)


def save_version(
    project: Project, given: Given, checked: RangeCheck, kind: str, moment: datetime
) -> ResponsibilityRange:
    """Save the next version of a project's range as a draft; the project's row is locked by the act."""
    last = project.ranges.aggregate(last=Max("version"))["last"] or 0
    return ResponsibilityRange.objects.create(
        project=project,
        version=last + 1,
        kind=kind,
        source=given.source,
        geom=cast(MultiPolygon, GEOSGeometry(shapely.to_wkb(given.geometry, hex=True), srid=4490)),
        area_ha=checked.area_ha,
        notes=[*given.notes, *checked.notes],
        created_at=moment,
    )


def _keep_original(
    actor: Any,
    project: Project,
    found: ResponsibilityRange,
    geometry: Any,
    upload: Any,
    given: Given,
    moment: datetime,
) -> Any:
    """The file as it was sent, or what was drawn as GeoJSON."""
    title = _("防治责任范围矢量（第 %(version)d 版）") % {"version": found.version}
    if upload is not None:
        return store.save_upload(
            actor, upload, kind="range_vector", title=title, subject=project, now=moment, allow=VECTOR_TYPES
        )
    if given.source == "import":
        return None
    return store.save_bytes(
        actor,
        shapely.to_geojson(given.geometry).encode(),
        kind="range_vector",
        title=title,
        filename=f"range-{project.pk}-v{found.version}.geojson",
        media_type="application/geo+json",
        subject=project,
        generated=False,
        now=moment,
    )


def put_in_force(found: ResponsibilityRange, day: date) -> None:
    """Put a version in force from a day; the one of its kind before it ends."""
    held = ResponsibilityRange.objects.filter(project_id=found.project_id, kind=found.kind, state="in_force")
    for other in held.exclude(pk=found.pk):
        other.state = ResponsibilityRange.State.SUPERSEDED
        other.valid_to = max(day, other.valid_from or day)
        other.save(update_fields=["state", "valid_to"])
    found.state = ResponsibilityRange.State.IN_FORCE
    found.valid_from, found.valid_to = day, None
    found.save(update_fields=["state", "valid_from", "valid_to"])


def discard_range(actor: Any, project_id: Any, version: int, *, now: datetime | None = None, reason: str = "") -> None:
    """Take back a draft version that no plan names."""
    with acting(
        actor, "registry.add_range", Project.objects.all(), project_id, can=access.can, now=now, reason=reason
    ) as act:
        found = act.target.ranges.filter(version=version).first()
        if found is None or found.state != ResponsibilityRange.State.DRAFT:
            raise Refused("version", _("只有拟定中的范围可以撤回。"))
        try:
            found.delete()
        except ProtectedError:
            raise Refused("version", _("已有方案使用这一版范围，不能撤回。")) from None
        act.note(discarded=version)
