"""Reading notices."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from conservation.accounts.models import as_user
from conservation.notices.models import Notice


def visible_to(user: Any) -> QuerySet[Notice]:
    """A person's own inbox, newest first."""
    person = as_user(user)
    if person is None:
        return Notice.objects.none()
    return Notice.objects.filter(user=person).order_by("-id")


def unread_count(user: Any) -> int:
    """How many notices the person has not read; one look-up in a partial index."""
    person = as_user(user)
    return 0 if person is None else Notice.objects.filter(user=person, read_at__isnull=True).count()
