"""Fixtures of the rectification room: an item ordered by the province to the world's firm."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import typst
from django.core.files.uploadedfile import SimpleUploadedFile

from conservation.accounts.roles import INSPECTOR

NOW = datetime(2026, 8, 10, 2, 0, tzinfo=UTC)
DEADLINE = date(2026, 9, 10)


def paper(name: str = "evidence.pdf") -> Any:
    return SimpleUploadedFile(name, typst.compile("整改后照片".encode()), content_type="application/pdf")


@pytest.fixture
def project(world: SimpleNamespace) -> Any:
    from projects.registry.models import Project

    return Project.objects.create(
        name="长浏高速公路改扩建工程", unit=world.unit, type_no=1, approval_level="province", authority=world.province,
        counties=["430121"], areas=["43", "4301", "430121"], permanent_ha=4, temporary_ha=0, excavation_m3=1, fill_m3=1,
        created_at=NOW,
    )  # fmt: skip


def order(world: SimpleNamespace, project: Any, **changes: Any) -> Any:
    from supervision.rectification import actions

    given = {
        "project": project, "unit": project.unit, "authority": world.province, "areas": project.areas, "problem": "DEV-12",
        "violation": "V05", "deadline": DEADLINE, "source_type": "project", "source_id": project.pk,
        "facts": {"area_ha": 2.5, "excess_ha": 0.5}, "now": NOW, **changes,
    }  # fmt: skip
    return actions.order(world.people[INSPECTOR], **given)


@pytest.fixture
def item(world: SimpleNamespace, project: Any) -> Any:
    return order(world, project)
