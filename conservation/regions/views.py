"""Pages of divisions: the list with search, one division with its versions and what lies below it, one loaded layer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conservation.regions import access, queries
from conservation.web import public, signed_in

PAGE = 50


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Divisions in force by code or part of the name, 50 a page."""
    text = request.GET.get("q", "")[:60]
    found = queries.search(text)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    if before:
        rows = list(found.filter(code__lt=before).order_by("-code")[: PAGE + 1])
        earlier, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        later = True
    else:
        rows = list(found.filter(code__gt=after)[: PAGE + 1])
        earlier, later, rows = bool(after), len(rows) > PAGE, rows[:PAGE]
    page = {
        "next": rows[-1].code if rows and later else "",
        "previous": rows[0].code if rows and earlier else "",
        "count": found.count(),
    }
    return render(request, "conservation/regions/index.html", {"divisions": rows, "page": page, "q": text})


@public
@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One division: area, source, level-1 zones, versions, and the units below it."""
    versions = queries.versions(code)
    if not versions:
        raise Http404
    context = {
        "division": versions[0],
        "versions": versions,
        "below": queries.children(versions[0]),
        "zones": queries.level1_zone_of(code),
    }
    return render(request, "conservation/regions/detail.html", context)


@signed_in
@require_safe
def load(request: HttpRequest, pk: int) -> HttpResponse:
    """One layer that was loaded; only an administrator finds it."""
    record = get_object_or_404(access.visible_to(request.user), pk=pk)
    return render(request, "conservation/regions/load.html", {"record": record})
