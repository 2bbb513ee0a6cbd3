"""Who may do what with a project: the matrix, role by role, own and foreign, state by state."""

from __future__ import annotations

import pytest

from conservation.accounts import roles
from projects.registry import access, queries
from projects.registry.models import Project

pytestmark = pytest.mark.django_db

# act → (roles at the deciding authority, roles at an authority above, the firm's own filer)
MATRIX = {
    "register": (set(), set(), True),
    "update": ({"reviewer", "approver", "administrator"}, set(), True),
    "add_range": (
        {"reviewer", "administrator", "inspector", "remote_sensing"},
        {"inspector", "remote_sensing"},
        True,
    ),
    "start": ({"inspector"}, {"inspector"}, True),
    "suspend": ({"inspector"}, {"inspector"}, True),
    "resume": ({"inspector"}, {"inspector"}, True),
    "complete": ({"inspector"}, {"inspector"}, True),
    "use": ({"inspector"}, {"inspector"}, True),
    "cancel": (set(), set(), True),
    "name_unit": ({"reviewer", "inspector", "remote_sensing"}, {"inspector", "remote_sensing"}, False),
    "create_from_field": ({"inspector", "remote_sensing"}, {"inspector", "remote_sensing"}, False),
    "import_projects": ({"reviewer", "administrator"}, {"reviewer", "administrator"}, False),
    "import_ranges": (
        {"reviewer", "remote_sensing", "administrator"},
        {"reviewer", "remote_sensing", "administrator"},
        False,
    ),
}


def test_the_matrix_names_every_act():
    assert set(MATRIX) == set(access.PERMITS)


def city_project(world):
    from projects.registry import actions
    from tests.projects.conftest import record

    return actions.register(world.filer, record(approval_level="city"))


@pytest.mark.parametrize("act", sorted(MATRIX))
def test_matrix(world, act):
    found = city_project(world)
    deciding, above, filer = MATRIX[act]
    for role in roles.AUTHORITY_ROLES:
        assert access.can(world.city_people[role], act, found) == (role in deciding), (act, role, "deciding")
        assert access.can(world.people[role], act, found) == (role in above), (act, role, "above")
        assert not access.can(world.other_city_people[role], act, found), (act, role, "elsewhere")
    assert access.can(world.filer, act, found) == filer
    assert not access.can(world.other_filer, act, found)
    assert not access.can(world.stranger, act, found)
    assert not access.can(None, act, found)


def test_nothing_is_done_to_a_cancelled_project(world):
    found = city_project(world)
    Project.objects.filter(pk=found.pk).update(state="cancelled")
    found.refresh_from_db()
    for act in ("update", "add_range", "start"):
        assert not access.can(world.filer, act, found)


def test_who_sees_a_project(world, project):
    def sees(user):
        return access.visible_to(user).filter(pk=project.pk).exists()

    assert all(sees(user) for user in world.people.values())
    assert all(sees(user) for user in world.city_people.values())
    assert not any(sees(user) for user in world.other_city_people.values())
    assert sees(world.filer)
    assert not sees(world.other_filer) and not sees(world.stranger)


def test_a_participating_unit_sees_it(world, project):
    from projects.registry.models import ProjectUnit

    ProjectUnit.objects.create(project=project, unit=world.other_unit, role="monitoring")
    assert access.visible_to(world.other_filer).get() == project


@pytest.mark.parametrize(
    ("level", "counties", "wanted"),
    [
        ("county", ["430121"], ("county", "430121")),
        ("county", ["430121", "430102"], ("city", "4301")),
        ("county", ["430121", "430602"], ("province", "43")),
        ("city", ["430121"], ("city", "4301")),
        ("city", ["430121", "430602"], ("province", "43")),
        ("province", ["430121", "430602"], ("province", "43")),
        ("province", ["430121", "420102"], ("ministry", "")),
        ("county", ["429004", "429005"], ("province", "42")),
        ("city", ["500101"], ("province", "50")),
        ("state", ["430121"], ("ministry", "")),
    ],
)
def test_competent_place(level, counties, wanted):
    assert queries.competent_place(level, counties) == wanted
