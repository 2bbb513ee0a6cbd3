"""The one way to act.

Every action function in every room is written around ``acting`` (an act on an existing object) or ``creating`` (an
act that makes one): the transaction is opened, the row locked, permission asked, the state changed by the room's
table, the history written, and what follows is queued on commit.

    def accept(actor, plan_id, *, now=None, reason=""):
        with acting(actor, "plans.accept", Plan.objects.all(), plan_id, can=access.can, now=now, reason=reason) as act:
            act.move("accept")
            ...
            act.note(number=act.target.number)
        return act.target
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pghistory
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from conservation import clock
from conservation.errors import Conflict, Forbidden, NotFound
from conservation.history import outbox, subjects
from conservation.history.models import Event

UNIQUE_VIOLATION = "23505"
Can = Callable[[Any, str, Any], bool]


class Acting:
    """One act in progress. ``target`` is the locked (or freshly made) object, ``now`` the time of the act."""

    def __init__(self, actor: Any, act: str, target: Any, now: datetime, reason: str):
        self.actor = actor
        self.act = act
        self.target: Any = target
        self.now = now
        self.reason = reason
        self.data: dict[str, Any] = {}
        self.documents: list[str] = []
        self.from_state = getattr(target, "state", "") if target is not None else ""
        self.authority_name = ""

    @property
    def today(self) -> Any:
        return clock.day_of(self.now)

    def move(self, event: str) -> str:
        """Change the state by the room's table; raises ``Conflict`` naming who was first when it is too late."""
        try:
            transition = self.target.STATES.find(self.target.state, event)
        except Conflict as refused:
            raise self._who_was_first(refused) from None
        self.target.state = transition.target
        return transition.target

    def _who_was_first(self, refused: Conflict) -> Conflict:
        last = last_event(self.target)
        if last is None or last.actor_id is None:
            return refused
        message = _("%(refusal)s最近一次办理：%(who)s于%(when)s（%(act)s）。") % {
            "refusal": str(refused),
            "who": last.actor_name,
            "when": last.occurred_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "act": act_label(last.act),
        }
        return Conflict("state", message, rule=refused.faults[0].rule)

    def note(self, **facts: Any) -> None:
        """Add facts to the history event (JSON-safe values)."""
        self.data.update(facts)

    def attach(self, *documents: Any) -> None:
        """Record the hashes of the documents the act rests on or makes."""
        self.documents.extend(document.sha256 for document in documents)

    def publish(self, topic: str, **payload: Any) -> None:
        """Tell higher storeys, through the outbox, in this transaction."""
        outbox.publish(topic, payload, now=self.now)

    def after_commit(self, function: Callable[[], Any]) -> None:
        transaction.on_commit(function, robust=True)


@contextmanager
def acting(
    actor: Any,
    act: str,
    queryset: QuerySet[Any],
    pk: Any,
    *,
    can: Can | None = None,
    now: datetime | None = None,
    reason: str = "",
    save: bool = True,
) -> Iterator[Acting]:
    """Act on one existing object.

    Raises ``NotFound`` when the queryset has no such row, ``Forbidden`` when ``can(actor, verb, target)`` is false
    (the verb is what stands after the dot of ``act``), and whatever the body raises; then nothing is written.
    ``actor`` None is the system itself (a scheduled job), which is not asked for permission.
    """
    with first_come(), transaction.atomic(), pghistory.context(act=act, user=getattr(actor, "pk", None)):
        target = queryset.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
        if target is None:
            raise NotFound("id", _("没有这条记录，或您无权查看。"))
        allow(actor, act, target, can)
        one = Acting(actor, act, target, now or clock.now(), reason)
        yield one
        if save:
            target.save()
        record(one)


@contextmanager
def creating(
    actor: Any,
    act: str,
    *,
    can: Can | None = None,
    within: Any = None,
    now: datetime | None = None,
    reason: str = "",
) -> Iterator[Acting]:
    """Act that makes an object: the body sets ``act.target`` to the saved object.

    ``within`` is handed to ``can`` as the object the new one belongs to.
    """
    with first_come(), transaction.atomic(), pghistory.context(act=act, user=getattr(actor, "pk", None)):
        allow(actor, act, within, can)
        one = Acting(actor, act, None, now or clock.now(), reason)
        yield one
        if one.target is None:
            raise RuntimeError(f"{act} made nothing")
        record(one)


@contextmanager
def first_come() -> Iterator[None]:
    """What two people enter at once has one winner; the other is told, by ``Conflict``."""
    try:
        yield
    except IntegrityError as caught:
        if getattr(caught.__cause__, "sqlstate", "") != UNIQUE_VIOLATION:
            raise
        raise Conflict("id", _("同样的记录刚刚已经登记，请刷新后核对。")) from caught


def allow(actor: Any, act: str, target: Any, can: Can | None) -> None:
    """Raise ``Forbidden`` unless the actor may do this act; the system (None) may."""
    if actor is None or can is None:
        return
    if not can(actor, act.split(".", 1)[1], target):
        raise Forbidden("actor", _("您没有办理“%(act)s”的权限。") % {"act": act_label(act)}, rule=act)


def record(one: Acting) -> Event:
    """Write the history event of an act."""
    return Event.objects.create(
        subject_type=subjects.code_of(one.target),
        subject_id=str(one.target.pk),
        act=one.act,
        actor=one.actor,
        actor_name=str(getattr(one.actor, "name", "") or one.actor) if one.actor else _("系统"),
        authority_name=one.authority_name or (office_of(one.actor) if one.actor else ""),
        from_state=one.from_state,
        to_state=getattr(one.target, "state", ""),
        reason=one.reason,
        data=one.data,
        documents=one.documents,
        occurred_at=one.now,
    )


def office_of(actor: Any) -> str:
    """The office or unit a person acts for."""
    office = getattr(actor, "office_name", "")
    return office() if callable(office) else office


def last_event(obj: Any) -> Event | None:
    return Event.objects.filter(subject_type=subjects.code_of(obj), subject_id=str(obj.pk)).order_by("-seq").first()


_labels: dict[str, Any] = {}


def label_acts(labels: dict[str, Any]) -> None:
    """Rooms give their acts names for people: {"plans.submit": _("报送方案")}."""
    _labels.update(labels)


def act_label(act: str) -> str:
    return str(_labels.get(act, act))
