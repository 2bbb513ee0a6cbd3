"""Acts on the works of a project: start, suspend, resume, complete, put to use, cancel."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.accounts.access import holds_in_areas
from conservation.accounts.roles import INSPECTOR
from conservation.errors import Refused
from conservation.history.acting import Acting, acting
from projects.registry import access
from projects.registry.models import Project


def start_works(
    actor: Any, project_id: Any, *, on: date | None = None, now: datetime | None = None, reason: str = ""
) -> Project:
    """Works begin (开工). Without an approved plan (or a finding that none is needed) only an inspector may record it;
    the fact is published as ``project.started`` with ``approved`` false. 水土保持法 第26条."""
    with _works(actor, "start", project_id, now, reason) as act:
        project: Project = act.target
        approved = bool(project.plan_number) or project.plan_kind == "none"
        if not approved and actor is not None and not holds_in_areas(actor, project.areas, INSPECTOR):
            raise Refused("state", _("水土保持方案未经批准，生产建设项目不得开工建设。"), rule=_("水土保持法 第26条"))
        day = _day(act, on)
        act.move("start")
        project.started_on = project.started_on or day
        act.note(on=day.isoformat(), approved=approved)
        act.publish("project.started", project=project.pk, on=day.isoformat(), approved=approved)
    return project


def suspend(
    actor: Any, project_id: Any, *, on: date | None = None, now: datetime | None = None, reason: str = ""
) -> Project:
    """Works stop for a time (停工)."""
    with _works(actor, "suspend", project_id, now, reason) as act:
        act.note(on=_day(act, on).isoformat())
        act.move("suspend")
    return act.target


def resume(
    actor: Any, project_id: Any, *, on: date | None = None, now: datetime | None = None, reason: str = ""
) -> Project:
    """Works go on (复工)."""
    with _works(actor, "resume", project_id, now, reason) as act:
        act.note(on=_day(act, on).isoformat())
        act.move("resume")
    return act.target


def complete(
    actor: Any, project_id: Any, *, on: date | None = None, now: datetime | None = None, reason: str = ""
) -> Project:
    """Works are finished (完工)."""
    with _works(actor, "complete", project_id, now, reason) as act:
        day = _day(act, on)
        act.move("complete")
        act.target.completed_on = day
        act.note(on=day.isoformat())
        act.publish("project.completed", project=act.target.pk, on=day.isoformat())
    return act.target


def put_to_use(
    actor: Any, project_id: Any, *, on: date | None = None, now: datetime | None = None, reason: str = ""
) -> Project:
    """The project goes into production or use (投产使用). 水土保持法 第27条."""
    with _works(actor, "use", project_id, now, reason) as act:
        day = _day(act, on)
        act.move("use")
        act.target.completed_on = act.target.completed_on or day
        if day < act.target.completed_on:
            raise Refused("on", _("日期不能早于完工日期 %(day)s。") % {"day": act.target.completed_on.isoformat()})
        act.target.in_use_on = day
        act.note(on=day.isoformat())
        act.publish("project.in_use", project=act.target.pk, on=day.isoformat())
    return act.target


def cancel(actor: Any, project_id: Any, *, now: datetime | None = None, reason: str = "") -> Project:
    """The project will not be built (取消)."""
    with _works(actor, "cancel", project_id, now, reason) as act:
        act.move("cancel")
        act.publish("project.cancelled", project=act.target.pk)
    return act.target


def _works(actor: Any, verb: str, project_id: Any, now: datetime | None, reason: str) -> Any:
    return acting(actor, f"registry.{verb}", Project.objects.all(), project_id, can=access.can, now=now, reason=reason)


def _day(act: Acting, on: date | None) -> date:
    """The day the works changed: today, or an earlier day that is named; never a day to come or before the start."""
    day = on or act.today
    if day > act.today:
        raise Refused("on", _("日期不能晚于今天。"))
    if act.target.started_on and day < act.target.started_on:
        raise Refused("on", _("日期不能早于实际开工日期 %(day)s。") % {"day": act.target.started_on.isoformat()})
    return day


EVENTS = {
    "start": start_works,
    "suspend": suspend,
    "resume": resume,
    "complete": complete,
    "use": put_to_use,
    "cancel": cancel,
}
"""Event of the state table → the act that does it."""
