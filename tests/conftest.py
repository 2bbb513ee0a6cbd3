"""Fixtures for every test. Tests run against real PostGIS and Redis, as the role that serves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

os.environ["DATABASE_ROLE"] = "owner"  # the owner makes the test database; each test then serves as the serving role


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database, with the divisions of Hunan loaded once."""
    with django_db_blocker.unblock():
        load_divisions()


def load_divisions() -> None:
    from conservation import clock
    from conservation.regions.actions import load_packaged
    from conservation.regions.models import Division

    if not Division.objects.filter(code="430000").exists():
        load_packaged(now=clock.now(), provinces=["43"])


SERVING = {"on": False}


@pytest.fixture(autouse=True)
def serving_role(request: pytest.FixtureRequest) -> Iterator[None]:
    """Inside a test the database is used as the role that serves, which owns nothing.

    The mark ``owner_role`` keeps the owner (for tests of the database's own rules).
    """
    if not uses_database(request) or request.node.get_closest_marker("owner_role"):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    from django.conf import settings
    from django.db import connection
    from django.db.backends.signals import connection_created

    def serve(sender: Any, connection: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'SET ROLE "{settings.DATABASE_APP_ROLE}"')

    serve(None, connection)
    connection_created.connect(serve, dispatch_uid="serving_role")
    yield
    connection_created.disconnect(dispatch_uid="serving_role")
    if connection.connection is not None and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def uses_database(request: pytest.FixtureRequest) -> bool:
    return bool(
        request.node.get_closest_marker("django_db")
        or {"db", "transactional_db", "live_server", "world"} & set(request.fixturenames)
    )


@pytest.fixture
def world(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Authorities, units and a person for every role (tests/world.py), with the divisions of Hunan."""
    if "transactional_db" in request.fixturenames or "live_server" in request.fixturenames:
        request.getfixturevalue("transactional_db")
    else:
        marker = request.node.get_closest_marker("django_db")
        request.getfixturevalue("transactional_db" if marker and marker.kwargs.get("transaction") else "db")
    from tests.world import make_world

    load_divisions()  # a transactional test before this one has emptied the tables
    return make_world()
