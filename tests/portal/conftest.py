"""A project with a range and a spoil site, and issued patches, in two cities."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

NOW = datetime(2026, 8, 3, 1, 0, tzinfo=UTC)


def square(west: float, south: float, side: float) -> Any:
    from django.contrib.gis.geos import MultiPolygon, Polygon

    found = MultiPolygon(Polygon.from_bbox((west, south, west + side, south + side)))
    found.srid = 4490
    return found


def make_project(world: SimpleNamespace, name: str, unit: Any, county: str, west: float, south: float) -> Any:
    from conservation.accounts.access import areas_of
    from projects.registry.models import Project, ProjectTier, ResponsibilityRange, SpoilSite

    project = Project.objects.create(
        name=name, unit=unit, type_no=1, approval_level="province", authority=world.province, counties=[county],
        areas=areas_of([county]), permanent_ha=4, temporary_ha=1, excavation_m3=10000, fill_m3=9000, created_at=NOW,
        plan_number="湘水许可〔2025〕7号", plan_approved_on=date(2025, 3, 1), plan_kind="report_book",
    )  # fmt: skip
    ResponsibilityRange.objects.create(
        project=project, version=1, state="in_force", source="file", geom=square(west, south, 0.01),
        area_ha=Decimal("100.5"), valid_from=date(2025, 3, 1), created_at=NOW,
    )  # fmt: skip
    SpoilSite.objects.create(
        project=project, name="一号渣场", volume_10k_m3=12, height_m=20, harm="slight", grade=4,
        geom=square(west, south, 0.01).centroid,
    )  # fmt: skip
    ProjectTier.objects.create(
        project=project, tier=2, index=Decimal("55"), levels=0, gaps=0, assessed_on=date(2026, 8, 1)
    )
    return project


def make_patch(round_: Any, number: str, klass: str, project: Any, county: str, west: float, south: float) -> Any:
    from conservation.accounts.access import areas_of
    from supervision.patches.models import Patch

    patch = Patch.objects.create(
        round=round_, number=number, geom=square(west, south, 0.004), area_ha=Decimal("16.2"), klass=klass,
        project=project, county_code=county, areas=areas_of([county]), state="classified", created_at=NOW,
    )  # fmt: skip
    Patch.objects.filter(pk=patch.pk).update(state="issued", issued_at=NOW)
    patch.refresh_from_db()
    return patch


@pytest.fixture
def scene(world: SimpleNamespace) -> SimpleNamespace:
    """``near`` lies in Changsha (unit of ``filer``), ``far`` in Yueyang (unit of ``other_filer``)."""
    from supervision.patches.models import Round

    near = make_project(world, "长浏高速公路改扩建工程", world.unit, "430121", 113.10, 28.25)
    far = make_project(world, "洞庭湖风电场工程", world.other_unit, "430602", 113.10, 29.37)
    round_ = Round.objects.create(
        code="430000-2026-01", name="2026年第一期", level="province", year=2026, period=1, image_date=date(2026, 3, 1),
        tolerance_m=4, authority=world.province, created_at=NOW,
    )  # fmt: skip
    return SimpleNamespace(
        world=world,
        near=near,
        far=far,
        round=round_,
        near_patch=make_patch(round_, "NEAR1", "suspected_excess", near, "430121", 113.105, 28.255),
        far_patch=make_patch(round_, "FAR1", "suspected_unapproved", None, "430602", 113.105, 29.375),
    )
