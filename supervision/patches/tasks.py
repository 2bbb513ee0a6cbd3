"""Jobs of the patches room."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from conservation.accounts.models import User
from conservation.documents.models import Document
from conservation.jobs.runner import Progress, job
from supervision.patches import actions


@job("patches.import", label=_("导入图斑"), url_name="patches:import_result")
def import_job(
    progress: Progress, *, round_id: int, document: str, actor: int, options: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Load an uploaded file into a round; all or nothing, so it may run again after a kill."""
    found = actions.import_file(
        User.objects.get(pk=actor), round_id, Document.objects.get(pk=document), options or {}, _tell(progress)
    )
    return _short(found)


@job("patches.classify", label=_("图斑合规性判别"), url_name="patches:import_result")
def classify_job(progress: Progress, *, round_id: int, actor: int) -> dict[str, Any]:
    """Class a round anew; idempotent."""
    report = actions.classify(User.objects.get(pk=actor), round_id, progress=_tell(progress))
    return {**report.as_dict(), "round": round_id}


def _tell(progress: Progress) -> Any:
    def tell(done: int, total: int, step: str) -> None:
        progress(done, total or None, step or None)

    return tell


def _short(found: dict[str, Any]) -> dict[str, Any]:
    """The job's result keeps the first of the long lists."""
    return {key: value[:500] if isinstance(value, list) else value for key, value in found.items()}
