"""Pages of the credit facts room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conservation.errors import Refused
from conservation.history import subjects
from conservation.history.queries import timeline
from conservation.web import add_faults, signed_in
from credit.facts import access, actions, queries
from credit.facts.forms import FilterForm, ReasonForm, RepairForm

ACTS: dict[str, Callable[..., Any]] = {
    "confirm": actions.confirm,
    "object": actions.object_to,
    "withdraw": actions.withdraw,
    "repair": actions.repair,
}


@signed_in
@require_GET
def fact_list(request: HttpRequest) -> HttpResponse:
    """Facts in the reader's scope."""
    form = FilterForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    return render(request, "credit/facts/list.html", {"form": form, "page": queries.fact_list(request.user, filters)})


@signed_in
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One fact: its document, its periods, what may be done."""
    return show(request, pk)


def show(request: HttpRequest, pk: int, bound: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    fact = get_object_or_404(access.visible_to(request.user).select_related("unit", "document"), pk=pk)
    steps = [
        {
            "event": one.event,
            "label": one.label,
            "form": (bound or {}).get(one.event) or (RepairForm() if one.event == "repair" else ReasonForm()),
        }
        for one in fact.STATES.events_from(fact.state)
        if access.can(request.user, one.event, fact)
    ]
    subject = subjects.get(fact.source_type)
    context = {
        "fact": fact,
        "steps": steps,
        "events": timeline(fact),
        "source_url": subjects.url_of(fact.source_type, fact.source_id),
        "source_label": f"{subject.label if subject else fact.source_type} {fact.source_id}",
    }
    return render(request, "credit/facts/detail.html", context, status=status)


@signed_in
@require_POST
def act(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Confirm, object, withdraw or repair."""
    form = (RepairForm if event == "repair" else ReasonForm)(request.POST)
    if not form.is_valid():
        return show(request, pk, {event: form}, status=400)
    try:
        fact = ACTS[event](request.user, pk, **form.cleaned_data)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        add_faults(form, refused)
        return show(request, pk, {event: form}, status=refused.status)
    messages.success(request, _("已办理：%(state)s") % {"state": fact.STATES.label(fact.state)})
    return redirect("facts:detail", pk=pk)
