"""Pages of timers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from conservation import clock
from conservation.accounts.access import scope_of
from conservation.deadlines import queries
from conservation.history import subjects
from conservation.history.queries import timeline
from conservation.web import signed_in

FILTERS = {
    "open": _("全部在计"),
    "soon": _("将届满"),
    "breached": _("已超期"),
    "paused": _("中止"),
    "closed": _("已了结"),
}


@signed_in
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What runs for me: open, coming due, breached, paused; of my own office or of all below it."""
    chosen = request.GET.get("state", "open")
    chosen = chosen if chosen in FILTERS else "open"
    wide = request.GET.get("scope") == "all"
    now = clock.now()
    timers = queries.filtered(request.user, chosen, wide=wide, now=now)
    page = queries.page_of(timers, request.GET.get("after", ""), closed=chosen == "closed")
    context = {
        "page": page,
        "timers": page["rows"],
        "filters": FILTERS,
        "chosen": chosen,
        "wide": wide,
        "counts": queries.counts(request.user, wide=wide, now=now),
        "may_widen": bool(scope_of(request.user).authority_roles),
    }
    return render(request, "deadlines/index.html", context)


@signed_in
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One timer: basis, computation, pauses, history."""
    found = queries.visible_to(request.user).select_related("authority", "unit").prefetch_related("pauses__document")
    timer = get_object_or_404(found, pk=pk)
    context = {
        "timer": timer,
        "subject_url": subjects.url_of(timer.subject_type, timer.subject_id),
        "events": timeline(timer),
    }
    return render(request, "deadlines/detail.html", context)
