"""Bringing in the ranges an authority already has: one vector file, matched by project code or approval number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import shapely
from django.db import transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.errors import Fault, Forbidden, Refused
from conservation.history.acting import acting
from conservation.jobs.runner import Progress, Silent
from conservation.regions import geo, vectorfiles
from projects.registry import access
from projects.registry.actions.ranges import Given, check_range, put_in_force, save_version
from projects.registry.models import Project

CODE_NAMES = ("code", "project_code", "项目代码", "XMDM", "PRO_CODE", "投资项目代码")
NUMBER_NAMES = ("plan_number", "RP_NUM", "批准文号", "方案批准文号", "批复文号", "PFWH")
KIND_NAMES = ("VEC_TYPE", "kind", "范围类型", "矢量类型")
SCHEMATIC = ("schematic", "示意性范围", "示意")
MAPPABLE = ("code", "plan_number", "kind")


@dataclass
class Outcome:
    """What became of the rows of a file."""

    read: int = 0
    loaded: int = 0
    matched: int = 0
    unmatched: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    repaired: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class Group:
    """The rows of one project and kind."""

    project: Project
    kind: str
    rows: list[int] = field(default_factory=list)
    shapes: list[shapely.MultiPolygon] = field(default_factory=list)


def import_ranges(
    actor: Any,
    content: Any,
    filename: str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    crs: str | int | None = None,
    columns: Mapping[str, str] | None = None,
    kind: str = "exact",
    now: datetime | None = None,
    reason: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Import responsibility ranges. Rows of one project together make its range.

    Rows that match no project are named and left; a rejected row (bad geometry, outside its counties) refuses the whole
    file: nothing is written, and ``Refused.outcome`` holds the same keys. A range of a project with an approved plan comes into
    force on the day of approval, another stays a draft. ``columns`` maps ``code``, ``plan_number``, ``kind`` to columns.
    """
    moment, tell = now or clock.now(), progress or Silent()
    if actor is not None and not access.may_import_ranges(actor):
        raise Forbidden("actor", _("您没有导入防治责任范围的权限。"), rule="registry.import_ranges")
    wrong = set(columns or {}) - set(MAPPABLE)
    if wrong:
        raise Refused("map", _("只能对应这些字段：%(names)s。") % {"names": "、".join(MAPPABLE)})
    reading = vectorfiles.read(content, filename, layer=layer, encoding=encoding, crs=crs, refuse_rows=False)
    found = Outcome(read=reading.rows, repaired=reading.repaired)
    found.rejected = [{"row": fault.row, "reason": str(fault.message)} for fault in reading.rejected]
    groups = match(actor, reading, columns or {}, kind, found)
    with transaction.atomic():
        for at, group in enumerate(groups):
            if at % 50 == 0:
                tell(at, len(groups), _("核对并写入"))
            load(actor, group, moment, reason or filename, found)
        if found.rejected:
            found.loaded = 0
            raise refusal(found)
    return found.as_dict()


def refusal(found: Outcome) -> Refused:
    """The rejected rows as a refusal that still holds the whole outcome."""
    found.rejected.sort(key=lambda one: one["row"] or 0)
    refused = Refused.many(Fault("geometry", one["reason"], row=one["row"]) for one in found.rejected)
    refused.outcome = found.as_dict()  # type: ignore[attr-defined]
    return refused


def match(
    actor: Any, reading: vectorfiles.Reading, columns: Mapping[str, str], kind: str, found: Outcome
) -> list[Group]:
    """Rows by project: the project code counts first, then the approval number."""
    keys = [(one, *keys_of(one.properties, columns)) for one in reading]
    projects = Project.objects.all() if actor is None else access.visible_to(actor)
    held = projects.select_related("authority")
    by_code = {one.code: one for one in held.filter(code__in={code for _one, code, _number in keys if code})}
    by_number: dict[str, Project | None] = {}
    for one in held.filter(plan_number__in={number for _one, _code, number in keys if number}).order_by("id"):
        by_number[one.plan_number] = None if one.plan_number in by_number else one
    groups: dict[tuple[int, str], Group] = {}
    for feature, code, number in keys:
        project = by_code.get(code) or by_number.get(number)
        if project is None:
            found.unmatched.append({"row": feature.row, "key": code or number or ""})
            continue
        found.matched += 1
        text = str(pick(feature.properties, columns.get("kind"), KIND_NAMES) or "")
        its_kind = "schematic" if text in SCHEMATIC else kind
        group = groups.setdefault((project.pk, its_kind), Group(project, its_kind))
        group.rows.append(feature.row)
        group.shapes.append(feature.geometry)
    return list(groups.values())


def keys_of(properties: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[str, str]:
    code = pick(properties, columns.get("code"), CODE_NAMES)
    number = pick(properties, columns.get("plan_number"), NUMBER_NAMES)
    return str(code or "").strip(), str(number or "").strip()


def pick(properties: Mapping[str, Any], column: str | None, names: tuple[str, ...]) -> Any:
    """The value of the named column, else of the first usual name that the file has."""
    if column:
        return properties.get(column)
    return next((properties[name] for name in names if properties.get(name)), None)


def load(actor: Any, group: Group, moment: datetime, reason: str, found: Outcome) -> None:
    """Check and save the range of one project; faults are named at its rows."""
    whole = geo.polygons_only(shapely.union_all(group.shapes))
    checked = check_range(group.project, whole, kind=group.kind)
    if checked.faults.found:
        text = "；".join(str(fault.message) for fault in checked.faults.found)
        found.rejected += [{"row": row, "reason": text} for row in group.rows]
        return
    if found.rejected:
        return
    with acting(
        actor, "registry.import_ranges", Project.objects.all(), group.project.pk, now=moment, reason=reason
    ) as act:
        saved = save_version(act.target, Given(whole, [], "import"), checked, group.kind, moment)
        if act.target.plan_approved_on:
            put_in_force(saved, act.target.plan_approved_on)
        act.note(version=saved.version, kind=group.kind, area_ha=str(saved.area_ha), rows=group.rows[:200])
    found.loaded += len(group.rows)
