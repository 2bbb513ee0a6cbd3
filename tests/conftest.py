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
    let_flush_empty_history()
    with django_db_blocker.unblock():
        load_divisions()


def let_flush_empty_history() -> None:
    """Between tests that commit, the tables are emptied: only there the history's guard against TRUNCATE is lifted."""
    from django.db import connection
    from django.test import TransactionTestCase

    flush = TransactionTestCase._fixture_teardown

    def flush_with_history(self: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; ALTER TABLE history_event DISABLE TRIGGER USER")
        flush(self)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE history_event ENABLE TRIGGER USER")

    TransactionTestCase._fixture_teardown = flush_with_history  # type: ignore[method-assign]


def load_divisions() -> None:
    from conservation import clock
    from conservation.regions.actions import load_packaged
    from conservation.regions.models import Division

    if not Division.objects.filter(code="430000").exists():
        load_packaged(now=clock.now(), provinces=["43"])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the world asks for the database."""
    for item in items:
        if "world" in getattr(item, "fixturenames", ()) and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db(transaction="live_server" in item.fixturenames))


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
    fixtures = {"db", "transactional_db", "live_server"}
    return bool(request.node.get_closest_marker("django_db") or fixtures & set(request.fixturenames))


@pytest.fixture
def world(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Authorities, units and a person for every role (tests/world.py), with the divisions of Hunan."""
    request.getfixturevalue("_django_db_helper")
    from tests.world import make_world

    load_divisions()  # a transactional test before this one has emptied the tables
    return make_world()
