"""Import of patches from a vector file: everything is checked first, all or nothing is loaded (图斑入库)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from json import dumps
from typing import Any

import numpy as np
import shapely
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from conservation.accounts.access import areas_of
from conservation.documents import store
from conservation.documents.models import Document
from conservation.errors import Conflict, Fault, Faults, Refused
from conservation.history.acting import Acting, acting, allow
from conservation.jobs import runner
from conservation.jobs.models import Run
from conservation.regions import geo, vectorfiles
from projects.registry.access import visible_to as visible_projects
from projects.registry.models import Project
from supervision.patches import access, attributes
from supervision.patches.actions.rounds import class_in
from supervision.patches.models import Import, Patch, Round
from supervision.patches.placing import Placed, place

FILE_TYPES = ("zip", "geojson", "kml", "gpkg")
KEPT = 1000
"""Notes and repairs kept with the import, at most."""
OPTIONS = ("filename", "layer", "encoding", "crs", "map")
Tell = Callable[[int, int, str], None]


@dataclass
class Batch:
    """A file that passed: one entry per row in each list."""

    reading: vectorfiles.Reading
    rows: list[int] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    geoms: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    codes: list[str] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def start_import(
    actor: Any, round_id: Any, upload: Any, options: Mapping[str, Any], *, now: datetime | None = None
) -> Run:
    """Keep an uploaded file with its hash and queue its import; refused at once when it was loaded before."""
    round_ = _round(actor, round_id)
    document = store.save_upload(
        actor, upload, kind="patch_vector", title=_("图斑矢量文件"), subject=round_, allow=FILE_TYPES, now=now
    )
    refuse_known(round_, document.sha256)
    arguments = {"round_id": round_.pk, "document": str(document.pk), "actor": actor.pk, "options": _options(options)}
    return runner.start(actor, "patches.import", arguments, now=now)


def import_file(
    actor: Any,
    round_id: Any,
    content: Document | bytes,
    options: Mapping[str, Any] | None = None,
    progress: Tell | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Load a vector file into a round and class the round anew.

    ``options``: filename, layer, encoding, crs, map (FIELD → COLUMN). Raises ``Refused`` with every bad row; then the
    database is as before. Returns the keys of the command ``import_patches``.
    """
    given = _options(options or {})
    round_ = _round(actor, round_id)
    data = store.read(content) if isinstance(content, Document) else content
    filename = given.pop("filename", "") or (content.filename if isinstance(content, Document) else "patches")
    sha256 = hashlib.sha256(data).hexdigest()
    refuse_known(round_, sha256)
    tell = progress or (lambda done, total, step: None)
    tell(0, 0, _("读取文件"))
    reading = vectorfiles.read(
        data, filename, layer=given.get("layer") or None, encoding=given.get("encoding") or None,
        crs=given.get("crs") or None, refuse_rows=False,
    )  # fmt: skip
    tell(0, reading.rows, _("检查属性与位置"))
    batch = check(round_, reading, given.get("map"))
    tell(0, reading.rows, _("入库并判别"))
    with acting(
        actor, "patches.import_file", _rounds(actor), round_id, can=access.can_round, now=now, reason=reason
    ) as act:
        refuse_known(act.target, sha256)
        refuse_taken(act.target, batch)
        unmatched = name_projects(actor, batch)
        document = content if isinstance(content, Document) else _keep(act, data, filename)
        source = Import.objects.create(
            round=act.target, document=document, sha256=sha256, options=given, rows=reading.rows,
            loaded=len(batch.rows), repaired=reading.repaired[:KEPT],
            notes=[note.as_dict() for note in batch.notes[:KEPT]], by=actor, created_at=act.now,
        )  # fmt: skip
        insert(act.target, source, batch, act)
        report = class_in(act, progress)
        act.attach(document)
        act.note(file=filename, rows=reading.rows, loaded=len(batch.rows))
    return {
        "read": reading.rows,
        "loaded": len(batch.rows),
        "matched": matched(source),
        "unmatched": unmatched,
        "rejected": [],
        "repaired": reading.repaired,
        "notes": [{"row": note.row, "key": note.key, "message": note.message} for note in batch.notes],
        "classes": report.classes,
        "import": source.pk,
        "round": round_.pk,
    }


def name_projects(actor: Any, batch: Batch) -> list[dict[str, Any]]:
    """Find the projects that rows name by code, plan number or name, among those the importer may see.

    What is not known to the importer, or not unique, is listed.
    """
    texts = {values["project"] for values in batch.values if values["project"]}
    found: dict[str, set[int]] = {}
    if texts:
        wanted = sorted(texts)
        known = Project.objects.all() if actor is None else visible_projects(actor)
        named = known.filter(Q(code__in=wanted) | Q(plan_number__in=wanted) | Q(name__in=wanted)).order_by("pk")
        for project in named:
            for text in (project.code, project.plan_number, project.name):
                if text in texts:
                    found.setdefault(str(text), set()).add(project.pk)
    unmatched = []
    for row, values in zip(batch.rows, batch.values, strict=True):
        ids = found.get(values["project"], set())
        values["project_id"] = next(iter(ids)) if len(ids) == 1 else None
        if values["project"] and len(ids) != 1:
            unmatched.append({"row": row, "key": values["project"]})
    return unmatched


def matched(source: Import) -> int:
    """How many of a file's patches were attached to a project by overlay."""
    return Patch.objects.filter(source=source, project__isnull=False).count()


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [key for key in options if key not in OPTIONS]
    if unknown:
        raise Refused(unknown[0], _("不认识的参数：%(name)s") % {"name": unknown[0]})
    return {key: value for key, value in options.items() if value not in (None, "", {})}


def _rounds(actor: Any) -> Any:
    return Round.objects.all() if actor is None else access.rounds_visible_to(actor)


def _round(actor: Any, round_id: Any) -> Round:
    round_ = _rounds(actor).select_related("authority").filter(pk=round_id).first()
    if round_ is None:
        raise Refused("round", _("没有这个期次，或您无权查看。"))
    allow(actor, "patches.import_file", round_, access.can_round)
    if round_.state == "closed":
        raise Conflict("round", _("本期已结束，不能再入库。"))
    return round_


def refuse_known(round_: Round, sha256: str) -> None:
    known = Import.objects.filter(round=round_, sha256=sha256).first()
    if known is not None:
        raise Conflict(
            "file", _("同一个文件已于 %(day)s 入库（%(count)d 个图斑），没有重复载入。")
            % {"day": f"{known.created_at:%Y-%m-%d}", "count": known.loaded},
        )  # fmt: skip


def refuse_taken(round_: Round, batch: Batch) -> None:
    """Refuse numbers that the round already has."""
    rows = {values["number"]: row for row, values in zip(batch.rows, batch.values, strict=True)}
    taken = Patch.objects.filter(round=round_, number__in=list(rows)).values_list("number", flat=True)
    faults = [
        Fault("QDNM", _("图斑编号 %(number)s 在本期已经存在。") % {"number": number}, row=rows[number])
        for number in taken.order_by("number")
    ]
    if faults:
        raise Refused.many(faults)


def _keep(act: Acting, data: bytes, filename: str) -> Document:
    return store.save_bytes(
        act.actor, data, kind="patch_vector", title=_("图斑矢量文件"), filename=filename,
        media_type="application/octet-stream", subject=act.target, generated=False, now=act.now,
    )  # fmt: skip


def check(round_: Round, reading: vectorfiles.Reading, mapping: Mapping[str, str] | None) -> Batch:
    """Check every row of a file; raises ``Refused`` with all faults of all rows."""
    faults = Faults(list(reading.rejected))
    batch = Batch(reading, notes=list(reading.notes))
    if reading.features:
        columns = attributes.columns_of(list(reading.features[0].properties), mapping)
        read_rows(attributes.Reader(columns, faults), reading, batch, faults)
        check_places(round_, batch, faults)
    if not batch.rows and not faults.found:
        raise Refused("file", _("文件中没有图斑。"))
    faults.found.sort(key=lambda fault: fault.row or 0)
    faults.refuse()
    return batch


def read_rows(reader: attributes.Reader, reading: vectorfiles.Reading, batch: Batch, faults: Faults) -> None:
    """Attributes, numbers that occur twice, shapes of several parts, stated areas."""
    geoms = np.empty(len(reading.features), object)
    geoms[:] = [feature.geometry for feature in reading.features]
    parts = shapely.get_num_geometries(geoms)
    areas = geo.areas_ha_3deg(geoms)
    first: dict[str, int] = {}
    for at, feature in enumerate(reading.features):
        values = reader.row(feature.row, feature.properties)
        number = values["number"]
        if number and first.setdefault(number, feature.row) != feature.row:
            faults.add(
                "QDNM", _("图斑编号 %(number)s 与第 %(row)d 行重复。") % {"number": number, "row": first[number]},
                row=feature.row,
            )  # fmt: skip
        if parts[at] != 1:
            faults.add(
                "geometry",
                _("图斑由 %(count)d 个面组成，须是一个面：请先分割。") % {"count": parts[at]},
                row=feature.row,
            )
        note = attributes.area_note(feature.row, values["area"], float(areas[at]))
        if note is not None:
            batch.notes.append(note)
        batch.rows.append(feature.row)
        batch.values.append(values | {"area": float(areas[at])})
    batch.geoms = geoms


def check_places(round_: Round, batch: Batch, faults: Faults) -> None:
    """Put each patch into its county; outside the authority's division it is refused, naming where it lies."""
    prefix = round_.authority.prefix
    placed = place(batch.geoms, prefix)
    batch.codes = placed.codes
    for at, row in enumerate(batch.rows):
        code = placed.codes[at]
        if not code or not code.startswith(prefix):
            faults.add("geometry", _outside(round_, placed, code), row=row)
            continue
        stated = batch.values[at]["county"]
        if placed.nearly[at]:
            batch.notes.append(Fault("geometry", _("图斑在辖区界线附近，按最近的%(name)s入库。") % {
                "name": placed.name(code)}, row=row))  # fmt: skip
        elif stated and not code.startswith(stated[:6].rstrip("0") or code):
            batch.notes.append(Fault("XZQDM", _("填报的行政区划 %(stated)s 与图形所在的%(name)s（%(code)s）不符，以图形为准。") % {
                "stated": stated[:12], "name": placed.name(code), "code": code}, row=row))  # fmt: skip


def _outside(round_: Round, placed: Placed, code: str) -> str:
    if not code:
        return _("图斑不在任何已知的行政区划内。")
    return _("图斑位于%(name)s（%(code)s），不在%(authority)s的辖区内。") % {
        "name": placed.name(code), "code": code, "authority": round_.authority.name}  # fmt: skip


STAGE_SQL = """
    CREATE TEMP TABLE patches_stage (
        number varchar(30), geom geometry(MultiPolygon, 4490), area_ha numeric(12,4), county_code varchar(6), areas varchar(6)[],
        industry smallint, kind varchar(16), change varchar(8), address varchar(100), focus boolean, attributes jsonb, project_id bigint
    ) ON COMMIT DROP
"""
INSERT_SQL = """
    INSERT INTO patches_patch (round_id, source_id, number, geom, area_ha, county_code, areas, industry, kind, change, address,
        focus, attributes, project_id, linked_by_id, linked_at, klass, finding, state, created_at)
    SELECT %(round)s, %(source)s, number, geom, area_ha, county_code, areas, industry, kind, change, address, focus, attributes,
        project_id, CASE WHEN project_id IS NULL THEN NULL ELSE %(actor)s::bigint END,
        CASE WHEN project_id IS NULL THEN NULL ELSE %(now)s::timestamptz END, '', '', 'extracted', %(now)s
    FROM patches_stage ORDER BY county_code, number
"""


def insert(round_: Round, source: Import, batch: Batch, act: Acting) -> None:
    """COPY into a staging table, then one INSERT."""
    blobs = shapely.to_wkb(shapely.set_srid(batch.geoms, geo.CGCS2000), hex=True, include_srid=True)
    areas = {code: areas_of([code]) for code in set(batch.codes)}
    with connection.cursor() as cursor:
        cursor.execute(STAGE_SQL)
        with cursor.copy("COPY patches_stage FROM STDIN") as copy:
            for blob, code, values in zip(blobs.tolist(), batch.codes, batch.values, strict=True):
                copy.write_row((
                    values["number"], blob, round(values["area"], 4), code, areas[code], values["industry"], values["kind"],
                    values["change"], values["address"], values["focus"], dumps(values["attributes"], ensure_ascii=False),
                    values["project_id"],
                ))  # fmt: skip
        who = getattr(act.actor, "pk", None)
        cursor.execute(INSERT_SQL, {"round": round_.pk, "source": source.pk, "actor": who, "now": act.now})
        cursor.execute("DROP TABLE patches_stage")
