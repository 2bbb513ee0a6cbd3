"""Acts of the unit: begin a filing, fill it in, attach files, submit it, take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.deadlines import actions as deadlines
from conservation.documents import store
from conservation.documents.models import Document
from conservation.errors import Conflict, Faults, NotFound, Refused
from conservation.history.acting import Acting, creating
from conservation.rulebook import store as decisions
from projects.plans import access, attachments, characteristics, checks, prefill
from projects.plans.actions.common import on_plan, tell_authority, tell_unit
from projects.plans.models import Plan
from projects.plans.states import EDITABLE
from projects.registry import actions as registry
from projects.registry.access import visible_to as visible_projects
from projects.registry.intake import day_of
from projects.registry.models import Project
from projects.registry.queries import competent_authority

MOST_SITES = 200
LONGEST = 4000
PART_TYPES = ("pdf", "jpg", "png", "zip", "docx")
TEXTS = {"published_url": 300, "committed_by": 60, "expert_name": 60}


def create_draft(
    actor: Any, project_id: Any, *, purpose: str = "new", now: datetime | None = None, reason: str = ""
) -> Plan:
    """Begin a filing for a project, filled with what the portal already knows. One open filing a project."""
    moment = now or clock.now()
    projects = Project.objects.all() if actor is None else visible_projects(actor)
    project = projects.select_related("unit", "authority").filter(pk=project_id).first()
    if project is None:
        raise NotFound("project", _("没有这条记录，或您无权查看。"))
    if project.unit is None:
        raise Refused("project", _("项目的生产建设单位尚未查明，不能申报方案。"))
    if purpose not in Plan.Purpose.values:
        raise Refused("purpose", _("申报类型不正确。"))
    with creating(actor, "plans.create_draft", can=access.can, within=project, now=moment, reason=reason) as act:
        plan = Plan(
            project=project,
            purpose=purpose,
            unit=project.unit,
            authority=project.authority,
            areas=project.areas,
            form_version=characteristics.version_on(act.today),
            range=prefill.newest_range(project),
            fields=prefill.fields(project),
            created_at=moment,
        )
        try:
            with transaction.atomic():
                plan.save(force_insert=True)
        except IntegrityError:
            raise Conflict("project", _("这个项目已有一件在办的方案申报。")) from None
        act.target = plan
        act.note(project=project.pk, name=project.name)
    return plan


def save_draft(
    actor: Any, plan_id: Any, data: Mapping[str, Any], *, now: datetime | None = None, reason: str = ""
) -> Plan:
    """Save what was filled in so far; whether it is right is asked at submission.

    ``data``: ``fields`` (key → value), ``spoil_sites`` (list), ``range`` (id of a range of the project),
    ``published_on``, ``published_url``, ``committed_by``, ``expert_name``; what is left out stays.
    """
    with on_plan(actor, "save_draft", plan_id, now, reason) as act:
        plan: Plan = act.target
        need_editable(act)
        faults = Faults()
        write(plan, data, faults)
        faults.refuse()
        act.note(saved=sorted(data))
    return plan


def need_editable(act: Acting) -> None:
    if act.target.state not in EDITABLE:
        raise Conflict(
            "state",
            _("当前状态“%(state)s”的申报不能修改。") % {"state": act.target.STATES.label(act.target.state)},
            rule=act.target.STATES.name,
        )


def write(plan: Plan, data: Mapping[str, Any], faults: Faults) -> None:
    """Put what was filled in on the filing."""
    if "fields" in data:
        plan.fields = {**plan.fields, **clean_fields(data["fields"], faults), **prefill.automatic(plan.project)}
    if "spoil_sites" in data:
        plan.spoil_sites = clean_sites(data["spoil_sites"], faults)
    if "range" in data:
        plan.range = range_of(plan, data["range"], faults)
    if "published_on" in data:
        given = data["published_on"]
        plan.published_on = day_of(given) if given else None
        if given and plan.published_on is None:
            faults.add("published_on", _("不是日期，应写作 2026-05-04。"))
    for key, length in TEXTS.items():
        if key in data:
            setattr(plan, key, str(data[key] or "").strip()[:length])


def clean_fields(given: Any, faults: Faults) -> dict[str, str]:
    """Known fields as texts; unknown ones are named."""
    if not isinstance(given, Mapping):
        faults.add("fields", _("特性表应为字段到值的对照。"))
        return {}
    found: dict[str, str] = {}
    for key, value in given.items():
        if key not in characteristics.BY_KEY:
            faults.add(str(key)[:80], _("特性表没有字段“%(key)s”。") % {"key": str(key)[:80]})
            continue
        text = "" if value is None else str(value).strip()
        if len(text) > LONGEST or "\0" in text:
            faults.add(key, _("“%(label)s”过长或含有无法保存的字符。") % {"label": characteristics.BY_KEY[key].label})
            continue
        found[key] = text
    return found


def clean_sites(given: Any, faults: Faults) -> list[dict[str, str]]:
    """Spoil sites as texts; empty rows fall away."""
    if not isinstance(given, list) or len(given) > MOST_SITES or not all(isinstance(one, Mapping) for one in given):
        faults.add("spoil_sites", _("弃渣场清单的格式不正确。"))
        return []
    keys = ("name", "volume_10k_m3", "height_m", "harm", "lon", "lat")
    rows = [
        {key: str(one.get(key) if one.get(key) is not None else "").replace("\0", "").strip()[:80] for key in keys}
        for one in given
    ]
    return [row for row in rows if any(row[key] for key in keys if key != "harm")]


def range_of(plan: Plan, given: Any, faults: Faults) -> Any:
    """A range of this filing's project."""
    if given in (None, ""):
        return None
    try:
        found = plan.project.ranges.filter(pk=int(getattr(given, "pk", given))).first()
    except (TypeError, ValueError):
        found = None
    if found is None:
        faults.add("range", _("项目没有这一版防治责任范围。"))
    return found


def attach(
    actor: Any,
    plan_id: Any,
    upload: Any,
    *,
    covers: Iterable[str],
    title: str = "",
    now: datetime | None = None,
    reason: str = "",
) -> Document:
    """Attach a file that covers one or several parts (text, annexes, drawings; codes of ``attachments``)."""
    codes = list(dict.fromkeys(covers))
    unknown = [code for code in codes if code not in attachments.BY_CODE]
    if unknown or not codes:
        raise Refused("covers", _("请选择文件属于哪些附件。"))
    with on_plan(actor, "attach", plan_id, now, reason) as act:
        need_editable(act)
        label = title.strip() or "、".join(f"{code} {attachments.BY_CODE[code].label}" for code in codes)
        document = store.save_upload(
            actor, upload, kind="plan_part", title=label, subject=act.target, now=act.now, allow=PART_TYPES,
            facts={"covers": codes},
        )  # fmt: skip
        act.attach(document)
        act.note(covers=codes, title=document.title)
    return document


def submit(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Submit a filing (报送): all checks are run and every fault is named where it stands.

    A project below the thresholds needs no plan: the filing is closed as not required, with the reasoning kept.
    Otherwise timer T01 (one-time correction notice within 5 working days) begins at the authority.
    """
    with on_plan(actor, "submit", plan_id, now, reason) as act:
        plan: Plan = act.target
        plan.STATES.find(plan.state, "submit")
        checked = checks.check(plan, on=act.today)
        checked.faults.refuse()
        assert checked.decision is not None
        plan.kind = checked.kind
        plan.form_version = characteristics.version_on(act.today)
        plan.kind_decision = decisions.store(
            checked.decision, subject_type="plan", subject_id=plan.pk, by=actor, at=act.now
        )
        if plan.kind == "none":
            close_as_not_required(act)
            return plan
        again = plan.state == "correction"
        act.move("submit")
        plan.spoil_sites = checked.sites
        plan.authority = competent_authority(plan.project.approval_level, plan.project.counties)
        plan.areas = plan.project.areas
        plan.submitted_at = act.now
        deadlines.start("T01", plan, at=act.now, authority=plan.authority)
        act.note(kind=plan.kind, form_version=plan.form_version, again=again, hints=len(checked.hints))
        tell_authority(plan, _("收到水土保持方案申报：%(name)s") % {"name": plan.project.name}, now=act.now)
        act.publish("plan.submitted", plan=plan.pk, project=plan.project_id, kind=plan.kind)
    return plan


def close_as_not_required(act: Acting) -> None:
    """Below the thresholds: no plan, but the duty to prevent soil loss stays."""
    plan: Plan = act.target
    corrected = plan.state == "correction"
    act.move("close_as_not_required")
    deadlines.stop_all(plan, at=act.now)
    registry.plan_not_required(plan.project, actor=act.actor, now=act.now)
    act.note(kind="none")
    text = _("项目规模低于编报限值，不需编报水土保持方案，仍应按技术标准防治水土流失。")
    tell_unit(
        plan, _("不需编报水土保持方案：%(name)s") % {"name": plan.project.name}, text, now=act.now, kind="result"
    )
    if corrected:
        tell_authority(plan, _("补正后不需编报方案，申报已办结：%(name)s") % {"name": plan.project.name}, now=act.now)


def withdraw(actor: Any, plan_id: Any, *, now: datetime | None = None, reason: str = "") -> Plan:
    """Take a filing back before it is decided (撤回)."""
    with on_plan(actor, "withdraw", plan_id, now, reason) as act:
        plan: Plan = act.target
        act.move("withdraw")
        deadlines.stop_all(plan, at=act.now)
        if plan.submitted_at is not None:
            tell_authority(plan, _("申请人撤回方案申报：%(name)s") % {"name": plan.project.name}, now=act.now)
    return plan
