"""The order: number, paper, timer, notice (限期整改通知书)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.documents import rendering
from conservation.documents.models import Document
from conservation.errors import Faults
from conservation.history.acting import Acting, creating
from conservation.history.numbers import document_number
from supervision.cases import violations
from supervision.rectification import access, problems
from supervision.rectification.actions.common import (
    FACT_LABELS,
    LONGEST_DAYS,
    MARK_TAILS,
    ORDER,
    payload,
    start_timer,
    tell_unit,
)
from supervision.rectification.models import Item


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

    Without ``deadline`` the list's usual days count from today. ``documents`` are what the order rests on; their copies go
    with the item.
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
        act.note(
            problem=problem, violation=item.violation, deadline=str(item.deadline), source=f"{source_type}:{source_id}"
        )
        tell_unit(
            act, _("限期整改通知：%(title)s，期限 %(day)s") % {"title": found.title, "day": item.deadline}, "order"
        )
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
