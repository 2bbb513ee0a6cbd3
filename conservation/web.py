"""What every page shares: access rules of views, GET without writes, refusals as pages, and site-wide context."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import DataError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from conservation.accounts.access import scope_of
from conservation.errors import Forbidden, NotFound, Refused

View = Callable[..., HttpResponse]


# --- access rules: a view without one does not start (conservation.checks) --------------------------------------
def public(view: View) -> View:
    """Everybody may open this page."""
    view.access_rule = "public"  # type: ignore[attr-defined]
    return login_not_required(view)


def signed_in(view: View) -> View:
    """Any signed-in person; what is shown is scoped by the room's ``visible_to``."""
    view.access_rule = "signed_in"  # type: ignore[attr-defined]
    return view


def roles_only(*wanted: str) -> Callable[[View], View]:
    """Only people who hold one of the roles today; the action still asks for itself."""

    def decorate(view: View) -> View:
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated or not scope_of(request.user).has(*wanted):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.__name__ = view.__name__
        guarded.__doc__ = view.__doc__
        guarded.__module__ = view.__module__
        guarded.access_rule = wanted  # type: ignore[attr-defined]
        return guarded

    return decorate


# --- GET never writes --------------------------------------------------------------------------------------------
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY|MERGE|CREATE|ALTER|DROP)\b", re.IGNORECASE)
HOUSEKEEPING = ("django_session", "axes_", "knox_", "accounts_user", "django_admin_log")
"""Tables that a sign-in, a session or a token's own bookkeeping may touch during a reading request."""


class ReadOnlyGetMiddleware:
    """A GET or HEAD that tries to write fails loudly instead of changing anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with connection.execute_wrapper(refuse_writes):
            return self.get_response(request)


def refuse_writes(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    text = sql if isinstance(sql, str) else str(sql)
    if WRITES.match(text) and not any(table in text for table in HOUSEKEEPING):
        raise RuntimeError(f"a reading request tried to write: {text[:120]}")
    return execute(sql, params, many, context)


# --- refusals ------------------------------------------------------------------------------------------------------
class RefusedMiddleware:
    """A refusal that a view did not show itself becomes a page with its status and its faults."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotFound):
            raise Http404
        if isinstance(exception, Forbidden):
            raise PermissionDenied(str(exception))
        exception = unstorable(exception) or exception
        if isinstance(exception, Refused):
            return render(request, "refused.html", {"refused": exception}, status=exception.status)
        return None


def cursor_shape(text: str) -> bool:
    """Whether a text may be a key of the database: ASCII digits, not more than it holds."""
    return re.fullmatch(r"[0-9]{1,18}", text) is not None


def unstorable(caught: Exception) -> Refused | None:
    """What no column can hold (a NUL sign, half a character, a number beyond its range) as a refusal."""
    if isinstance(caught, DataError | UnicodeEncodeError):
        return Refused("body", _("填写的内容含有无法保存的字符或超出范围的数。"))
    return None


def add_faults(form: Any, refused: Refused) -> None:
    """Show each fault at its field; a fault of no field of this form stands above it."""
    for fault in refused.faults:
        name = fault.key.split("[")[0].split(".")[0]
        text = f"{fault.message}（{fault.rule}）" if fault.rule else str(fault.message)
        form.add_error(name if name in form.fields else None, text)


def site(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    user = getattr(request, "user", None)
    return {
        "demo": settings.DEMO,
        "portal_name": settings.PORTAL_NAME,
        "scope": scope_of(user),
        "map_approval_number": settings.MAP_APPROVAL_NUMBER,
    }
