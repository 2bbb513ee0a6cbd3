"""Pages of the plans room: list, filing, detail with review and decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conservation import clock
from conservation.deadlines import queries as deadlines
from conservation.documents import queries as documents
from conservation.errors import Fault, Forbidden, NotFound, Refused
from conservation.history import queries as history
from conservation.web import add_faults, signed_in
from projects.plans import access, actions, attachments, characteristics, checks, forms, queries
from projects.plans.models import Plan, ReviewFinding
from projects.plans.states import EDITABLE, REVIEWING, STATES
from projects.registry import access as projects
from projects.registry.actions.approval import grade_of
from projects.registry.intake import number_of
from projects.registry.queries import decide_kind
from projects.registry.types import plan_kind_label
from projects.registry.views import sent


def plans_of(request: HttpRequest) -> QuerySet[Plan]:
    related = ("project", "project__authority", "unit", "authority", "range", "kind_decision")
    return access.visible_to(request.user).select_related(*related).defer("range__geom", "range__geom_3857")


def plan_of(request: HttpRequest, pk: int) -> Plan:
    """The filing when the person sees it."""
    found = plans_of(request).filter(pk=pk).first()
    if found is None:
        raise NotFound("id", _("没有这条记录，或您无权查看。"))
    return found


# --- list ---------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The filings a person may see, newest first."""
    filters = queries.Filters.of(request.GET)
    page = queries.plan_list(request.user, filters, request.GET.get("after"), request.GET.get("before"))
    form = forms.FilterForm(request.GET or None)
    return render(request, "projects/plans/list.html", {"page": page, "filters": filters, "form": form})


# --- filing -------------------------------------------------------------------------------------------------------
@signed_in
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a filing for a project."""
    project = projects.visible_to(request.user).select_related("unit", "authority").filter(pk=pk).first()
    if project is None:
        raise NotFound("id", _("没有这条记录，或您无权查看。"))
    if not access.can(request.user, "create_draft", project):
        raise Forbidden("actor", _("只有项目的生产建设单位可以申报方案。"))
    form = forms.NewForm(sent(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            plan = actions.create_draft(request.user, pk, purpose=form.cleaned_data["purpose"] or "new")
        except Refused as refused:
            add_faults(form, refused)
        else:
            return redirect("plans:edit", plan.pk)
    open_plan = project.plans.filter(state__in=("draft", "correction")).first()
    return render(
        request,
        "projects/plans/new.html",
        {"project": project, "form": form, "open_plan": open_plan},
        status=422 if form.is_bound and form.errors else 200,
    )


@signed_in
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill in a filing: saved as a draft, or submitted with every fault at its field."""
    plan = plan_of(request, pk)
    if not access.can(request.user, "save_draft", plan) or plan.state not in EDITABLE:
        raise Forbidden("actor", _("这件申报现在不能修改。"))
    version = characteristics.version_on(clock.today())
    form = forms.TableForm(sent(request)[0], plan=plan, version=version, initial=initial_of(plan))
    sites = forms.SiteFormSet(
        sent(request)[0], prefix="site", initial=None if request.method == "POST" else plan.spoil_sites
    )
    faults: list[Fault] = []
    if request.method == "POST" and form.is_valid() and sites.is_valid():
        try:
            actions.save_draft(request.user, pk, draft_of(form, sites))
            if request.POST.get("go") != "submit":
                messages.success(request, _("草稿已保存。"))
                return redirect("plans:edit", pk)
            plan = actions.submit(request.user, pk)
        except Refused as refused:
            faults = refused.faults
            show_faults(form, sites, refused)
        else:
            text = (
                _("项目不需编报方案。")
                if plan.state == "not_required"
                else _("已报送%(who)s。") % {"who": plan.authority}
            )
            messages.success(request, text)
            return redirect("plans:detail", pk)
    checked = checks.check(plan, on=clock.today())
    return render(
        request,
        "projects/plans/edit.html",
        {
            "plan": plan,
            "form": form,
            "sites": sites,
            "faults": [fault for fault in faults if fault.key.startswith("parts.")],
            "part_form": forms.PartForm(),
            "parts": parts_of(plan, checked),
            "documents": documents.of(plan).filter(kind="plan_part"),
            "checked": checked,
        },
        status=422 if faults or form.errors else 200,
    )


def initial_of(plan: Plan) -> dict[str, Any]:
    found = {**plan.fields, "range": plan.range_id or ""}
    for key in forms.COMMITMENT:
        found[key] = getattr(plan, key) or ""
    if plan.published_on:
        found["published_on"] = plan.published_on.isoformat()
    return found


def draft_of(form: forms.TableForm, sites: Any) -> dict[str, Any]:
    """What was typed, as ``save_draft`` takes it."""
    found: dict[str, Any] = {key: form.cleaned_data.get(key) or "" for key in (*forms.COMMITMENT, "range")}
    found["fields"] = form.table()
    found["spoil_sites"] = [
        {key: one.cleaned_data.get(key, "") for key in forms.SITE_KEYS} for one in sites.forms if one.cleaned_data
    ]
    return found


def show_faults(form: forms.TableForm, sites: Any, refused: Refused) -> None:
    """Each fault at its field; those of a spoil site at its row; those of a part are listed with the parts."""
    rest = []
    for fault in refused.faults:
        head, _dot, name = fault.key.partition("].")
        if name and head.startswith("spoil_sites["):
            at = int(head.removeprefix("spoil_sites["))
            if at < len(sites.forms) and name in sites.forms[at].fields:
                sites.forms[at].add_error(name, str(fault.message))
                continue
        rest.append(fault)
    if rest:
        add_faults(form, Refused.many(rest))


def parts_of(plan: Plan, checked: checks.Checked) -> list[dict[str, Any]]:
    """The parts a filing needs, and whether a file covers each."""
    covered = checks.covered_parts(plan)
    needed = attachments.needed(checked.kind or plan.kind or "report_book", checks.situation_of(checked))
    return [{"part": part, "covered": part.code in covered} for part in needed]


@signed_in
@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a file to a filing."""
    plan_of(request, pk)
    form = forms.PartForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.attach(request.user, pk, data.get("file"), covers=data.get("covers") or [], title=data["title"])
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("文件已上传。"))
    else:
        messages.error(request, _("文件没有上传：请选择文件和所属附件。"))
    return redirect("plans:edit", pk)


@signed_in
@require_GET
def hint(request: HttpRequest, pk: int) -> HttpResponse:
    """Which plan the sizes typed so far call for (areas in hm², volumes in 万m³)."""
    plan = plan_of(request, pk)
    sizes = [number_of(request.GET.get(key) or "") for key in checks.SIZES]
    decision = None
    if all(size is not None and size.is_finite() and size >= 0 for size in sizes):
        permanent, temporary, cut, fill = sizes
        inputs = {"area_ha": permanent + temporary, "earthwork_m3": (cut + fill) * 10_000}  # type: ignore[operator]
        decision = decide_kind(inputs, plan.project.counties, clock.today())
    label = plan_kind_label(str(decision.result["kind"])) if decision else ""
    return render(request, "projects/registry/_plan_hint.html", {"decision": decision, "label": label})


# --- detail -------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A filing with its table, checklist, timers, papers, history, and what may be done now."""
    plan = plan_of(request, pk)
    return show_detail(request, plan, findings_form(plan) if reviews(request, plan) else None)


def reviews(request: HttpRequest, plan: Plan) -> bool:
    return plan.state in REVIEWING and access.can(request.user, "record_findings", plan)


def findings_form(plan: Plan, data: Any = None) -> forms.FindingsForm:
    initial: dict[str, str] = {}
    for one in plan.findings.order_by("ground"):
        initial[one.ground], initial[f"{one.ground}_comment"] = one.finding, one.comment
    return forms.FindingsForm(data, initial=initial)


def findings_for(user: Any, plan: Plan) -> QuerySet[ReviewFinding]:
    """What was found for the refusal grounds, as far as this person may read it."""
    found = plan.findings.select_related("reviewer").order_by("ground")
    return found if access.sees_findings(user, plan) else found.none()


def show_detail(request: HttpRequest, plan: Plan, form: Any, status: int = 200) -> HttpResponse:
    buttons = [one for one in access.events_for(request.user, plan) if one.event in EVENTS]
    return render(
        request,
        "projects/plans/detail.html",
        {
            "plan": plan,
            "buttons": buttons,
            "form": form,
            "findings": findings_for(request.user, plan),
            "sections": table_of(plan),
            "sites": [site_row(site) for site in plan.spoil_sites],
            "timers": deadlines.of(plan),
            "documents": documents.of(plan),
            "events": history.read_by(request.user, plan)[:30],
            "may_edit": plan.state in EDITABLE and access.can(request.user, "save_draft", plan),
        },
        status=status,
    )


def table_of(plan: Plan) -> list[dict[str, Any]]:
    """The filled rows of the table by section."""
    found: dict[str, list[tuple[Any, str, str]]] = {}
    for one in characteristics.fields_of(plan.form_version):
        value = plan.fields.get(one.key)
        if value not in (None, ""):
            found.setdefault(one.group, []).append((one.label, characteristics.label_of(one.key, value), one.unit))
    return [{"label": characteristics.GROUPS[code], "rows": rows} for code, rows in found.items()]


def site_row(site: dict[str, Any]) -> dict[str, Any]:
    """A spoil site for the page, with its grade and what follows from it."""
    harm = str(dict(characteristics.HARMS).get(site.get("harm", ""), ""))
    graded = dict(site)
    if "grade" not in site:
        try:
            graded.update(grade_of(site))
        except (Refused, ValueError, ArithmeticError, KeyError):
            graded["grade"] = None
    return {**graded, "harm_label": harm}


@signed_in
@require_POST
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the review of the refusal grounds."""
    plan = plan_of(request, pk)
    form = findings_form(plan, request.POST)
    if form.is_valid():
        try:
            actions.record_findings(request.user, pk, form.findings())
        except Refused as refused:
            if refused.status != 400:
                raise
            add_faults(form, refused)
        else:
            messages.success(request, _("审查意见已记录。"))
            return redirect("plans:detail", pk)
    return show_detail(request, plan, form, status=422)


# --- acts ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class EventPage:
    """The form of an act and how its data become the action's arguments."""

    form: type[Form]
    run: Callable[..., Plan]
    arguments: Callable[[dict[str, Any]], dict[str, Any]] = lambda data: {"reason": data.get("reason", "")}


EVENTS: dict[str, EventPage] = {
    "accept": EventPage(forms.ReasonForm, actions.accept),
    "not_accept": EventPage(forms.ReasonForm, actions.not_accept),
    "return_for_correction": EventPage(
        forms.CorrectionForm,
        actions.return_for_correction,
        lambda data: {"items": data.get("items", "").splitlines()},
    ),
    "start_technical_review": EventPage(
        forms.ReviewStartForm,
        actions.start_technical_review,
        lambda data: {"body": data.get("body", ""), "days": data.get("days") or 0},
    ),
    "finish_technical_review": EventPage(
        forms.ReviewEndForm,
        actions.finish_technical_review,
        lambda data: {"opinion": data.get("opinion", ""), "upload": data.get("file")},
    ),
    "skip_technical_review": EventPage(forms.ReasonForm, actions.skip_technical_review),
    "extend": EventPage(forms.ReasonForm, actions.extend),
    "approve": EventPage(forms.ReasonForm, actions.approve),
    "refuse": EventPage(forms.ReasonForm, actions.refuse),
    "withdraw": EventPage(forms.ReasonForm, actions.withdraw),
    "deliver": EventPage(forms.ReasonForm, actions.deliver),
    "publish": EventPage(forms.ReasonForm, actions.publish),
    "revoke": EventPage(forms.ReasonForm, actions.revoke),
}


@signed_in
def act(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """One act on a filing: its form, then the act itself."""
    page = EVENTS.get(event)
    plan = plan_of(request, pk)
    if page is None:
        raise NotFound("event", _("没有这项业务。"))
    if not access.can(request.user, event, plan):
        raise Forbidden("actor", _("您没有办理这项业务的权限。"), rule=f"plans.{event}")
    form = page.form(*sent(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            page.run(request.user, pk, **page.arguments(form.cleaned_data))
        except Refused as refused:
            add_faults(form, refused)
            status = 422 if refused.status == 400 else refused.status
        else:
            messages.success(request, _("已办理：%(act)s。") % {"act": STATES.event_label(event)})
            return redirect("plans:detail", pk)
    elif request.method == "POST":
        status = 422
    context = {
        "plan": plan,
        "form": form,
        "title": STATES.event_label(event),
        "transition": next((one for one in STATES.transitions if one.event == event), None),
        "findings": plan.findings.order_by("ground") if event in ("approve", "refuse") else [],
    }
    return render(request, "projects/plans/act.html", context, status=status)
