"""Fixtures of the case room: a cast of people, clues, and a clock that the acts are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from conservation import clock
from conservation.accounts.access import areas_of
from supervision.cases import actions
from supervision.cases.models import Case
from supervision.cases.walk import Cast, walk
from tests.world import person

START = datetime(2026, 3, 2, 9, 0, tzinfo=clock.SHANGHAI)
AREA = {"area_ha": 3.2}
DUMPED = {"volume_m3": 6000, "measures": "none", "hazard": True, "erosion_caused": True}


@pytest.fixture(autouse=True)
def media(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def cast(world: SimpleNamespace) -> Cast:
    return Cast(
        officer=world.people["case_officer"],
        second=world.second_officer,
        leader=world.people["leader"],
        reviewer=world.people["legal_reviewer"],
        chair=person("chair", "legal_reviewer", authority=world.province, name="听证主持人"),
    )


@pytest.fixture
def clue(world: SimpleNamespace) -> Callable[..., Case]:
    """Opens a clue of a violation by the world's unit in Changsha County."""

    def open_one(violation: str = "V01", **more: Any) -> Case:
        facts = DUMPED if violation == "V03" else AREA
        given: dict[str, Any] = {
            "violation": violation, "party_unit": world.unit, "party_name": world.unit.name,
            "authority": world.province, "project_name": "长浏高速扩容工程", "areas": areas_of(["430121"]),
            "facts": facts, "source_type": "inspection", "now": START, "reason": "现场检查发现",
        } | more  # fmt: skip
        return actions.open_clue(world.people["inspector"], **given)

    return open_one


@pytest.fixture
def taken_to(clue: Callable[..., Case], cast: Cast) -> Callable[..., Case]:
    """A case in a wanted state, brought there by its acts. ``case.moment`` is when it arrived."""

    def take(goal: str, violation: str = "V01", **notes: Any) -> Case:
        case = clue(violation)
        moment = walk(case, goal, cast, **notes)
        case = Case.objects.get(pk=case.pk)
        case.moment = moment  # type: ignore[attr-defined]
        return case

    return take
