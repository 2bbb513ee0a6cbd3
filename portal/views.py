"""Pages of the roof: homes, the project page, the unit page, search."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from conservation.accounts.models import as_user
from conservation.accounts.queries import people_visible_to, units_visible_to
from conservation.regions.models import Division
from conservation.web import public, signed_in
from portal import finding, places, queries, records, tiles
from projects.registry import access as registry_access
from projects.registry.models import Project, ProjectTier
from projects.registry.types import BY_NUMBER


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The role home after sign-in, the public front page before."""
    if as_user(request.user) is None:
        return render(request, "portal/front.html")
    return render(request, "portal/home.html", queries.home(request.user))


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Projects, units, plan numbers and case numbers by two characters or more."""
    return render(request, "portal/search.html", finding.find(request.user, request.GET.get("q", "")))


# --- the project page ----------------------------------------------------------------------------------------------------
@signed_in
@require_safe
def project(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one project that the reader may see."""
    found = visible_project(request, pk)
    tab = records.tab_of(request.GET.get("tab", ""))
    user = request.user
    context = {
        "project": found,
        "tier": ProjectTier.objects.filter(project=found).first(),
        "type_name": BY_NUMBER[found.type_no].label,
        "counties": Division.objects.current().filter(code__in=found.counties).order_by("code"),
        "range": records.current_range(user, found),
        "sites": found.spoil_sites.defer("geom").order_by("id")[:50],
        "partners": found.units.select_related("unit").order_by("id"),
        "steps": records.project_actions(user, found),
        "links": records.project_links(user, found),
        "map": small_map(request, found),
        **tab_page(request, found, tab),
    }
    return render(request, "portal/project.html", context)


@signed_in
@require_safe
def project_tab(request: HttpRequest, pk: int, tab: str) -> HttpResponse:
    """One tab of the project page."""
    if tab not in records.TAB_CODES:
        raise Http404
    found = visible_project(request, pk)
    return render(request, "portal/_project_tabs.html", tab_page(request, found, records.tab_of(tab)))


def visible_project(request: HttpRequest, pk: int) -> Project:
    mine = registry_access.visible_to(request.user).select_related("unit", "authority")
    return get_object_or_404(mine, pk=pk)


def tab_page(request: HttpRequest, found: Project, tab: records.Tab) -> dict[str, Any]:
    return {
        "project": found,
        "tab": tab,
        "tabs": records.tabs(request.user, found, tab),
        **records.tab_context(request.user, found, tab),
    }


def small_map(request: HttpRequest, found: Project) -> dict[str, Any]:
    """Settings of the small map, as JSON."""
    return {
        "bounds": places.project_box(request.user, found),
        "query": f"project={found.pk}",
        "shapesFrom": dict.fromkeys(tiles.SHAPES_FROM, 0),
        "ranked": [one.value for one in tiles.RANKED],
        "full": f"{reverse('portal:map')}?project={found.pk}",
    }


# --- the unit page ---------------------------------------------------------------------------------------------------------
@signed_in
@require_safe
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit: its projects, its credit, its cases and rectifications, its people."""
    found = get_object_or_404(units_visible_to(request.user).select_related("standing"), pk=pk)
    user = request.user
    mine = registry_access.visible_to(user)
    context = {
        "unit": found,
        "standing": getattr(found, "standing", None),
        "projects": mine.filter(unit=found).select_related("tier").order_by("-id")[: records.SHOWN],
        "taking_part": mine.filter(units__unit=found).distinct().order_by("-id")[: records.SHOWN],
        "facts": records.of_room("credit_fact", user, unit=found)[: records.SHOWN],
        "cases": records.of_room("case", user, unit=found)[: records.SHOWN],
        "rectifications": records.of_room("rectification", user, unit=found)[: records.SHOWN],
        "people": people_visible_to(user).filter(memberships__unit=found).distinct().order_by("id")[: records.SHOWN],
    }
    return render(request, "portal/unit.html", context)
