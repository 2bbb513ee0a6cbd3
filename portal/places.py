"""Where the map opens: the box of what a person acts for, of a division, of a project."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.gis.db.models import Extent

from conservation.accounts.access import scope_of
from conservation.regions.models import Division
from projects.registry import access as registry_access
from projects.registry.models import Project, ResponsibilityRange

RADIUS = 6378137.0
CHINA = (73.5, 18.1, 135.1, 53.6)
Box = tuple[float, float, float, float]


def scope_box(user: Any) -> Box:
    """West, south, east, north in degrees of what the person acts for; the country for a stranger."""
    scope = scope_of(user)
    if scope.prefixes and "" not in scope.prefixes:
        return divisions_box([prefix.ljust(6, "0") for prefix in scope.prefixes]) or CHINA
    if scope.unit_ids:
        mine = Project.objects.filter(unit_id__in=sorted(scope.unit_ids))
        codes = {
            code for counties in mine.order_by("-id").values_list("counties", flat=True)[:200] for code in counties
        }
        return divisions_box(sorted(codes)) or CHINA
    known = (
        Division.objects.current().filter(level=2, geom__isnull=False).order_by("code").values_list("code", flat=True)
    )
    provinces = sorted({code[:2] + "0000" for code in known})
    return (divisions_box(provinces) or CHINA) if len(provinces) == 1 else CHINA


def divisions_box(codes: list[str]) -> Box | None:
    """The box of some divisions, from the simplified outlines."""
    found = Division.objects.current().filter(code__in=codes).order_by().aggregate(box=Extent("geom_low"))["box"]
    return degrees(found)


def project_box(user: Any, project: Project) -> Box | None:
    """The box of a project's ranges; of its counties when it has none."""
    drawn = registry_access.ranges_visible_to(user).filter(project=project)
    drawn = drawn.exclude(state=ResponsibilityRange.State.SUPERSEDED)
    found = drawn.order_by().aggregate(box=Extent("geom"))["box"]
    return found or divisions_box(list(project.counties))


def degrees(box: Box | None) -> Box | None:
    """A box in Web Mercator metres as longitudes and latitudes."""
    if box is None:
        return None
    west, east = (round(math.degrees(x / RADIUS), 5) for x in (box[0], box[2]))
    south, north = (
        round(math.degrees(2 * math.atan(math.exp(y / RADIUS)) - math.pi / 2), 5) for y in (box[1], box[3])
    )
    return west, south, east, north
