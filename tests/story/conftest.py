"""The cast of the story: everybody at the province and at the county that decides, two firms, a stranger."""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.world import PASSWORD, credit_code, person


@pytest.fixture(autouse=True)
def media(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def cast(world: SimpleNamespace) -> SimpleNamespace:
    """``world`` with officers of the county, and the firm that builds without a plan."""
    world.county_people = {
        role: person(f"county_{role}", role, authority=world.county)
        for role in ("reviewer", "approver", "leader", "inspector", "case_officer", "legal_reviewer", "auditor")
    }
    world.county_inspector2 = person("county_inspector2", "inspector", authority=world.county)
    world.county_officer2 = person("county_case_officer2", "case_officer", authority=world.county)
    world.county.collecting_bank = "中国农业银行长沙县支行"
    world.county.save(update_fields=["collecting_bank"])
    world.late_uscc = credit_code(77)
    return world


class Caller:
    """Somebody who calls the API with a token of their own."""

    def __init__(self, username: str, password: str = PASSWORD):
        self.client = APIClient()
        answer = self.client.post("/api/v1/auth/token/", {"username": username, "password": password}, format="json")
        assert answer.status_code == 201, answer.content
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")

    def call(self, method: str, path: str, data: Any = None, *, status: int | None = None, files: bool = False) -> Any:
        answer = getattr(self.client, method)(f"/api/v1/{path}", data, format="multipart" if files else "json")
        wanted = status or {"get": 200, "post": None, "patch": 200}[method]
        assert answer.status_code == wanted or (wanted is None and answer.status_code in (200, 201, 202)), (
            answer.content.decode()
        )
        return answer.json() if answer.content else None

    def get(self, path: str, **more: Any) -> Any:
        return self.call("get", path, **more)

    def post(self, path: str, data: Any = None, **more: Any) -> Any:
        return self.call("post", path, data or {}, **more)

    def patch(self, path: str, data: Any = None, **more: Any) -> Any:
        return self.call("patch", path, data or {}, **more)

    def refused(self, path: str, data: Any = None, *, status: int = 400, files: bool = False) -> set[str]:
        """The keys that a refused call names."""
        answer = self.call("post", path, data or {}, status=status, files=files)
        return keys_of(answer)


def keys_of(answer: Any) -> set[str]:
    """Keys of the faults in problem details."""
    return {fault["key"] for fault in answer.get("errors") or answer.get("faults") or answer.get("refused") or []}


@pytest.fixture
def caller(cast: SimpleNamespace) -> Any:
    """Gives each user name its caller."""
    known: dict[str, Caller] = {}

    def of(user: Any) -> Caller:
        name = getattr(user, "username", user)
        if name not in known:
            known[name] = Caller(name)
        return known[name]

    return of


@pytest.fixture
def later(cast: SimpleNamespace) -> Any:
    """Moves the portal's clock forward, and lets the night's jobs run."""
    from django.core.management import call_command

    from conservation.history import democlock, outbox

    def move(days: int) -> None:
        democlock.move(cast.people["administrator"], timedelta(days=days))
        outbox.deliver()
        call_command("check_deadlines", "--json", stdout=io.StringIO())
        outbox.deliver()

    return move
