"""Long runs of the case room: the dossier export."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation.accounts.models import User
from conservation.documents import store
from conservation.errors import NotFound
from conservation.jobs import runner
from conservation.jobs.models import Run
from conservation.jobs.runner import Progress, job
from supervision.cases import dossier
from supervision.cases.models import Case

KIND = "cases.export"


def start_export(actor: Any, case: Case, volume: str, *, now: Any = None) -> Run:
    """Queue an export after asking for permission."""
    dossier.allow(actor, case, volume)
    return runner.start(actor, KIND, {"case": case.pk, "volume": volume, "actor": actor.pk}, now=now)


@job(KIND, label=gettext_lazy("导出案卷"), url_name="cases:export_result")
def export_job(progress: Progress, *, case: int, volume: str, actor: int) -> dict[str, Any]:
    """Write the package and keep it as a file of the person who asked for it."""
    person = User.objects.get(pk=actor)
    found = Case.objects.filter(pk=case).first()
    if found is None:
        raise NotFound("case", _("没有这个案件，或您无权查看。"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{found.number or f'clue-{found.pk}'}.zip"
        report = dossier.export(person, found, volume=volume, out=path, progress=progress)
        with path.open("rb") as file:
            document = store.save_made(
                person, file, kind="dossier", subject=None, filename=path.name, media_type="application/zip",
                title=_("案卷 %(number)s") % {"number": report.case}, facts={"case": found.pk, "volume": volume},
            )  # fmt: skip
    return {**report.as_dict(), "document": str(document.pk), "sha256": document.sha256}
