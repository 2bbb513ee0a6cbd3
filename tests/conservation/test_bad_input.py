"""Bad addresses and bodies: an answer with its reason, never an error of the server."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from conservation.accounts.models import Unit
from conservation.errors import Conflict
from conservation.history.models import Event
from projects.registry import actions
from projects.registry.actions import records
from projects.registry.models import Project
from tests.projects.conftest import record

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HUGE = "9" * 60
PAGES = (
    "/people/list/", "/people/units/", "/people/authorities/", "/notices/", "/history/", "/projects/", "/plans/",
    "/patches/", "/cases/", "/rectification/", "/risk/follow-ups/", "/credit/", "/regions/", "/jobs/", "/deadlines/",
    "/search/", "/map/", "/projects/divisions/", "/api/v1/units/", "/api/v1/projects/", "/api/v1/plans/",
    "/api/v1/cases/", "/api/v1/patches/", "/api/v1/rounds/", "/api/v1/jobs/", "/api/v1/credit-facts/",
    "/api/v1/follow-ups/",
)  # fmt: skip
QUERIES = (
    "after=%C2%B2", f"after={HUGE}", f"before={HUGE}", "after=%00", "before=%00", "q=%00", "q=%00ab", "state=%00",
    "division=%00", f"unit={HUGE}", f"page_size={HUGE}", "page_size=NaN", "page_size=1e999999999", "cursor=abc",
    "cursor=cD0lMDA%3D", "after=9999-12-31T23:59:59~1", "after=2026-01-01~1",
)  # fmt: skip


def token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


ADDRESSES = (
    *(f"{page}?{query}" for page in PAGES for query in QUERIES),
    *(
        f"{page}?order={order}&after={token(key)}"
        for page in ("/projects/", "/api/v1/projects/")
        for order, key in (
            ("name", '["a\\u0000", 1]'), ("name", '["\\ud800", 1]'), ("-tier", "[Infinity, 1]"), ("-tier", "[1e30, 1]")
        )
    ),
    "/history/run/abc/", "/history/case/abc/", "/api/v1/history/run/abc/", "/history/plan/%00/", "/regions/%00/",
    "/projects/plan-hint/?permanent_ha=9e999999&temporary_ha=9e999999&excavation_m3=1&fill_m3=1",
    "/api/v1/documents/?subject_type=plan&subject_id=%00", "/api/v1/documents/?subject_type=%00&subject_id=1",
    f"/cases/{HUGE}/", "/tiles/ranges/99/1/1.mvt", f"/tiles/ranges/1/{HUGE}/1.mvt",
)  # fmt: skip


def client_of(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=BACKEND)
    return client


def test_bad_addresses_are_answered(world: SimpleNamespace) -> None:
    clients = [client_of(world.people[role]) for role in ("inspector", "administrator")]
    bad = [
        (one, client.get(one).status_code)
        for client in clients
        for one in ADDRESSES
        if client.get(one).status_code >= 500
    ]
    assert bad == []


@pytest.mark.parametrize("text", ["甲\0乙", "甲\ud800乙"])
def test_what_no_column_holds_is_refused(world: SimpleNamespace, text: str) -> None:
    project = actions.register(world.filer, record())
    client, kind = client_of(world.filer), "application/json"
    for answer in (
        client.post("/api/v1/projects/", json.dumps(record(name=text, code=None)), content_type=kind),
        client.patch(f"/api/v1/projects/{project.pk}/", json.dumps({"layout": "point", "reason": text}), kind),
    ):
        assert answer.status_code == 400 and answer.json()["faults"]
    project.refresh_from_db()
    assert Project.objects.count() == 1 and project.layout == "line"


def test_the_same_entered_twice_at_once_has_one_winner(world: SimpleNamespace, monkeypatch: Any) -> None:
    actions.register(world.filer, record())
    monkeypatch.setattr(records, "check_code_is_free", lambda *given, **more: None)  # both looked before either wrote
    with pytest.raises(Conflict):
        actions.register(world.filer, record(name="另一工程"))
    assert Project.objects.count() == 1


def test_a_unit_of_a_refused_naming_does_not_stay(world: SimpleNamespace) -> None:
    project = actions.register(world.filer, record())
    client = client_of(world.people["inspector"])
    answer = client.post(f"/projects/{project.pk}/unit/", {"name": "临时冒出的公司", "reason": "现场"})
    assert answer.status_code == 422 and not Unit.objects.filter(name="临时冒出的公司").exists()
    assert not Event.objects.filter(subject_type="unit", data__name="临时冒出的公司").exists()
