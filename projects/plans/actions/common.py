"""What the acts of this room share: opening an act, telling people, making papers."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.accounts.roles import REVIEWER
from conservation.documents import rendering
from conservation.documents.models import Document
from conservation.errors import Refused
from conservation.history.acting import Acting, acting
from conservation.notices import actions as notices
from projects.plans import access
from projects.plans.models import Plan


def on_plan(actor: Any, verb: str, plan_id: Any, now: datetime | None, reason: str) -> AbstractContextManager[Acting]:
    """Act on one filing the actor can see."""
    plans = Plan.objects.all() if actor is None else access.visible_to(actor)
    found = plans.select_related("project", "unit", "authority", "range", "kind_decision")
    return acting(actor, f"plans.{verb}", found, plan_id, can=access.can, now=now, reason=reason)


def tell_unit(plan: Plan, title: str, body: str, *, now: datetime, kind: str = "statutory") -> None:
    """Tell the people who act for the filing unit."""
    notices.tell_unit(plan.unit, kind=kind, title=title, body=body, subject=plan, now=now)


def tell_authority(plan: Plan, title: str, body: str = "", *, now: datetime, roles: Any = REVIEWER) -> None:
    """Tell the people at the deciding authority who have to do something."""
    notices.tell_role(plan.authority, roles, kind="task", title=title, body=body, subject=plan, now=now)


def paper(act: Acting, template: str, title: str, *, kind: str, number: str = "", **data: Any) -> Document:
    """Render a paper of the filing, keep it, and note its hash in the act."""
    plan: Plan = act.target
    document = rendering.render(
        f"projects/plans/print/{template}.typ",
        {**facts_of(plan), "title": title, "number": number, "reason": act.reason, **data},
        actor=act.actor,
        kind=kind,
        title=_("%(title)s（%(project)s）") % {"title": title, "project": plan.project.name[:120]},
        subject=plan,
        number=number,
        now=act.now,
    )
    act.attach(document)
    return document


def facts_of(plan: Plan) -> dict[str, Any]:
    """What every paper says about the filing."""
    project = plan.project
    return {
        "authority": plan.authority.name,
        "authority_address": plan.authority.address,
        "unit": plan.unit.name,
        "uscc": plan.unit.uscc or "",
        "project": project.name,
        "project_code": project.code or "",
        "kind": str(plan.get_kind_display()),
        "acceptance_number": plan.number,
        "submitted_on": plan.submitted_at,
        "accepted_on": plan.accepted_at,
    }


def need_reason(act: Acting, text: str = "") -> None:
    """An act against the applicant states its reason."""
    if not act.reason.strip():
        raise Refused("reason", text or _("请写明理由。"), rule=_("行政许可法 第38条"))
