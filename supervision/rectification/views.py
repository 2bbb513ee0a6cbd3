"""Pages of the rectification room, for officers and for the firms that have to put things right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from conservation import clock
from conservation.deadlines import queries as deadlines
from conservation.documents import queries as documents
from conservation.errors import Refused
from conservation.history import subjects
from conservation.history.queries import timeline
from conservation.web import add_faults, signed_in
from supervision.cases import violations
from supervision.cases.access import visible_to as cases_visible_to
from supervision.rectification import access, actions, forms, problems, queries
from supervision.rectification.models import Item
from supervision.rectification.states import LATE

Form = django_forms.Form


@dataclass(frozen=True)
class Step:
    """One act of the page; ``states`` in which its button stands there."""

    event: str
    label: Any
    states: tuple[str, ...]
    form: type[Form]
    function: Callable[..., Any]
    said: Any
    style: str = "primary"


STEPS = (
    Step("submit", gettext_lazy("报送整改结果"), ("open", "planned", "returned", "overdue", "reopened"), forms.SubmitForm,
         actions.submit, gettext_lazy("已报送整改结果，等待复核。")),
    Step("plan", gettext_lazy("报送整改方案"), ("open", "reopened"), forms.PlanForm, actions.plan,
         gettext_lazy("已报送整改方案。"), "secondary"),
    Step("ask_extension", gettext_lazy("申请延期"), ("open", "planned", "reopened"), forms.AskForm, actions.ask_extension,
         gettext_lazy("已申请延期。"), "secondary"),
    Step("close", gettext_lazy("复核销号"), ("submitted",), forms.RecheckForm, actions.close, gettext_lazy("已销号。"), "green"),
    Step("return", gettext_lazy("复核退回"), ("submitted",), forms.RecheckForm, actions.return_, gettext_lazy("已退回。"), "danger"),
    Step("extend", gettext_lazy("延长期限"), ("open", "planned", "reopened"), forms.ExtendForm, actions.extend,
         gettext_lazy("已延长期限。"), "secondary"),
    Step("escalate", gettext_lazy("移送立案"), ("overdue", "returned"), forms.ReasonForm, actions.escalate,
         gettext_lazy("已移送为案件线索。"), "danger"),
    Step("reopen", gettext_lazy("重新整改"), ("closed",), forms.ReopenForm, actions.reopen, gettext_lazy("已重新整改。"), "secondary"),
)  # fmt: skip
ACTS = {step.event: step for step in STEPS}


def make(step: Step, item: Item, user: Any, data: Any = None, files: Any = None) -> Form:
    given = () if data is None else (data, files)
    if step.form is forms.RecheckForm:
        return forms.RecheckForm(*given, item=item, user=user)
    return step.form(*given)


def number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


@signed_in
@require_GET
def item_list(request: HttpRequest) -> HttpResponse:
    """Items in the reader's scope, filtered by the address."""
    filters = queries.Filters.of(request.GET)
    page = queries.item_list(
        request.user, filters, after=number(request.GET.get("after")), before=number(request.GET.get("before"))
    )
    context = {
        "form": forms.FilterForm(request.GET or None),
        "page": page,
        "rows": [(one, problems.label(one.problem)) for one in page.rows],
        "ledger": queries.ledger(request.user, filters),
        "today": clock.today(),
    }
    return render(request, "supervision/rectification/list.html", context)


@signed_in
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, pk)


def show(request: HttpRequest, pk: int, bound: dict[str, Form] | None = None, status: int = 200) -> HttpResponse:
    """One item: problem, requirement, deadline, answers, re-checks, papers, and what may be done next."""
    user, bound = request.user, bound or {}
    item = get_object_or_404(access.visible_to(user).select_related("unit", "project", "authority"), pk=pk)
    papers = list(documents.of(item).order_by("created_at", "pk"))
    context = {
        "item": item,
        "problem": problems.table().get(item.problem),
        "violation": violations.label(item.violation) if item.violation else "",
        "steps": open_steps(user, item, bound),
        "facts": [(label, item.facts[key]) for key, label in actions.FACT_LABELS.items() if item.facts.get(key) not in (None, "")],
        "orders": [one for one in papers if one.kind in (actions.ORDER, actions.RECHECK)],
        "evidence": [one for one in papers if one.kind in (actions.EVIDENCE, actions.PLAN)],
        "basis": [one for one in papers if one.kind == "rectification_basis"],
        "rechecks": item.rechecks.select_related("officer", "second_officer").order_by("-pk"),
        "timers": deadlines.of(item),
        "events": timeline(item),
        "source": subjects.find(user, item.source_type, item.source_id),
        "source_url": subjects.url_of(item.source_type, item.source_id),
        "case": cases_visible_to(user).filter(pk=item.case_id).first() if item.case_id else None,
        "late": queries.is_late(item, clock.today()) or item.state in LATE,
    }  # fmt: skip
    return render(request, "supervision/rectification/detail.html", context, status=status)


def open_steps(user: Any, item: Item, bound: dict[str, Form]) -> list[dict[str, Any]]:
    """The acts that the state and the reader's roles allow."""
    found = []
    for step in STEPS:
        may = item.state in step.states and access.can(user, step.event, item)
        if step.event in ("extend", "ask_extension"):
            may = may and not item.extended and item.deadline >= clock.today()
        if step.event == "ask_extension":
            may = may and item.extension_asked_at is None
        if step.event == "escalate":
            may = may and bool(item.violation)
        if may or step.event in bound:
            found.append({
                "event": step.event, "label": step.label, "style": step.style, "bound": step.event in bound,
                "form": bound.get(step.event) or make(step, item, user),
            })  # fmt: skip
    return found


@signed_in
@require_POST
def act(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Everything that can be done with one item from its page."""
    item = get_object_or_404(access.visible_to(request.user), pk=pk)
    step = ACTS[event]
    form = make(step, item, request.user, request.POST, request.FILES)
    if not form.is_valid():
        return show(request, pk, {event: form}, status=400)
    try:
        step.function(request.user, pk, **form.cleaned_data)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        add_faults(form, refused)
        return show(request, pk, {event: form}, status=refused.status)
    messages.success(request, str(step.said))
    return redirect("rectification:detail", pk)
