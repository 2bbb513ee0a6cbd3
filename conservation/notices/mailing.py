"""Mail for notices: each is sent once, to people who have an address; a failure leaves it for the next round."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from conservation import clock
from conservation.history import subjects
from conservation.notices.models import Notice

logger = logging.getLogger(__name__)
MAILED = (Notice.Kind.STATUTORY, Notice.Kind.TASK, Notice.Kind.REMINDER, Notice.Kind.RESULT)
TOO_OLD = timedelta(days=7)
"""What could not be mailed for a week is no longer mailed; it stays in the inbox."""


def send_waiting(limit: int = 500) -> tuple[int, int]:
    """Mail what waits. Returns (sent, failed). Two workers at once share the work, none is mailed twice."""
    sent = failed = 0
    since = clock.now() - TOO_OLD
    ids = list(
        Notice.objects.filter(mailed_at__isnull=True, created_at__gte=since, kind__in=MAILED)
        .exclude(user__email="")
        .order_by("id")
        .values_list("id", flat=True)[:limit]
    )
    connection = get_connection()
    for pk in ids:
        with transaction.atomic():
            notice = (
                Notice.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("user")
                .filter(pk=pk, mailed_at__isnull=True)
                .first()
            )
            if notice is None:
                continue
            try:
                message_of(notice, connection).send()
            except Exception:
                logger.warning("notice %s could not be mailed", pk, exc_info=True)
                failed += 1
                continue
            notice.mailed_at = clock.now()
            notice.save(update_fields=["mailed_at"])
            sent += 1
    return sent, failed


def message_of(notice: Notice, connection: Any = None) -> EmailMessage:
    """The mail of one notice: its title and body, and the address of the page it is about."""
    lines = [notice.body or notice.title]
    path = subjects.url_of(notice.subject_type, notice.subject_id) if notice.subject_type else ""
    if path:
        lines.append(settings.PUBLIC_URL.rstrip("/") + path)
    title = " ".join(notice.title.split())
    prefix = f"[{settings.PORTAL_NAME}] " if settings.PORTAL_NAME else ""
    return EmailMessage(prefix + title, "\n\n".join(lines), to=[notice.user.email], connection=connection)
