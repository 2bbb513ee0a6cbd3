"""Units, people, authorities: who enters whom, and from when to when."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from conservation import clock
from conservation.accounts import actions, queries, roles
from conservation.accounts.access import scope_of
from conservation.accounts.models import Authority, Membership, Unit, User
from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.history.models import Event
from tests.world import credit_code

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"


def fresh(user: User) -> User:
    """The user as the next request loads it, without what was kept for the last one."""
    return User.objects.get(pk=user.pk)


# --- units ---------------------------------------------------------------------------------------------------------
def test_ensure_unit_finds_by_code_then_by_name(world):
    made = actions.ensure_unit(world.filer, name="新 单位 有限公司", uscc=credit_code(77).lower())
    assert made.name == "新 单位 有限公司" and made.uscc == credit_code(77) and made.kind == "developer"
    assert actions.ensure_unit(None, name="别的名称", uscc=f" {credit_code(77)} ") == made
    nameless = actions.ensure_unit(None, name="无码单位")
    assert actions.ensure_unit(None, name="无码单位") == nameless
    known = actions.ensure_unit(None, name="无码单位", uscc=credit_code(78))
    assert known == nameless and known.uscc == credit_code(78)
    assert Event.objects.filter(act="accounts.create_unit").count() == 2


@pytest.mark.parametrize("code", ["91350100M000100Y44", "123", "9135010OM000100Y43", "x" * 30])
def test_a_wrong_code_names_its_field(world, code):
    with pytest.raises(Refused) as caught:
        actions.ensure_unit(world.filer, name="某单位", uscc=code)
    assert [(fault.key, fault.rule) for fault in caught.value.faults] == [("uscc", "credit-code")]
    assert not Unit.objects.filter(name="某单位").exists()


def test_a_unit_needs_a_name(world):
    for name in ("", " ", "长" * 121):
        with pytest.raises(Refused) as caught:
            actions.ensure_unit(world.filer, name=name)
        assert caught.value.faults[0].key == "name"


def test_create_unit_is_the_authoritys(world):
    officer = world.people["inspector"]
    unit = actions.create_unit(
        officer, {"name": "甲公司", "uscc": credit_code(5), "kind": "monitoring", "contact": "王工"}
    )
    assert (unit.kind, unit.contact) == ("monitoring", "王工")
    with pytest.raises(Conflict) as caught:
        actions.create_unit(officer, {"name": "乙公司", "uscc": credit_code(5)})
    assert caught.value.faults[0].key == "uscc"
    for person in (world.filer, world.stranger, world.people["auditor"]):
        with pytest.raises(Forbidden):
            actions.create_unit(person, {"name": "丙公司"})


def test_a_units_people_change_their_contact_data_alone(world):
    changed = actions.update_unit(world.filer, world.unit.pk, {"name": "改名", "contact": "李工", "uscc": None})
    assert changed.contact == "李工" and changed.name == world.unit.name and changed.uscc == world.unit.uscc
    with pytest.raises(Forbidden):
        actions.update_unit(world.other_filer, world.unit.pk, {"contact": "x"})
    by_office = actions.update_unit(world.people["inspector"], world.unit.pk, {"name": "改名公司"})
    assert by_office.name == "改名公司"
    with pytest.raises(Conflict):
        actions.update_unit(world.people["inspector"], world.unit.pk, {"uscc": world.other_unit.uscc})


@pytest.mark.django_db(transaction=True)
def test_two_at_once_enter_one_unit(world):
    barrier, found = threading.Barrier(2), []

    def work() -> None:
        barrier.wait()
        try:
            found.append(actions.ensure_unit(None, name="同时建档公司", uscc=credit_code(99)).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and len(set(found)) == 1


# --- people ----------------------------------------------------------------------------------------------------------
def enrol(actor, **more):
    return actions.enrol(actor, **{"username": "newcomer", "name": "新人", "role": "inspector", **more})


def test_an_administrator_enrols_people_of_the_own_authority_and_below(world):
    administrator = world.city_people["administrator"]
    person = enrol(administrator, authority=world.county, email="n@example.org")
    assert not person.has_usable_password()
    assert scope_of(person).authority_ids["inspector"] == {world.county.pk}
    for office in (world.province, world.other_city, world.ministry):
        with pytest.raises(Forbidden):
            enrol(administrator, username="second", authority=office)
    assert enrol(administrator, username="filer2", role="filer", unit=world.unit).pk
    event = Event.objects.filter(act="accounts.enrol").order_by("-id").first()
    assert event is not None and event.data["role"] == "filer"


def test_others_enrol_nobody_but_colleagues_of_their_unit(world):
    for actor in (world.people["inspector"], world.people["leader"], world.stranger):
        with pytest.raises(Forbidden):
            enrol(actor, authority=world.province)
    assert enrol(world.filer, role="filer", unit=world.unit).pk
    with pytest.raises(Forbidden):
        enrol(world.filer, username="third", role="filer", unit=world.other_unit)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"name": ""}, "name"),
        ({"username": "bad name!"}, "username"),
        ({"password": "123"}, "password"),
        ({"role": "filer"}, "role"),
        ({"authority": None}, "office"),
    ],
)
def test_faults_are_named(world, more, key):
    with pytest.raises(Refused) as caught:
        enrol(world.people["administrator"], **{"authority": world.province, **more})
    assert caught.value.faults[0].key == key
    assert not User.objects.filter(username="newcomer").exists()


def test_a_known_person_gets_one_more_role_once(world):
    administrator = world.people["administrator"]
    person = enrol(administrator, username="province_inspector", role="case_officer", authority=world.province)
    assert person == world.people["inspector"] and person.memberships.count() == 2
    with pytest.raises(Conflict):
        enrol(administrator, username="province_inspector", role="case_officer", authority=world.province)


def test_ending_a_role_works_at_once(world):
    inspector = world.people["inspector"]
    membership = inspector.memberships.get()
    ended = actions.end_membership(world.people["administrator"], membership.pk, reason="调离")
    assert ended.valid_to == clock.today() - timedelta(days=1)
    assert scope_of(fresh(inspector)).roles == frozenset()
    assert Event.objects.get(act="accounts.end_membership").reason == "调离"
    with pytest.raises(Conflict):
        actions.end_membership(world.people["administrator"], membership.pk)


def test_a_role_given_today_can_be_taken_today(world):
    person = enrol(world.people["administrator"], authority=world.province)
    actions.end_membership(world.people["administrator"], person.memberships.get().pk)
    assert scope_of(fresh(person)).roles == frozenset()


def test_the_last_administrator_stays(world):
    mine = world.people["administrator"].memberships.get()
    with pytest.raises(Refused):
        actions.end_membership(world.people["administrator"], mine.pk)
    enrol(world.people["administrator"], role="administrator", authority=world.province)
    assert actions.end_membership(world.people["administrator"], mine.pk).valid_to


def test_a_strangers_role_looks_missing(world):
    membership = world.people["inspector"].memberships.get()
    for actor in (world.city_people["administrator"], world.filer, world.stranger):
        with pytest.raises(NotFound):
            actions.end_membership(actor, membership.pk)


def test_people_in_view(world):
    city = queries.people_visible_to(world.city_people["administrator"])
    assert world.city_people["leader"] in city and world.filer in city
    assert world.people["leader"] not in city and world.other_city_people["leader"] not in city
    assert set(queries.people_visible_to(world.filer)) == {world.filer}
    assert set(queries.people_visible_to(world.people["leader"])) == {world.people["leader"]}
    assert set(queries.people_visible_to(world.stranger)) == {world.stranger}


# --- authorities -------------------------------------------------------------------------------------------------------
def test_authorities_below_the_own_division(world):
    administrator = world.city_people["administrator"]
    data = {"name": "浏阳市水利局", "mark": "浏水", "level": "county", "division_code": "430181", "parent": world.city}
    office = actions.create_authority(administrator, data)
    assert office.prefix == "430181"
    with pytest.raises(Conflict):
        actions.create_authority(administrator, data)
    with pytest.raises(Forbidden):
        actions.create_authority(administrator, {**data, "name": "岳阳县水利局", "division_code": "430621"})
    changed = actions.update_authority(administrator, office.pk, {**data, "collecting_bank": "建行"})
    assert changed.collecting_bank == "建行"
    with pytest.raises(Forbidden):
        actions.update_authority(administrator, office.pk, {**data, "division_code": "430621"})
    with pytest.raises(Forbidden):
        actions.update_authority(administrator, world.province.pk, {"name": "x"})


# --- the first administrator -------------------------------------------------------------------------------------------
ARGUMENTS = [
    "zhang",
    "--name",
    "张三",
    "--authority",
    "湖南省水利厅",
    "--mark",
    "湘水",
    "--division",
    "430000",
    "--json",
]


def test_the_first_administrator(db, monkeypatch):
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", PASSWORD)
    out = StringIO()
    call_command("create_administrator", *ARGUMENTS, stdout=out)
    assert json.loads(out.getvalue())["username"] == "zhang"
    person = User.objects.get(username="zhang")
    assert person.check_password(PASSWORD) and scope_of(person).has(roles.ADMINISTRATOR)
    assert Authority.objects.get().mark == "湘水"
    with pytest.raises(CommandError) as caught:
        call_command("create_administrator", "li", *ARGUMENTS[1:], stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 1 and User.objects.count() == 1


def test_no_default_password_and_no_weak_one(db, monkeypatch):
    monkeypatch.delenv("ADMINISTRATOR_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError) as caught:
        call_command("create_administrator", *ARGUMENTS, stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 2
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", "12345678")
    with pytest.raises(CommandError) as caught:
        call_command("create_administrator", *ARGUMENTS, stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 1
    assert not User.objects.exists() and not Authority.objects.exists()


def test_a_division_has_six_digits(db, monkeypatch):
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", PASSWORD)
    with pytest.raises(CommandError) as caught:
        call_command("create_administrator", *ARGUMENTS[:-2], "43", stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 2


def test_demo_logins(world, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("demo_logins", stdout=StringIO(), stderr=StringIO())
    settings.DEMO, settings.DEMO_PASSWORD = True, "demo-phrase"
    out = StringIO()
    call_command("demo_logins", "--json", stdout=out)
    found = json.loads(out.getvalue())["logins"]
    assert {one["username"] for one in found} >= {"province_inspector", "city_leader", "filer"}
    assert all(one["password"] == "demo-phrase" for one in found)
    assert Membership.objects.count() > len(found)
