"""Acts on credit facts. Facts come from the outbox of supervision; people confirm, object, withdraw and repair."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.models import Unit, UnitStanding
from conservation.documents.models import Document
from conservation.errors import Refused
from conservation.history.acting import Acting, acting, creating
from conservation.notices import actions as notices
from conservation.rulebook.registry import decide
from conservation.rulebook.store import store
from credit.facts import access
from credit.facts.models import Fact
from credit.facts.states import OPEN


def record(
    *,
    unit_id: int,
    code: str,
    title: str,
    grade_class: str,
    areas: list[str],
    source: tuple[str, str],
    document_number: str,
    document_id: str | None,
    happened_on: date,
    now: datetime,
) -> Fact | None:
    """Record a fact once for its source; hearing of it again changes nothing and returns None."""
    with transaction.atomic():
        if Fact.objects.filter(source_type=source[0], source_id=source[1], code=code).exists():
            return None
        with creating(None, "facts.record", now=now) as act:
            fact = Fact(
                unit_id=unit_id,
                code=code,
                title=title[:200],
                grade_class=grade_class,
                areas=areas,
                source_type=source[0],
                source_id=source[1],
                document_number=document_number,
                document_id=document_id,
                happened_on=happened_on,
                published_on=clock.day_of(now),
                recorded_at=now,
            )
            set_periods(fact)
            fact.save()
            act.target = fact
            act.note(unit=unit_id, code=code, source="/".join(source), document=document_number)
            document = Document.objects.filter(pk=document_id).first() if document_id else None
            if document is not None:
                act.attach(document)
        weigh(fact.unit, now=now)
        notices.tell_unit(
            fact.unit,
            kind="statutory",
            title=_("新的信用事实：%(title)s") % {"title": fact.title},
            body=_("依据 %(number)s。您可以在公示期内提出异议，或在履行义务后申请信用修复。")
            % {"number": document_number},
            subject=fact,
            key=f"fact-{fact.pk}",
            now=now,
        )
        return fact


def set_periods(fact: Fact) -> None:
    """Earliest repair and end of publicity by the rule ``credit-repair`` (国办发〔2025〕22号)."""
    inputs: dict[str, Any] = {"class": fact.grade_class, "published_on": fact.published_on.isoformat()}
    if fact.fulfilled_on:
        inputs["fulfilled_on"] = fact.fulfilled_on.isoformat()
    result = decide("credit-repair", inputs, on=fact.published_on).as_dict()["result"]
    fact.earliest_repair_on = day_or_none(result["earliest_repair"])
    fact.hidden_from = day_or_none(result["hidden_from"])


def day_or_none(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def weigh(unit: Unit, *, now: datetime) -> UnitStanding:
    """Bring a unit's standing up to date: open facts, and the simulated grade of this year (rule ``credit-grade``).

    The grade is the Ministry's act; what stands here is a simulation (模拟) and says so.
    """
    year = clock.day_of(now).year
    open_facts = list(Fact.objects.filter(unit=unit, state__in=OPEN).order_by("happened_on", "id"))
    counted = [
        {"code": fact.code, "date": fact.happened_on.isoformat(), "document": fact.document_number}
        for fact in open_facts
        if fact.happened_on.year == year
    ]
    grade = "unrated"
    if counted:
        decision = decide(
            "credit-grade",
            {"unit_kind": unit.kind, "year": year, "facts": counted, "history": {}, "harm_dates": []},
            on=clock.day_of(now),
        )
        store(decision, subject_type="unit", subject_id=str(unit.pk), by=None, at=now)
        grade = decision.as_dict()["result"]["grade"]
    standing, _created = UnitStanding.objects.update_or_create(
        unit=unit,
        defaults={
            "grade": grade,
            "year": year if counted else None,
            "simulated": True,
            "open_facts": len(open_facts),
            "updated_at": now,
        },
    )
    return standing


def _change(actor: Any, fact_id: int, event: str, *, now: datetime | None, reason: str) -> tuple[Fact, Acting]:
    with acting(
        actor, f"facts.{event}", access.visible_to(actor), fact_id, can=access.can, now=now, reason=reason
    ) as act:
        act.move(event)
    weigh(act.target.unit, now=act.now)
    return act.target, act


def check_repair(act: Acting) -> None:
    """A repair needs the duty fulfilled and the least period of publicity gone by."""
    fact = act.target
    if fact.fulfilled_on is None:
        raise Refused("fulfilled_on", _("义务尚未履行，不能修复。"), rule="credit-repair")
    if fact.earliest_repair_on and act.today < fact.earliest_repair_on:
        raise Refused(
            "earliest_repair_on",
            _("最短公示期未满，最早可于 %(day)s 修复。") % {"day": fact.earliest_repair_on.isoformat()},
            rule="credit-repair",
        )


@transaction.atomic
def confirm(actor: Any, fact_id: int, *, now: datetime | None = None, reason: str = "") -> Fact:
    """审核确认: the officer has compared the fact with its document."""
    return _change(actor, fact_id, "confirm", now=now, reason=reason)[0]


@transaction.atomic
def object_to(actor: Any, fact_id: int, *, reason: str, now: datetime | None = None) -> Fact:
    """提出异议: the unit says why the fact is wrong."""
    if not reason.strip():
        raise Refused("reason", _("请写明异议的理由。"))
    return _change(actor, fact_id, "object", now=now, reason=reason)[0]


@transaction.atomic
def withdraw(actor: Any, fact_id: int, *, reason: str, now: datetime | None = None) -> Fact:
    """撤销: the fact was wrong, or its document was revoked."""
    if not reason.strip():
        raise Refused("reason", _("请写明撤销的理由。"))
    return _change(actor, fact_id, "withdraw", now=now, reason=reason)[0]


@transaction.atomic
def repair(actor: Any, fact_id: int, *, fulfilled_on: date, now: datetime | None = None, reason: str = "") -> Fact:
    """信用修复: the duty is fulfilled and the least period of publicity is over."""
    with acting(
        actor, "facts.repair", access.visible_to(actor), fact_id, can=access.can, now=now, reason=reason
    ) as act:
        act.move("repair")
        if fulfilled_on > act.today:
            raise Refused("fulfilled_on", _("日期不能晚于今天。"))
        act.target.fulfilled_on = fulfilled_on
        set_periods(act.target)
        check_repair(act)
        act.note(fulfilled_on=fulfilled_on.isoformat())
    weigh(act.target.unit, now=act.now)
    return act.target


def expire(*, now: datetime) -> int:
    """公示期满: hide what has been shown for its whole period. Returns the number of facts."""
    due = list(
        Fact.objects.filter(state__in=("recorded", "confirmed"), hidden_from__lte=clock.day_of(now))
        .order_by("id")
        .values_list("id", flat=True)[:5000]
    )
    for pk in due:
        with acting(None, "facts.expire", Fact.objects.all(), pk, now=now) as act:
            act.move("expire")
        weigh(act.target.unit, now=now)
    return len(due)
