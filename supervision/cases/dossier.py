"""The case file (案卷) as one BagIt zip: volumes as PDF/A, catalogue, evidence, history, facts, checks.

    data/main/…         正卷: cover, catalogue (A00), papers in dossier order, note (A99)
    data/secondary/…    副卷: likewise; not shown to the party
    data/evidence/…     the files as people handed them in
    data/history/…      events with their hashes, as JSON and readable
    data/facts.json     the case's facts; data/checks.json the checks and what is missing

What a main-volume export leaves out: papers of the secondary volume and what the authority deliberated.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.documents import rendering, store
from conservation.documents.models import Document
from conservation.errors import Forbidden, NotFound, Refused
from conservation.history.acting import act_label, acting
from conservation.history.models import Event
from supervision.cases import access, checks
from supervision.cases.actions.common import common_data
from supervision.cases.bag import BagWriter, member_name
from supervision.cases.models import Case, Service
from supervision.cases.sheets import original_sheet

VOLUMES = {"main": ("main",), "secondary": ("secondary",), "both": ("main", "secondary")}
VOLUME_TITLES = {"main": "正卷", "secondary": "副卷"}
INTERNAL = (
    "discretion_reason", "unverified_reason", "collective_result", "hearing_report", "defence_recheck", "legal_passed",
    "legal_reviewer", "legal_reviewed_at", "complicated", "source_reason", "range_decision", "extension_reason",
    "proposed_at", "collective_at",
)  # fmt: skip
"""Columns of the authority's deliberation: not in an export of the main volume alone."""
EXPORT_ACT = "cases.export"
Progress = Callable[..., None]


@dataclass
class Report:
    """What an export wrote: number of payload files, bytes of the zip, problems [{check, message}], chain head."""

    case: str
    files: int = 0
    bytes: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    head: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "files": self.files,
            "bytes": self.bytes,
            "problems": self.problems,
            "head": self.head,
        }


def export(
    actor: Any,
    case: Case,
    *,
    volume: str = "both",
    now: datetime | None = None,
    out: Any,
    progress: Progress | None = None,
) -> Report:
    """Check permission, write the zip to ``out`` (replaced at once when it is whole) and record the export.

    ``actor`` None is the console of the installation. Raises ``Forbidden`` for a stranger, ``Refused`` for bad input.
    """
    allow(actor, case, volume)
    path = Path(out)
    if not path.parent.is_dir():
        raise Refused("out", _("没有这个文件夹：%(path)s") % {"path": path.parent})
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".export-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            report = write(case, file, volume=volume, progress=progress)
        report.bytes = os.path.getsize(part)
        with transaction.atomic():
            record_export(actor, case, volume, report, now)
            os.chmod(part, 0o640)
            os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.unlink(part)
    return report


def allow(actor: Any, case: Case, volume: str) -> None:
    if volume not in VOLUMES:
        raise Refused("volume", _("卷别只能是 main、secondary 或 both。"))
    if actor is None:
        return
    if not access.visible_to(actor).filter(pk=case.pk).exists():
        raise NotFound("case", _("没有这个案件，或您无权查看。"))
    if not access.can(actor, "export", case):
        raise Forbidden("actor", _("您无权导出本案案卷：须是辖区内的办案人员、机关负责人或审计员。"), rule=EXPORT_ACT)


def record_export(actor: Any, case: Case, volume: str, report: Report, now: datetime | None) -> None:
    with acting(actor, EXPORT_ACT, Case.objects.all(), case.pk, can=access.can, now=now, save=False) as one:
        one.note(
            volume=volume, files=report.files, bytes=report.bytes, head=report.head, problems=len(report.problems)
        )


# --- writing ---------------------------------------------------------------------------------------------------------
def write(case: Case, file: BinaryIO, *, volume: str = "both", progress: Progress | None = None) -> Report:
    """Write the package to an open file. The same case gives the same bytes: earlier exports do not count."""
    case = Case.objects.select_related("authority", "unit", "officer1", "officer2", "decided_by", "closed_by").get(
        pk=case.pk
    )
    documents = ordered(case)
    events = procedure_events(case)
    moment = events[-1].occurred_at if events else case.updated_at
    report = Report(case.number or f"clue-{case.pk}", head=events[-1].hash if events else "")
    bag = BagWriter(file, f"{report.case}", moment)
    checked = checks.run(checks.File(case, documents, served_ids(case)))
    report.problems += checked["problems"]
    wanted = VOLUMES[volume]
    tell, done, total = progress or (lambda **_more: None), 0, sum(one.volume in wanted for one in documents)
    for name in wanted:
        mine = [one for one in documents if one.volume == name]
        for document in write_volume(bag, case, name, mine, moment, report):
            done += 1
            tell(done=done, total=total, step=document.title)
    write_history(bag, case, events, volume, moment, report)
    put_json(bag, "data/facts.json", facts_of(case, volume))
    gaps = {name: checks.missing({one.kind for one in documents}, name, case.closed_at is not None) for name in wanted}
    put_json(bag, "data/checks.json", {**checked, "missing": gaps, "glyphs": glyphs(report)})
    report.files = len(bag.payload)
    bag.finish(bag_info(case, report, volume, moment))
    return report


def ordered(case: Case) -> list[Document]:
    """The papers in dossier order: by code, a receipt after its document, then by time."""
    found = Document.objects.filter(subject_type="case", subject_id=str(case.pk))
    return sorted(found, key=lambda one: (one.kind, one.created_at, str(one.pk)))


def served_ids(case: Case) -> frozenset[Any]:
    return frozenset(Service.objects.filter(case=case, receipt__isnull=False).values_list("document_id", flat=True))


def procedure_events(case: Case) -> list[Event]:
    """The chain up to the last step of the procedure: exports after it leave the package as it was."""
    events = list(Event.objects.filter(subject_type="case", subject_id=str(case.pk)).order_by("seq"))
    while events and events[-1].act == EXPORT_ACT:
        events.pop()
    return events


def write_volume(
    bag: BagWriter, case: Case, volume: str, documents: list[Document], moment: datetime, report: Report
) -> Iterator[Document]:
    """Cover, catalogue, papers and note of one volume; yields each paper as it is done."""
    rows: list[tuple[Document, int, int]] = []
    page = 1
    for document in documents:
        pages = document.pages or 1
        rows.append((document, page, page + pages - 1))
        page += pages
    gaps = checks.missing({one.kind for one in documents}, volume, case.closed_at is not None)
    data = {**volume_data(case, volume), "count": len(documents), "pages": page - 1}
    made(bag, f"data/{volume}/000_封面.pdf", "cover", data, moment, report)
    listing = [
        [str(number), document.number, case.authority.name if document.generated else "", document.title,
         clock.day_of(document.created_at).isoformat(), f"{first}—{last}" if last > first else str(first), document.kind]
        for number, (document, first, last) in enumerate(rows, start=1)
    ]  # fmt: skip
    made(bag, f"data/{volume}/001_A00_卷内目录.pdf", "catalogue", {**data, "rows": listing}, moment, report)
    for number, (document, _first, _last) in enumerate(rows, start=2):
        name = f"data/{volume}/{number:03d}_{member_name(document.kind)}_{member_name(document.title)}.pdf"
        write_document(bag, name, document, moment, report)
        yield document
    made(bag, f"data/{volume}/999_A99_备考表.pdf", "note", {**data, "gaps": gaps}, moment, report)


def write_document(bag: BagWriter, name: str, document: Document, moment: datetime, report: Report) -> None:
    """A paper of the portal as it was made; an original as a PDF/A sheet, and the file itself among the evidence."""
    if document.generated and document.media_type == "application/pdf":
        copy(bag, name, document, report)
        report.problems += [
            {"check": one.get("check", "glyph"), "message": f"{document.title}：{one.get('message', '')}"}
            for one in document.facts.get("problems", [])
        ]
        return
    original = f"data/evidence/{document.sha256[:12]}_{member_name(document.filename, 120)}"
    pdf, problems = original_sheet(document, original, day=clock.day_of(moment))
    bag.add_bytes(name, pdf)
    report.problems += problems
    if original not in {path for path, _digest, _count in bag.payload}:
        copy(bag, original, document, report)


def copy(bag: BagWriter, name: str, document: Document, report: Report) -> None:
    """Copy a stored file; one that is lost or changed is a problem of the file, not the end of the export."""
    try:
        with store.open_bytes(document) as source:
            digest = bag.add_stream(name, source, document.size)
    except FileNotFoundError:
        report.problems.append(
            {"check": "integrity", "message": _("%(title)s：文件缺失。") % {"title": document.title}}
        )
        return
    if digest != document.sha256:
        report.problems.append(
            {"check": "integrity", "message": _("%(title)s：内容与登记的指纹不符。") % {"title": document.title}}
        )


def made(bag: BagWriter, name: str, template: str, data: dict[str, Any], moment: datetime, report: Report) -> None:
    """A page that only the export makes: cover, catalogue, note, history."""
    pdf, _pages, problems = rendering.render_pdf(
        f"supervision/cases/print/{template}.typ", data, day=clock.day_of(moment)
    )
    report.problems += problems
    bag.add_bytes(name, pdf)


def volume_data(case: Case, volume: str) -> dict[str, Any]:
    """The fields of the cover (封面)."""
    return {
        **common_data(case),
        "volume": VOLUME_TITLES[volume],
        "cover": [
            ["办案机关", case.authority.name], ["案由", case.title], ["立案号", case.number or ""],
            ["处罚决定书文号", case.decision_number or ""], ["当事人", case.party_name],
            ["立案日期", text_of(case.filed_at)], ["结案日期", text_of(case.closed_at)],
            ["办案人员", "、".join(str(one) for one in case.officers)], ["处理结果", case.closing_result],
            ["保管期限", case.retention], ["案卷号", case.archive_number or ""],
        ],
    }  # fmt: skip


def text_of(moment: datetime | None) -> str:
    return clock.day_of(moment).isoformat() if moment else ""


def write_history(
    bag: BagWriter, case: Case, events: list[Event], volume: str, moment: datetime, report: Report
) -> None:
    """Events with their hashes; of a main-volume export only those towards the party."""
    shown = [one for one in events if volume != "main" or one.act in access.PARTY_ACTS]
    rows = [
        {
            "seq": one.seq, "act": one.act, "actor": one.actor_name, "authority": one.authority_name,
            "from": one.from_state, "to": one.to_state, "reason": one.reason if volume != "main" else "",
            "data": one.data if volume != "main" else {}, "documents": one.documents,
            "occurred_at": one.occurred_at, "recorded_at": one.recorded_at, "prev_hash": one.prev_hash, "hash": one.hash,
        }
        for one in shown
    ]  # fmt: skip
    head = {"seq": events[-1].seq, "hash": events[-1].hash} if events else None
    put_json(bag, "data/history/events.json", {"subject": f"case:{case.pk}", "head": head,
                                               "complete": len(rows) == len(events), "events": rows})  # fmt: skip
    lines = [
        [str(one.seq), one.occurred_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"), act_label(one.act),
         one.actor_name, f"{one.from_state}→{one.to_state}" if one.from_state != one.to_state else "", one.hash[:16]]
        for one in shown
    ]  # fmt: skip
    data = {**common_data(case), "rows": lines, "head": head["hash"] if head else ""}
    made(bag, "data/history/办案过程记录.pdf", "history", data, moment, report)


def facts_of(case: Case, volume: str) -> dict[str, Any]:
    """Every column of the case; people by name."""
    found: dict[str, Any] = {}
    for column in Case._meta.concrete_fields:
        if volume == "main" and column.name in INTERNAL:
            continue
        value = getattr(case, column.name)
        found[column.name] = str(value) if column.is_relation and value is not None else value
    found["violation_label"] = case.violation_label
    return found


def glyphs(report: Report) -> list[str]:
    return [one["message"] for one in report.problems if one["check"] == "glyph"]


def put_json(bag: BagWriter, path: str, value: Any) -> None:
    text = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True)
    bag.add_bytes(path, text.encode())


def bag_info(case: Case, report: Report, volume: str, moment: datetime) -> list[tuple[str, str]]:
    return [
        ("Source-Organization", case.authority.name),
        ("External-Identifier", report.case),
        ("External-Description", case.title),
        ("Bagging-Date", clock.day_of(moment).isoformat()),
        ("Bag-Group-Identifier", volume),
        ("History-Head", report.head or "none"),
    ]
