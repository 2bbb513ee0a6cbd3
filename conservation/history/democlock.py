"""The demo clock: in demo mode and in tests the portal's present can be moved, so that a period can be lived through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from conservation.errors import Forbidden, Refused
from conservation.history.models import DemoClock

FARTHEST = timedelta(days=3660)


def available() -> bool:
    return bool(settings.DEMO or settings.TESTING)


def _allow(actor: Any) -> None:
    if not available() or not getattr(actor, "is_authenticated", False):
        raise Forbidden("actor", _("只有演示环境的登录用户可以调整时钟。"))


def move(actor: Any, by: timedelta) -> timedelta:
    """Move the clock forward; returns how far it now stands ahead. Raises ``Refused`` for a step back or too far."""
    _allow(actor)
    if by <= timedelta(0):
        raise Refused("days", _("时钟只能向前调；要回到现在请复位。"))
    with transaction.atomic():
        row, _fresh = DemoClock.objects.select_for_update().get_or_create(pk=1, defaults={"offset": timedelta(0)})
        if row.offset + by > FARTHEST:
            raise Refused("days", _("最多向前调 %(n)d 天。") % {"n": FARTHEST.days})
        row.offset += by
        row.save(update_fields=["offset"])
    return row.offset


def reset(actor: Any) -> None:
    """Back to the machine's clock."""
    _allow(actor)
    DemoClock.objects.filter(pk=1).delete()
