"""Pages: list, case with its next lawful steps, dossier export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conservation import clock
from conservation.deadlines import queries as deadlines
from conservation.documents import queries as documents
from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.jobs.models import visible_to as runs_visible_to
from conservation.rulebook.models import StoredDecision
from conservation.web import add_faults, signed_in
from supervision.cases import access, actions, queries
from supervision.cases import jobs as case_jobs
from supervision.cases.forms import FORMS, ExportForm, FilterForm, StepForm, unserved
from supervision.cases.labels import ACTS
from supervision.cases.models import Case
from supervision.cases.steps import shown_steps

RELATED = (
    "authority",
    "unit",
    "project",
    "officer1",
    "officer2",
    "filed_by",
    "decided_by",
    "legal_reviewer",
    "hearing_chair",
)


@require_GET
@signed_in
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases in the person's scope, newest first, with filters."""
    form = FilterForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    filters |= {key: queries.number(request.GET.get(key)) for key in ("unit", "project")}
    page = queries.page(request.user, filters, after=request.GET.get("after"), before=request.GET.get("before"))
    return render(
        request, "supervision/cases/list.html", {"form": form, "page": page, "filtered": any(filters.values())}
    )


def find(request: HttpRequest, pk: int) -> Case:
    return get_object_or_404(access.visible_to(request.user).select_related(*RELATED), pk=pk)


@require_GET
@signed_in
def case_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A case: facts, timers, documents by volume, history, next lawful steps with their forms."""
    return show(request, find(request, pk))


def show(
    request: HttpRequest, case: Case, bound: StepForm | None = None, bound_act: str = "", status: int = 200
) -> HttpResponse:
    inside = access.sees_inside(request.user, case)
    papers = documents.readable(request.user, documents.of(case)).order_by("kind", "created_at", "id")
    steps = []
    for step in shown_steps(request.user, case, clock.today()) if inside else []:
        form = None
        if step.mine and step.allowed and (step.act != "serve" or unserved(case)):
            form = bound if bound_act == step.act else FORMS[step.act](case=case, auto_id=f"id_{step.act}_%s")
        steps.append((step, form))
    running = deadlines.of(case)
    context = {
        "case": case, "inside": inside, "steps": steps, "bound_act": bound_act, "bound": bound,
        "main": [one for one in papers if one.volume == "main"],
        "secondary": [one for one in papers if one.volume != "main"] if inside else [],
        "timers": running if inside else running.filter(unit=case.unit),
        "events": queries.events_for(request.user, case).select_related("actor"),
        "decision": StoredDecision.objects.filter(subject_type="case", subject_id=str(case.pk), rule="penalty-range")
        .order_by("-id").first() if inside else None,
        "may_export": access.can(request.user, "export", case), "export_form": ExportForm(auto_id="id_export_%s"),
        "may_add": access.can(request.user, "add_evidence", case) and case.state not in ("not_filed", "closed", "archived"),
        "evidence_form": bound if bound_act == "add_evidence" else FORMS["add_evidence"](case=case, auto_id="id_evidence_%s"),
    }  # fmt: skip
    return render(request, "supervision/cases/detail.html", context, status=status)


@require_POST
@signed_in
def case_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Take one step; faults stand at their fields, with what was typed."""
    if act not in FORMS:
        raise Http404
    case = find(request, pk)
    prefix = "id_evidence_%s" if act == "add_evidence" else f"id_{act}_%s"
    form = FORMS[act](request.POST, request.FILES, case=case, auto_id=prefix)
    if not form.is_valid():
        return show(request, case, form, act, status=422)
    try:
        getattr(actions, act)(request.user, case.pk, **form.arguments())
    except (Forbidden, NotFound):
        raise
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("cases:detail", pk=case.pk)
    except Refused as refused:
        add_faults(form, Refused.many(replace(one, key=one.key.removeprefix("facts.")) for one in refused.faults))
        return show(request, find(request, pk), form, act, status=422)
    messages.success(request, _("已办理：%(act)s。") % {"act": ACTS[act]})
    return redirect("cases:detail", pk=case.pk)


@require_POST
@signed_in
def case_export(request: HttpRequest, pk: int) -> HttpResponse:
    """Start an export and go to its progress."""
    case = find(request, pk)
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise Refused("volume", _("请选择卷别。"))
    run = case_jobs.start_export(request.user, case, form.cleaned_data["volume"])
    return redirect("jobs:detail", run.pk)


@require_GET
@signed_in
def export_result(request: HttpRequest, pk: Any) -> HttpResponse:
    """What an export wrote: size, problems, the download."""
    run = get_object_or_404(runs_visible_to(request.user), pk=pk, kind=case_jobs.KIND)
    if run.state != "done":
        return redirect("jobs:detail", run.pk)
    case = access.visible_to(request.user).filter(pk=run.arguments["case"]).first()
    return render(request, "supervision/cases/export.html", {"run": run, "result": run.result, "case": case})
