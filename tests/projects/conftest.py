"""Fixtures of the projects storey: a project of the world's unit, and a range inside its county."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest


def square(lon: float, lat: float, side_m: float = 300.0) -> dict[str, Any]:
    """A square of GeoJSON with its lower left corner at a place, about ``side_m`` metres wide."""
    dx, dy = side_m / 97_900, side_m / 110_850
    ring = [[lon, lat], [lon + dx, lat], [lon + dx, lat + dy], [lon, lat + dy], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


CHANGSHA_COUNTY = (113.20, 28.35)
YUEYANG = (113.30, 29.30)


def record(**changes: Any) -> dict[str, Any]:
    """What a firm fills in for a project in 长沙县."""
    return {
        "code": "2404-430121-04-01-123456",
        "name": "黄花机场连接线工程",
        "type_no": 1,
        "nature": "new",
        "category": "building",
        "layout": "line",
        "approval_level": "county",
        "counties": ["430121"],
        "permanent_ha": "8.5",
        "temporary_ha": "0.5",
        "excavation_m3": "60000",
        "fill_m3": "40000",
        "planned_start_on": "2026-09-01",
        "planned_completion_on": "2027-12-31",
        **changes,
    }


@pytest.fixture
def project(world: SimpleNamespace) -> Any:
    """A project registered by the world's firm in 长沙县; the county decides on its plan."""
    from projects.registry import actions

    return actions.register(world.filer, record())


@pytest.fixture
def range_draft(world: SimpleNamespace, project: Any) -> Any:
    """A range of 9 ha inside 长沙县."""
    from projects.registry import actions

    return actions.add_range(world.filer, project.pk, geometry=json.dumps(square(*CHANGSHA_COUNTY)))


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def pdf(name: str = "part.pdf") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, PDF, "application/pdf")


def table(**changes: Any) -> dict[str, Any]:
    """The required fields of the characteristic table for the record above (9 ha, 10 万m³)."""
    return {
        "scale": "全长 4.2 km，双向六车道",
        "total_investment": "32000",
        "civil_investment": "21000",
        "start_month": "2026-09",
        "completion_month": "2027-12",
        "design_year": "2028",
        "land_area": "9",
        "permanent_area": "8.5",
        "temporary_area": "0.5",
        "excavation": "6",
        "excavation_topsoil": "0.8",
        "fill": "4",
        "fill_topsoil": "0.8",
        "borrow": "0",
        "own_material_use": "0.5",
        "spoil": "1.5",
        "social_use": "0",
        "landform": "hill",
        "swc_zone": "southern_red_soil",
        "erosion_intensity": "light",
        "responsibility_area": "9",
        "predicted_total_loss": "420",
        "standard_grade": "1",
        "target_control_degree": "98",
        "target_ratio": "1.0",
        "target_spoil": "97",
        "target_topsoil": "92",
        "target_restoration": "98",
        "target_cover": "25",
        "total_swc_cost": "560",
        "compensation_fee": "9",
        "plan_unit": "湖南水保设计有限公司",
        "build_unit_contact": "张三 0731-88888888",
        "key_zone": "none",
        "bare_slope_m": "12",
        "mean_slope_deg": "9",
        "sensitive_m": "600",
        "river_m": "350",
        "violation": "no",
        **changes,
    }


SITE = {
    "name": "1号弃渣场",
    "volume_10k_m3": "1.8",
    "height_m": "12",
    "harm": "none",
    "lon": "113.2010",
    "lat": "28.3510",
}
BOOK_PARTS = ["P0", "A1", "A3", "F1", "F2", "F3", "F4", "F5", "F6", "F10", "F11", "F12"]


@pytest.fixture
def draft(world: SimpleNamespace, project: Any, range_draft: Any) -> Any:
    """A complete draft of a report book."""
    from projects.plans import actions

    plan = actions.create_draft(world.filer, project.pk)
    actions.save_draft(world.filer, plan.pk, {"fields": table(), "spoil_sites": [SITE], "range": range_draft.pk})
    actions.attach(world.filer, plan.pk, pdf(), covers=BOOK_PARTS)
    return plan


@pytest.fixture
def officers(world: SimpleNamespace) -> SimpleNamespace:
    """People of the county that decides on the project."""
    from tests.world import person

    roles = ("reviewer", "approver", "leader", "auditor")
    return SimpleNamespace(**{role: person(f"county_{role}", role, authority=world.county) for role in roles})


@pytest.fixture
def accepted(world: SimpleNamespace, draft: Any, officers: SimpleNamespace) -> Any:
    from projects.plans import actions

    actions.submit(world.filer, draft.pk)
    return actions.accept(officers.reviewer, draft.pk)


CLEAR = {f"REF{n}": {"finding": "clear", "comment": ""} for n in range(1, 7)}


@pytest.fixture
def ready(world: SimpleNamespace, accepted: Any, officers: SimpleNamespace) -> Any:
    """A report book whose review is complete and clear."""
    from projects.plans import actions

    actions.skip_technical_review(officers.reviewer, accepted.pk)
    actions.record_findings(officers.reviewer, accepted.pk, CLEAR)
    accepted.refresh_from_db()
    return accepted
