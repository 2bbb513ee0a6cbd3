"""Telling people: one notice per person, in their inbox and, where they have an address, by mail.

``key`` makes a notice one of its kind: the same person is told once per key, so a job that runs again tells nobody
twice. Mail goes out after the commit; when mail is down the notice stays in the inbox and is mailed by the next round.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts.models import Membership, User, as_user
from conservation.errors import Forbidden, NotFound
from conservation.history import subjects
from conservation.notices.models import Notice

logger = logging.getLogger(__name__)
BATCH = 1000


def tell(
    users: Iterable[User],
    *,
    kind: str,
    title: str,
    body: str = "",
    subject: Any = None,
    key: str = "",
    now: datetime | None = None,
) -> int:
    """Put a notice into each inbox; returns how many were new. ``kind`` is one of ``Notice.Kind``."""
    if kind not in Notice.Kind.values:
        raise LookupError(f"no notice kind {kind}")
    moment = now or clock.now()
    people = {user.pk for user in users if user.is_active}
    if key:
        people -= set(Notice.objects.filter(user__in=people, key=key).values_list("user_id", flat=True))
    rows = [
        Notice(
            user_id=pk,
            kind=kind,
            title=title[:200],
            body=body,
            subject_type=subjects.code_of(subject) if subject is not None else "",
            subject_id=str(subject.pk) if subject is not None else "",
            key=key,
            created_at=moment,
        )
        for pk in sorted(people)
    ]
    Notice.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=bool(key))
    if rows:
        transaction.on_commit(request_mail, robust=True)
    return len(rows)


def tell_role(
    authority: Any,
    roles: str | Iterable[str],
    *,
    kind: str,
    title: str,
    body: str = "",
    subject: Any = None,
    key: str = "",
    now: datetime | None = None,
) -> int:
    """Tell everybody who holds one of the roles at this authority on that day."""
    wanted = [roles] if isinstance(roles, str) else list(roles)
    moment = now or clock.now()
    people = _members(moment, authority=authority, role__in=wanted)
    return tell(people, kind=kind, title=title, body=body, subject=subject, key=key, now=moment)


def tell_unit(
    unit: Any,
    *,
    kind: str,
    title: str,
    body: str = "",
    subject: Any = None,
    key: str = "",
    now: datetime | None = None,
) -> int:
    """Tell everybody who acts for this unit on that day; a unit that is not known yet (None) is told nothing."""
    if unit is None:
        return 0
    moment = now or clock.now()
    people = _members(moment, unit=unit)
    return tell(people, kind=kind, title=title, body=body, subject=subject, key=key, now=moment)


def _members(moment: datetime, **office: Any) -> Any:
    """Active people with one membership that names the office (and role) and is in force on that day."""
    day = clock.day_of(moment)
    memberships = Membership.objects.filter(valid_from__lte=day, **office).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    )
    return User.objects.filter(pk__in=memberships.values("user"), is_active=True).order_by("pk")


def mark_read(actor: Any, notice_id: Any, *, now: datetime | None = None) -> Notice:
    """Mark one of the actor's own notices as read; reading twice changes nothing."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(user=as_user(actor), pk=notice_id).first()
        if notice is None:
            raise NotFound("id", _("没有这条通知。"))
        if notice.read_at is None:
            notice.read_at = now or clock.now()
            notice.save(update_fields=["read_at"])
    return notice


def mark_all_read(actor: Any, *, now: datetime | None = None) -> int:
    """Mark every notice of the actor as read."""
    person = as_user(actor)
    if person is None:
        raise Forbidden("actor", _("请先登录。"))
    return Notice.objects.filter(user=person, read_at__isnull=True).update(read_at=now or clock.now())


def request_mail() -> None:
    """Ask a worker to send the mail; the hourly round does it when the broker is down."""
    from conservation.notices.tasks import mail

    try:
        mail.delay()
    except Exception:
        logger.warning("broker not reachable, mail waits for the next round", exc_info=True)
