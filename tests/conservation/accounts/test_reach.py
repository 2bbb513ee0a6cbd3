"""Whose people and cards an office may touch: units in its division, at work there, or entered by it; known people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from conservation import clock
from conservation.accounts import actions, queries, reach
from conservation.accounts.access import areas_of
from conservation.accounts.models import Authority, Membership, Unit, User
from conservation.errors import Forbidden, NotFound
from tests.world import person

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def fresh(user: User) -> User:
    """The user as the next request loads it."""
    return User.objects.get(pk=user.pk)


def works_of(world, unit, county, taking_part=None):
    """A project of a unit in a county, with one that takes part."""
    from projects.registry.models import Project, ProjectUnit

    project = Project.objects.create(
        name="连接线工程", unit=unit, type_no=1, approval_level="city", authority=world.city, counties=[county],
        areas=areas_of([county]), permanent_ha=1, temporary_ha=0, excavation_m3=0, fill_m3=0, created_at=clock.now(),
    )  # fmt: skip
    if taking_part is not None:
        ProjectUnit.objects.create(project=project, unit=taking_part, role="monitoring")


# --- reach ---------------------------------------------------------------------------------------------------------------
def test_an_administrator_manages_the_units_of_the_own_division(world):
    city, province = world.city_people["administrator"], world.people["administrator"]
    assert set(queries.units_managed_by(city)) == {world.unit}
    assert set(queries.units_managed_by(province)) == {world.unit, world.other_unit}
    assert set(queries.units_managed_by(world.other_filer)) == {world.other_unit}
    assert not queries.units_managed_by(world.stranger).exists()
    far = Unit.objects.create(name="外省公司", division_code="110100")
    nowhere = Unit.objects.create(name="无址公司")
    assert set(queries.units_managed_by(province)) == {world.unit, world.other_unit}
    of_ministry = person("ministry_administrator", "administrator", authority=world.ministry)
    assert {far, nowhere} <= set(queries.units_managed_by(of_ministry))


def test_works_in_the_area_bring_a_unit_into_reach(world):
    monitor = Unit.objects.create(name="监测公司", division_code="110100", kind="monitoring")
    city, elsewhere = world.city_people["administrator"], world.other_city_people["administrator"]
    works_of(world, world.other_unit, "430121", taking_part=monitor)
    assert set(queries.units_managed_by(city)) == {world.unit, world.other_unit, monitor}
    assert set(queries.units_managed_by(elsewhere)) == {world.other_unit}


def test_what_an_office_entered_stays_in_its_reach(world):
    unit = actions.create_unit(world.city_people["case_officer"], {"name": "新公司"})
    assert unit in queries.units_managed_by(world.city_people["administrator"])
    assert unit not in queries.units_managed_by(world.other_city_people["administrator"])
    moved = world.city_people["case_officer"]
    Membership.objects.create(user=moved, authority=world.other_city, role="inspector", valid_from=clock.today())
    assert unit not in queries.units_managed_by(fresh(world.other_city_people["administrator"]))


def test_a_condition_is_handed_down_once(world):
    before = list(reach._placed)
    assert before
    reach.add(before[0])
    assert reach._placed == before


def test_people_of_units_out_of_reach_are_not_seen(world):
    seen = queries.people_visible_to(world.city_people["administrator"])
    assert world.filer in seen and world.other_filer not in seen
    membership = world.other_filer.memberships.get()
    with pytest.raises(NotFound):
        actions.end_membership(world.city_people["administrator"], membership.pk)


# --- enrolling -----------------------------------------------------------------------------------------------------------
def appoint(actor, who, **more):
    return actions.enrol(actor, **{"username": who.username, "role": "filer", **more})


def test_nobody_is_enrolled_for_a_unit_out_of_reach(world):
    with pytest.raises(Forbidden):
        actions.enrol(
            world.city_people["administrator"], username="mole", name="某", role="filer", unit=world.other_unit
        )
    assert not User.objects.filter(username="mole").exists()


def test_nobody_enrols_himself(world):
    administrator = world.city_people["administrator"]
    for more in ({"unit": world.unit}, {"role": "leader", "authority": world.city}):
        with pytest.raises(Forbidden) as caught:
            appoint(administrator, administrator, **more)
        assert caught.value.faults[0].key == "username"
    administrator.is_superuser = True
    administrator.save()
    with pytest.raises(Forbidden):
        appoint(administrator, administrator, unit=world.unit)
    assert administrator.memberships.count() == 1


def test_a_unit_takes_only_free_people(world):
    leader = world.people["leader"]
    for actor in (world.filer, world.people["administrator"]):
        for who in (leader, world.other_filer):
            with pytest.raises(Forbidden) as caught:
                appoint(actor, who, unit=world.unit)
            assert who.name not in str(caught.value) and who.email not in str(caught.value)
    today = clock.today()
    leader.memberships.update(valid_to=today - timedelta(days=1))
    Membership.objects.create(
        user=leader, authority=world.city, role="leader", valid_from=today + timedelta(days=9)
    )  # begins later
    with pytest.raises(Forbidden):
        appoint(world.filer, leader, unit=world.unit)
    leader.memberships.filter(authority=world.city).delete()
    assert appoint(world.filer, leader, unit=world.unit) == leader
    assert appoint(world.filer, world.stranger, unit=world.unit) == world.stranger


def test_a_units_own_people_may_be_appointed_again(world):
    membership = world.filer.memberships.get()
    membership.valid_to = clock.today() + timedelta(days=3)
    membership.save()
    Membership.objects.create(user=world.filer, authority=world.city, role="auditor", valid_from=clock.today())
    colleague = person("colleague", "filer", unit=world.unit)
    assert appoint(colleague, world.filer, unit=world.unit) == world.filer


def test_an_authority_takes_free_people_and_those_it_manages(world):
    city = world.city_people["administrator"]
    inspector = {"role": "inspector", "authority": world.city}
    for who in (world.people["inspector"], world.other_city_people["leader"], world.other_filer):
        with pytest.raises(Forbidden):
            appoint(city, who, **inspector)
    for who in (world.stranger, world.city_people["leader"], world.filer):
        assert appoint(city, who, **inspector) == who
    province = world.people["administrator"]
    assert appoint(province, world.other_city_people["leader"], role="leader", authority=world.province)


def test_a_refused_name_shows_no_card(client, world):
    leader = world.people["leader"]
    leader.name, leader.phone = "肖国栋", "13900000000"
    leader.save()
    client.force_login(world.filer, backend=BACKEND)
    page = client.post(
        reverse("accounts:enrol"), {"username": leader.username, "role": "filer", "unit_search": world.unit.uscc}
    )
    text = page.content.decode()
    assert page.status_code == 200 and page.context["form"].errors["username"]
    assert leader.name not in text and leader.phone not in text
    assert client.get(reverse("accounts:person", args=[leader.pk])).status_code == 404


# --- the register of units -----------------------------------------------------------------------------------------------
def test_cards_are_kept_in_reach_alone(world):
    for role in ("administrator", "reviewer", "inspector"):
        with pytest.raises(Forbidden):
            actions.update_unit(world.city_people[role], world.other_unit.pk, {"name": "被改公司"})
        assert actions.update_unit(world.city_people[role], world.unit.pk, {"name": f"改名公司{role}"})
    for role in ("leader", "case_officer", "remote_sensing", "approver", "legal_reviewer", "auditor"):
        with pytest.raises(Forbidden):
            actions.update_unit(world.city_people[role], world.unit.pk, {"contact": "x"})


def test_an_office_elsewhere_gives_a_filer_no_more_of_the_card(world):
    Membership.objects.create(user=world.filer, authority=world.other_city, role="inspector", valid_from=clock.today())
    changed = actions.update_unit(fresh(world.filer), world.unit.pk, {"name": "改名公司", "contact": "李工"})
    assert changed.contact == "李工" and changed.name == world.unit.name


def test_the_list_offers_only_cards_that_may_be_changed(client, world):
    client.force_login(world.city_people["inspector"], backend=BACKEND)
    text = client.get(reverse("accounts:units")).content.decode()
    assert world.other_unit.name in text
    assert reverse("accounts:unit_edit", args=[world.unit.pk]) in text
    address = reverse("accounts:unit_edit", args=[world.other_unit.pk])
    assert address not in text and client.get(address).status_code == 403
    api = f"/api/v1/units/{world.other_unit.pk}/"
    assert client.patch(api, {"contact": "x"}, content_type="application/json").status_code == 403


# --- authorities ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("level", "code"),
    [("city", "430100"), ("province", "430100"), ("ministry", "430100"), ("basin", "430100"), ("county", "430621"),
     ("county", ""), ("", "430181"), ("village", "430181")],
)  # fmt: skip
def test_no_authority_of_the_own_level_or_above_or_elsewhere(world, level, code):
    data = {"name": "新机关", "mark": "新", "level": level, "division_code": code}
    with pytest.raises(Forbidden):
        actions.create_authority(world.city_people["administrator"], data)
    assert not Authority.objects.filter(name="新机关").exists()


def test_no_authority_rises_to_the_own_level(world):
    city = world.city_people["administrator"]
    with pytest.raises(Forbidden):
        actions.update_authority(city, world.county.pk, {"level": "city"})
    with pytest.raises(Forbidden):
        actions.update_authority(city, world.city.pk, {"level": "province"})
    assert actions.update_authority(city, world.city.pk, {"level": "city", "address": "新址"}).address == "新址"
    with pytest.raises(Forbidden):
        actions.update_authority(fresh(world.other_city_people["administrator"]), world.county.pk, {"address": "x"})
