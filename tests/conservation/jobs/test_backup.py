"""Backup and restore, tried on databases of their own: nothing is lost, nothing spoilt goes unnoticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from conservation import clock
from conservation.documents import store
from conservation.errors import Refused
from conservation.history.acting import Acting, record
from conservation.jobs import backup
from conservation.jobs.models import Run
from tests.photos import make_photo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.owner_role, pytest.mark.long]


@pytest.fixture
def saved(world, tmp_path, settings) -> Path:
    """A backup of a small portal with two documents, a chain of three events and a run."""
    settings.MEDIA_ROOT = tmp_path / "media"
    for azimuth in (10, 20):
        store.save_bytes(
            world.filer, make_photo(azimuth=azimuth), kind="photo", title="现场", filename="a.jpg",
            media_type="image/jpeg", subject=world.unit,
        )  # fmt: skip
    for number in range(3):
        record(Acting(world.filer, f"accounts.test{number}", world.unit, clock.now(), "备份"))
    Run.objects.create(kind="x", created_at=clock.now())
    folder = tmp_path / "backup"
    call_command("backup", str(folder), stdout=StringIO())
    return folder


@pytest.fixture
def target(saved: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Environment of another, empty portal on the same server."""
    known = connection.settings_dict
    name = f"{known['NAME']}_back"
    where = f"host={known['HOST']} port={known['PORT']} user={known['USER']} password={known['PASSWORD']}"
    with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as master:
        master.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        master.execute(f'CREATE DATABASE "{name}"')
        yield {
            **os.environ,
            "DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + name,
            "DATABASE_OWNER_URL": os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"]).rsplit("/", 1)[0]
            + "/"
            + name,
            "DATABASE_ROLE": "owner",
            "MEDIA_ROOT": str(tmp_path / "other_media"),
            "DJANGO_SETTINGS_MODULE": "conservation.settings",
        }
        master.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def manage(environment: dict[str, str], *args: str) -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *args, "--json"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else done.stderr


def test_out_and_back(saved, target, world):
    manifest = json.loads((saved / "manifest.json").read_text())
    assert manifest["rows"]["documents_document"] == 2 and len(manifest["documents"]) == 2
    assert manifest["history"] == {"events": 3, "chains": 1, "broken": []}
    assert any("SECRET_KEY" in line for line in manifest["not_included"])

    status, found = manage(target, "restore", str(saved))
    assert status == 0, found
    assert found["documents"] == 2 and found["events"] == 3 and found["broken"] == []
    assert found["rows"] == sum(manifest["rows"].values())

    status, verified = manage(target, "verify_history")
    assert status == 0 and verified == {"events": 3, "chains": 1, "broken": []}
    status, refused = manage(target, "restore", str(saved))
    assert status == 1 and refused["refused"][0]["key"] == "portal"
    assert manage(target, "restore", str(saved), "--force")[0] == 0


def test_a_spoilt_backup_is_refused_before_anything_is_touched(saved, target):
    manifest = json.loads((saved / "manifest.json").read_text())
    sha256 = next(iter(manifest["documents"]))
    file = saved / "documents" / sha256[:2] / sha256
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    status, refused = manage(target, "restore", str(saved))
    assert status == 1 and refused["refused"][0]["key"] == "documents"
    file.write_bytes(whole)
    with (saved / "database.dump").open("ab") as dump:
        dump.write(b"x")
    status, refused = manage(target, "restore", str(saved))
    assert status == 1 and refused["refused"][0]["key"] == "database"
    assert not Path(target["MEDIA_ROOT"]).exists()


def test_secrets_stay_at_home(saved):
    text = (saved / "settings.json").read_text()
    found = json.loads(text)
    assert "SECRET_KEY" in found["secret_names_without_values"]
    assert "DATABASE_URL" in found["secret_names_without_values"]
    assert os.environ["SECRET_KEY"] not in text and os.environ["DATABASE_URL"] not in text
    assert (saved.stat().st_mode & 0o777) == 0o700


def test_a_lost_document_stops_the_backup(saved, tmp_path):
    manifest = json.loads((saved / "manifest.json").read_text())
    sha256 = next(iter(manifest["documents"]))
    (Path(settings.MEDIA_ROOT) / backup.stored_at(sha256)).unlink()
    with pytest.raises(Refused) as caught:
        backup.backup(tmp_path / "second")
    assert caught.value.faults[0].key == "documents" and sha256 in str(caught.value)
    assert not (tmp_path / "second" / "manifest.json").exists()


def test_a_folder_that_is_not_empty_or_no_backup(saved, tmp_path):
    with pytest.raises(Refused):
        backup.backup(saved)
    with pytest.raises(Refused) as caught:
        backup.restore(tmp_path)
    assert caught.value.faults[0].key == "folder"


def test_the_present_portal_is_not_empty(saved):
    with pytest.raises(Refused) as caught:
        backup.restore(saved)
    assert caught.value.faults[0].key == "portal"
