"""Reading history: the timeline of a subject, the latest events in a person's scope, and the check of the chains."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from conservation.history import subjects
from conservation.history.models import HASH_SQL, Event

BROKEN_SHOWN = 1000
STRIDE, STRIDES = 200, 10


def timeline(obj: Any) -> QuerySet[Event]:
    """Every event of a subject, newest first."""
    return of(subjects.code_of(obj), str(obj.pk))


def of(subject_type: str, subject_id: str) -> QuerySet[Event]:
    return Event.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-seq")


def read_by(user: Any, obj: Any) -> QuerySet[Event]:
    """The events of a subject that this person may read, newest first."""
    code = subjects.code_of(obj)
    subject = subjects.get(code)
    acts = subject.acts_for(user, obj) if subject is not None and subject.acts_for is not None else None
    found = of(code, str(obj.pk))
    return found if acts is None else found.filter(act__in=sorted(acts))


def latest(user: Any, kind: str = "", *, after: int | None = None, size: int = 50) -> tuple[list[Event], int | None]:
    """The latest events of subjects that the user may see. Returns (events, cursor of the next page or None).

    Walks backwards in strides and asks each room about the few subjects of a stride, so that the cost does not grow
    with the number of projects; after ``STRIDES`` strides the page may be short, and its cursor goes on from there.
    """
    found: list[Event] = []
    for _stride in range(STRIDES):
        events = Event.objects.select_related("actor").order_by("-id")
        events = events.filter(subject_type=kind) if kind else events
        rows = list((events.filter(pk__lt=after) if after is not None else events)[:STRIDE])
        seen = _visible_subjects(user, rows)
        for row in rows:
            if (row.subject_type, row.subject_id) not in seen or not _may_read(user, row):
                continue
            if len(found) == size:
                return found, found[-1].pk
            found.append(row)
        if len(rows) < STRIDE:
            return found, None
        after = rows[-1].pk
    return found, after


def _may_read(user: Any, event: Event) -> bool:
    """Some subjects show a party only a part of their acts (``Subject.acts_for``)."""
    subject = subjects.get(event.subject_type)
    if subject is None or subject.acts_for is None:
        return True
    obj = subjects.find(user, event.subject_type, event.subject_id)
    acts = subject.acts_for(user, obj) if obj is not None else frozenset()
    return acts is None or event.act in acts


def _visible_subjects(user: Any, events: list[Event]) -> set[tuple[str, str]]:
    keys: dict[str, set[str]] = {}
    for event in events:
        keys.setdefault(event.subject_type, set()).add(event.subject_id)
    seen: set[tuple[str, str]] = set()
    for code, ids in keys.items():
        subject = subjects.get(code)
        if subject is None:
            continue
        try:
            visible = subject.visible_to(user).order_by().filter(pk__in=sorted(ids)).values_list("pk", flat=True)
            seen.update((code, str(pk)) for pk in visible)
        except ValueError:
            continue
    return seen


VERIFY = f"""
WITH links AS (
    SELECT e.*, {HASH_SQL.format(row="e")} AS computed,
           lag(e.seq) OVER chain AS before_seq, lag(e.hash) OVER chain AS before_hash
    FROM history_event e
    WHERE (%(type)s::text IS NULL OR e.subject_type = %(type)s)
      AND (%(id)s::text IS NULL OR e.subject_id = %(id)s)
    WINDOW chain AS (PARTITION BY e.subject_type, e.subject_id ORDER BY e.seq)
), faults AS (
    SELECT subject_type, subject_id, seq, id AS event,
           CASE WHEN hash <> computed THEN 'content'
                WHEN seq <> coalesce(before_seq, 0) + 1 THEN 'gap'
                WHEN prev_hash <> coalesce(before_hash, '') THEN 'link' END AS fault
    FROM links
    WHERE hash <> computed OR seq <> coalesce(before_seq, 0) + 1 OR prev_hash <> coalesce(before_hash, '')
), tails AS (
    SELECT DISTINCT ON (subject_type, subject_id) subject_type, subject_id, seq, hash, id
    FROM links ORDER BY subject_type, subject_id, seq DESC
), heads AS (
    SELECT coalesce(h.subject_type, t.subject_type), coalesce(h.subject_id, t.subject_id),
           coalesce(t.seq, h.seq), t.id,
           CASE WHEN t.id IS NULL THEN 'missing' WHEN h.id IS NULL THEN 'head'
                WHEN h.seq > t.seq THEN 'missing' ELSE 'head' END
    FROM (SELECT * FROM history_chainhead WHERE seq > 0
             AND (%(type)s::text IS NULL OR subject_type = %(type)s)
             AND (%(id)s::text IS NULL OR subject_id = %(id)s)) h
    FULL JOIN tails t ON t.subject_type = h.subject_type AND t.subject_id = h.subject_id
    WHERE h.id IS NULL OR t.id IS NULL OR h.seq <> t.seq OR h.hash <> t.hash
)
SELECT * FROM faults UNION ALL SELECT * FROM heads ORDER BY 1, 2, 3, 5
"""
"""One statement over the whole table: recomputes every hash and compares each link with the one before it and with
the head of its chain. Faults: ``content`` (a row says something else than its hash), ``gap`` (a number is missing
before it), ``link`` (it does not point at its predecessor), ``head`` (the chain's head says something else),
``missing`` (events at the end of the chain are gone)."""


def verify(subject_type: str | None = None, subject_id: str | None = None) -> dict[str, Any]:
    """Check the chains. Returns ``events``, ``chains`` and ``broken``: one entry per fault, precisely named."""
    params = {"type": subject_type, "id": subject_id}
    where = Q(subject_type=subject_type, subject_id=subject_id) if subject_type else Q()
    with connection.cursor() as cursor:
        cursor.execute(VERIFY, params)
        rows = cursor.fetchmany(BROKEN_SHOWN)
    events = Event.objects.filter(where)
    return {
        "events": events.count(),
        "chains": events.order_by().values("subject_type", "subject_id").distinct().count(),
        "broken": [
            {"subject": f"{kind}:{pk}", "seq": seq, "event": event, "fault": fault}
            for kind, pk, seq, event, fault in rows
        ],
    }
