"""Splitting a patch in the field (分割图斑): the whole dies, its parts live on with their own class and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.utils.translation import gettext as _

from conservation.errors import Refused
from conservation.history.acting import acting
from conservation.regions import geo
from supervision.patches import access, classing, overlay, sizes
from supervision.patches.actions.field import need_reason
from supervision.patches.models import Patch


def split(
    actor: Any, patch_id: Any, parts: Iterable[Mapping[str, Any]], *, reason: str, now: datetime | None = None
) -> list[Patch]:
    """Split a patch in the field (分割): GeoJSON polygons that together cover it; the whole dies, its parts live on.

    The parts keep number, class and round of the whole with -1, -2, …, and stand in field verification.
    """
    need_reason(reason)
    with acting(
        actor, "patches.split", access.visible_to(actor), patch_id, can=access.can, now=now, reason=reason
    ) as act:
        whole = act.target
        act.move("split")
        shapes = read_parts(parts, shapely.from_wkb(bytes(whole.geom.wkb)))
        whole.ended_at = act.now
        whole.save()
        found = overlay_parts(whole, shapes)
        made = [_part(whole, at, shape, found, act.now) for at, shape in enumerate(shapes, 1)]
        act.note(parts=[one.number for one in made])
        sizes.refresh([whole.project_id], act.now)
    return made


def read_parts(parts: Iterable[Mapping[str, Any]], whole: Any) -> list[Any]:
    """Valid single polygons that do not overlap and cover the whole (to 0.5 %)."""
    shapes = []
    for at, part in enumerate(parts, 1):
        try:
            shape = shapely.geometry.shape(dict(part))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError):
            raise Refused("parts", _("第 %(at)d 个图形无法读取。") % {"at": at}) from None
        polygons = geo.polygons_only(shapely.force_2d(shape))
        if len(polygons.geoms) != 1 or not shape.is_valid or shape.area == 0:
            raise Refused("parts", _("第 %(at)d 个图形须是一个有效的面。") % {"at": at})
        shapes.append(polygons)
    if len(shapes) < 2:
        raise Refused("parts", _("分割须得到至少两个图斑。"))
    union = shapely.union_all(shapes)
    gap = union.symmetric_difference(whole).area / whole.area
    overlap = (sum(shape.area for shape in shapes) - union.area) / whole.area
    if gap > 0.005 or overlap > 0.005:
        raise Refused("parts", _("分割后的图斑须互不重叠，合起来等于原图斑。"))
    return shapes


def overlay_parts(whole: Patch, shapes: list[Any]) -> overlay.Found:
    """The parts against the ranges of the image date, each with its own class and numbers."""
    geoms = np.empty(len(shapes), object)
    geoms[:] = shapes
    near = classing.ranges_near(shapely.total_bounds(geoms), whole.round.image_date)
    industries = np.full(len(shapes), whole.industry or overlay.NO_INDUSTRY)
    return overlay.overlay(geoms, industries, near, classing.numbers_of(whole.round, whole.county_code[:2]))


def _part(whole: Patch, at: int, shape: Any, found: overlay.Found, now: datetime) -> Patch:
    """One part, moved through its states to where the whole stood; a changed place stays what the whole was."""
    _pk, area, klass, excess, beyond, range_id, _far = list(
        classing.rows_of(np.arange(len(found.area)), np.ones(len(found.area), bool), found)
    )[at - 1]
    if klass == overlay.UNAPPROVED and whole.klass == overlay.RELOCATED:
        klass, range_id = whole.klass, whole.range_id
    part = Patch(
        round_id=whole.round_id, number=f"{whole.number[:27]}-{at}", geom=as_multipolygon(shape),
        area_ha=area, klass=klass, excess_ha=excess, excess_beyond_tolerance_ha=beyond, range_id=range_id,
        project_id=whole.project_id, linked_by_id=whole.linked_by_id, linked_at=whole.linked_at,
        county_code=whole.county_code, areas=whole.areas, industry=whole.industry, kind=whole.kind, change=whole.change,
        address=whole.address, focus=whole.focus, attributes=whole.attributes, source_id=whole.source_id, parent=whole,
        state="classified", issued_at=whole.issued_at, created_at=now,
    )  # fmt: skip
    part.save(force_insert=True)
    part.claimed_by_id = whole.claimed_by_id
    for state in ("issued", "field_check"):
        part.state = state
        part.save(update_fields=["state", "claimed_by"])
    return part


def as_multipolygon(shape: Any) -> MultiPolygon:
    """A shapely multipolygon in EPSG:4490 for the ORM."""
    found = GEOSGeometry(memoryview(shape.wkb), srid=geo.CGCS2000)
    assert isinstance(found, MultiPolygon)
    return found
