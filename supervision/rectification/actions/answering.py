"""What the unit does: plan, answer with evidence, ask for more time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.deadlines import actions as deadlines
from conservation.errors import Conflict, Refused
from conservation.history.acting import acting
from supervision.rectification import access, facts
from supervision.rectification.actions.common import (
    EVIDENCE,
    PLAN,
    TIMER,
    keep,
    may_extend,
    need,
    tell_office,
)
from supervision.rectification.models import Item


def plan(actor: Any, item_id: Any, *, text: str, uploads: Iterable[Any] = (), now: datetime | None = None) -> Item:
    """The unit's plan: measures and dates (整改方案)."""
    need("text", text, _("请写明整改措施和时间安排。"))
    with acting(actor, "rectification.plan", access.visible_to(actor), item_id, can=access.can, now=now) as act:
        act.move("plan")
        act.target.plan, act.target.planned_at = text.strip(), act.now
        act.attach(*keep(act, uploads, PLAN, _("整改方案")))
        tell_office(act, _("整改方案已报送：%(number)s") % {"number": act.target.number}, "plan")
    return act.target


def submit(actor: Any, item_id: Any, *, text: str, uploads: Iterable[Any] = (), now: datetime | None = None) -> Item:
    """The unit reports what has been done, with evidence (before and after photographs, papers)."""
    need("text", text, _("请写明整改情况。"))
    with acting(actor, "rectification.submit", access.visible_to(actor), item_id, can=access.can, now=now) as act:
        item = act.target
        late = act.from_state == "overdue"
        act.move("submit")
        item.answer, item.submitted_at = text.strip(), act.now
        papers = keep(act, uploads, EVIDENCE, _("整改佐证材料"))
        if not papers:
            raise Refused(
                "uploads", _("请上传整改佐证材料（整改前后照片、工程量、凭证等）。"), rule=_("销号须逐项佐证")
            )
        act.attach(*papers)
        act.note(papers=len(papers), late=late)
        deadlines.stop(item, TIMER, at=act.now)
        item.save()
        facts.refresh(item.project_id, act.now)
        tell_office(act, _("整改结果待复核：%(number)s") % {"number": item.number}, "submit")
    return act.target


def ask_extension(actor: Any, item_id: Any, *, reason: str, now: datetime | None = None) -> Item:
    """The unit asks for more time, before the deadline, once."""
    need("reason", reason, _("请写明申请延期的理由。"))
    with acting(
        actor, "rectification.ask_extension", access.visible_to(actor), item_id, can=access.can, now=now, reason=reason
    ) as act:
        may_extend(act)
        if act.target.extension_asked_at is not None:
            raise Conflict("state", _("已经申请过延期。"))
        act.target.extension_asked_at, act.target.extension_reason = act.now, reason.strip()
        tell_office(act, _("申请延长整改期限：%(number)s") % {"number": act.target.number}, "extension")
    return act.target
