"""The peers of the project list: one hand-written statement in a bare view, and Django admin's changelist."""

from __future__ import annotations

import html
from typing import Any

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from conservation.urls import urlpatterns as portal_urls
from conservation.web import public
from projects.registry.models import Project

STATEMENT = """
SELECT p.id, p.code, p.name, p.type_no, p.state, p.plan_kind, p.plan_number, p.plan_approved_on, p.permanent_ha,
    p.temporary_ha, u.name, t.tier, t.index,
    ARRAY(SELECT d.name FROM regions_division d WHERE d.valid_to IS NULL AND d.code = ANY(p.counties) ORDER BY d.code LIMIT 3)
FROM registry_project p
LEFT JOIN accounts_unit u ON u.id = p.unit_id
LEFT JOIN registry_projecttier t ON t.project_id = p.id
WHERE p.areas && %s::varchar[] AND p.state = %s AND p.id < %s
ORDER BY p.id DESC LIMIT 51
"""
NO_KEY = 1 << 62


def rows(prefix: str, state: str, after: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [[prefix], state, after])
        return cursor.fetchall()


@public
def bare(request: HttpRequest, prefix: str, state: str) -> HttpResponse:
    """Fifty rows as a table, put together as text; the next page by key."""
    found = rows(prefix, state, int(request.GET.get("after") or NO_KEY))
    lines = [
        "<tr><td>" + "</td><td>".join(html.escape("" if one is None else str(one)) for one in row) + "</td></tr>"
        for row in found[:50]
    ]
    following = f'<a href="?after={found[49][0]}">&gt;</a>' if len(found) > 50 else ""
    return HttpResponse(f"<!doctype html><table>{''.join(lines)}</table>{following}")


class ProjectAdmin(admin.ModelAdmin):
    """The same rows and columns as Django's own list of a table."""

    list_display = ("code", "name", "type_no", "state", "plan_kind", "plan_number", "permanent_ha", "unit", "tier")
    list_select_related = ("unit", "tier")
    list_filter = ("state",)
    list_per_page = 50
    ordering = ("-id",)
    prefix = ""

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(areas__overlap=[ProjectAdmin.prefix])


site = admin.AdminSite(name="bench_admin")
site.register(Project, ProjectAdmin)
urlpatterns = [
    path("bench/bare/<slug:prefix>/<slug:state>/", bare),
    path("bench/admin/", (site.urls[0], "admin", "bench_admin")),
    *portal_urls,
]
