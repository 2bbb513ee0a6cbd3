"""Pages and API of the rectification room, and its life cycle in the database."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from conservation.accounts.roles import AUDITOR, INSPECTOR, LEADER
from supervision.rectification import access
from supervision.rectification.models import Item, Recheck
from supervision.rectification.states import STATES
from tests.supervision.rectification.conftest import order, paper

pytestmark = pytest.mark.django_db


@pytest.fixture
def today_item(world, project):
    now = timezone.now()
    return order(world, project, now=now, deadline=timezone.localdate() + timedelta(days=20))


def steps(client, user, item) -> set[str]:
    client.force_login(user)
    answer = client.get(reverse("rectification:detail", args=[item.pk]))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert not re.search(r"\son\w+=|style=", text)
    return set(re.findall(r'data-step="(\w+)"', text))


def test_who_may_do_what(client, world, today_item) -> None:
    assert steps(client, world.filer, today_item) == {"submit", "plan", "ask_extension"}
    assert steps(client, world.people[INSPECTOR], today_item) == {"extend"}
    assert steps(client, world.people[AUDITOR], today_item) == set()
    for user in (world.other_filer, world.stranger, world.other_city_people[INSPECTOR]):
        client.force_login(user)
        assert client.get(reverse("rectification:detail", args=[today_item.pk])).status_code == 404


def test_answer_and_close_by_page(client, world, today_item) -> None:
    client.force_login(world.filer)

    def post(event: str, **given: object) -> int:
        return client.post(reverse("rectification:act", args=[today_item.pk, event]), given).status_code

    assert post("plan", text="方案", uploads=[]) == 302
    assert post("submit", text="已整改") == 400
    assert post("submit", text="已整改", uploads=[paper("a.pdf"), paper("b.pdf")]) == 302
    assert post("close", note="合格", second_officer=1, manner="site") in (400, 403)
    assert steps(client, world.people[INSPECTOR], today_item) == {"close", "return"}
    assert post("close", note="", second_officer="", manner="site") == 400
    assert post("close", note="合格", second_officer=world.second_inspector.pk, manner="site") == 302
    today_item.refresh_from_db()
    assert today_item.state == "closed"


def test_list_and_filters(client, world, today_item) -> None:
    client.force_login(world.filer)
    address = reverse("rectification:list")
    assert today_item.number in client.get(address).content.decode()
    for query in ("?state=to_do", "?severity=S", "?problem=DEV-12", f"?q={world.unit.name[:4]}", "?state=zz&after=x"):
        assert today_item.number in client.get(address + query).content.decode(), query
    assert "没有符合条件" in client.get(address + "?state=closed").content.decode()
    client.force_login(world.other_filer)
    assert today_item.number not in client.get(address).content.decode()
    client.logout()
    assert client.get(address).status_code == 302


def test_matrix(world, today_item) -> None:
    for act, (unit_roles, authority_roles) in access.PERMITS.items():
        for role, user in world.people.items():
            assert access.can(user, act, today_item) == (role in authority_roles), (act, role)
            assert not access.can(world.other_city_people[role], act, today_item)
        assert access.can(world.filer, act, today_item) == bool(unit_roles)
        assert not access.can(world.other_filer, act, today_item)
    assert not access.can(world.people[LEADER], "nonsense", today_item)


def test_api(world, today_item) -> None:
    firm = APIClient()
    firm.force_authenticate(world.filer)
    base = f"/api/v1/rectifications/{today_item.pk}"
    assert firm.get("/api/v1/rectifications/").json()["results"][0]["number"] == today_item.number
    assert firm.post(f"{base}/plan/", {"text": "方案"}).json()["state"] == "planned"
    answer = firm.post(f"{base}/submit/", {"text": "已整改", "uploads": [paper()]}, format="multipart")
    assert answer.json()["state"] == "submitted", answer.content
    officer = APIClient()
    officer.force_authenticate(world.people[INSPECTOR])
    given = {"second_officer": world.second_inspector.pk, "manner": "site", "note": "合格"}
    assert firm.post(f"{base}/close/", given).status_code == 403
    assert officer.post(f"{base}/close/", {"manner": "site"}).status_code == 400
    assert officer.post(f"{base}/close/", given).json()["state"] == "closed"
    assert officer.post(f"{base}/close/", given).status_code == 409
    stranger = APIClient()
    stranger.force_authenticate(world.other_filer)
    assert stranger.get(f"{base}/").status_code == 404


def test_triggers_hold_the_table(item) -> None:
    allowed = set(STATES.pairs())
    for target in STATES.states:
        if target == item.state:
            continue
        try:
            with transaction.atomic():
                Item.objects.filter(pk=item.pk).update(state=target, case_id=1)
                transaction.set_rollback(True)
            passed = True
        except DatabaseError:
            passed = False
        assert passed == ((item.state, target) in allowed), target
    with pytest.raises(DatabaseError), transaction.atomic():
        Item.objects.create(**{
            field.attname: getattr(item, field.attname) for field in Item._meta.fields if field.name != "id"
        } | {"number": "x", "state": "closed"})  # fmt: skip


def test_rechecks_are_append_only(world, item) -> None:
    row = Recheck.objects.create(
        item=item, manner="desk", officer=world.people[INSPECTOR], officer_certificate="1",
        second_officer=world.second_inspector, second_certificate="2", checked_at=item.created_at, passed=True, note="x",
    )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        Recheck.objects.filter(pk=row.pk).update(note="y")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
