"""The inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from conservation.history import subjects
from conservation.notices import actions, queries
from conservation.notices.models import Notice
from conservation.web import cursor_shape, signed_in

PAGE = 50


@signed_in
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """My notices, newest first; unread ones alone with ``?unread=1``."""
    notices = queries.visible_to(request.user)
    unread_only = request.GET.get("unread") == "1"
    kind = request.GET.get("kind", "")
    if unread_only:
        notices = notices.filter(read_at__isnull=True)
    if kind in Notice.Kind.values:
        notices = notices.filter(kind=kind)
    after = request.GET.get("after", "")
    if cursor_shape(after):
        notices = notices.filter(pk__lt=int(after))
    rows = list(notices[: PAGE + 1])
    page = {"next": str(rows[PAGE - 1].pk) if len(rows) > PAGE else "", "previous": ""}
    context = {
        "notices": rows[:PAGE],
        "page": page,
        "unread_only": unread_only,
        "kind": kind,
        "kinds": Notice.Kind.choices,
        "waiting": queries.unread_count(request.user),
    }
    return render(request, "notices/index.html", context)


@signed_in
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read; with ``open`` go on to what it is about."""
    notice = actions.mark_read(request.user, pk)
    if "open" in request.POST and notice.subject_type:
        address = subjects.url_of(notice.subject_type, notice.subject_id)
        if address and url_has_allowed_host_and_scheme(address, allowed_hosts=None):
            return redirect(address)
    if request.headers.get("HX-Request"):
        return render(request, "notices/_item.html", {"notice": notice})
    return redirect("notices:list")


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    actions.mark_all_read(request.user)
    return redirect("notices:list")
