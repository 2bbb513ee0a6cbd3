"""Reading history: the timeline of a subject, the latest events in a person's scope, and the check of the chains."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from conservation.history import subjects
from conservation.history.models import HASH_SQL, Event

BROKEN_SHOWN = 1000


def timeline(obj: Any) -> QuerySet[Event]:
    """Every event of a subject, newest first."""
    return of(subjects.code_of(obj), str(obj.pk))


def of(subject_type: str, subject_id: str) -> QuerySet[Event]:
    return Event.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-seq")


def visible_to(user: Any, subject_type: str = "") -> QuerySet[Event]:
    """Events of the subjects that the user may see; ``subject_type`` narrows it to one kind."""
    condition = Q(pk__in=[])
    for subject in subjects.all_subjects():
        if subject_type and subject.code != subject_type:
            continue
        keys = subject.visible_to(user).order_by().annotate(history_key=Cast("pk", TextField())).values("history_key")
        condition |= Q(subject_type=subject.code, subject_id__in=keys)
    return Event.objects.filter(condition)


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
