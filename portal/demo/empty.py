"""What is there already, and removing it: the history refuses that to everybody but the owner of the database."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import environ
import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from conservation.accounts.models import User
from conservation.documents.models import Document
from conservation.errors import Refused
from conservation.history.models import Event
from conservation.regions.models import Division
from projects.plans.models import Plan
from projects.registry.models import Project
from supervision.cases.models import Case
from supervision.patches.models import Patch
from supervision.rectification.models import Item

KEPT = ("django_migrations", "django_content_type", "auth_permission", "spatial_ref_sys", "regions_division")
"""What belongs to the tables themselves; the packaged divisions, which would only be loaded again."""


def is_loaded() -> bool:
    return Project.objects.exists() or User.objects.exclude(password__startswith="!").exists()


def counts() -> dict[str, Any]:
    """What the database holds, by kind."""
    models = {"projects": Project, "plans": Plan, "patches": Patch, "rectifications": Item, "cases": Case,
              "documents": Document, "events": Event}  # fmt: skip
    return {name: model.objects.count() for name, model in models.items()}  # type: ignore[attr-defined]


def kept() -> tuple[str, ...]:
    """Divisions of the customer's own go too."""
    own = Division.objects.filter(packaged=False).exists()
    return tuple(name for name in KEPT if not (own and name == "regions_division"))


def remove_everything() -> None:
    """Empty every table as the owner and forget the documents. Demo mode only."""
    if not settings.DEMO:
        raise Refused("demo", "not in demo mode: DEMO=1 is not set")
    url = environ.Env()("DATABASE_OWNER_URL", default="").replace("postgis://", "postgresql://", 1)
    if not url:
        raise Refused("database", "DATABASE_OWNER_URL is not set: only the owner may empty the tables")
    tables_kept = list(kept())
    connection.close()
    with psycopg.connect(url) as owner:
        rows = owner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s) "
            "AND tablename NOT LIKE 'django_celery_beat_%%'",
            [tables_kept],
        ).fetchall()
        tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in rows)
        owner.execute("ALTER TABLE history_event DISABLE TRIGGER USER")
        owner.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))
        owner.execute("ALTER TABLE history_event ENABLE TRIGGER USER")
    folder = Path(settings.MEDIA_ROOT) / "documents"
    if folder.is_dir():
        shutil.rmtree(folder)
