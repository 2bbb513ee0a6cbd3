"""Pages of the risk room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conservation import clock
from conservation.documents.queries import of as documents_of
from conservation.errors import Refused
from conservation.history.queries import timeline
from conservation.web import add_faults, signed_in
from projects.registry.access import visible_to as visible_projects
from supervision.risk import access, actions, queries
from supervision.risk.forms import FORMS, FilterForm
from supervision.risk.models import FollowUp

ACTS: dict[str, Callable[..., Any]] = {
    "acknowledge": actions.acknowledge,
    "answer": actions.answer,
    "send_back": actions.send_back,
    "accept": actions.accept,
    "visit": actions.visit,
    "withdraw": actions.withdraw,
}


@signed_in
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Tiers in the reader's scope, where the numbers come from, and the ledger of contacts."""
    today = clock.today()
    return render(
        request,
        "supervision/risk/overview.html",
        {
            "counts": queries.tier_counts(visible_projects(request.user)),
            "last": queries.last_run(),
            "rule": queries.rule_facts(today),
            "contacts": queries.contacts_by_tier(visible_projects(request.user), today - timedelta(days=365)),
            "may_run": access.can_run(request.user),
        },
    )


@signed_in
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Start a tiering now."""
    started = actions.start_tiering(request.user)
    return redirect("jobs:detail", started.pk)


@signed_in
@require_GET
def follow_up_list(request: HttpRequest) -> HttpResponse:
    """Reminders, self-checks and visits in the reader's scope."""
    form = FilterForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    page = queries.follow_up_list(request.user, filters)
    return render(request, "supervision/risk/list.html", {"form": form, "page": page})


@signed_in
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One follow-up with what may be done."""
    return show(request, pk)


def show(request: HttpRequest, pk: int, bound: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    follow_up = get_object_or_404(access.visible_to(request.user).select_related("project", "unit"), pk=pk)
    steps = [
        {"event": one.event, "label": one.label, "form": (bound or {}).get(one.event) or FORMS[one.event]()}
        for one in follow_up.STATES.events_from(follow_up.state)
        if one.event in FORMS and access.can(request.user, one.event, follow_up)
    ]
    context = {
        "follow_up": follow_up,
        "steps": steps,
        "events": timeline(follow_up),
        "documents": documents_of(follow_up),
        "risk": queries.explain(follow_up.project),
    }
    return render(request, "supervision/risk/detail.html", context, status=status)


@signed_in
@require_POST
def act(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Acknowledge, answer, send back, accept, visit or withdraw."""
    form = FORMS[event](request.POST, request.FILES)
    if not form.is_valid():
        return show(request, pk, {event: form}, status=400)
    facts = dict(form.cleaned_data)
    try:
        photo = facts.pop("photos", None)
        if photo is not None:
            actions.add_photo(request.user, pk, photo)
        follow_up: FollowUp = ACTS[event](request.user, pk, **facts)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        add_faults(form, refused)
        return show(request, pk, {event: form}, status=refused.status)
    messages.success(request, _("已办理：%(state)s") % {"state": follow_up.STATES.label(follow_up.state)})
    return redirect("risk:detail", pk=pk)
