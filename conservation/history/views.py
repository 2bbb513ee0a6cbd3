"""Pages of the history."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conservation.accounts.roles import AUTHORITY_ROLES
from conservation.history import queries, subjects
from conservation.web import cursor_shape, roles_only, signed_in

PAGE = 50


@roles_only(*AUTHORITY_ROLES)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The latest events of what I may see, by kind of subject."""
    kind = request.GET.get("kind", "")
    kind = kind if subjects.get(kind) else ""
    after = request.GET.get("after", "")
    events, cursor = queries.latest(request.user, kind, after=int(after) if cursor_shape(after) else None)
    context = {
        "events": events,
        "page": {"next": str(cursor or ""), "previous": ""},
        "kind": kind,
        "kinds": subjects.all_subjects(),
    }
    return render(request, "history/index.html", context)


@signed_in
@require_safe
def subject(request: HttpRequest, subject_type: str, subject_id: str) -> HttpResponse:
    """The whole history of one subject, with the state of its chain."""
    found = subjects.find(request.user, subject_type, subject_id)
    kind = subjects.get(subject_type)
    if found is None or kind is None:
        raise Http404
    events = queries.read_by(request.user, found).select_related("actor")
    after = request.GET.get("after", "")
    if cursor_shape(after):
        events = events.filter(seq__lt=int(after))
    rows = list(events[: PAGE + 1])
    context = {
        "subject": found,
        "kind": kind,
        "address": subjects.url_of(subject_type, found.pk),
        "events": rows[:PAGE],
        "page": {"next": str(rows[PAGE - 1].seq) if len(rows) > PAGE else "", "previous": ""},
        "check": queries.verify(subject_type, str(found.pk)),
    }
    return render(request, "history/subject.html", context)
