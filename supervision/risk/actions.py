"""Acts of the risk room: start a tiering, answer, accept, send back, visit, withdraw."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation.documents.models import Document
from conservation.documents.photos import read_photo
from conservation.documents.queries import of as documents_of
from conservation.documents.store import save_upload
from conservation.errors import Forbidden, Refused
from conservation.history.acting import Acting, acting
from conservation.jobs import runner
from conservation.jobs.models import Run
from conservation.notices import actions as notices
from supervision.risk import access, tiering
from supervision.risk.consequences import WORKDAYS, workdays_after
from supervision.risk.models import Contact, FollowUp

MIN_PHOTOS = 1


@runner.job("risk.tier", label=gettext_lazy("风险分级"))
def tier_job(progress: runner.Progress, *, as_of: str = "", province: str = "") -> dict[str, Any]:
    """The tiering as a job of the jobs room."""
    day = date.fromisoformat(as_of) if as_of else None
    return tiering.tier_all(as_of=day, province=province, progress=progress)


def start_tiering(actor: Any, *, province: str = "", now: datetime | None = None) -> Run:
    """Start a tiering on demand, within the actor's own place: all of it, or the division named."""
    if not access.can_run(actor):
        raise Forbidden("actor", _("您没有办理“风险分级”的权限。"), rule="risk.tier")
    places = access.run_prefixes(actor)
    if not province and "" not in places:
        province = min(places, key=len).ljust(6, "0")
    prefix = tiering.checked_prefix(province)
    if not any(prefix.startswith(place) for place in places):
        raise Forbidden("province", _("只能对本辖区内的项目分级。"), rule="risk.tier")
    return runner.start(actor, "risk.tier", {"province": province}, now=now)


def _act(actor: Any, follow_up_id: int, event: str, now: datetime | None, reason: str = "") -> Any:
    return acting(
        actor,
        f"risk.{event}",
        access.visible_to(actor),
        follow_up_id,
        can=access.can,
        now=now,
        reason=reason,
    )


def _close(act: Acting) -> None:
    act.target.closed_at = act.now


def acknowledge(actor: Any, follow_up_id: int, *, now: datetime | None = None) -> FollowUp:
    """知悉: the unit has read the reminder."""
    with _act(actor, follow_up_id, "acknowledge", now) as act:
        act.move("acknowledge")
        _close(act)
    return act.target


def answer(actor: Any, follow_up_id: int, *, answer: str, now: datetime | None = None) -> FollowUp:
    """回复自查结果: text and at least one photograph already uploaded to this follow-up."""
    with _act(actor, follow_up_id, "answer", now) as act:
        if not answer.strip():
            raise Refused("answer", _("请填写自查结果。"))
        photos = list(documents_of(act.target).filter(kind="photo"))
        if len(photos) < MIN_PHOTOS:
            raise Refused("photos", _("请至少上传一张带定位的现场照片。"))
        act.move("answer")
        act.target.answer = answer
        act.target.answered_at = act.now
        act.attach(*photos)
    return act.target


def send_back(actor: Any, follow_up_id: int, *, finding: str, now: datetime | None = None) -> FollowUp:
    """退回补充: the answer does not do; the unit has five more working days."""
    with _act(actor, follow_up_id, "send_back", now, finding) as act:
        if not finding.strip():
            raise Refused("finding", _("请写明需要补充什么。"))
        act.move("send_back")
        act.target.finding = finding
        act.target.due_on = workdays_after(act.today, WORKDAYS[2])
        _tell_unit(act, _("自查结果被退回：%(why)s") % {"why": finding[:120]})
    return act.target


def accept(actor: Any, follow_up_id: int, *, finding: str = "", now: datetime | None = None) -> FollowUp:
    """认可自查."""
    with _act(actor, follow_up_id, "accept", now, finding) as act:
        act.move("accept")
        act.target.finding = finding
        _close(act)
        _tell_unit(act, _("自查结果已认可"))
    return act.target


def visit(actor: Any, follow_up_id: int, *, visited_on: date, finding: str, now: datetime | None = None) -> FollowUp:
    """记录现场检查: what the visit found; problems become rectification items on the project's page."""
    with _act(actor, follow_up_id, "visit", now) as act:
        if not finding.strip():
            raise Refused("finding", _("请写明检查情况。"))
        if visited_on > act.today:
            raise Refused("visited_on", _("检查日期不能晚于今天。"))
        act.move("visit")
        act.target.visited_on = visited_on
        act.target.finding = finding
        _close(act)
        act.note(visited_on=visited_on.isoformat())
        if act.target.kind != FollowUp.Kind.VISIT:
            _count(act, "visit", visited_on)
    return act.target


def withdraw(actor: Any, follow_up_id: int, *, reason: str, now: datetime | None = None) -> FollowUp:
    """撤回: the head takes a follow-up back, with a reason."""
    with _act(actor, follow_up_id, "withdraw", now, reason) as act:
        if not reason.strip():
            raise Refused("reason", _("请写明撤回的理由。"))
        act.move("withdraw")
        _close(act)
    return act.target


def _count(act: Acting, kind: str, on: date) -> None:
    Contact.objects.create(
        project_id=act.target.project_id,
        unit_id=act.target.unit_id,
        tier=act.target.tier,
        kind=kind,
        on=on,
        source_type="follow_up",
        source_id=str(act.target.pk),
    )


def _tell_unit(act: Acting, title: str) -> None:
    if act.target.unit is not None:
        notices.tell_unit(
            act.target.unit, kind="result", title=title, body=act.target.project.name, subject=act.target, now=act.now
        )


@transaction.atomic
def add_photo(actor: Any, follow_up_id: int, uploaded: Any, *, now: datetime | None = None) -> Document:
    """Upload one photograph to an open follow-up that the actor may answer; place and time are read from it."""
    if uploaded.size > settings.UPLOAD_MAX_BYTES:
        raise Refused("photos", _("照片超过 %(size)d MB。") % {"size": settings.UPLOAD_MAX_BYTES // 1024**2})
    with acting(actor, "risk.add_photo", access.visible_to(actor), follow_up_id, can=access.can, now=now) as act:
        act.target.STATES.find(act.target.state, "answer")
        facts = read_photo(uploaded.read()).as_dict()
        uploaded.seek(0)
        document = save_upload(
            actor,
            uploaded,
            kind="photo",
            title=_("自查照片"),
            subject=act.target,
            now=act.now,
            facts=facts,
            allow=("jpg", "png"),
        )
        act.attach(document)
    return document
