"""How fast case files are made: papers rendered and filed, then exported, against typst and zipfile alone.

Ours: 20 papers of each case rendered through ``documents.rendering`` into the database and the store, then the BagIt package with
catalogue, history, checks and manifests. The other: the same PDFs (those of the package too) rendered with typst alone from the same
data, then the same bytes written with ``zipfile``. Rounds alternate; the medians are compared.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import statistics
import tempfile
import time
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.test.utils import override_settings

from conservation import clock
from conservation.accounts.models import Authority, Unit
from conservation.documents import rendering
from conservation.documents.models import Document
from supervision.cases import actions, dossier
from supervision.cases.actions.common import common_data
from supervision.cases.models import Case

CASES, PAPERS, ROUNDS = 100, 20, 5
KINDS = ("A01", "A04", "A05", "A07", "A09", "A10", "A11", "A12", "A13", "A15", "A16", "A20", "A21", "B01", "B03", "B04",
         "B05", "B06", "B07", "B12")  # fmt: skip


class Undo(Exception):
    """Takes the benchmark's rows back."""


def run(cases: int = CASES, papers: int = PAPERS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Seconds of both sides, their ratio and the single rounds. Leaves no rows and no files behind."""
    ours: list[float] = []
    peer: list[float] = []
    rendering.fonts()
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=f"{folder}/media"):
            out = Path(folder) / "out"
            out.mkdir()
            try:
                with transaction.atomic():
                    made = make_cases(cases)
                    members = one_round(made, papers, number, out, ours, peer)
                    raise Undo
            except Undo:
                pass
    first, second = statistics.median(ours), statistics.median(peer)
    return {
        "name": "dossier", "cases": cases, "papers": papers, "members": members, "ours": round(first, 3),
        "peer": round(second, 3), "ratio": round(first / second, 3), "limit": 2.0,
        "rounds": [[round(a, 3), round(b, 3)] for a, b in zip(ours, peer, strict=True)],
    }  # fmt: skip


def one_round(made: list[Case], papers: int, number: int, out: Path, ours: list[float], peer: list[float]) -> int:
    """Both sides once, in alternating order; returns the members of one package. The first pass lists the peer's work."""
    work: list[list[tuple[str, str | bytes, dict[str, Any]]]] = []
    members = 0

    def our_side() -> None:
        nonlocal members
        start = time.perf_counter()
        for case in made:
            members = write_ours(case, papers, out / f"{case.pk}.zip")
        ours.append(time.perf_counter() - start)

    def peer_side() -> None:
        start = time.perf_counter()
        compiler = typst.Compiler(root=str(rendering.templates_root()), font_paths=rendering.fonts())
        for index, plan in enumerate(work):
            write_peer(compiler, plan, out / f"peer-{index}.zip")
        peer.append(time.perf_counter() - start)

    if number % 2:
        work = plan_of(made, papers, out)
        forget(made)
        peer_side()
        our_side()
    else:
        our_side()
        work = plan_of(made, 0, out)
        peer_side()
    return members


def forget(made: list[Case]) -> None:
    """Rows and stored files of the untimed pass, so that the timed one writes everything itself."""
    Document.objects.filter(subject_type="case", subject_id__in=[str(case.pk) for case in made]).delete()
    shutil.rmtree(Path(settings.MEDIA_ROOT) / "documents", ignore_errors=True)


def make_cases(count: int) -> list[Case]:
    moment = clock.now()
    authority = Authority.objects.create(
        name="基准测试水利局", mark="测水", level="city", division_code="439900", collecting_bank="代收银行"
    )
    unit = Unit.objects.create(name="基准测试建设有限公司")
    return [
        actions.open_clue(
            None, violation="V01", party_unit=unit, authority=authority, project_name=f"第{number}号工程",
            areas=["43", "4399"], facts={"area_ha": 3}, source_type="bench", now=moment,
        )
        for number in range(count)
    ]  # fmt: skip


def paper_data(case: Case, kind: str) -> dict[str, Any]:
    rows = [
        [f"第{line}项", f"{case.title}，{kind}，经现场检查、勘验和询问，事实清楚，证据确凿。" * 3] for line in range(8)
    ]
    return {**common_data(case), "title": f"{kind} 文书", "number": "", "sections": rows,
            "signers": [["办案人员", "甲"], ["办案人员", "乙"]]}  # fmt: skip


TEMPLATE = "supervision/cases/print/record.typ"


def write_ours(case: Case, papers: int, path: Path) -> int:
    """Render and file the papers, then export."""
    now = case.created_at
    for kind in KINDS[:papers]:
        rendering.render(
            TEMPLATE, paper_data(case, kind), actor=None, kind=kind, title=f"{kind} 文书", subject=case,
            volume="secondary" if kind[0] == "B" else "main", now=now,
        )  # fmt: skip
    return dossier.export(None, case, volume="both", out=path).files


def plan_of(made: list[Case], papers: int, out: Path) -> list[list[tuple[str, str | bytes, dict[str, Any]]]]:
    """What the other side writes: per case its members, PDFs as template and data, the rest as bytes (not timed)."""
    plans = []
    for case in made:
        path = out / f"{case.pk}.zip"
        if papers:
            write_ours(case, papers, path)
        made_of = {
            document.sha256: (document.facts["template"], document.facts["data"])
            for document in Document.objects.filter(subject_type="case", subject_id=str(case.pk))
        }
        plans.append(members_of(case, path, made_of))
    return plans


def members_of(
    case: Case, path: Path, made_of: dict[str, tuple[str, dict[str, Any]]]
) -> list[tuple[str, str | bytes, dict[str, Any]]]:
    found: list[tuple[str, str | bytes, dict[str, Any]]] = []
    pages = spied_pages(case)
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            data = package.read(name)
            inner = name.split("/", 1)[1]
            source = made_of.get(hashlib.sha256(data).hexdigest()) or pages.get(inner)
            found.append((name, source[0], source[1]) if source else (name, data, {}))
    return found


def spied_pages(case: Case) -> dict[str, tuple[str, dict[str, Any]]]:
    """Template and data of the pages that the export itself makes."""
    seen: list[tuple[str, dict[str, Any]]] = []
    names: list[str] = []
    original = dossier.made

    def spy(bag: Any, name: str, template: str, data: dict[str, Any], moment: datetime, report: Any) -> None:
        names.append(name)
        seen.append((f"supervision/cases/print/{template}.typ", data))
        original(bag, name, template, data, moment, report)

    dossier.made = spy
    try:
        dossier.write(case, io.BytesIO())
    finally:
        dossier.made = original
    return dict(zip(names, seen, strict=True))


def write_peer(compiler: Any, plan: list[tuple[str, str | bytes, dict[str, Any]]], path: Path) -> None:
    """Render each PDF with typst and write the members with zipfile."""
    day = date(2026, 1, 5)
    stamp = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, source, data in plan:
            if isinstance(source, bytes):
                package.writestr(name, source)
                continue
            text = json.dumps({**data, "day": day.isoformat()}, cls=DjangoJSONEncoder, ensure_ascii=False)
            pdf = compiler.compile(
                input=str(rendering.templates_root() / source), format="pdf", pdf_standards="a-2b",
                sys_inputs={"data": text}, timestamp=stamp,
            )  # fmt: skip
            package.writestr(name, pdf, zipfile.ZIP_STORED)
