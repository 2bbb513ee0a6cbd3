"""The navigation: which doors a person sees, by role. What a page shows behind its door is the room's business."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conservation.accounts import roles
from conservation.accounts.access import Scope

AUTHORITY = tuple(roles.AUTHORITY_ROLES)
EVERYBODY = tuple(roles.LABELS)


@dataclass(frozen=True)
class Door:
    """One entry: ``url_name`` is its page, ``path`` what addresses below it start with, ``roles`` who sees it."""

    label: Any
    icon: str
    url_name: str
    path: str
    roles: tuple[str, ...] = EVERYBODY


GROUPS: tuple[tuple[Any, tuple[Door, ...]], ...] = (
    (
        _("工作台"),
        (
            Door(_("今日待办"), "home", "portal:home", "/"),
            Door(_("一张图"), "map-2", "portal:map", "/map/"),
            Door(_("法定期限"), "clock-hour-4", "deadlines:list", "/deadlines/"),
        ),
    ),
    (
        _("项目"),
        (
            Door(_("项目台账"), "building-factory-2", "registry:list", "/projects/"),
            Door(_("水土保持方案"), "file-text", "plans:list", "/plans/"),
        ),
    ),
    (
        _("监管"),
        (
            Door(_("遥感图斑"), "polygon", "patches:list", "/patches/", AUTHORITY),
            Door(_("整改"), "tool", "rectification:list", "/rectification/"),
            Door(_("案件"), "gavel", "cases:list", "/cases/"),
            Door(_("风险分级"), "alert-triangle", "risk:overview", "/risk/", AUTHORITY),
            Door(_("信用"), "award", "facts:list", "/credit/"),
        ),
    ),
    (
        _("规则与记录"),
        (
            Door(_("规则库"), "scale", "rulebook:index", "/rulebook/"),
            Door(_("作业"), "progress-check", "jobs:list", "/jobs/", AUTHORITY),
            Door(_("历史"), "history", "history:list", "/history/", AUTHORITY),
            Door(_("行政区划"), "map-pins", "regions:index", "/regions/", AUTHORITY),
        ),
    ),
    (
        _("管理"),
        (Door(_("人员与机关"), "users", "accounts:index", "/people/", (roles.ADMINISTRATOR,)),),
    ),
)
STRANGER = (
    Door(_("首页"), "home", "portal:home", "/"),
    Door(_("地图"), "map-2", "portal:map", "/map/"),
    Door(_("规则库与自查"), "scale", "rulebook:index", "/rulebook/"),
)


def entries(doors: tuple[Door, ...], path: str) -> Iterator[dict[str, Any]]:
    for door in doors:
        here = path == door.path if door.path == "/" else path.startswith(door.path)
        yield {"label": door.label, "icon": door.icon, "url": reverse(door.url_name), "here": here}


def groups(scope: Scope, path: str) -> list[dict[str, Any]]:
    """The groups with the doors that this scope sees; ``here`` marks the one that is open."""
    found = []
    for label, doors in GROUPS:
        seen = tuple(door for door in doors if scope.has(*door.roles))
        if seen:
            found.append({"label": label, "doors": list(entries(seen, path))})
    return found


def stranger(path: str) -> list[dict[str, Any]]:
    return list(entries(STRANGER, path))
