"""Jobs of the registry room: documents come in by their id, the actions do the work."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from conservation.accounts.models import User
from conservation.documents import store
from conservation.documents.models import Document
from conservation.jobs.runner import Progress, job
from projects.registry import actions


@job("registry.import_projects", label=_("导入项目台账"))
def import_projects(progress: Progress, *, document: str, actor: int) -> dict[str, Any]:
    """Import the ledger in a stored document."""
    file = Document.objects.get(pk=document)
    user = User.objects.get(pk=actor)
    return actions.import_projects(user, store.read(file), file.filename, progress=progress)


@job("registry.import_ranges", label=_("导入防治责任范围"))
def import_ranges(progress: Progress, *, document: str, actor: int, **options: Any) -> dict[str, Any]:
    """Import the ranges in a stored vector file; ``options`` as in the action."""
    file = Document.objects.get(pk=document)
    user = User.objects.get(pk=actor)
    with store.open_bytes(file) as content:
        return actions.import_ranges(user, content, file.filename, progress=progress, **options)
