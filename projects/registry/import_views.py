"""Pages on which an authority brings in what it already has: the ledger and the ranges."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conservation.documents import store
from conservation.errors import Refused
from conservation.jobs import runner
from conservation.web import add_faults, roles_only
from projects.registry import access, forms, ledger
from projects.registry.actions.ranges import VECTOR_TYPES
from projects.registry.views import sent


@roles_only(*access.IMPORTERS)
def import_ledger(request: HttpRequest) -> HttpResponse:
    """Import the existing ledger."""
    form = forms.ImportForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            document = store.save_upload(
                request.user,
                form.cleaned_data.get("file"),
                kind="ledger",
                title=_("项目台账"),
                subject=None,
                allow=("xlsx", "csv"),
            )
            arguments = {"document": str(document.pk), "actor": request.user.pk}
            run = runner.start(request.user, "registry.import_projects", arguments)
        except Refused as refused:
            add_faults(form, refused)
        else:
            return redirect("jobs:detail", run.pk)
    return render(
        request,
        "projects/registry/import.html",
        {"form": form, "title": _("导入项目台账"), "template_url": reverse("registry:template")},
        status=422 if form.is_bound and form.errors else 200,
    )


@roles_only(*access.IMPORTERS)
@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """The form of the ledger, to fill in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        ledger.write_template(path)
        content = path.read_bytes()
    answer = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = quote(_("项目台账模板.xlsx"))
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


@roles_only(*access.RANGE_IMPORTERS)
def import_vectors(request: HttpRequest) -> HttpResponse:
    """Import the existing ranges."""
    form = forms.ImportRangesForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            columns = columns_of(data.get("map", ""))
            document = store.save_upload(
                request.user,
                data.get("file"),
                kind="ranges",
                title=_("防治责任范围矢量"),
                subject=None,
                allow=VECTOR_TYPES,
            )
            options = {key: data[key] for key in ("crs", "encoding", "layer", "kind") if data.get(key)}
            arguments = {"document": str(document.pk), "actor": request.user.pk, "columns": columns, **options}
            run = runner.start(request.user, "registry.import_ranges", arguments)
        except Refused as refused:
            add_faults(form, refused)
        else:
            return redirect("jobs:detail", run.pk)
    return render(
        request,
        "projects/registry/import.html",
        {"form": form, "title": _("批量导入防治责任范围")},
        status=422 if form.is_bound and form.errors else 200,
    )


def columns_of(text: str) -> dict[str, str]:
    """``code=XMDM plan_number=PFWH`` as a mapping."""
    found = {}
    for pair in text.split():
        name, mark, column = pair.partition("=")
        if not (name and mark and column):
            raise Refused("map", _("字段对应应写作 字段=列名。"))
        found[name] = column
    return found
