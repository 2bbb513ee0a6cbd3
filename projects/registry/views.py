"""Pages of the registry: list, registration, range, works, imports, export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conservation import clock
from conservation.accounts import actions as accounts
from conservation.accounts.roles import FILER
from conservation.errors import Forbidden, NotFound, Refused
from conservation.regions import queries as regions
from conservation.web import add_faults, roles_only, signed_in
from projects.registry import access, actions, exports, forms, intake, queries
from projects.registry.actions.works import EVENTS
from projects.registry.models import Project
from projects.registry.queries import Filters
from projects.registry.states import STATES
from projects.registry.types import plan_kind_label, type_label

EXPORT_MOST = 50_000
SHOWN_DIVISIONS = 20


def project_of(request: HttpRequest, pk: int) -> Project:
    """The project when the person sees it."""
    found = access.visible_to(request.user).select_related("unit", "authority").filter(pk=pk).first()
    if found is None:
        raise NotFound("id", _("没有这条记录，或您无权查看。"))
    return found


def need(request: HttpRequest, act: str, project: Project) -> None:
    """The page of an act opens only for those who may do it."""
    if not access.can(request.user, act, project):
        raise Forbidden("actor", _("您没有办理这项业务的权限。"), rule=f"registry.{act}")


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """What was posted, for a form: data and files; nothing for a reading request."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


# --- the list ---------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The project list: filters in the address, one page by key."""
    filters = Filters.of(request.GET)
    page = queries.project_list(
        request.user, filters, after=request.GET.get("after"), before=request.GET.get("before")
    )
    labels = {code: str(label) for code, label in STATES.states.items()}
    for row in page.rows:
        row["type"] = type_label(row["type_no"])
        row["state_label"] = labels[row["state"]]
        row["state_colour"] = STATES.colours.get(row["state"], "secondary")
        row["plan"] = plan_kind_label(row["plan_kind"])
        row["land"] = row["permanent_ha"] + row["temporary_ha"]
    return render(
        request,
        "projects/registry/list.html",
        {
            "page": page,
            "filters": filters,
            "form": forms.FilterForm(request.GET or None),
            "may_register": access.may_register(request.user),
            "may_import": access.may_import(request.user),
            "may_import_ranges": access.may_import_ranges(request.user),
            "export_most": EXPORT_MOST,
        },
    )


@signed_in
@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """How many projects the filters find; asked for after the list stands."""
    found = queries.count(request.user, Filters.of(request.GET))
    text = f"{queries.CAP}+" if found > queries.CAP else str(found)
    return render(request, "projects/registry/_count.html", {"count": text})


@signed_in
@require_POST
def export(request: HttpRequest) -> Any:
    """The filtered list as Excel."""
    rows = queries.export_rows(request.user, Filters.of(request.POST), EXPORT_MOST)
    file = exports.write_xlsx(rows)
    name = _("项目台账-%(day)s.xlsx") % {"day": clock.today().isoformat()}
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


# --- registration ------------------------------------------------------------------------------------------------
@roles_only(FILER)
def new(request: HttpRequest) -> HttpResponse:
    """Register a project."""
    form = forms.ProjectForm(sent(request)[0], user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            project = actions.register(request.user, form.cleaned_data)
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("项目已登记，方案由%(who)s审批。") % {"who": project.authority})
            return redirect("portal:project", project.pk)
    return show_form(request, form)


def show_form(request: HttpRequest, form: forms.ProjectForm, project: Project | None = None) -> HttpResponse:
    codes = intake.split_codes(form["counties"].value() or "")
    places = intake.Places.of(codes).by_code
    return render(
        request,
        "projects/registry/form.html",
        {"form": form, "project": project, "places": [(code, places[code]) for code in codes if code in places]},
        status=422 if form.is_bound and form.errors else 200,
    )


@signed_in
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a project's record."""
    project = project_of(request, pk)
    need(request, "update", project)
    initial = forms.ProjectForm.initial_of(project)
    form = forms.ProjectForm(sent(request)[0], user=request.user, project=project, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update(request.user, pk, form.cleaned_data, reason=request.POST.get("reason", "")[:500])
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("项目登记已更正。"))
            return redirect("portal:project", pk)
    return show_form(request, form, project)


@signed_in
@require_GET
def divisions(request: HttpRequest) -> HttpResponse:
    """Counties found by a part of their name or code, to add to a form."""
    text = request.GET.get("division", "").strip()[:40]
    found = regions.search(text).filter(leaf=True)[:SHOWN_DIVISIONS] if text else []
    return render(request, "projects/registry/_divisions.html", {"found": found, "text": text})


@signed_in
@require_GET
def plan_hint(request: HttpRequest) -> HttpResponse:
    """Which plan the sizes typed so far call for, with the law."""
    sizes = [intake.number_of(request.GET.get(key) or "") for key in forms.ProjectForm.SIZES]
    decision = None
    if all(size is not None and size.is_finite() and size >= 0 for size in sizes):
        permanent, temporary, cut, fill = sizes
        inputs = {"area_ha": permanent + temporary, "earthwork_m3": cut + fill}  # type: ignore[operator]
        codes = intake.split_codes(request.GET.get("counties"))
        decision = queries.decide_kind(inputs, codes, clock.today())
    label = plan_kind_label(str(decision.result["kind"])) if decision else ""
    return render(request, "projects/registry/_plan_hint.html", {"decision": decision, "label": label})


# --- ranges ------------------------------------------------------------------------------------------------------
@signed_in
def range_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a responsibility range: upload or draw."""
    project = project_of(request, pk)
    need(request, "add_range", project)
    form = forms.RangeForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        upload = data.get("file")
        try:
            found = actions.add_range(
                request.user,
                pk,
                upload=upload,
                geometry=None if upload else data.get("geometry"),
                kind=data.get("kind") or "exact",
                crs=data.get("crs") or None,
                encoding=data.get("encoding") or None,
                layer=data.get("layer") or None,
            )
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(
                request,
                _("第 %(version)d 版范围已保存，面积 %(area)s hm²。")
                % {"version": found.version, "area": found.area_ha},
            )
            for note in found.notes:
                messages.warning(request, note)
            return redirect("portal:project", pk)
    from conservation.regions.models import Division

    held = Division.objects.current().filter(code__in=project.counties, geom__isnull=False).values_list("geom")
    boxes = [geom.extent for (geom,) in held if geom is not None]
    bounds = [
        min((box[0] for box in boxes), default=73.0),
        min((box[1] for box in boxes), default=18.0),
        max((box[2] for box in boxes), default=135.0),
        max((box[3] for box in boxes), default=54.0),
    ]
    ranges = project.ranges.defer("geom", "geom_3857").select_related("document").order_by("-version")
    return render(
        request,
        "projects/registry/range.html",
        {"project": project, "form": form, "bounds": bounds, "ranges": ranges, "words": draw_words()},
        status=422 if form.is_bound and form.errors else 200,
    )


def draw_words() -> dict[str, str]:
    """Texts of the drawing tool."""
    return {
        "area": _("面积约 {area} hm²，{points} 个拐点"),
        "points": _("已画 {points} 个拐点，至少 3 个"),
        "hint": _("在地图上逐点点击画出范围，点“完成”闭合；可画多块。"),
        "parts": _("共 {parts} 块"),
        "nowebgl": _("浏览器不能绘图，请改用上传矢量文件。"),
    }


@signed_in
@require_POST
def range_discard(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """Take back a draft version."""
    project_of(request, pk)
    actions.discard_range(request.user, pk, version)
    messages.success(request, _("第 %(version)d 版范围已撤回。") % {"version": version})
    return redirect("registry:range_new", pk)


# --- works, unit ------------------------------------------------------------------------------------------------
@signed_in
def act(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Start, suspend, resume, complete, use, cancel."""
    if event not in EVENTS:
        raise NotFound("event", _("没有这项业务。"))
    project = project_of(request, pk)
    need(request, event, project)
    form = forms.WorksForm(sent(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            done(event)(request.user, pk, **works_arguments(form, event))
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("已办理：%(act)s。") % {"act": STATES.event_label(event)})
            return redirect("portal:project", pk)
    return render(
        request,
        "projects/registry/act.html",
        {"project": project, "form": form, "title": STATES.event_label(event)},
        status=422 if form.is_bound and form.errors else 200,
    )


def done(event: str) -> Callable[..., Project]:
    return EVENTS[event]


def works_arguments(form: forms.WorksForm, event: str) -> dict[str, Any]:
    """Day and reason of an act on the works."""
    found: dict[str, Any] = {"reason": form.cleaned_data.get("reason", "")}
    if event != "cancel":
        text = form.cleaned_data.get("on", "")
        day = intake.day_of(text) if text else None
        if text and day is None:
            raise Refused("on", _("不是日期，应写作 2026-05-04。"))
        found["on"] = day
    return found


@signed_in
def name_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the responsible unit of a project that had none."""
    project = project_of(request, pk)
    need(request, "name_unit", project)
    form = forms.UnitForm(sent(request)[0])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():  # a unit made for a naming that is refused does not stay
                unit = accounts.ensure_unit(request.user, name=data["name"], uscc=data["uscc"] or None)
                actions.name_unit(request.user, pk, unit, reason=data["reason"])
        except Refused as refused:
            add_faults(form, refused)
        else:
            messages.success(request, _("生产建设单位：%(unit)s。") % {"unit": unit})
            return redirect("portal:project", pk)
    return render(
        request,
        "projects/registry/act.html",
        {"project": project, "form": form, "title": _("查明生产建设单位")},
        status=422 if form.is_bound and form.errors else 200,
    )
