"""The project list: one statement, keyset pages, filters, and a text of two characters."""

from __future__ import annotations

import pytest
from django.utils import timezone

from projects.registry import queries
from projects.registry.models import Project, ProjectTier
from projects.registry.queries import Filters

pytestmark = pytest.mark.django_db


def fill(world, count, **changes):
    rows = [
        Project(
            name=f"第{number:03d}号公路改造工程",
            unit=world.unit if number % 2 else world.other_unit,
            type_no=1 + number % 3,
            approval_level="city",
            authority=world.city,
            counties=["430121"],
            areas=["43", "4301", "430121"],
            permanent_ha=number,
            temporary_ha=0,
            excavation_m3=0,
            fill_m3=0,
            created_at=timezone.now(),
            **changes,
        )
        for number in range(count)
    ]
    return Project.objects.bulk_create(rows)


def walk(user, filters, size=7):
    """Every row by following the pages forwards, then the same backwards."""
    forwards, page = [], queries.project_list(user, filters, size=size)
    while True:
        forwards += [row["id"] for row in page.rows]
        if page.next is None:
            break
        page = queries.project_list(user, filters, after=page.next, size=size)
    backwards = [row["id"] for row in page.rows]
    while page.previous is not None:
        page = queries.project_list(user, filters, before=page.previous, size=size)
        backwards = [row["id"] for row in page.rows] + backwards
    assert backwards == forwards
    return forwards


@pytest.mark.parametrize("order", ["-id", "id", "name", "-tier"])
def test_pages_show_each_row_once_in_order(world, order):
    made = fill(world, 40)
    ProjectTier.objects.bulk_create(
        ProjectTier(project=one, tier=at % 3, index=at % 3 * 20, levels=0, gaps=0, assessed_on="2026-01-01")
        for at, one in enumerate(made)
    )
    found = walk(world.people["reviewer"], Filters(order=order))
    assert sorted(found) == sorted(one.pk for one in made)
    keys = {one.pk: (at % 3, one.pk) for at, one in enumerate(made)}
    wanted = {
        "-id": sorted(found, reverse=True),
        "id": sorted(found),
        "name": sorted(found),
        "-tier": sorted(found, key=lambda pk: keys[pk], reverse=True),
    }[order]
    assert found == wanted


def test_one_statement_at_one_row_and_at_many(world, django_assert_num_queries):
    user = world.people["reviewer"]
    fill(world, 1)
    queries.project_list(user, Filters())  # the person's memberships are read once
    with django_assert_num_queries(1):
        assert len(queries.project_list(user, Filters()).rows) == 1
    fill(world, 60)
    with django_assert_num_queries(1):
        assert len(queries.project_list(user, Filters(text="公路", state="registered")).rows) == 50


def test_filters(world):
    made = fill(world, 12)
    user = world.people["reviewer"]

    def count(**filters):
        return len(queries.project_list(user, Filters(**filters)).rows)

    assert count(text="公路") == 12
    assert count(text="003号") == 1
    assert count(text="3") == 1
    assert count(text="铁路") == 0
    assert count(type_no=1) == 4
    assert count(unit=world.unit.pk) == 6
    assert count(place="430100") == 12 and count(place="430600") == 0 and count(place="430000") == 12
    assert count(plan_kind="missing") == 12 and count(plan_kind="report_book") == 0
    assert count(authority=world.city.pk) == 12
    assert count(tier="unrated") == 12
    ProjectTier.objects.create(project=made[0], tier=3, index=70, levels=0, gaps=0, assessed_on="2026-01-01")
    assert count(tier="3") == 1 and count(tier="unrated") == 11


def test_rows_name_places_and_units(world, project):
    row = queries.project_list(world.filer, Filters()).rows[0]
    assert row["places"] == ["长沙县"]
    assert row["unit__name"] == world.unit.name


def test_scope_holds(world, project):
    assert not queries.project_list(world.other_city_people["reviewer"], Filters()).rows
    assert not queries.project_list(world.stranger, Filters()).rows


def test_count_is_capped(world):
    fill(world, 30)
    assert queries.count(world.people["reviewer"], Filters(), cap=10) == 11
    assert queries.count(world.people["reviewer"], Filters(), cap=100) == 30


@pytest.mark.parametrize("token", ["", "x", "Ww", "W10", "e30", "W251bGwsIDFd"])
def test_a_broken_token_is_the_first_page(world, token):
    fill(world, 3)
    for order in queries.ORDERS:
        queries.project_list(world.people["reviewer"], Filters(order=order), after=token)
