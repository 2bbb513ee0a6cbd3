"""Pages of the patches room: rounds and their import, the list, one patch with its field verification."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conservation import clock
from conservation.errors import Refused
from conservation.history.queries import timeline
from conservation.jobs import runner
from conservation.jobs.models import visible_to as runs_visible_to
from conservation.web import add_faults, roles_only, signed_in
from supervision.patches import access, actions, forms, queries
from supervision.patches.models import ISSUED_CLASSES, Class, Round
from supervision.patches.page import ACTS, context_of
from supervision.patches.states import STATES


def number(text: str | None) -> int | None:
    """A key from the address; None when it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


# --- rounds -------------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """Rounds with their progress."""
    found = list(
        access.rounds_visible_to(request.user).select_related("authority").order_by("-image_date", "-pk")[:100]
    )
    progress = queries.progress_of(found)
    context = {
        "rows": [(one, progress[one.pk]) for one in found],
        "may_create": bool(access.authorities_for(request.user, *access.ROUND_PERMITS["create_round"])),
    }
    return render(request, "supervision/patches/rounds.html", context)


@roles_only(*access.ROUND_PERMITS["create_round"])
@require_http_methods(["GET", "POST"])
def round_new(request: HttpRequest) -> HttpResponse:
    """Set up a round."""
    form = forms.RoundForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_round(request.user, **form.cleaned_data)
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("已建立期次 %(name)s。") % {"name": made.name})
            return redirect("patches:round", made.pk)
    return render(request, "supervision/patches/round_form.html", {"form": form}, status=400 if form.errors else 200)


def _round(request: HttpRequest, pk: int) -> Round:
    return get_object_or_404(access.rounds_visible_to(request.user).select_related("authority"), pk=pk)


@signed_in
@require_GET
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    return show_round(request, _round(request, pk))


def show_round(
    request: HttpRequest, round_: Round, bound: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """One round: parameters, counts by class, state and county, imports, what may be done."""
    user = request.user
    may = {act: access.can_round(user, act, round_) for act in access.ROUND_PERMITS}
    by_class, by_state = queries.counts(user, round_, "klass"), queries.counts(user, round_, "state")
    context = {
        "round": round_,
        "progress": queries.progress_of([round_])[round_.pk],
        "classes": [(code, label, by_class.get(code, 0)) for code, label in Class.choices],
        "states": [(code, label, by_state[code]) for code, label in STATES.choices if code in by_state],
        "counties": queries.counties_of(user, round_),
        "imports": round_.imports.select_related("document", "by").order_by("-pk")[:50],
        "events": timeline(round_),
        "may": may,
        "issue_form": (bound or {}).get("issue") or forms.IssueForm(),
        "close_form": (bound or {}).get("close"),
        "waiting": sum(count for code, count in by_class.items() if code in ISSUED_CLASSES),
    }
    return render(request, "supervision/patches/round.html", context, status=status)


@signed_in
@require_http_methods(["GET", "POST"])
def round_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Parameters and due days."""
    round_ = _round(request, pk)
    form = forms.RoundEditForm(request.POST or None, instance=round_)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_round(request.user, pk, form.cleaned_data)
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            add_faults(form, refused)
        else:
            messages.success(request, _("已修改。"))
            return redirect("patches:round", pk)
    context = {"form": form, "round": _round(request, pk)}
    return render(request, "supervision/patches/round_form.html", context, status=400 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def round_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload a vector file; the import runs as a job."""
    round_ = _round(request, pk)
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        options = {key: form.cleaned_data[key] for key in ("crs", "encoding", "layer", "map")}
        try:
            run = actions.start_import(request.user, pk, form.cleaned_data["file"], options)
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            add_faults(form, refused)
        else:
            return redirect("jobs:detail", run.pk)
    context = {"form": form, "round": round_, "may": access.can_round(request.user, "import_file", round_)}
    return render(request, "supervision/patches/import.html", context, status=400 if form.errors else 200)


@signed_in
@require_GET
def import_result(request: HttpRequest, pk: Any) -> HttpResponse:
    """What came out of an import or a classing."""
    run = get_object_or_404(runs_visible_to(request.user), pk=pk, kind__in=["patches.import", "patches.classify"])
    round_ = access.rounds_visible_to(request.user).filter(pk=run.arguments.get("round_id")).first()
    names = dict(Class.choices)
    classes = [
        (names.get(code, code), code, count) for code, count in ((run.result or {}).get("classes") or {}).items()
    ]
    context = {"run": run, "round": round_, "classes": classes, "label": runner.label_of(run.kind)}
    return render(request, "supervision/patches/import_result.html", context)


@signed_in
@require_POST
def round_act(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Class, issue or close a round."""
    round_ = _round(request, pk)
    if event == "classify":
        if not access.can_round(request.user, "classify", round_):
            actions.classify(request.user, pk)  # says why not
        run = runner.start(request.user, "patches.classify", {"round_id": pk, "actor": request.user.pk})
        return redirect("jobs:detail", run.pk)
    form = forms.IssueForm(request.POST) if event == "issue" else forms.OptionalReasonForm(request.POST)
    try:
        if not form.is_valid():
            return show_round(request, round_, {event: form}, status=400)
        if event == "issue":
            found = actions.issue_round(request.user, pk, classes=form.cleaned_data["classes"])
            messages.success(request, _("已下发 %(count)d 个图斑。") % {"count": found["issued"]})
        else:
            actions.close_round(request.user, pk, reason=form.cleaned_data["reason"])
            messages.success(request, _("本期已结束。"))
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        add_faults(form, refused)
        return show_round(request, _round(request, pk), {event: form}, status=refused.status)
    return redirect("patches:round", pk)


# --- patches ------------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def patch_list(request: HttpRequest) -> HttpResponse:
    """Patches in the reader's scope, filtered by the address."""
    filters = queries.Filters.of(request.GET)
    today = clock.today()
    page = queries.patch_list(
        request.user,
        filters,
        after=number(request.GET.get("after")),
        before=number(request.GET.get("before")),
        today=today,
    )
    context = {
        "form": forms.FilterForm(request.GET or None, user=request.user),
        "filters": filters,
        "page": page,
        "names": queries.names_of({one.county_code for one in page.rows}),
        "today": today,
    }
    return render(request, "supervision/patches/list.html", context)


@signed_in
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, pk)


def show(request: HttpRequest, pk: int, bound: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """One patch: map, numbers, reasoning, photographs, visits, and what may be done next."""
    patch = get_object_or_404(
        access.visible_to(request.user).select_related(
            "round__authority", "project__unit", "range__project", "claimed_by", "parent", "linked_by"
        ),
        pk=pk,
    )
    return render(
        request, "supervision/patches/detail.html", context_of(request.user, patch, bound or {}), status=status
    )


@signed_in
@require_GET
def shapes(request: HttpRequest, pk: int) -> HttpResponse:
    """GeoJSON for the map of one patch."""
    patch = get_object_or_404(access.visible_to(request.user), pk=pk)
    return JsonResponse(queries.map_of(request.user, patch), content_type="application/geo+json")


@signed_in
@require_POST
def act(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Everything that can be done with one patch from its page."""
    get_object_or_404(access.visible_to(request.user), pk=pk)
    step = ACTS[event]
    form = step.bind(request, pk)
    if not form.is_valid():
        return show(request, pk, {event: form}, status=400)
    try:
        answer = step.run(request.user, pk, form)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        add_faults(form, refused)
        return show(request, pk, {event: form}, status=refused.status)
    messages.success(request, answer)
    return redirect(f"{reverse('patches:detail', args=[pk])}#act")
