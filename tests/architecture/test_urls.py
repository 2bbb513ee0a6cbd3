"""The walk: every address for every role. Nothing falls over, and a stranger is sent away unless the page is public."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from conservation.accounts import roles
from conservation.checks import FOREIGN, rule_of
from tests.portal.conftest import scene  # noqa: F401

REFUSED = (301, 302, 401, 403)
WATCHED_BY_MACHINES = ("metrics", "readyz")
NAMED = {"format": "json", "act": "close", "tab": "plans", "layer": "patches"}
SAMPLES = {"int": "1", "slug": "plans", "str": "1", "uuid": str(uuid.UUID(int=1)), "path": "x"}


def walk(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(address with sample values, view) of every pattern."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + plain(str(one.pattern))
        if isinstance(one, URLResolver):
            yield from walk(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield "/" + route, one.callback


def plain(route: str) -> str:
    """A route with sample values in place of its converters and groups."""
    if "(?P" in route:
        route = re.sub(r"\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)", lambda found: of_group(found[1], found[2]), route)
    else:
        route = re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: NAMED.get(found[2]) or SAMPLES[found[1] or "str"], route)
    return route.replace("^", "").replace("$", "").replace("\\Z", "").replace("/?", "/").replace("\\.", ".")


def of_group(name: str, body: str) -> str:
    if name in NAMED:
        return NAMED[name]
    return body.strip("()").split("|")[0] if "|" in body else "1"


def point_at(address: str, scene: SimpleNamespace) -> str:  # noqa: F811
    """The same address about an object that exists."""
    for start, pk in (
        ("/project/", scene.near.pk),
        ("/projects/", scene.near.pk),
        ("/unit/", scene.world.unit.pk),
        ("/patches/rounds/", scene.round.pk),
        ("/patches/", scene.near_patch.pk),
        ("/api/v1/projects/", scene.near.pk),
        ("/api/v1/patches/", scene.near_patch.pk),
    ):
        if address.startswith(start):
            return address.replace("/1/", f"/{pk}/", 1)
    return address


def ours(view: Any) -> bool:
    return not view.__module__.startswith(FOREIGN) or rule_of(view) is not None


def test_the_walk_sees_the_portal() -> None:
    found = [address for address, _view in walk()]
    assert len(found) > 60 and "/map/" in found and "/tiles/patches/1/1/1.mvt" in found
    assert not [address for address in found if "<" in address or "(" in address]


@pytest.mark.django_db
def test_strangers_are_sent_away(scene: SimpleNamespace, client: Client) -> None:  # noqa: F811
    client.raise_request_exception = False
    wrong = []
    for address, view in walk():
        answer = client.get(point_at(address, scene))
        public = rule_of(view) == "public" or not ours(view)
        if answer.status_code >= 500 and address.strip("/") not in WATCHED_BY_MACHINES:
            wrong.append((address, answer.status_code))
        elif not public and answer.status_code not in REFUSED:
            wrong.append((address, answer.status_code))
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["filer", "stranger", *sorted(roles.AUTHORITY_ROLES)])
def test_nothing_falls_over(scene: SimpleNamespace, client: Client, role: str) -> None:  # noqa: F811
    world = scene.world
    user = {"filer": world.filer, "stranger": world.stranger}.get(role) or world.people[role]
    client.force_login(user)
    client.raise_request_exception = False
    wrong = []
    for address, _view in walk():
        if "logout" in address:
            continue
        answer = client.get(point_at(address, scene))
        if answer.status_code >= 500 and address.strip("/") not in WATCHED_BY_MACHINES:
            wrong.append((address, answer.status_code))
    assert not wrong


@pytest.mark.django_db
def test_reading_writes_nothing(scene: SimpleNamespace, client: Client) -> None:  # noqa: F811
    """The middleware raises on a write in a GET; here only that it stands in the way."""
    from django.conf import settings

    assert "conservation.web.ReadOnlyGetMiddleware" in settings.MIDDLEWARE
