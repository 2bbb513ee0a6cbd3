"""Acts on a project's record: register it, correct it, make one for works found in the field, name its unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.access import areas_of, holds_for_unit, scope_of
from conservation.accounts.models import Unit
from conservation.accounts.roles import FILER
from conservation.errors import Faults, NotFound, Refused
from conservation.history.acting import acting, creating
from conservation.rulebook.registry import decide
from projects.registry import access, intake, reviewing
from projects.registry.models import Project
from projects.registry.queries import competent_authority


def register(actor: Any, data: Mapping[str, Any], *, now: datetime | None = None, reason: str = "") -> Project:
    """Register a project (项目登记) for a unit.

    ``data``: the columns of ``intake.COLUMNS`` and ``unit`` (id; may be left out by a person who files for one unit
    only). Areas in ha, earthwork in m³. Raises ``Refused`` naming every field at fault.
    """
    moment = now or clock.now()
    faults = Faults()
    places = intake.Places.of(intake.split_codes(data.get("counties")))
    values = intake.read(data, places, faults)
    unit = unit_of(actor, data.get("unit"), faults)
    check_code_is_free(values, faults)
    faults.refuse()
    project = Project(**values, unit=unit, areas=areas_of(values["counties"]), created_at=moment)
    project.authority = competent_authority(project.approval_level, project.counties)
    with creating(actor, "registry.register", can=access.can, within=project, now=moment, reason=reason) as act:
        project.save(force_insert=True)
        act.target = project
        act.note(code=project.code or "", name=project.name, authority=project.authority.name)
    return project


def unit_of(actor: Any, given: Any, faults: Faults) -> Unit | None:
    """The unit a project is registered for, its credit code checked."""
    own = scope_of(actor).unit_roles.get(FILER, frozenset())
    if given in (None, "") and len(own) == 1:
        given = next(iter(own))
    try:
        unit = Unit.objects.filter(pk=int(getattr(given, "pk", given))).first()
    except (TypeError, ValueError):
        unit = None
    if unit is None:
        faults.add("unit", _("请选择生产建设单位。"))
        return None
    check_credit_code(unit.uscc, faults, "unit")
    return unit


def check_credit_code(uscc: str | None, faults: Faults, key: str, row: int | None = None) -> None:
    """The credit code of a unit, where it has one (GB 32100-2015)."""
    if not uscc:
        return
    answer = decide("credit-code", {"code": uscc}).result
    if not answer["valid"]:
        faults.add(
            key,
            _("统一社会信用代码“%(code)s”不正确：%(why)s") % {"code": uscc, "why": answer.get("reason") or ""},
            "credit-code",
            row=row,
        )


def check_code_is_free(values: Mapping[str, Any], faults: Faults, but: Any = None) -> None:
    code = values.get("code")
    if code and Project.objects.filter(code=code).exclude(pk=but).exists():
        faults.add("code", _("项目代码“%(code)s”已经登记过。") % {"code": code}, "GB/T 40058-2021")


def update(
    actor: Any, project_id: Any, data: Mapping[str, Any], *, now: datetime | None = None, reason: str = ""
) -> Project:
    """Correct a project's record; only what ``data`` gives is changed. Changed fields stand in the history event.

    Before a plan is approved the unit may change everything; afterwards the counties and the approval level, on which
    the competence of the authority rests, stay. While a plan is under review the unit also leaves the sizes alone.
    """
    with acting(
        actor, "registry.update", Project.objects.all(), project_id, can=access.can, now=now, reason=reason
    ) as act:
        project: Project = act.target
        faults = Faults()
        places = intake.Places.of(intake.split_codes(data.get("counties")))
        values = intake.read(data, places, faults, partial=True)
        check_code_is_free(values, faults, but=project.pk)
        changed = {key: value for key, value in values.items() if getattr(project, key) != value}
        refuse_settled(project, changed, faults)
        refuse_moving_away(actor, project, changed, faults)
        refuse_under_review(actor, project, changed, faults)
        faults.refuse()
        for key, value in changed.items():
            setattr(project, key, value)
        check_whole(project)
        if {"counties", "approval_level"} & changed.keys():
            project.areas = areas_of(project.counties)
            project.authority = competent_authority(project.approval_level, project.counties)
        act.note(changed={key: str(value) for key, value in changed.items()})
    return project


def refuse_settled(project: Project, changed: Mapping[str, Any], faults: Faults) -> None:
    """After approval the authority's competence is settled."""
    if not project.plan_number:
        return
    for key in ("counties", "approval_level"):
        if key in changed:
            faults.add(
                key,
                _("方案已经批准，“%(title)s”不能再改；如有变化请办理方案变更。") % {"title": intake.BY_KEY[key].title},
            )


def refuse_moving_away(actor: Any, project: Project, changed: Mapping[str, Any], faults: Faults) -> None:
    """Works that have begun, or were found in the field, are not carried out of sight by their own unit."""
    begun = project.state != "registered" or project.source == "field"
    if project.plan_number or not begun or not holds_for_unit(actor, project.unit_id, FILER):
        return
    for key in ("counties", "approval_level"):
        if key in changed:
            text = _("项目已经开工或由现场建档，“%(title)s”由主管部门更正。")
            faults.add(key, text % {"title": intake.BY_KEY[key].title})


REVIEWED = ("counties", "approval_level", "permanent_ha", "temporary_ha", "excavation_m3", "fill_m3")
"""What the competence of the authority and the kind of plan rest on."""


def refuse_under_review(actor: Any, project: Project, changed: Mapping[str, Any], faults: Faults) -> None:
    """While the authority reviews a plan, the unit does not change what the review rests on."""
    held = [key for key in REVIEWED if key in changed and key not in {fault.key for fault in faults.found}]
    if not held or not holds_for_unit(actor, project.unit_id, FILER) or not reviewing.under_review(project.pk):
        return
    for key in held:
        text = _("方案正在审批，“%(title)s”不能改；请先撤回申报，或待审批部门退回补正。")
        faults.add(key, text % {"title": intake.BY_KEY[key].title})


def check_whole(project: Project) -> None:
    """What the columns of the corrected record say together."""
    faults = Faults()
    intake.check_together({column.key: getattr(project, column.key) for column in intake.COLUMNS}, faults)
    faults.refuse()


def create_from_field(
    actor: Any,
    *,
    name: str,
    counties: Sequence[str],
    type_no: int,
    unit: Unit | None = None,
    approval_level: str = "county",
    started_on: date | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Project:
    """Make a project for works that were found in the field and stand in no ledger (现场建档).

    Sizes are not known yet and stand at zero; the unit may be found later (``name_unit``). With ``started_on`` the
    project stands as under construction from that day.
    """
    moment = now or clock.now()
    faults = Faults()
    given = {"name": name, "counties": list(counties), "type_no": type_no, "approval_level": approval_level}
    values = intake.read(given, intake.Places.of(counties), faults, partial=True)
    for key in given:
        if key not in values and key not in {fault.key for fault in faults.found}:
            faults.add(key, _("缺少“%(title)s”。") % {"title": intake.BY_KEY[key].title})
    faults.refuse()
    sizes = dict.fromkeys(("permanent_ha", "temporary_ha", "excavation_m3", "fill_m3"), 0)
    project = Project(
        **values, **sizes, unit=unit, areas=areas_of(values["counties"]), source="field", created_at=moment
    )
    project.authority = competent_authority(project.approval_level, project.counties)
    with creating(
        actor, "registry.create_from_field", can=access.can, within=project, now=moment, reason=reason
    ) as act:
        project.save(force_insert=True)
        if started_on is not None:
            act.target = project
            act.from_state = project.state
            act.move("start")
            project.started_on = started_on
            project.save()
        act.target = project
        act.note(name=project.name, unit=unit.name if unit else "", started_on=str(started_on or ""))
    return project


def name_unit(actor: Any, project_id: Any, unit: Unit, *, now: datetime | None = None, reason: str = "") -> Project:
    """Name the responsible unit of a project that had none (查明生产建设单位)."""
    if unit is None:
        raise NotFound("unit", _("没有这个单位。"))
    with acting(
        actor, "registry.name_unit", Project.objects.all(), project_id, can=access.can, now=now, reason=reason
    ) as act:
        project: Project = act.target
        if project.unit_id is not None and project.unit_id != unit.pk:
            raise Refused("unit", _("项目已有生产建设单位“%(unit)s”。") % {"unit": project.unit})
        project.unit = unit
        act.note(unit=unit.name, uscc=unit.uscc or "")
    return project
