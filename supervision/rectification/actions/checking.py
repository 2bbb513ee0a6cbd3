"""What the authority does: re-check, closing, extension, lapse, escalation, reopening (复核、销号、移送)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.access import holds_in_areas
from conservation.accounts.models import User
from conservation.accounts.roles import INSPECTOR
from conservation.deadlines import actions as deadlines
from conservation.documents import queries as documents
from conservation.documents import rendering
from conservation.errors import Conflict, Faults, Refused
from conservation.history.acting import Acting, acting
from supervision.cases import actions as cases
from supervision.rectification import access, facts, problems
from supervision.rectification.actions.common import (
    EVIDENCE,
    LONGEST_DAYS,
    RECHECK,
    RELAPSE_MONTHS,
    TIMER,
    become_overdue,
    finish,
    may_extend,
    need,
    payload,
    start_timer,
    tell_office,
    tell_unit,
)
from supervision.rectification.models import Item, Recheck


def extend(actor: Any, item_id: Any, *, deadline: date, reason: str, now: datetime | None = None) -> Item:
    """Approve a later deadline (延期): once, before the present one, with a reason."""
    need("reason", reason, _("请写明延期理由。"))
    with acting(
        actor, "rectification.extend", access.visible_to(actor), item_id, can=access.can, now=now, reason=reason
    ) as act:
        item = act.target
        may_extend(act)
        if deadline <= item.deadline or (deadline - item.ordered_on).days > LONGEST_DAYS:
            raise Refused("deadline", _("新的期限应晚于现在的期限，且不超过两年。"), rule="T17")
        act.move("extend")
        act.note(before=str(item.deadline))
        deadlines.void(item, TIMER, at=act.now, reason=reason)
        item.extended, item.deadline = True, deadline
        start_timer(item, act)
        act.note(deadline=str(item.deadline))
        tell_unit(act, _("整改期限延长至 %(day)s") % {"day": item.deadline}, "extended")
    return act.target


def recheck(
    act: Acting, *, second_officer: Any, manner: str, note: str, passed: bool, checked_at: datetime | None
) -> Recheck:
    """Record the re-check of two officers with certificates; its record becomes a paper of the item."""
    item: Item = act.target
    actor, when = act.actor, checked_at or act.now
    second = (
        second_officer if isinstance(second_officer, User) else User.objects.filter(pk=second_officer or 0).first()
    )
    faults = Faults()
    if manner not in Recheck.Manner.values:
        faults.add("manner", _("请选择复核方式。"))
    if not note.strip():
        faults.add("note", _("请写明复核意见。"))
    if when > act.now:
        faults.add("checked_at", _("复核时间不能在现在之后。"))
    if not actor.certificate_no:
        faults.add("actor", _("您没有登记执法证号，不能复核。"), rule=_("行政处罚法 第四十二条"))
    if second is None or second.pk == actor.pk or not holds_in_areas(second, item.areas, INSPECTOR):
        faults.add("second_officer", _("须有另一名辖区内的监督检查员。"), rule=_("行政处罚法 第四十二条"))
    elif not second.certificate_no:
        faults.add("second_officer", _("第二名复核人没有登记执法证号。"), rule=_("行政处罚法 第四十二条"))
    faults.refuse()
    assert second is not None
    found = Recheck.objects.create(
        item=item, manner=manner, officer=actor, officer_certificate=actor.certificate_no, second_officer=second,
        second_certificate=second.certificate_no, checked_at=when, passed=passed, note=note.strip(),
    )  # fmt: skip
    data = {
        "authority": item.authority.name, "number": item.number, "unit": item.unit.name,
        "project": item.project.name if item.project else "", "problem": problems.label(item.problem),
        "requirement": item.requirement, "answer": item.answer, "manner": str(found.get_manner_display()),
        "note": found.note, "passed": passed, "checked_at": when.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "officers": [[str(actor), actor.certificate_no], [str(second), second.certificate_no]],
    }  # fmt: skip
    paper = rendering.render(
        "supervision/rectification/print/recheck.typ", data, actor=actor, kind=RECHECK, title=_("整改复核记录"),
        subject=item, number=item.number, now=act.now,
    )  # fmt: skip
    act.attach(paper)
    act.note(second=str(second), manner=manner)
    return found


def return_(
    actor: Any,
    item_id: Any,
    *,
    second_officer: Any,
    note: str,
    manner: str = "desk",
    checked_at: datetime | None = None,
    now: datetime | None = None,
) -> Item:
    """The re-check finds the problem not put right; after the deadline the item is overdue at once."""
    with acting(
        actor, "rectification.return", access.visible_to(actor), item_id, can=access.can, now=now, reason=note
    ) as act:
        item = act.target
        act.move("return")
        recheck(act, second_officer=second_officer, manner=manner, note=note, passed=False, checked_at=checked_at)
        item.save()
        if act.today > item.deadline:
            become_overdue(act)
        else:
            deadline = item.deadline
            start_timer(item, act)
            item.deadline = max(deadline, item.deadline)
        tell_unit(act, _("整改复核不合格，已退回：%(number)s") % {"number": item.number}, "returned", body=note)
    return act.target


def close(
    actor: Any,
    item_id: Any,
    *,
    second_officer: Any,
    note: str,
    manner: str = "site",
    checked_at: datetime | None = None,
    now: datetime | None = None,
) -> Item:
    """Cancel the number (销号): evidence of the unit, a re-check by two officers, its record."""
    with acting(
        actor, "rectification.close", access.visible_to(actor), item_id, can=access.can, now=now, reason=note
    ) as act:
        item = act.target
        act.move("close")
        if not documents.of(item).filter(kind=EVIDENCE).exists():
            raise Conflict("documents", _("没有整改佐证材料，不能销号。"), rule=_("销号须逐项佐证"))
        recheck(act, second_officer=second_officer, manner=manner, note=note, passed=True, checked_at=checked_at)
        finish(act)
        tell_unit(act, _("整改已复核销号：%(number)s") % {"number": item.number}, "closed", kind="result", body=note)
    return act.target


def mark_overdue(item_id: Any, *, now: datetime | None = None) -> Item | None:
    """The deadline has passed without an answer (system): overdue, and everybody is told. None when it does not apply."""
    moment = now or clock.now()
    item = Item.objects.filter(pk=item_id).first()
    if (
        item is None
        or clock.day_of(moment) <= item.deadline
        or item.state not in ("open", "planned", "returned", "reopened")
    ):
        return None
    with acting(None, "rectification.lapse", Item.objects.all(), item_id, now=moment) as act:
        become_overdue(act)
        tell_unit(act, _("整改已逾期：%(number)s") % {"number": act.target.number}, "overdue")
        tell_office(act, _("整改逾期，请督办：%(number)s") % {"number": act.target.number}, "overdue")
    return act.target


def escalate(actor: Any, item_id: Any, *, reason: str = "", now: datetime | None = None) -> Item:
    """Hand an overdue or refused item over as a clue for a case, with copies of its papers and facts (移送立案)."""
    with acting(
        actor, "rectification.escalate", access.visible_to(actor), item_id, can=access.can, now=now, reason=reason
    ) as act:
        item = act.target
        act.move("escalate")
        if not item.violation:
            raise Conflict("violation", _("该问题没有对应的违法行为，不能移送立案。"), rule=item.problem)
        papers = list(documents.of(item).order_by("created_at", "pk"))
        said = reason.strip() or _("限期整改通知书 %(number)s 逾期未落实（期限 %(day)s）。") % {
            "number": item.number, "day": item.deadline}  # fmt: skip
        case = cases.open_clue(
            actor, violation=item.violation, party_unit=item.unit, party_name=item.unit.name, authority=item.authority,
            project_id=item.project_id, project_name=item.project.name if item.project else "", areas=item.areas,
            facts=item.facts, source_type="rectification", source_id=item.pk, documents=papers, now=act.now, reason=said,
        )  # fmt: skip
        item.case_id = case.pk
        deadlines.stop_all(item, at=act.now)
        item.save()
        facts.refresh(item.project_id, act.now)
        act.note(case=case.pk)
        act.attach(*papers)
        act.publish("rectification.escalated", **payload(item), case=case.pk)
        tell_unit(act, _("整改事项已移送立案：%(number)s") % {"number": item.number}, "escalated", body=said)
    return act.target


def close_with_case(item_id: Any, *, now: datetime | None = None) -> Item | None:
    """The case that the item was handed over to has been closed (system)."""
    with acting(None, "rectification.case_closed", Item.objects.all(), item_id, now=now) as act:
        act.move("case_closed")
        finish(act)
    return act.target


def reopen(actor: Any, item_id: Any, *, deadline: date, reason: str, now: datetime | None = None) -> Item:
    """The problem has come back within twelve months of closing: the same item, a new deadline."""
    need("reason", reason, _("请写明问题反弹的情况。"))
    with acting(
        actor, "rectification.reopen", access.visible_to(actor), item_id, can=access.can, now=now, reason=reason
    ) as act:
        item = act.target
        act.move("reopen")
        if item.closed_at and months_between(clock.day_of(item.closed_at), act.today) >= RELAPSE_MONTHS:
            raise Conflict("state", _("销号已满十二个月，请作为新问题下达整改通知。"))
        if deadline <= act.today or (deadline - act.today).days > LONGEST_DAYS:
            raise Refused("deadline", _("整改期限应在今天之后，且不超过两年。"), rule="T17")
        item.deadline, item.extended, item.closed_at = deadline, False, None
        item.extension_asked_at, item.overdue_at = None, None
        start_timer(item, act)
        item.save()
        act.note(deadline=str(item.deadline))
        act.publish("rectification.reopened", **payload(item))
        tell_unit(act, _("整改事项重新整改，期限 %(day)s：%(number)s") % {
            "day": item.deadline, "number": item.number}, "reopened", body=reason)  # fmt: skip
    return act.target


def months_between(earlier: date, later: date) -> int:
    """Whole months from one day to another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
