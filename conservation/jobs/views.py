"""Pages of jobs: what runs, how far it is, what came out."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from conservation.jobs import runner
from conservation.jobs.models import STATES, Run, visible_to
from conservation.web import signed_in

PAGE = 50
FAULTS_SHOWN = 500


@signed_in
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """My runs, newest first; an administrator sees everybody's."""
    runs = visible_to(request.user).select_related("actor").defer("log", "result", "faults")
    state = request.GET.get("state", "")
    if state in STATES.states:
        runs = runs.filter(state=state)
    rows, page = _page(request, runs)
    context = {
        "runs": [(run, runner.label_of(run.kind)) for run in rows],
        "page": page,
        "state": state,
        "states": STATES.states,
    }
    return render(request, "jobs/index.html", context)


def _page(request: HttpRequest, runs: Any) -> tuple[list[Run], dict[str, str]]:
    """Keyset by time and id: the cursor is the id of the last run shown."""
    try:
        last = visible_to(request.user).filter(pk=uuid.UUID(request.GET.get("after", ""))).first()
    except ValueError:
        last = None
    if last is not None:
        runs = runs.filter(created_at__lte=last.created_at).exclude(created_at=last.created_at, pk__gte=last.pk)
    rows = list(runs.order_by("-created_at", "-pk")[: PAGE + 1])
    more = len(rows) > PAGE
    return rows[:PAGE], {"next": str(rows[PAGE - 1].pk) if more else "", "previous": ""}


@signed_in
@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One run; asked by htmx it answers with the moving part alone, which polls while the run is open."""
    run = get_object_or_404(visible_to(request.user).select_related("actor"), pk=pk)
    template = "jobs/_run.html" if request.headers.get("HX-Request") else "jobs/detail.html"
    return render(request, template, describe(run))


def describe(run: Run) -> dict[str, Any]:
    """The context of a run: its label, rows of its result, its faults and the page of what came out."""
    kind = runner.kind_of(run.kind)
    result_url = ""
    if run.state == "done" and kind is not None and kind.url_name:
        try:
            result_url = reverse(kind.url_name, args=[run.pk])
        except NoReverseMatch:
            result_url = ""
    result = run.result if isinstance(run.result, dict) else {}
    return {
        "run": run,
        "label": runner.label_of(run.kind),
        "open": run.state in ("queued", "running"),
        "may_retry": run.state in ("failed", "cancelled") and kind is not None,
        "result_url": result_url,
        "document": str(result.get("document") or ""),
        "result_rows": [(key, value) for key, value in result.items() if key != "document"],
        "faults": run.faults[:FAULTS_SHOWN],
        "more_faults": max(0, len(run.faults) - FAULTS_SHOWN),
    }


@signed_in
@require_POST
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask a run to end."""
    runner.cancel(request.user, pk)
    return redirect("jobs:detail", pk)


@signed_in
@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Queue a failed or cancelled run again."""
    runner.retry(request.user, pk)
    return redirect("jobs:detail", pk)
