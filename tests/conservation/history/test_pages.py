"""Pages and API of the history, scoped by the subject."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from conservation import clock
from conservation.errors import Forbidden, Refused
from conservation.history import democlock, queries
from conservation.history.acting import Acting, record
from conservation.history.models import Event

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def happen(actor, unit, times: int = 1) -> None:
    for number in range(times):
        act = Acting(actor, "accounts.update_unit", unit, clock.now(), f"理由{number}")
        act.from_state, act.target = "", unit
        record(act)


def test_the_history_of_a_subject(client, world):
    happen(world.filer, world.unit, 3)
    client.force_login(world.filer, backend=BACKEND)
    page = client.get(reverse("history:subject", args=["unit", world.unit.pk]))
    text = page.content.decode()
    assert page.status_code == 200 and "修改单位资料" in text and "理由2" in text and "链条完整" in text
    assert [event.seq for event in queries.timeline(world.unit)] == [3, 2, 1]


@pytest.mark.parametrize("who", ["other_filer", "stranger"])
def test_a_strangers_subject_looks_missing(client, world, who):
    happen(world.filer, world.unit)
    client.force_login(getattr(world, who), backend=BACKEND)
    assert client.get(reverse("history:subject", args=["unit", world.unit.pk])).status_code == 404
    assert client.get(f"/api/v1/history/unit/{world.unit.pk}/").status_code == 404


@pytest.mark.parametrize("address", ["/history/nothing/1/", "/history/unit/abc/", "/history/unit/999999/"])
def test_unknown_subjects(client, world, address):
    client.force_login(world.filer, backend=BACKEND)
    assert client.get(address).status_code == 404


def test_the_list_is_scoped_and_paged(client, world, monkeypatch):
    monkeypatch.setattr(queries, "STRIDE", 7)
    happen(world.filer, world.unit, 12)
    happen(world.other_filer, world.other_unit, 12)
    rows, cursor = queries.latest(world.filer, size=5)
    assert len(rows) == 5 and {row.subject_id for row in rows} == {str(world.unit.pk)}
    more, _cursor = queries.latest(world.filer, after=cursor, size=50)
    assert len(more) == 7 and not {row.pk for row in more} & {row.pk for row in rows}
    assert queries.latest(world.stranger) == ([], None)
    client.force_login(world.people["auditor"], backend=BACKEND)
    page = client.get(reverse("history:list"), {"kind": "unit"})
    assert page.status_code == 200 and page.content.decode().count("data-seq") == 24
    client.force_login(world.filer, backend=BACKEND)
    assert client.get(reverse("history:list")).status_code == 403


def test_the_list_costs_the_same_at_one_and_at_many(client, world, django_assert_max_num_queries):
    client.force_login(world.people["auditor"], backend=BACKEND)
    happen(world.filer, world.unit, 40)
    with django_assert_max_num_queries(14):
        client.get(reverse("history:list"))


def test_api(client, world):
    happen(world.filer, world.unit, 2)
    client.force_login(world.filer, backend=BACKEND)
    found = client.get(f"/api/v1/history/unit/{world.unit.pk}/").json()["results"]
    assert [one["seq"] for one in found] == [2, 1] and found[0]["prev_hash"] == found[1]["hash"]


def test_the_demo_clock_moves_forward_and_back_to_now(client, world):
    before = clock.now()
    client.force_login(world.filer, backend=BACKEND)
    assert client.get("/demo/clock/").status_code == 200
    assert client.post("/demo/clock/", {"days": "30", "hours": "2"}).status_code == 302
    assert clock.now() - before >= timedelta(days=30, hours=2)
    assert client.post("/demo/clock/", {"days": "0", "hours": "0"}).status_code == 200
    assert client.post("/demo/clock/", {"reset": "1"}).status_code == 302
    assert clock.now() - before < timedelta(days=1)


def test_the_demo_clock_has_bounds_and_is_closed_elsewhere(client, world, settings):
    with pytest.raises(Refused):
        democlock.move(world.filer, timedelta(days=-1))
    with pytest.raises(Refused):
        democlock.move(world.filer, timedelta(days=40_000))
    settings.TESTING = settings.DEMO = False
    with pytest.raises(Forbidden):
        democlock.move(world.filer, timedelta(days=1))
    client.force_login(world.filer, backend=BACKEND)
    assert client.get("/demo/clock/").status_code == 404
    assert client.post("/demo/clock/", {"days": "1"}).status_code == 404


def test_nobody_moves_it_without_signing_in(client, db):
    assert client.post("/demo/clock/", {"days": "1"}).status_code == 302
    assert Event.objects.count() == 0 and clock.offset() == timedelta(0)
