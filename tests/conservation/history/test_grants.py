"""What the serving role may not do, tried as that role; the fixtures set it (tests/conftest.py)."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import Error, connection, transaction

from conservation import clock
from conservation.accounts.models import Unit
from conservation.history import grants, queries
from conservation.history.acting import Acting, record
from conservation.history.models import Event
from conservation.history.numbers import next_number

pytestmark = pytest.mark.django_db


def run(sql: str, params: list[object] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def refused(sql: str) -> str:
    with pytest.raises(Error) as caught, transaction.atomic():
        run(sql)
    return str(caught.value)


@pytest.fixture
def event(world):
    act = Acting(world.filer, "accounts.note", world.unit, clock.now(), "试")
    made = record(act)
    made.refresh_from_db()
    return made


def test_the_tests_run_as_the_serving_role():
    assert run("SELECT current_user")[0][0] == settings.DATABASE_APP_ROLE


def test_events_can_be_added_but_not_changed(event):
    assert event.pk
    event.refresh_from_db()
    assert event.seq == 1 and len(event.hash) == 64
    for sql in (
        "UPDATE history_event SET reason = 'x'",
        "DELETE FROM history_event",
        "TRUNCATE history_event CASCADE",
    ):
        assert "permission denied" in refused(sql)


def test_row_histories_can_not_be_changed(world):
    world.unit.contact = "李工"
    world.unit.save()
    assert run("SELECT count(*) FROM accounts_unitrow")[0][0] >= 1
    for table in grants.append_only_tables():
        assert "permission denied" in refused(f"UPDATE {table} SET id = id" if table == "history_event"
                                              else f"UPDATE {table} SET pgh_id = pgh_id")  # fmt: skip
        assert "permission denied" in refused(f"DELETE FROM {table}")


def test_every_row_history_is_known():
    assert {"history_event", "accounts_unitrow"} <= set(grants.append_only_tables())


def test_the_heads_of_the_chains_belong_to_the_owner(event):
    assert "permission denied" in refused("UPDATE history_chainhead SET hash = ''")
    assert "permission denied" in refused("INSERT INTO history_chainhead (subject_type, subject_id, seq, hash) "
                                          "VALUES ('x', '1', 0, '')")  # fmt: skip


def test_the_serving_role_owns_nothing_and_can_not_drop():
    assert "must be owner" in refused("DROP TABLE history_event")
    assert "must be owner" in refused("ALTER TABLE history_event DISABLE TRIGGER ALL")
    assert (
        run("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relpersistence = 'p'")[0][0] == 0
    )


def test_triggers_can_not_be_ignored(world):
    """The life cycle of a run holds although the session asks for its triggers to be ignored."""
    run("INSERT INTO jobs_run (id, kind, arguments, state, progress, total, step, log, faults, cancel_asked, created_at)"
        " VALUES (gen_random_uuid(), 'x', '{}', 'queued', 0, 0, '', '', '[]', false, now())")  # fmt: skip
    names = [
        name
        for (name,) in run("SELECT tgname FROM pg_trigger WHERE tgrelid = 'jobs_run'::regclass AND NOT tgisinternal")
    ]
    run("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(str(name) for name in names) + "}"])
    assert "nvalid" in refused("UPDATE jobs_run SET state = 'done'")
    assert run("SELECT _pgtrigger_should_ignore(%s::name)", [names[0]])[0][0] is False


def test_the_chain_can_not_be_ignored(event):
    run("SELECT set_config('pgtrigger.ignore', (SELECT '{' || string_agg(tgname, ',') || '}' FROM pg_trigger "
        "WHERE tgrelid = 'history_event'::regclass AND NOT tgisinternal), true)")  # fmt: skip
    second = Event.objects.create(subject_type="unit", subject_id=event.subject_id, act="x", occurred_at=clock.now())
    second.refresh_from_db()
    assert second.seq == 2 and second.prev_hash == event.hash
    assert queries.verify()["broken"] == []


@pytest.mark.owner_role
def test_the_owner_may_ignore(event):
    name = run(
        "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only_%%' AND tgrelid = 'history_event'::regclass"
    )
    run("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + str(name[0][0]) + "}"])
    assert run("SELECT _pgtrigger_should_ignore(%s::name)", [name[0][0]])[0][0] is True


def test_triggers_with_transition_tables_use_no_nested_loops():
    rows = run("SELECT p.proname, p.proconfig FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
               "WHERE NOT t.tgisinternal AND (t.tgnewtable IS NOT NULL OR t.tgoldtable IS NOT NULL)")  # fmt: skip
    assert rows
    assert all("enable_nestloop=off" in (config or []) for _name, config in rows)


def test_sequences_and_counters_can_be_used(world):
    assert next_number("湘水", "测试", 2026) == 1
    assert next_number("湘水", "测试", 2026) == 2
    assert Unit.objects.create(name="新单位").pk


@pytest.mark.owner_role
def test_applying_twice_changes_nothing():
    before = run("SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    grants.apply()
    assert before == run(
        "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    )
