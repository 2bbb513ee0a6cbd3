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
