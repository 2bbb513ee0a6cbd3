"""Made-up data: plausible, within every constraint and trigger, reproducible, and never poured over real data."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from conservation.accounts.models import Authority, Unit
from conservation.rulebook.registry import decide
from portal.bench import figures, measure, shapes
from projects.registry.models import Project, ProjectFacts, ProjectTier, ResponsibilityRange, SpoilSite
from supervision.patches.models import Patch

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("bench_data", *arguments, "--json", stdout=out, stderr=err)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_fills_projects_ranges_and_patches(world: SimpleNamespace) -> None:
    code, out, _err = run("--projects", "400", "--patches", "60", "--ranges", "--force")
    answer = json.loads(out)
    assert code == 0
    assert (answer["projects"], answer["patches"], answer["units"]) == (400, 60, 50)
    assert Project.objects.count() == ProjectTier.objects.count() + Project.objects.filter(state="cancelled").count()
    assert ProjectFacts.objects.count() == answer["facts"] > 350
    assert SpoilSite.objects.count() == answer["spoil_sites"] > 50
    assert set(Project.objects.values_list("state", flat=True)) >= {"registered", "under_construction", "in_use"}
    assert sum(answer["tiers"].values()) == ProjectTier.objects.count()
    planned = Project.objects.filter(plan_approved_on__isnull=False)
    assert ResponsibilityRange.objects.filter(state="in_force").count() == answer["ranges"] == planned.count()
    assert Patch.objects.filter(state="extracted", klass="").count() == 60
    assert not Project.objects.exclude(areas__contains=["43"]).exists(), "only Hunan is loaded"


def test_every_project_has_the_authority_of_its_level(world: SimpleNamespace) -> None:
    run("--projects", "300", "--no-tiers", "--force")
    for project in Project.objects.select_related("authority"):
        levels = {"state": "ministry"}.get(project.approval_level, project.approval_level)
        if len(project.counties) == 1:
            assert project.authority.level == levels
        assert project.authority.prefix in ["", *project.areas]
    assert Authority.objects.filter(level="county", division_code="430121").count() == 1, "the known one is used"


def test_same_seed_same_data(world: SimpleNamespace) -> None:
    run("--projects", "50", "--seed", "3", "--no-tiers", "--force")
    run("--projects", "50", "--seed", "3", "--no-tiers", "--force")
    sizes = list(Project.objects.order_by("id").values_list("permanent_ha", "excavation_m3", "type_no"))
    assert sizes[:50] == sizes[50:] and len(sizes) == 100
    assert Project.objects.values("code").distinct().count() == 100


def test_refuses_real_data(world: SimpleNamespace, settings: Any) -> None:
    settings.DEMO = False
    code, out, err = run("--projects", "5")
    assert (code, out) == (1, "") and "--force" in err
    assert not Project.objects.exists()
    settings.DEMO = True
    assert run("--projects", "5", "--no-tiers")[0] == 0


@pytest.mark.parametrize("wrong", [("--projects", "-1"), ("--projects", "1", "--patches", "-5")])
def test_wrong_call(world: SimpleNamespace, wrong: tuple[str, ...]) -> None:
    code, out, _err = run(*wrong)
    assert (code, out) == (2, "")


def test_made_up_codes_are_valid(world: SimpleNamespace) -> None:
    run("--projects", "80", "--no-tiers", "--force")
    for uscc in Unit.objects.exclude(pk__in=[world.unit.pk, world.other_unit.pk]).values_list("uscc", flat=True):
        assert decide("credit-code", {"code": uscc}).result["valid"], uscc


def test_sizes_are_drawn_as_real_decisions_are() -> None:
    rng = np.random.default_rng(1)
    found = figures.project_columns(rng, np.arange(20_000), np.full(10, 0.1), 5)
    ha = found["permanent_ha"] + found["temporary_ha"]
    assert abs(np.log(ha).mean() - 2.30) < 0.05 and abs(np.log(ha).std() - 1.66) < 0.06
    assert 6.5 < np.median(found["excavation_m3"]) / 1e4 < 8.2
    assert np.corrcoef(np.log(ha), np.log(found["excavation_m3"]))[0, 1] > 0.6


def test_shapes_have_their_area() -> None:
    rng = np.random.default_rng(1)
    ha = shapes.areas(rng, 300)
    _kind, polygons = shapes.outlines(rng, np.full(300, 112.0), np.full(300, 28.0), ha)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_IsValid(g), ST_Area(g::geography) / 10000 FROM unnest(%s::text[]) AS w, ST_GeomFromText(w, 4490) AS g",
            [[one.wkt for one in polygons]],
        )
        rows = cursor.fetchall()
    assert all(valid for valid, _area in rows)
    assert np.allclose([area for _valid, area in rows], ha, rtol=0.05)


def test_contenders_take_turns() -> None:
    order: list[str] = []
    turns = measure.take_turns(
        [measure.Contender(name, lambda name=name: order.append(name)) for name in "ab"], rounds=3, warm=1
    )
    assert "".join(order) == "abababab"
    assert {name: len(values) for name, values in turns.items()} == {"a": 3, "b": 3}
    figure = measure.Figure("x", "y", ours=0.5, peer=1.0, peer_name="z", most=0.4)
    assert (figure.ratio, figure.passed) == (0.5, False) and "未达到" in figure.as_text()
