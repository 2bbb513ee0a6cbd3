"""The chains: recomputed set-based, every broken link named."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from conservation import clock
from conservation.history import queries
from conservation.history.acting import Acting, record

pytestmark = [pytest.mark.django_db, pytest.mark.owner_role]


@pytest.fixture
def chain(world):
    for number in range(5):
        act = Acting(world.filer, f"accounts.test{number}", world.unit, clock.now(), "理由|与“符号”")
        act.note(number=number, 面积="1.5")
        record(act)
    other = Acting(None, "accounts.other", world.other_unit, clock.now(), "")
    record(other)
    return f"unit:{world.unit.pk}"


def tamper(sql: str) -> None:
    """As somebody with the owner's rights could: without triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE history_event DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE history_event ENABLE TRIGGER USER")


def faults() -> list[tuple[str, int, str]]:
    return [(one["subject"], one["seq"], one["fault"]) for one in queries.verify()["broken"]]


def test_whole(chain, world):
    found = queries.verify()
    assert found["broken"] == [] and found["events"] == 6 and found["chains"] == 2
    assert queries.verify("unit", str(world.unit.pk))["events"] == 5


@pytest.mark.parametrize(
    "column", ["reason = 'x'", "actor_name = 'x'", "data = '{}'", "occurred_at = now()", "actor_id = NULL"]
)
def test_changed_content(chain, column):
    tamper(f"UPDATE history_event SET {column} WHERE seq = 3")
    assert faults() == [(chain, 3, "content")]


def test_changed_content_with_its_hash_made_again(chain):
    from conservation.history.models import HASH_SQL

    tamper(f"UPDATE history_event e SET reason = 'x', hash = {HASH_SQL.format(row='e').replace('e.reason', chr(39) + 'x' + chr(39))} "
           "WHERE seq = 3")  # fmt: skip
    assert faults() == [(chain, 4, "link")]


def test_a_missing_event(chain):
    tamper("DELETE FROM history_event WHERE seq = 2")
    assert faults() == [(chain, 3, "gap")]


def test_a_missing_end(chain):
    tamper("DELETE FROM history_event WHERE seq >= 4")
    assert faults() == [(chain, 3, "missing")]


def test_a_chain_gone_as_a_whole(chain, world):
    tamper(f"DELETE FROM history_event WHERE subject_id = '{world.unit.pk}'")
    assert faults() == [(chain, 5, "missing")]


def test_a_changed_head(chain):
    tamper("UPDATE history_chainhead SET hash = 'x' WHERE seq = 5")
    assert faults() == [(chain, 5, "head")]


def command(*args: str) -> dict:
    out = StringIO()
    call_command("verify_history", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_command(chain):
    assert command() == {"events": 6, "chains": 2, "broken": []}
    assert command("--subject", chain)["events"] == 5


def test_command_ends_with_one_on_a_broken_chain(chain):
    tamper("UPDATE history_event SET reason = 'x' WHERE seq = 3")
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("verify_history", "--json", stdout=out)
    assert caught.value.returncode == 1
    assert json.loads(out.getvalue())["broken"][0]["fault"] == "content"


def test_command_called_wrongly():
    with pytest.raises(CommandError) as caught:
        call_command("verify_history", "--subject", "plan")
    assert caught.value.returncode == 2
