"""Statutory timers: start, stop, pause, resume, extend, and the round that warns and marks breaches.

Rooms call these inside the transaction of their act; the permission is that act's. A timer is found by its subject
and code: only one of a code runs at a time on a subject.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.deadlines import law
from conservation.deadlines.models import Pause, Timer
from conservation.errors import Conflict, NotFound, Refused
from conservation.history import outbox, subjects
from conservation.history.acting import Acting, record
from conservation.notices import actions as notices

OPEN = (Timer.State.RUNNING, Timer.State.PAUSED)


def start(
    code: str,
    subject: Any,
    *,
    at: datetime,
    authority: Any = None,
    unit: Any = None,
    length: int | None = None,
    variant: str = "",
    on_due: str = "",
) -> Timer:
    """Start a timer on a subject at a moment (the first day does not count).

    ``authority`` or ``unit`` is who must act in time. ``length`` is needed where the law leaves it to the act
    (rectification: days given). At the end ``deadline.breached`` is published for a duty and ``deadline.passed`` for a
    window (``law.WINDOWS``), and besides it ``on_due`` when it is given.
    Raises ``Conflict`` when one of this code already runs, ``Refused`` when the rule does not answer.
    """
    found = law.ask(code, at, length=length, variant=variant)
    subject_type, subject_id = subjects.code_of(subject), str(subject.pk)
    with transaction.atomic():
        if Timer.objects.filter(subject_type=subject_type, subject_id=subject_id, code=code, state__in=OPEN).exists():
            raise Conflict("timer", _("期限“%(label)s”已在计时。") % {"label": found.label}, rule=code)
        timer = Timer.objects.create(
            code=code,
            label=found.label,
            subject_type=subject_type,
            subject_id=subject_id,
            subject_label=str(subject)[:200],
            authority=authority,
            unit=unit,
            basis=found.basis,
            mark=found.mark,
            unit_of_time=found.unit,
            length=found.length,
            variant=variant,
            started_at=at,
            due_at=found.due_at,
            provisional=found.provisional,
            warn_at=found.warn_at,
            on_due=on_due,
        )
        _record(timer, "deadlines.start", at, from_state="", due=timer.due_at.isoformat())
    return timer


def stop(subject: Any, code: str, *, at: datetime) -> Timer | None:
    """End a timer because what it waited for happened; None when none is open. Too late stays visible as a breach."""
    with transaction.atomic():
        timer = _find(subject, code)
        if timer is None:
            return None
        before = timer.state
        timer.pauses.filter(to_at__isnull=True).update(to_at=at)
        late = timer.state == Timer.State.RUNNING and at > timer.due_at and timer.code not in law.WINDOWS
        if late and timer.breached_at is None:
            timer.breached_at = timer.due_at
        timer.state = Timer.State.STOPPED
        timer.stopped_at = at
        timer.save()
        _record(timer, "deadlines.stop", at, from_state=before, late=bool(timer.breached_at))
    return timer


def void(subject: Any, code: str, *, at: datetime, reason: str = "") -> Timer | None:
    """Take back a timer whose ground has gone (the act was withdrawn); None when none is open."""
    with transaction.atomic():
        timer = _find(subject, code)
        if timer is None:
            return None
        before = timer.state
        timer.pauses.filter(to_at__isnull=True).update(to_at=at)
        timer.state, timer.stopped_at = Timer.State.VOID, at
        timer.save()
        _record(timer, "deadlines.void", at, from_state=before, reason=reason)
    return timer


def stop_all(subject: Any, *, at: datetime) -> int:
    """End every open timer of a subject; returns how many."""
    codes = Timer.objects.filter(
        subject_type=subjects.code_of(subject), subject_id=str(subject.pk), state__in=OPEN
    ).values_list("code", flat=True)
    return sum(stop(subject, code, at=at) is not None for code in list(codes))


def pause(subject: Any, code: str, *, at: datetime, reason: str, document: Any = None) -> Timer:
    """Stop counting (technical review, hearing, force majeure…): the reason is required."""
    if not reason.strip():
        raise Refused("reason", _("中止计时须写明理由。"), rule=code)
    with transaction.atomic():
        timer = _need(subject, code)
        if timer.state != Timer.State.RUNNING:
            raise Conflict("timer", _("期限“%(label)s”已中止计时。") % {"label": timer.label}, rule=code)
        Pause.objects.create(timer=timer, from_at=at, reason=reason[:200], document=document)
        timer.state = Timer.State.PAUSED
        timer.save()
        _record(timer, "deadlines.pause", at, from_state=Timer.State.RUNNING, reason=reason)
    return timer


def resume(subject: Any, code: str, *, at: datetime) -> Timer:
    """Go on counting; the due day moves by what was paused."""
    with transaction.atomic():
        timer = _need(subject, code)
        if timer.state != Timer.State.PAUSED:
            raise Conflict("timer", _("期限“%(label)s”没有中止计时。") % {"label": timer.label}, rule=code)
        timer.pauses.filter(to_at__isnull=True).update(to_at=at)
        timer.state = Timer.State.RUNNING
        recompute(timer)
        timer.save()
        _record(timer, "deadlines.resume", at, from_state=Timer.State.PAUSED, due=timer.due_at.isoformat())
    return timer


def extend(subject: Any, code: str, *, at: datetime, actor: Any, reason: str, length: int | None = None) -> Timer:
    """Use the extension that the law allows, once, before the period has run out; the reason is required.

    ``length`` is the new total where the law leaves it to the approving paper (T24).
    """
    if not reason.strip():
        raise Refused("reason", _("延长期限须写明理由。"), rule=code)
    with transaction.atomic():
        timer = _need(subject, code)
        if timer.extended:
            raise Conflict("timer", _("期限“%(label)s”已延长过一次。") % {"label": timer.label}, rule=code)
        if timer.state == Timer.State.RUNNING and at > timer.due_at:
            raise Conflict("timer", _("期限“%(label)s”已届满，不能延长。") % {"label": timer.label}, rule=code)
        timer.extended = True
        timer.length = length if length is not None else timer.length
        recompute(timer)
        timer.save()
        _record(timer, "deadlines.extend", at, actor=actor, reason=reason, due=timer.due_at.isoformat())
    return timer


def recompute(timer: Timer) -> bool:
    """Ask the rule again with the timer's pauses and extension (not saved). True when the due moment moved."""
    pauses = [
        {
            "from": clock.day_of(one.from_at).isoformat(),
            "to": clock.day_of(one.to_at).isoformat(),
            "reason": one.reason,
        }
        for one in timer.pauses.filter(to_at__isnull=False).order_by("from_at")
        if one.to_at is not None
    ]
    found = law.ask(
        timer.code,
        timer.started_at,
        pauses=pauses,
        length=law.given_length(timer.code, timer.variant, timer.extended, timer.length),
        extended=timer.extended,
        variant=timer.variant,
    )
    moved = found.due_at != timer.due_at
    timer.due_at, timer.warn_at = found.due_at, found.warn_at
    timer.length, timer.provisional = found.length, found.provisional
    if moved and timer.breached_at is None:
        timer.warned_at = None
    return moved


def recompute_provisional(*, now: datetime | None = None) -> int:
    """After a year's calendar was published: compute every provisional (暂估) timer again; returns how many moved."""
    moment, moved = now or clock.now(), 0
    ids = Timer.objects.filter(state__in=OPEN, provisional=True).order_by("id").values_list("id", flat=True)
    for pk in list(ids):
        with transaction.atomic():
            timer = Timer.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            before = timer.due_at
            changed = recompute(timer)
            timer.save()
            if changed or not timer.provisional:
                _record(
                    timer,
                    "deadlines.recompute",
                    moment,
                    was=before.isoformat(),
                    due=timer.due_at.isoformat(),
                    provisional=timer.provisional,
                )
            moved += changed
    return moved


def check(now: datetime | None = None) -> dict[str, int]:
    """The round: warn what comes due, mark what is overdue, end the windows that have passed.

    Returns ``open`` (timers still open), ``warned`` and ``breached`` (in this round). Safe to run twice and beside
    itself.
    """
    moment = now or clock.now()
    running = Timer.objects.filter(state=Timer.State.RUNNING)
    overdue = running.filter(breached_at__isnull=True, due_at__lt=moment).order_by("due_at", "id")
    breached = sum(_end(pk, moment) for pk in list(overdue.values_list("id", flat=True)))
    soon = running.filter(warned_at__isnull=True, warn_at__lte=moment, due_at__gte=moment).order_by("due_at", "id")
    warned = sum(_warn(pk, moment) for pk in list(soon.values_list("id", flat=True)))
    return {"open": Timer.objects.filter(state__in=OPEN).count(), "warned": warned, "breached": breached}


def _end(pk: int, now: datetime) -> bool:
    """What happens at the end of a period; True when it was a duty and is now breached."""
    with transaction.atomic():
        timer = _take(pk, breached_at__isnull=True, due_at__lt=now)
        if timer is None:
            return False
        if timer.code in law.WINDOWS:
            timer.state, timer.stopped_at = Timer.State.STOPPED, timer.due_at
            _finish(timer, "deadlines.pass", "deadline.passed", now)
            return False
        timer.breached_at = now
        _finish(timer, "deadlines.breach", "deadline.breached", now)
        title = _("期限已届满：%(label)s（%(subject)s）") % {"label": timer.label, "subject": timer.subject_label}
        _tell(timer, title, now, f"breach-{timer.pk}")
    return True


def _finish(timer: Timer, act: str, topic: str, now: datetime) -> None:
    timer.save()
    _record(timer, act, now, from_state=Timer.State.RUNNING, due=timer.due_at.isoformat())
    fact = {
        "code": timer.code,
        "subject_type": timer.subject_type,
        "subject_id": timer.subject_id,
        "timer": timer.pk,
    }
    for one in filter(None, (topic, timer.on_due)):
        outbox.publish(one, fact, now=now)


def _warn(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        timer = _take(pk, warned_at__isnull=True, due_at__gte=now)
        if timer is None:
            return False
        timer.warned_at = now
        timer.save(update_fields=["warned_at"])
        title = _("期限将至：%(label)s（%(subject)s），%(day)s届满") % {
            "label": timer.label,
            "subject": timer.subject_label,
            "day": clock.day_of(timer.due_at).isoformat(),
        }
        _tell(timer, title, now, f"warn-{timer.pk}-{clock.day_of(timer.due_at).isoformat()}")
    return True


def _tell(timer: Timer, title: str, now: datetime, key: str) -> None:
    facts: dict[str, Any] = {"kind": "reminder", "title": title, "body": "", "subject": timer, "key": key, "now": now}
    if timer.authority is not None:
        notices.tell_role(timer.authority, law.told_roles(timer.code), **facts)
    if timer.unit is not None:
        notices.tell_unit(timer.unit, **facts)


def _take(pk: int, **still: Any) -> Timer | None:
    """Lock a running timer unless another round has it; None when the condition no longer holds."""
    return (
        Timer.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk=pk, state=Timer.State.RUNNING, **still)
        .first()
    )


def _find(subject: Any, code: str) -> Timer | None:
    return (
        Timer.objects.select_for_update(of=("self",), no_key=True)
        .filter(subject_type=subjects.code_of(subject), subject_id=str(subject.pk), code=code, state__in=OPEN)
        .first()
    )


def _need(subject: Any, code: str) -> Timer:
    timer = _find(subject, code)
    if timer is None:
        raise NotFound("timer", _("没有正在计时的期限 %(code)s。") % {"code": code}, rule=code)
    return timer


def _record(
    timer: Timer,
    act: str,
    at: datetime,
    *,
    actor: Any = None,
    reason: str = "",
    from_state: str | None = None,
    **facts: Any,
) -> None:
    """A history event of the timer itself."""
    one = Acting(actor, act, timer, at, reason)
    if from_state is not None:
        one.from_state = from_state
    one.note(code=timer.code, subject=f"{timer.subject_type}:{timer.subject_id}", **facts)
    record(one)
