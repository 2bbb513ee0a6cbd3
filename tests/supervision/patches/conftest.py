"""Fixtures of the patches room: a round of the province, a project with an exact range, files of patches."""

from __future__ import annotations

import io
import itertools
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile

from conservation.accounts.roles import INSPECTOR, REMOTE_SENSING
from conservation.regions import geo
from tests.photos import make_photo
from tests.supervision.patches.shapes import R, multi, square

DAY = date(2026, 6, 1)
NOW = datetime(2026, 8, 3, 1, 0, tzinfo=UTC)
VISIT = datetime(2026, 8, 10, 2, 0, tzinfo=UTC)
SERIAL = itertools.count()


def feature_file(patches: list[tuple[str, Any, dict[str, Any]]]) -> bytes:
    """GeoJSON of (number, shape, attributes)."""
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shape) if shape is not None else None,
            "properties": {"QDNM": number, **attributes},
        }
        for number, shape, attributes in patches
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def make_range(
    project: Any, shape: Any, *, version: int = 1, kind: str = "exact", state: str = "in_force", **dates: Any
) -> Any:
    from django.contrib.gis.geos import GEOSGeometry

    from projects.registry.models import ResponsibilityRange

    return ResponsibilityRange.objects.create(
        project=project,
        version=version,
        kind=kind,
        state=state,
        source="file",
        geom=GEOSGeometry(memoryview(multi(shape).wkb), srid=4490),
        area_ha=Decimal(repr(round(geo.geodesic_area_ha(shape), 4))),
        created_at=NOW,
        **{"valid_from": date(2024, 1, 1), **dates},
    )


def make_project(
    world: SimpleNamespace, name: str = "长浏高速公路改扩建工程", type_no: int = 1, unit: Any = "own"
) -> Any:
    from projects.registry.models import Project

    return Project.objects.create(
        name=name,
        unit=world.unit if unit == "own" else unit,
        type_no=type_no,
        approval_level="province",
        authority=world.province,
        counties=["430121"],
        areas=["43", "4301", "430121"],
        permanent_ha=4,
        temporary_ha=0,
        excavation_m3=10000,
        fill_m3=9000,
        created_at=NOW,
    )


@pytest.fixture
def round_(world: SimpleNamespace) -> Any:
    from supervision.patches import actions

    return actions.create_round(
        world.people[REMOTE_SENSING], code="HN-2026-1", name="湖南省2026年第1期", authority=world.province, year=2026,
        image_date=DAY, now=NOW,
    )  # fmt: skip


@pytest.fixture
def project(world: SimpleNamespace) -> Any:
    return make_project(world)


@pytest.fixture
def range_(project: Any) -> Any:
    return make_range(project, square(*R))


@pytest.fixture
def loaded(world: SimpleNamespace, round_: Any, range_: Any) -> Any:
    """The round with one patch of each kind about the range."""
    from supervision.patches import actions

    content = feature_file([
        ("G1", square(20, 20, 120, 120), {"QTYPE": "03"}),
        ("G2", square(150, 50, 250, 150), {"QTYPE": "其他扰动", "QAREA": 1.0}),
        ("G3", square(1000, 1000, 1100, 1100), {"QTYPE": "01"}),
        ("G6", square(300, 300, 325, 325), {}),
    ])  # fmt: skip
    actions.import_file(world.people[REMOTE_SENSING], round_.pk, content, {"filename": "patches.geojson"}, now=NOW)
    round_.refresh_from_db()
    return round_


@pytest.fixture
def issued(world: SimpleNamespace, loaded: Any) -> Any:
    from supervision.patches import actions

    actions.issue_round(world.people[REMOTE_SENSING], loaded.pk, now=NOW)
    loaded.refresh_from_db()
    return loaded


def photo(lon: float, lat: float, azimuth: float = 90.0, taken_at: datetime = VISIT, name: str = "p.jpg") -> Any:
    """A photograph with EXIF; each one differs in its bytes."""
    size = (64 + next(SERIAL) % 400, 48)
    return SimpleUploadedFile(name, make_photo(lon, lat, azimuth, taken_at, size=size), content_type="image/jpeg")


def take_photos(
    inspector: Any, patch: Any, views: tuple[str, ...] = ("whole", "board", "worst"), now: Any = VISIT
) -> None:
    from supervision.patches import actions

    centre = patch.geom.centroid
    for view in views:
        actions.add_photo(inspector, patch.pk, photo(centre.x, centre.y), view=view, now=now)


@pytest.fixture
def suspected(world: SimpleNamespace, issued: Any) -> Any:
    """Patch G3 visited by two officers of the province: built before approval, works found in the field."""
    from supervision.patches import actions
    from supervision.patches.models import Patch

    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(round=issued, number="G3")
    actions.claim(inspector, patch.pk, now=VISIT)
    take_photos(inspector, patch)
    actions.verify(
        inspector, patch.pk, finding="V01", second_officer=world.second_inspector, visited_at=VISIT,
        description="采石场正在开挖，未见方案批复。", new_project={"name": "黄花镇采石场", "type_no": 19},
        unit_name="长沙县黄花采石有限公司", land_ha=Decimal("1.02"), now=VISIT,
    )  # fmt: skip
    patch.refresh_from_db()
    return patch


def upload(name: str = "approval.pdf") -> Any:
    """A small PDF."""
    import typst

    data = typst.compile(io.BytesIO("批复".encode()).read())
    return SimpleUploadedFile(name, data, content_type="application/pdf")
