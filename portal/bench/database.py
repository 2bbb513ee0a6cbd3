"""The database that benchmarks run in: one of its own on the portal's cluster, made, migrated and filled on demand.

What it holds is written beside its name (COMMENT ON DATABASE), so that it is made anew when tables or the number of
projects are others, and kept otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

Say = Callable[[str], None]
MARK = "BENCH_DATABASE"
"""Environment variable that is set while a command runs inside the benchmark database."""


def owner_url(name: str = "") -> str:
    """Address of the owner's sign-in, for psycopg; of another database of the same cluster when named."""
    address = urlsplit(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])
    return address._replace(scheme="postgresql", path=f"/{name}" if name else address.path).geturl()


@contextmanager
def owner_connection() -> Iterator[Any]:
    """Connection of the owner to the database in use, outside of transactions."""
    with psycopg.connect(owner_url(str(connection.settings_dict["NAME"])), autocommit=True) as owner:
        yield owner


def environment(name: str) -> dict[str, str]:
    """The environment of a command that is to run inside the benchmark database: as the role that serves, not a demo."""
    found = {"LOG_LEVEL": "WARNING", **os.environ, MARK: name, "DATABASE_ROLE": "app", "DEMO": "0", "DEBUG": "0"}
    for key in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if key in found:
            found[key] = urlsplit(found[key])._replace(path=f"/{name}").geturl()
    return found


def fingerprint(projects: int) -> str:
    """What the database is made from: every migration, the generator of the data, and the number of projects."""
    summary = hashlib.sha256()
    for pattern in ("*/*/migrations/*.py", "portal/bench/fi*.py"):
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            summary.update(path.read_bytes())
    return f"bench {projects} {summary.hexdigest()[:16]}"


def ready(name: str, projects: int, say: Say) -> None:
    """Make the database if it is not there or holds something else."""
    wanted = fingerprint(projects)
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        row = owner.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if row is not None and row[0] == wanted:
            return
        if row is not None and not str(row[0] or "").startswith("bench"):
            raise RuntimeError(f"database {name} was not made by bench: choose another with --database")
        say(f"making database {name} with {projects} projects; this takes some minutes and about 5 KB a project")
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        owner.execute(sql.SQL("COMMENT ON DATABASE {} IS 'bench, unfinished'").format(sql.Identifier(name)))
        build(name, projects, say)
        owner.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(wanted)))


def build(name: str, projects: int, say: Say) -> None:
    """Migrate, load the packaged divisions of the whole country, fill, and put every project into its tier."""
    owner = {"DATABASE_ROLE": "owner"}
    call(name, ["migrate", "--noinput", "--verbosity", "0"], owner)
    call(name, ["bench_data", "--projects", str(projects), "--divisions", "--force", "--json"], owner)


def drop(name: str) -> None:
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        row = owner.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if row is not None and str(row[0] or "").startswith("bench"):
            owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def call(name: str, arguments: list[str], extra: dict[str, str] | None = None) -> str:
    """Run a management command inside the benchmark database; its messages go to our stderr. Returns its output."""
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env={**environment(name), **(extra or {})}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: exit {done.returncode}")
    return done.stdout


def read_json(output: str) -> Any:
    return json.loads(output.strip().splitlines()[-1])
