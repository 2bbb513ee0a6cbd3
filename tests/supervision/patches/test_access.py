"""Who sees which rounds and patches."""

from __future__ import annotations

import pytest

from conservation.accounts.roles import AUDITOR, FILER, INSPECTOR, REMOTE_SENSING
from supervision.patches import access, actions
from supervision.patches.models import Patch
from tests.supervision.patches.conftest import VISIT
from tests.world import person

pytestmark = pytest.mark.django_db


def numbers(user) -> set[str]:
    return set(access.visible_to(user).values_list("number", flat=True))


def test_before_the_issue_only_the_authority_and_those_above_see_patches(world, loaded) -> None:
    everything = {"G1", "G2", "G3", "G6"}
    assert numbers(world.people[AUDITOR]) == everything
    assert numbers(person("mwr", AUDITOR, authority=world.ministry)) == everything
    for user in (world.city_people[INSPECTOR], world.other_city_people[INSPECTOR], world.filer, world.stranger):
        assert numbers(user) == set()


def test_after_the_issue_the_place_sees_what_was_issued(world, issued) -> None:
    assert numbers(world.city_people[INSPECTOR]) == {"G2", "G3"}
    assert numbers(person("county", INSPECTOR, authority=world.county)) == {"G2", "G3"}
    assert numbers(world.other_city_people[INSPECTOR]) == set()


def test_a_unit_sees_its_patch_once_confirmed(world, suspected) -> None:
    filer = person("quarry", FILER, unit=suspected.project.unit)
    assert numbers(filer) == set()
    actions.confirm(world.people[INSPECTOR], suspected.pk, now=VISIT)
    assert numbers(filer) == {"G3"}
    assert numbers(world.filer) == set()


def test_rounds(world, loaded) -> None:
    def seen(user) -> bool:
        return access.rounds_visible_to(user).filter(pk=loaded.pk).exists()

    assert seen(world.people[AUDITOR])
    assert not seen(world.city_people[INSPECTOR]) and not seen(world.filer)
    actions.issue_round(world.people[REMOTE_SENSING], loaded.pk)
    assert seen(world.city_people[INSPECTOR])
    assert not seen(world.stranger)


def test_matrix(world, issued) -> None:
    patch = Patch.objects.get(number="G3")
    for act, wanted in access.PERMITS.items():
        for role, user in world.people.items():
            assert access.can(user, act, patch) == (role in wanted), (act, role)
            assert not access.can(world.other_city_people[role], act, patch)
        assert not access.can(world.filer, act, patch)
    for act, wanted in access.ROUND_PERMITS.items():
        for role, user in world.people.items():
            assert access.can_round(user, act, issued) == (role in wanted)
            assert not access.can_round(world.city_people[role], act, issued)
