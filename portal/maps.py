"""The map: its page, the list and legend beside it, what a click opens, the search box, and the tiles."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.db.models import Extent
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from conservation.accounts.access import scope_of
from conservation.accounts.models import as_user
from conservation.regions.models import Division
from conservation.web import public, signed_in
from portal import places, tiles
from projects.registry import access as registry_access
from projects.registry import queries as registry_queries
from projects.registry.models import Project, ProjectTier, ResponsibilityRange, SpoilSite
from supervision.patches import access as patches_access
from supervision.patches.models import CLASS_COLOURS, Class

LIST_SIZE = 60


# --- tiles -------------------------------------------------------------------------------------------------------------
@public
def open_tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """Tiles that everybody may see: divisions and zones."""
    return answer(request, layer, z, x, y, "public, max-age=3600")


def scoped_tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """Tiles cut for the reader; a stranger is told to sign in, in a way that a map understands."""
    if as_user(request.user) is None:
        return JsonResponse({"detail": _("请先登录。")}, status=401)
    if layer not in tiles.SCOPED:
        raise Http404
    return answer(request, layer, z, x, y, "private, no-cache")


scoped_tile.access_rule = "signed_in"  # type: ignore[attr-defined]
scoped_tile = login_not_required(scoped_tile)  # it answers strangers itself: a sign-in page is no tile


def answer(request: HttpRequest, layer: str, z: int, x: int, y: int, caching: str) -> HttpResponse:
    tile = tiles.Tile(z, x, y)
    if not tile.valid:
        raise Http404
    body = tiles.cut(layer, request.user, tile, tiles.Filters.of(request.GET))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response: HttpResponse
    if etag in [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="application/vnd.mapbox-vector-tile")
    response["ETag"] = etag
    response["Cache-Control"] = caching
    if caching.startswith("private"):
        patch_vary_headers(response, ["Cookie"])
    return response


# --- the page ------------------------------------------------------------------------------------------------------------
@public
def page(request: HttpRequest) -> HttpResponse:
    """The map. Strangers see divisions and zones; everybody else what lies in their scope."""
    inside = as_user(request.user) is not None
    wanted = tiles.Filters.of(request.GET)
    box = place_box(wanted) or places.scope_box(request.user)
    context = {"inside": inside, "wanted": wanted, "config": config(request, box, inside)}
    if inside:
        context |= choices(request.user, wanted) | beside(request.user, wanted)
    return render(request, "portal/map.html", context)


def place_box(wanted: tiles.Filters) -> Any:
    return places.divisions_box([wanted.place]) if wanted.place else None


def config(request: HttpRequest, box: places.Box, inside: bool) -> dict[str, Any]:
    """What the map's script is told, as JSON."""
    return {
        "bounds": box,
        "inside": inside,
        "shapesFrom": tiles.SHAPES_FROM,
        "classes": [{"code": one.value, "label": str(one.label)} for one in Class],
        "ranked": [one.value for one in tiles.RANKED],
        "list": reverse("portal:map_list"),
        "object": reverse("portal:map_object", args=["layer", 0]),
        "words": {
            "NavigationControl.ZoomIn": _("放大"),
            "NavigationControl.ZoomOut": _("缩小"),
            "FullscreenControl.Enter": _("全屏"),
            "FullscreenControl.Exit": _("退出全屏"),
            "Map.Title": _("地图"),
            "Popup.Close": _("关闭"),
            "failed": _("地图数据没有取到，请检查网络或重新登录。"),
        },
    }


def choices(user: Any, wanted: tiles.Filters) -> dict[str, Any]:
    """Options of the filters."""
    return {
        "rounds": patches_access.rounds_visible_to(user).order_by("-image_date", "-id")[:40],
        "counties": counties(user),
        "states": [("open", _("未办结")), ("settled", _("已办结"))],
        "tiers": [("3", _("高")), ("2", _("中")), ("1", _("低")), ("0", _("无"))],
    }


def counties(user: Any) -> list[tuple[str, str]]:
    """Cities and counties in the reader's scope, for the place filter."""
    scope = scope_of(user)
    found = Division.objects.current().filter(level__gte=2, geom__isnull=False).order_by("code")
    if scope.prefixes and "" not in scope.prefixes:
        heads = [f"^{prefix}" for prefix in sorted(scope.prefixes)]
        found = found.filter(code__regex="|".join(heads))
    elif not scope.prefixes:
        mine = Project.objects.filter(unit_id__in=sorted(scope.unit_ids)).order_by("-id")
        codes = {code for codes in mine.values_list("counties", flat=True)[:500] for code in codes}
        found = found.filter(code__in=codes)
    rows = found.values_list("code", "name", "level")[:4000]
    return [(code, name if level == 2 else f"　{name}") for code, name, level in rows]


def beside(user: Any, wanted: tiles.Filters) -> dict[str, Any]:
    """Legend with counts, and the list that works without a map."""
    found = tiles.patches(user, wanted)
    unlimited = tiles.patches(user, tiles.Filters(**{**wanted.__dict__, "klasses": ()}))
    counts = dict(unlimited.order_by().values_list("klass").annotate(n=Count("pk")))
    legend = [
        {"code": one.value, "label": one.label, "colour": CLASS_COLOURS[one], "count": counts.get(one.value, 0),
         "on": not wanted.klasses or one.value in wanted.klasses}
        for one in reversed(tiles.RANKED)
    ]  # fmt: skip
    rows = list(
        found.select_related("round", "project")
        .defer("geom", "geom_3857", "attributes")
        .order_by("-id")[: LIST_SIZE + 1]
    )
    return {"legend": legend, "rows": rows[:LIST_SIZE], "more": len(rows) > LIST_SIZE, "wanted": wanted}


@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """Legend and list for changed filters."""
    return render(request, "portal/_map_list.html", beside(request.user, tiles.Filters.of(request.GET)))


@signed_in
def panel(request: HttpRequest, layer: str, pk: int) -> HttpResponse:
    """What was clicked, with the way to its page."""
    if layer == "patches":
        found: Any = patches_access.visible_to(request.user).filter(pk=pk).select_related("round", "project").first()
    elif layer == "ranges":
        held = registry_access.ranges_visible_to(request.user)
        found = held.filter(pk=pk).select_related("project__unit", "project__authority").first()
    elif layer == "spoil-sites":
        held_sites = SpoilSite.objects.filter(project__in=registry_access.visible_to(request.user))
        found = held_sites.filter(pk=pk).select_related("project").first()
    else:
        found = None
    if found is None:
        raise Http404
    project = found.project
    tier = ProjectTier.objects.filter(project=project).first() if project else None
    may_open = project is not None and registry_access.visible_to(request.user).filter(pk=project.pk).exists()
    context = {"layer": layer, "found": found, "project": project, "tier": tier, "may_open": may_open}
    return render(request, "portal/_map_object.html", context)


@public
def find(request: HttpRequest) -> HttpResponse:
    """Divisions (for everybody) and projects (in scope) by name; each row carries the box to fly to."""
    text = (request.GET.get("q") or "").replace("\0", "").strip()[:40]
    context: dict[str, Any] = {"text": text, "divisions": [], "projects": []}
    if len(text) >= 2:
        context["divisions"] = divisions_named(text)
        if as_user(request.user) is not None:
            context["projects"] = projects_named(request.user, text)
    return render(request, "portal/_map_find.html", context)


def divisions_named(text: str) -> list[dict[str, Any]]:
    named = Division.objects.current().filter(full_name__contains=text, geom__isnull=False)
    rows = named.order_by("level", "code").values("code", "full_name").annotate(box=Extent("geom_low"))[:8]
    return [{"name": row["full_name"], "box": places.degrees(row["box"])} for row in rows]


def projects_named(user: Any, text: str) -> list[dict[str, Any]]:
    found = list(registry_queries.search(registry_access.visible_to(user), text).order_by("-id")[:8])
    drawn = ResponsibilityRange.objects.filter(project__in=found).exclude(state="superseded")
    boxes = dict(drawn.order_by().values_list("project_id").annotate(box=Extent("geom")))
    here = Division.objects.current().filter(code__in=[one.counties[0] for one in found if one.pk not in boxes])
    fallback = {code: places.degrees(box) for code, box in here.values_list("code").annotate(box=Extent("geom_low"))}
    return [
        {"name": one.name, "pk": one.pk, "box": boxes.get(one.pk) or fallback.get(one.counties[0])} for one in found
    ]
