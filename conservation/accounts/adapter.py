"""Sign-up is closed: people are invited by their authority or unit. Sign-in names its person to the lock-out."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def name_tried(request: Any, credentials: dict[str, Any] | None = None) -> str:
    """The user name of an attempt, however it came in: page (``login``), API or backend (``username``)."""
    given = credentials or {}
    posted = getattr(request, "POST", {}) or {}
    name = given.get("username") or given.get("login") or posted.get("login") or posted.get("username") or ""
    return str(name)[:150]
