"""Acts on rectification items: order, plan, answer, re-check, extension, lapse, escalation (整改流程).

Basis: 水利部令第53号 第二十八条 (plan and completion in time); closing needs evidence, a re-check by two officers and its record.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.access import holds_in_areas
from conservation.accounts.models import User
from conservation.accounts.roles import INSPECTOR
from conservation.deadlines import actions as deadlines
from conservation.documents import queries as documents
from conservation.documents import rendering, store
from conservation.documents.models import Document
from conservation.errors import Conflict, Faults, Refused
from conservation.history.acting import Acting, acting, creating
from conservation.history.numbers import document_number
from conservation.notices import actions as notices
from supervision.cases import actions as cases
from supervision.cases import violations
from supervision.rectification import access, facts, problems
from supervision.rectification.models import Item, Recheck

TIMER = "T17"
ORDER = "rectification_order"
EVIDENCE = "rectification_evidence"
PLAN = "rectification_plan"
RECHECK = "rectification_recheck"
EVIDENCE_TYPES = ("pdf", "jpg", "png", "docx", "xlsx", "zip")
LONGEST_DAYS = 730
RELAPSE_MONTHS = 12
MARK_TAILS = ("行许", "许可", "许", "函", "字")
FACT_LABELS = {
    "area_ha": "扰动面积（hm²）",
    "excess_ha": "超出防治责任范围面积（hm²）",
    "excess_beyond_tolerance_ha": "扣除影像误差后的超出面积（hm²）",
    "volume_m3": "场外弃渣量（m³）",
    "patch": "图斑编号",
    "visited_on": "现场核查日期",
    "description": "现场情况",
}


# --- order ----------------------------------------------------------------------------------------------------------
def order(
    actor: Any,
    *,
    project: Any,
    unit: Any,
    authority: Any,
    areas: list[str],
    problem: str,
    violation: str = "",
    requirement: str = "",
    deadline: date | None = None,
    source_type: str,
    source_id: Any,
    documents: Iterable[Document] = (),
    facts: dict[str, Any] | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Item:
    """Order a unit to put one problem right by a day (限期整改通知书); tells the unit and starts the timer.

    Without ``deadline`` the list's usual days count from today; a last day that is a rest day moves to the next working
    day. ``documents`` are what the order rests on; their copies go with the item.
    """
    moment = now or clock.now()
    found = check_order(unit, authority, areas, problem, violation, deadline, clock.day_of(moment))
    within = SimpleNamespace(unit_id=unit.pk, areas=areas)
    with creating(actor, "rectification.order", can=access.can, within=within, now=moment, reason=reason) as act:
        last = deadline or act.today + timedelta(days=found.days)
        item = Item.objects.create(
            number=document_number(f"{short_mark(authority)}整改", ORDER, act.today.year),
            project=project, unit=unit, authority=authority, areas=sorted(set(areas)), problem=problem,
            severity=found.severity, violation=violation or found.violation,
            requirement=(requirement or found.requirement).strip(), ordered_on=act.today, deadline=last,
            first_deadline=last, source_type=source_type, source_id=str(source_id), facts=facts or {},
            created_at=act.now,
        )  # fmt: skip
        act.target = item
        start_timer(item, act)
        item.first_deadline = item.deadline
        item.save(update_fields=["deadline", "first_deadline"])
        copies = [copy_document(item, one) for one in documents]
        paper = render_order(act, found)
        act.attach(paper, *copies)
        act.authority_name = authority.name
        act.note(problem=problem, violation=item.violation, deadline=str(item.deadline), source=f"{source_type}:{source_id}")
        tell_unit(act, _("限期整改通知：%(title)s，期限 %(day)s") % {"title": found.title, "day": item.deadline}, "order")
        act.publish("rectification.ordered", **payload(item), document=str(paper.pk))
    return item


def check_order(
    unit: Any, authority: Any, areas: list[str], problem: str, violation: str, deadline: date | None, today: date
) -> problems.Problem:
    """The problem of the list; raises ``Refused`` with every fault."""
    faults = Faults()
    found = problems.table().get(problem)
    if found is None:
        faults.add("problem", _("问题清单中没有这个问题。"))
    if unit is None:
        faults.add("unit", _("须查明责任单位才能责令整改。"))
    if authority is None:
        faults.add("authority", _("须写明责令机关。"))
    if not areas:
        faults.add("areas", _("须写明问题所在地。"))
    if violation and violation not in violations.BY_CODE:
        faults.add("violation", _("没有这种违法行为代码。"))
    if deadline is not None and deadline <= today:
        faults.add("deadline", _("整改期限应在今天之后。"), rule="T17")
    elif deadline is not None and (deadline - today).days > LONGEST_DAYS:
        faults.add("deadline", _("整改期限不能超过两年。"), rule="T17")
    faults.refuse()
    assert found is not None
    return found


def short_mark(authority: Any) -> str:
    """The authority's short mark for its numbers: 湘水许可 → 湘水."""
    mark = str(authority.mark)
    for tail in MARK_TAILS:
        if mark.endswith(tail) and len(mark) > len(tail):
            return mark.removesuffix(tail)
    return mark


def start_timer(item: Item, act: Acting) -> None:
    """Start T17 up to the item's deadline; the last day moves when it is a rest day."""
    timer = deadlines.start(
        TIMER, item, at=act.now, unit=item.unit, authority=item.authority,
        length=max((item.deadline - act.today).days, 1),
    )  # fmt: skip
    item.deadline = clock.day_of(timer.due_at)


def copy_document(item: Item, document: Document) -> Document:
    """The item's own row for a paper or photograph of the room it came from; the bytes are stored once."""
    return Document.objects.create(
        subject_type="rectification", subject_id=str(item.pk), kind="rectification_basis", title=document.title,
        number=document.number, filename=document.filename, media_type=document.media_type, size=document.size,
        sha256=document.sha256, volume=document.volume, generated=document.generated, pages=document.pages,
        facts={**document.facts, "copied_from": str(document.pk)}, created_by=document.created_by,
        created_at=document.created_at,
    )  # fmt: skip


def render_order(act: Acting, problem: problems.Problem) -> Document:
    """The notice 限期整改通知书 as PDF/A."""
    item: Item = act.target
    violation = violations.BY_CODE.get(item.violation)
    rows = [[label, item.facts[key]] for key, label in FACT_LABELS.items() if item.facts.get(key) not in (None, "")]
    data = {
        "title": "限期整改通知书",
        "authority": item.authority.name,
        "number": item.number,
        "unit": item.unit.name,
        "uscc": item.unit.uscc or "",
        "project": item.project.name if item.project else "",
        "problem": problem.title,
        "act": violation.act if violation else problem.title,
        "duty": violation.duty if violation else "",
        "liability": violation.liability if violation else "",
        "law": violations.LAW,
        "rows": rows,
        "requirement": item.requirement,
        "deadline": item.deadline,
        "officer": str(act.actor) if act.actor else "",
        "certificate": getattr(act.actor, "certificate_no", ""),
        "address": item.authority.address,
        "date": act.today,
    }
    return rendering.render(
        "supervision/rectification/print/order.typ", data, actor=act.actor, kind=ORDER,
        title=_("限期整改通知书"), subject=item, number=item.number, now=act.now,
    )  # fmt: skip


def payload(item: Item) -> dict[str, Any]:
    """What the outbox tells of an item."""
    return {
        "item": item.pk,
        "number": item.number,
        "unit_id": item.unit_id,
        "project_id": item.project_id,
        "problem": item.problem,
        "severity": item.severity,
        "violation": item.violation,
        "deadline": item.deadline.isoformat(),
        "areas": item.areas,
        "source_type": item.source_type,
        "source_id": item.source_id,
    }


def tell_unit(act: Acting, title: str, key: str, *, kind: str = "statutory", body: str = "") -> None:
    item: Item = act.target
    notices.tell_unit(
        item.unit, kind=kind, title=title, body=body or item.requirement, subject=item,
        key=f"rectification:{item.pk}:{key}:{act.now:%Y%m%d%H%M%S}", now=act.now,
    )  # fmt: skip


def tell_office(act: Acting, title: str, key: str) -> None:
    item: Item = act.target
    notices.tell_role(
        item.authority, [INSPECTOR], kind="task", title=title, subject=item,
        key=f"rectification:{item.pk}:{key}:{act.now:%Y%m%d%H%M%S}", now=act.now,
    )  # fmt: skip


# --- the unit answers --------------------------------------------------------------------------------------------------
def plan(
    actor: Any, item_id: Any, *, text: str, uploads: Iterable[Any] = (), now: datetime | None = None
) -> Item:
    """The unit's plan: measures and dates (整改方案)."""
    need("text", text, _("请写明整改措施和时间安排。"))
    with acting(actor, "rectification.plan", access.visible_to(actor), item_id, can=access.can, now=now) as act:
        act.move("plan")
        act.target.plan, act.target.planned_at = text.strip(), act.now
        act.attach(*keep(act, uploads, PLAN, _("整改方案")))
        tell_office(act, _("整改方案已报送：%(number)s") % {"number": act.target.number}, "plan")
    return act.target


def submit(
    actor: Any, item_id: Any, *, text: str, uploads: Iterable[Any] = (), now: datetime | None = None
) -> Item:
    """The unit reports what has been done, with evidence (before and after photographs, papers)."""
    need("text", text, _("请写明整改情况。"))
    with acting(actor, "rectification.submit", access.visible_to(actor), item_id, can=access.can, now=now) as act:
        item = act.target
        late = act.from_state == "overdue"
        act.move("submit")
        item.answer, item.submitted_at = text.strip(), act.now
        papers = keep(act, uploads, EVIDENCE, _("整改佐证材料"))
        if not papers:
            raise Refused("uploads", _("请上传整改佐证材料（整改前后照片、工程量、凭证等）。"), rule=_("销号须逐项佐证"))
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


def keep(act: Acting, uploads: Iterable[Any], kind: str, title: str) -> list[Document]:
    return [
        store.save_upload(act.actor, one, kind=kind, title=title, subject=act.target, allow=EVIDENCE_TYPES, now=act.now)
        for one in uploads
    ]


def need(key: str, text: str, message: str) -> None:
    if not (text or "").strip():
        raise Refused(key, message)


# --- the authority -------------------------------------------------------------------------------------------------------
def may_extend(act: Acting) -> None:
    """Once, before the deadline, while the unit still has to act."""
    item: Item = act.target
    item.STATES.find(item.state, "extend")
    if item.extended:
        raise Conflict("deadline", _("整改期限只能延长一次。"), rule="T17")
    if act.today > item.deadline:
        raise Conflict("deadline", _("整改期限已过，不能延长。"), rule="T17")


def extend(
    actor: Any, item_id: Any, *, deadline: date, reason: str, now: datetime | None = None
) -> Item:
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
        timer = deadlines.extend(
            item, TIMER, at=act.now, actor=actor, reason=reason, length=timer_length(item, deadline)
        )
        act.note(before=str(item.deadline))
        item.extended, item.deadline = True, clock.day_of(timer.due_at)
        act.note(deadline=str(item.deadline))
        tell_unit(act, _("整改期限延长至 %(day)s") % {"day": item.deadline}, "extended")
    return act.target


def timer_length(item: Item, deadline: date) -> int:
    """Days from the start of the running timer to the new last day."""
    from conservation.deadlines import queries

    timer = queries.of(item).filter(code=TIMER, state__in=deadlines.OPEN).first()
    begin = clock.day_of(timer.started_at) if timer else item.ordered_on
    return (deadline - begin).days


def recheck(
    act: Acting, *, second_officer: Any, manner: str, note: str, passed: bool, checked_at: datetime | None
) -> Recheck:
    """Record the re-check of two officers with certificates; its record becomes a paper of the item."""
    item: Item = act.target
    actor, when = act.actor, checked_at or act.now
    second = second_officer if isinstance(second_officer, User) else User.objects.filter(pk=second_officer or 0).first()
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


def finish(act: Acting) -> None:
    """What closing does: timers end, the project's facts are counted anew, higher storeys are told."""
    item: Item = act.target
    item.closed_at = act.now
    deadlines.stop_all(item, at=act.now)
    item.save()
    facts.refresh(item.project_id, act.now)
    act.publish("rectification.closed", **payload(item))


def mark_overdue(item_id: Any, *, now: datetime | None = None) -> Item | None:
    """The deadline has passed without an answer (system): overdue, and everybody is told. None when it does not apply."""
    moment = now or clock.now()
    item = Item.objects.filter(pk=item_id).first()
    if item is None or clock.day_of(moment) <= item.deadline or item.state not in ("open", "planned", "returned", "reopened"):
        return None
    with acting(None, "rectification.lapse", Item.objects.all(), item_id, now=moment) as act:
        become_overdue(act)
        tell_unit(act, _("整改已逾期：%(number)s") % {"number": act.target.number}, "overdue")
        tell_office(act, _("整改逾期，请督办：%(number)s") % {"number": act.target.number}, "overdue")
    return act.target


def become_overdue(act: Acting) -> None:
    item: Item = act.target
    act.move("lapse")
    item.overdue_at = act.now
    item.save()
    facts.refresh(item.project_id, act.now)
    paper = documents.of(item).filter(kind=ORDER).order_by("-created_at").first()
    act.publish("rectification.overdue", **payload(item), document=str(paper.pk) if paper else "")


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


def reopen(
    actor: Any, item_id: Any, *, deadline: date, reason: str, now: datetime | None = None
) -> Item:
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
