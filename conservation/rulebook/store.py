"""Keep decisions, find them again, and replay them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet

from conservation.rulebook import registry
from conservation.rulebook.models import StoredDecision
from conservation.rulebook.registry import Decision, UnknownRule
from conservation.rulebook.values import InputError, plain

CHUNK = 2000


def store(decision: Decision, *, subject_type: str, subject_id: Any, by: Any, at: datetime) -> StoredDecision:
    """Keep a decision about a subject. ``by`` is the person, None for a job; runs in the caller's transaction."""
    return StoredDecision.objects.create(
        **columns(decision), subject_type=subject_type, subject_id=str(subject_id), decided_by=by, decided_at=at
    )


def columns(decision: Decision) -> dict[str, Any]:
    """The columns of a decision without subject, person and time; for bulk inserts."""
    return {
        "rule": decision.rule,
        "version": decision.version,
        "on": decision.on,
        "province": decision.province,
        "inputs": decision.inputs,
        "result": decision.result,
        "lines": plain(decision.lines),
        "basis": plain(decision.basis),
        "status": decision.status,
    }


def of(subject_type: str, subject_id: Any, rule: str = "") -> QuerySet[StoredDecision]:
    """The decisions about a subject, newest first."""
    found = StoredDecision.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
    if rule:
        found = found.filter(rule=rule)
    return found.order_by("-decided_at", "-id")


def decide_again(row: StoredDecision) -> Decision:
    """The same question to the same version of the rule, on the same day, in the same place."""
    version = row.version.partition("+")[0]
    return registry.decide(row.rule, row.inputs, on=row.on, province=row.province or None, version=version)


def derived_lines(row: StoredDecision) -> list[dict[str, Any]]:
    try:
        return list(plain(decide_again(row).lines))
    except (InputError, UnknownRule):
        return []


def same(stored: Any, fresh: Any) -> bool:
    """Is everything that was stored still so? A number may have been stored as text; keys added since do not count."""
    if isinstance(stored, Mapping) and isinstance(fresh, Mapping):
        return all(name in fresh and same(value, fresh[name]) for name, value in stored.items())
    if isinstance(stored, list) and isinstance(fresh, list):
        return len(stored) == len(fresh) and all(same(one, other) for one, other in zip(stored, fresh, strict=True))
    if isinstance(stored, bool) or isinstance(fresh, bool) or stored is None or fresh is None:
        return stored is fresh
    if stored == fresh:
        return True
    try:
        return Decimal(str(stored)) == Decimal(str(fresh))
    except InvalidOperation:
        return False


def difference(row: StoredDecision) -> dict[str, Any] | None:
    """What is different when this decision is replayed; None when nothing is."""
    head = {"id": row.pk, "rule": row.rule, "subject": f"{row.subject_type}:{row.subject_id}"}
    try:
        fresh = decide_again(row)
    except (InputError, UnknownRule) as refused:
        return {**head, "what": "refused", "key": refused.key, "message": refused.message}
    if not same(row.result, fresh.result):
        keys = [name for name, value in row.result.items() if not same(value, fresh.result.get(name))]
        changed = "numbers" if fresh.version != row.version else "result"
        return {**head, "what": changed, "keys": keys, "stored": row.result, "replayed": fresh.result}
    if row.status != fresh.status:
        return {**head, "what": "status", "stored": row.status, "replayed": fresh.status}
    if row.lines and not same(row.lines, plain(fresh.lines)):
        return {**head, "what": "lines"}
    return None


def to_replay(rule: str = "", since: date | None = None) -> QuerySet[StoredDecision]:
    found = StoredDecision.objects.order_by("id")
    if rule:
        found = found.filter(rule=rule)
    if since:
        found = found.filter(decided_at__date__gte=since)
    return found


def replay(rule: str = "", since: date | None = None) -> Iterator[dict[str, Any] | None]:
    """Replay decisions one by one from a server-side cursor; memory stays flat. Yields the difference or None."""
    for row in to_replay(rule, since).iterator(chunk_size=CHUNK):
        yield difference(row)
