"""Every table and column says what it is; every life cycle holds in the database as its table says; files stay small."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from pghistory.models import Event as RowEvent

from conservation.states import StateTable

ROOT = Path(settings.BASE_DIR)
STOREYS = ("conservation", "projects", "supervision", "credit", "portal")
LONGEST = 400
RAISED = "P0001"
"""SQLSTATE of RAISE EXCEPTION: a trigger refused."""
LONG_FUNCTION = 60


def own_models() -> list[type[models.Model]]:
    """Models of our rooms, without the row histories that pghistory derives from them."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in STOREYS and not issubclass(model, RowEvent)
    ]


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_every_table_and_column_is_commented(model: type[models.Model]) -> None:
    assert model._meta.db_table_comment
    inherited = {
        field.name for base in model.__mro__[1:] if hasattr(base, "_meta") for field in base._meta.local_fields
    }
    bare = [
        field.name
        for field in model._meta.local_fields
        if not field.db_comment
        and not (field.primary_key and field.auto_created)
        and not (field.name in inherited or is_foreign(model, field))
    ]
    assert not bare


def is_foreign(model: type[models.Model], field: models.Field) -> bool:
    """A column that an abstract class of Django brings."""
    return any(
        field.name in {one.name for one in base._meta.local_fields}
        for base in model.__mro__[1:]
        if hasattr(base, "_meta") and not base.__module__.startswith(STOREYS)
    )


# --- life cycles ---------------------------------------------------------------------------------------------------
def life_cycles() -> list[Any]:
    """(model, field name, table) of every life cycle: each class attribute of a model that is a StateTable."""
    found = []
    for model in own_models():
        for name, table in vars(model).items():
            if isinstance(table, StateTable):
                column = next(
                    field.name
                    for field in model._meta.local_fields
                    if field.choices and {code for code, _label in field.choices} == set(table.states)
                )
                found.append(pytest.param(model, column, table, id=f"{model._meta.label}.{name}"))
    return found


@pytest.fixture
def copy_of(request: pytest.FixtureRequest, db: None) -> Any:
    """An empty table with the columns and triggers of a model's, without its constraints: only the triggers speak."""

    def make(model: type[models.Model]) -> str:
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE twin (LIKE {table}) ON COMMIT DROP")
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'twin'::regclass AND attnotnull AND attnum > 0"
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE twin ALTER COLUMN "{column}" DROP NOT NULL')
            cursor.execute(
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal "
                "AND tgtype & 1 = 1 AND (tgname LIKE '%%\\_fsm\\_%%' OR tgname LIKE '%%\\_initial\\_%%')",
                [table],
            )
            definitions = [row[0] for row in cursor.fetchall()]
            assert len(definitions) >= 2, "a life cycle has a trigger for its changes and one for its first state"
            for definition in definitions:
                cursor.execute(re.sub(r" ON (public\.)?\S+ ", " ON twin ", definition, count=1))
        return "twin"

    return make


def accepted(statement: str, parameters: list[Any]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
    except DatabaseError as refused:
        assert getattr(refused.__cause__, "sqlstate", "") == RAISED, refused
        return False
    return True


@pytest.mark.owner_role
@pytest.mark.parametrize(("model", "column", "table"), life_cycles())
def test_triggers_equal_the_state_table(model: Any, column: str, table: StateTable, copy_of: Any) -> None:
    twin = copy_of(model)
    first = {state for state in table.states if accepted(f"INSERT INTO {twin} ({column}) VALUES (%s)", [state])}
    assert first == set(table.initial)

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{twin}'::regclass AND tgname LIKE '%%\\_initial\\_%%'"
        )
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE {twin} DISABLE TRIGGER {name}")
    changes = set()
    for source in table.states:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {twin}")
            cursor.execute(f"INSERT INTO {twin} ({column}) VALUES (%s)", [source])
        for target in table.states:
            if source == target:
                continue
            with transaction.atomic():
                if accepted(f"UPDATE {twin} SET {column} = %s", [target]):
                    changes.add((source, target))
                with connection.cursor() as cursor:
                    cursor.execute(f"DELETE FROM {twin}")
                    cursor.execute(f"INSERT INTO {twin} ({column}) VALUES (%s)", [source])
    assert sorted(changes) == table.pairs()


@pytest.mark.parametrize(("model", "column", "table"), life_cycles())
def test_state_tables_make_sense(model: Any, column: str, table: StateTable) -> None:
    reached = set(table.initial)
    while True:
        further = reached | {one.target for one in table.transitions if reached.intersection(one.sources)}
        if further == reached:
            break
        reached = further
    assert reached == set(table.states), "every state can be reached"
    assert set(table.colours) <= set(table.states)
    assert all(str(one.label) for one in table.transitions)


# --- files -----------------------------------------------------------------------------------------------------------
def sources() -> list[Path]:
    return sorted(
        path
        for storey in STOREYS
        for path in (ROOT / storey).rglob("*.py")
        if "migrations" not in path.parts and "__pycache__" not in path.parts
    )


def test_files_stay_small() -> None:
    long = {str(path.relative_to(ROOT)): count for path in sources() if (count := lines(path)) > LONGEST}
    assert not long, "when a file passes 400 lines, split the room"


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_functions_stay_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {node.end_lineno - node.lineno + 1}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONG_FUNCTION
    ]
    assert not long


def test_the_clock_is_asked_for_the_time() -> None:
    asks = re.compile(r"timezone\.now\(|date\.today\(|datetime\.now\(|datetime\.utcnow\(")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        if path.name != "clock.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if asks.search(line)
    ]
    assert not found
