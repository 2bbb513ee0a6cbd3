"""Rights of the role that serves: it uses every table, owns none, and cannot rewrite or switch off the record.

Runs after every migration, as the owner. The serving role (``settings.DATABASE_APP_ROLE``)

* may read and write all tables and sequences, present and to come;
* may not change, delete or empty history events and row histories (pghistory's event tables), nor touch the heads of
  the chains: the trigger that keeps them runs with the owner's rights;
* may not switch triggers off: ``pgtrigger.ignore`` works for the owner of the database alone.

Trigger functions with a transition table lose nested loops: their plan is cached for the session, and one made for a
single row takes minutes on fifty thousand.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from psycopg import sql

READ_ONLY_TABLES = ("django_migrations",)
CHAIN_TABLES = ("history_chainhead",)


def append_only_tables() -> list[str]:
    """The history's events and every event table of pghistory."""
    from pghistory.models import Event as RowEvent

    found = {"history_event"}
    for model in apps.get_models():
        if isinstance(model, type) and issubclass(model, RowEvent) and model._meta.managed and not model._meta.proxy:
            found.add(model._meta.db_table)
    return sorted(found)


def apply(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Receiver of ``post_migrate``: safe to run any number of times."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, pg_has_role(current_user, relowner, 'USAGE') FROM pg_class "
            "WHERE oid = to_regclass('history_event')"
        )
        row = cursor.fetchone()
        if row is None or not row[1]:
            return
        owner, role = row[0], settings.DATABASE_APP_ROLE
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        if owner != role and cursor.fetchone()[0]:
            grant(cursor, role)
            revoke(cursor, role)
        protect_ignore(cursor)
        secure_chain(cursor)
        plan_transition_triggers(cursor)


def grant(cursor: Any, role: str) -> None:
    name = sql.Identifier(role)
    for text in (
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ):
        cursor.execute(sql.SQL(text).format(role=name))


def revoke(cursor: Any, role: str) -> None:
    name = sql.Identifier(role)
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    existing = {table for (table,) in cursor.fetchall()}  # a room may not be migrated yet
    for table in sorted(existing.intersection(append_only_tables())):
        cursor.execute(
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}").format(
                table=sql.Identifier(table), role=name
            )
        )
    for table in sorted(existing.intersection((*READ_ONLY_TABLES, *CHAIN_TABLES))):
        cursor.execute(
            sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {role}").format(
                table=sql.Identifier(table), role=name
            )
        )


IGNORE = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS $$
    DECLARE
        listed TEXT;
        allowed BOOLEAN;
    BEGIN
        IF trigger_name LIKE 'pgtrigger_chain_%' THEN
            RETURN FALSE;
        END IF;
        SELECT pg_has_role(current_user, d.datdba, 'USAGE') INTO allowed
            FROM pg_database d WHERE d.datname = current_database();
        IF NOT allowed THEN
            RETURN FALSE;
        END IF;
        listed := current_setting('pgtrigger.ignore', true);
        RETURN coalesce(trigger_name = ANY (nullif(listed, '')::text[]), false);
    EXCEPTION WHEN OTHERS THEN
        RETURN FALSE;
    END;
$$ LANGUAGE plpgsql STABLE
"""


def protect_ignore(cursor: Any) -> None:
    """Let only the owner of the database ignore triggers (migrations and the emptying of test databases do).

    The trigger that links events runs with the owner's rights and is therefore never ignored, by nobody.
    """
    cursor.execute("SELECT to_regproc('public._pgtrigger_should_ignore')")
    if cursor.fetchone()[0] is not None:
        cursor.execute(IGNORE)


def secure_chain(cursor: Any) -> None:
    """The trigger that links events keeps the heads with the owner's rights, whoever adds the event."""
    for (function,) in functions_of(
        cursor, "tgrelid = 'history_event'::regclass AND tgname LIKE 'pgtrigger_chain_%%'"
    ):
        cursor.execute(f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = public, pg_temp")


def plan_transition_triggers(cursor: Any) -> None:
    """No nested loops in functions of triggers with a transition table (lost at each CREATE OR REPLACE)."""
    for (function,) in functions_of(cursor, "(tgnewtable IS NOT NULL OR tgoldtable IS NOT NULL)"):
        cursor.execute(f"ALTER FUNCTION {function} SET enable_nestloop = off")


def functions_of(cursor: Any, condition: str) -> list[tuple[str]]:
    cursor.execute(
        f"SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger WHERE NOT tgisinternal AND {condition}", []
    )
    return cursor.fetchall()
