"""Backup and restore in their simplest true form: database, documents, settings, and a manifest that proves them.

A backup is a folder:

    database.dump    pg_dump, custom format, of one snapshot
    documents/       every file that a row names, under its SHA-256
    settings.json    names of the environment variables, values of those that are no secret
    manifest.json    rows per table, state of the history chains, checksums; written last

Counts, chains and dump come from the same snapshot. Rooms are asked by their tables here, not by import: this room
lies below them.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.apps import apps
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.errors import Refused
from conservation.history import grants
from conservation.history.queries import verify

FORMAT = 1
CHUNK = 1024 * 1024
SECRET_WORDS = ("SECRET", "PASSWORD", "TOKEN", "KEY", "_URL", "DSN")
PUBLIC_ANYWAY = ("PUBLIC_URL",)
NAMES = (
    "DEBUG", "DEMO", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "PUBLIC_URL", "HTTPS", "DATABASE_URL",
    "DATABASE_OWNER_URL", "DATABASE_POOL", "REDIS_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "STATIC_ROOT", "MEDIA_ROOT",
    "UPLOAD_MAX_BYTES", "PORTAL_NAME", "MAP_APPROVAL_NUMBER", "METRICS_TOKEN", "DEMO_PASSWORD",
)  # fmt: skip
MASTERS = (" EXTENSION ", " SCHEMA - public", " TABLE DATA public spatial_ref_sys ")
NOT_INCLUDED = (
    "values of secret settings (SECRET_KEY, database, broker and mail addresses, tokens): keep them yourself",
    "the roles of the database and their passwords",
    "jobs waiting in the broker: they are sent again from the table of runs",
    "static files and packages: bin/start makes them again",
    "log files",
)


# --- the database programs --------------------------------------------------------------------------------------
def server() -> dict[str, str]:
    """Environment for pg_dump, pg_restore and psql: the present database, as its owner."""
    known = connection.settings_dict
    found = {"HOST": known["HOST"], "PORT": known["PORT"], "USER": known["USER"], "PASSWORD": known["PASSWORD"]}
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner:
        parts = urlsplit(owner)
        found = {
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
        }
    names = {f"PG{name}": str(value) for name, value in found.items() if value}
    return {**os.environ, **names, "PGDATABASE": str(known["NAME"])}


def run(*command: str) -> str:
    """Run a database program; raises ``Refused`` with what it said when it fails."""
    try:
        done = subprocess.run(command, env=server(), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Refused("database", _("没有找到程序 %(name)s。") % {"name": command[0]}) from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise Refused("database", _("%(name)s 失败：%(said)s") % {"name": command[0], "said": said})
    return done.stdout


# --- backup -----------------------------------------------------------------------------------------------------
def backup(folder: Path) -> dict[str, Any]:
    """Write a backup into an empty or new folder; returns its manifest. Raises ``Refused`` and leaves no manifest."""
    if folder.exists() and any(folder.iterdir()):
        raise Refused("folder", _("目录 %(name)s 不是空的。") % {"name": folder})
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    dump = folder / "database.dump"
    with snapshot() as name:
        run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}", f"--file={dump}")
        counts, history, wanted = row_counts(), verify(), named_files()
        made_at = clock.now().isoformat()
    copy_out(folder / "documents", wanted)
    write_json(folder / "settings.json", environment())
    manifest = {
        "format": FORMAT,
        "made_at": made_at,
        "django": django.get_version(),
        "database": {"file": dump.name, "bytes": dump.stat().st_size, "sha256": sha256_of(dump)},
        "rows": counts,
        "history": history,
        "documents": wanted,
        "not_included": list(NOT_INCLUDED),
    }
    write_json(folder / "manifest.json", manifest)
    return manifest


@contextmanager
def snapshot() -> Iterator[str]:
    """A transaction that sees one moment, and the name under which pg_dump sees the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:  # inside another transaction the moment is already chosen
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def row_counts() -> dict[str, int]:
    """Rows of every table of the portal."""
    counts = {}
    with connection.cursor() as cursor:
        tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
        existing = set(connection.introspection.table_names(cursor))
        for table in sorted((tables | {"django_migrations"}) & existing):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = cursor.fetchone()[0]
    return counts


def named_files() -> dict[str, int]:
    """SHA-256 → bytes of every file that a row names."""
    rows = apps.get_model("documents.Document").objects.order_by("sha256").values_list("sha256", "size").distinct()
    return dict(rows)


def stored_at(sha256: str) -> str:
    """Where the bytes lie in the storage (as ``documents.store`` puts them)."""
    return f"documents/{sha256[:2]}/{sha256}"


def copy_out(folder: Path, wanted: dict[str, int]) -> None:
    """Copy the files, checking each against its name; raises ``Refused`` naming those that are lost or spoilt."""
    bad = []
    for sha256 in wanted:
        target = folder / sha256[:2] / sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with default_storage.open(stored_at(sha256), "rb") as source, target.open("wb") as sink:
                good = copy(source, sink) == sha256
        except FileNotFoundError:
            good = False
        if not good:
            bad.append(sha256)
    if bad:
        raise Refused(
            "documents", _("%(n)d 个文件丢失或损坏：%(names)s") % {"n": len(bad), "names": "、".join(bad[:20])}
        )


def copy(source: Any, sink: Any) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        sink.write(chunk)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def environment() -> dict[str, Any]:
    """The settings by environment: values where they are no secret, names alone where they are."""
    values, secret = {}, []
    for name in NAMES:
        if name not in os.environ:
            continue
        if name not in PUBLIC_ANYWAY and any(word in name for word in SECRET_WORDS):
            secret.append(name)
        else:
            values[name] = os.environ[name]
    return {"values": values, "secret_names_without_values": secret}


def write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# --- restore ----------------------------------------------------------------------------------------------------
def restore(folder: Path, *, force: bool = False) -> dict[str, Any]:
    """Bring a backup back: the whole database in one transaction, or nothing.

    Checked before anything is touched: manifest, checksums of the dump and of every file, that the portal is empty
    (unless ``force``). Checked afterwards: rows of every table, every file, the chains. Raises ``Refused``.
    """
    manifest = read_manifest(folder)
    if not force and not is_empty():
        raise Refused("portal", _("门户里已有数据；确要覆盖请加 --force。"))
    check_files(folder, manifest)
    with tempfile.TemporaryDirectory() as place:
        scripts = restoring_scripts(folder / manifest["database"]["file"], Path(place))
        copy_in(folder / "documents", manifest["documents"])
        connection.close()
        files = [f"--file={script}" for script in scripts]
        run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", *files)
    grants.apply()
    return check_restored(manifest)


def read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused(
            "folder", _("%(name)s 不是一份完整的备份（没有可读的 manifest.json）。") % {"name": folder}
        ) from None
    if manifest.get("format") != FORMAT:
        raise Refused("folder", _("不认识这种备份格式：%(format)s") % {"format": manifest.get("format")})
    return manifest


def is_empty() -> bool:
    """No people, no projects, no documents; a database without tables is empty too."""
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for table in {"accounts_user", "registry_project", "documents_document", "history_event"} & existing:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone()[0]:
                return False
    return True


def check_files(folder: Path, manifest: dict[str, Any]) -> None:
    dump = folder / manifest["database"]["file"]
    if not dump.is_file() or sha256_of(dump) != manifest["database"]["sha256"]:
        raise Refused("database", _("备份中的数据库文件缺失或与校验值不符。"))
    bad = [
        sha256
        for sha256 in manifest["documents"]
        if not (path := folder / "documents" / sha256[:2] / sha256).is_file() or sha256_of(path) != sha256
    ]
    if bad:
        raise Refused(
            "documents", _("备份中 %(n)d 个文件缺失或损坏：%(names)s") % {"n": len(bad), "names": "、".join(bad[:20])}
        )


def restoring_scripts(dump: Path, place: Path) -> list[Path]:
    """SQL that empties the database and SQL that fills it.

    What the cluster's master owns is left out: the extensions, their tables, and the schema itself.
    """
    listing = run("pg_restore", "--list", str(dump)).splitlines()
    chosen, clear, fill = place / "chosen.list", place / "clear.sql", place / "fill.sql"
    kept = [line for line in listing if not any(word in line for word in MASTERS)]
    chosen.write_text("\n".join(kept) + "\n", encoding="utf-8")
    clear.write_text("SET lock_timeout = '20s';\nDROP OWNED BY CURRENT_USER CASCADE;\n", encoding="utf-8")
    run("pg_restore", "--no-owner", "--no-privileges", f"--use-list={chosen}", f"--file={fill}", str(dump))
    return [clear, fill]


def copy_in(folder: Path, wanted: dict[str, int]) -> None:
    for sha256 in wanted:
        path = stored_at(sha256)
        if default_storage.exists(path):
            with default_storage.open(path, "rb") as known:
                if hashlib.file_digest(known, "sha256").hexdigest() == sha256:
                    continue
            default_storage.delete(path)
        with (folder / sha256[:2] / sha256).open("rb") as source:
            default_storage.save(path, File(source, name=sha256))


def check_restored(manifest: dict[str, Any]) -> dict[str, Any]:
    """Compare what is there now with the manifest; raises ``Refused`` naming every difference."""
    counts, history = row_counts(), verify()
    different = [
        f"{table}: {wanted} → {counts.get(table)}"
        for table, wanted in manifest["rows"].items()
        if counts.get(table) != wanted
    ]
    if history != manifest["history"]:
        different.append(f"history: {manifest['history']} → {history}")
    different += [f"document {sha256}" for sha256 in named_files() if not default_storage.exists(stored_at(sha256))]
    if different:
        raise Refused("portal", _("恢复后与备份不一致：%(what)s") % {"what": "；".join(different[:20])})
    return {
        "rows": sum(counts.values()),
        "tables": len(counts),
        "documents": len(manifest["documents"]),
        "events": history["events"],
        "chains": history["chains"],
        "broken": history["broken"],
        "made_at": manifest["made_at"],
    }
