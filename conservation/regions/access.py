"""Who may see and do what with divisions and zones: everyone reads them, an administrator replaces the layer."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from conservation.accounts.access import is_administrator
from conservation.regions.models import DivisionLoad


def can(user: Any, act: str, obj: Any = None) -> bool:
    """May the user do this act? ``load_divisions`` is the administrator's."""
    return act == "load_divisions" and is_administrator(user)


def visible_to(user: Any) -> QuerySet[DivisionLoad]:
    """Records of loaded layers: administrators only."""
    return DivisionLoad.objects.all() if is_administrator(user) else DivisionLoad.objects.none()
