"""The dossier: a valid BagIt package of PDF/A papers, the same bytes each time, for those who may have it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bagit
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from conservation.documents.models import Document
from conservation.errors import Forbidden, NotFound, Refused
from conservation.history.models import Event
from conservation.jobs import runner
from supervision.cases import actions, checks, dossier, jobs
from supervision.cases.models import Case

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


def exported(case: Case, tmp_path: Path, actor: Any = None, volume: str = "both") -> tuple[dossier.Report, Path]:
    path = tmp_path / f"{volume}.zip"
    return dossier.export(actor, case, volume=volume, out=path), path


def unpacked(path: Path, tmp_path: Path) -> Path:
    target = tmp_path / f"out-{path.stem}"
    with zipfile.ZipFile(path) as package:
        package.extractall(target)
    return next(target.iterdir())


def test_package_is_a_valid_bag_of_pdf_a(taken_to: Any, world: SimpleNamespace, tmp_path: Path) -> None:
    case = taken_to("archived", "V03")
    report, path = exported(case, tmp_path, world.people["auditor"])
    folder = unpacked(path, tmp_path)
    bagit.Bag(str(folder)).validate()
    assert report.files == sum(one.is_file() for one in (folder / "data").rglob("*"))
    assert report.bytes == path.stat().st_size
    papers = list((folder / "data").rglob("*.pdf"))
    assert len(papers) > 20
    for paper in papers:
        content = paper.read_bytes()
        assert content.startswith(b"%PDF-") and b"pdfaid:part>2<" in content, paper.name
    names = sorted(one.name for one in (folder / "data/main").iterdir())
    assert names[0] == "000_封面.pdf" and names[1] == "001_A00_卷内目录.pdf" and names[-1] == "999_A99_备考表.pdf"
    assert any("A02_行政处罚决定书" in name for name in names)
    assert any("B04_行政处罚裁量说明" in one.name for one in (folder / "data/secondary").iterdir())


def test_history_facts_and_checks_are_inside(taken_to: Any, tmp_path: Path) -> None:
    case = taken_to("closed")
    report, path = exported(case, tmp_path)
    folder = unpacked(path, tmp_path)
    history = json.loads((folder / "data/history/events.json").read_text())
    last = Event.objects.filter(subject_type="case", subject_id=str(case.pk)).exclude(act="cases.export").latest("seq")
    assert history["complete"] and history["head"]["hash"] == last.hash == report.head
    facts = json.loads((folder / "data/facts.json").read_text())
    assert facts["number"] == case.number and facts["fine"] == str(case.fine)
    found = json.loads((folder / "data/checks.json").read_text())
    assert found["problems"] == [] == report.problems
    assert len(found["passed"]) + len(found["not_applicable"]) == 16


def test_same_case_same_bytes(taken_to: Any, tmp_path: Path, world: SimpleNamespace) -> None:
    case = taken_to("served")
    first, _path = exported(case, tmp_path, world.people["auditor"])
    digest = hashlib.sha256((tmp_path / "both.zip").read_bytes()).hexdigest()
    exported(case, tmp_path, world.people["leader"])
    assert hashlib.sha256((tmp_path / "both.zip").read_bytes()).hexdigest() == digest
    acts = Event.objects.filter(subject_type="case", subject_id=str(case.pk), act="cases.export").order_by("seq")
    assert [one.actor for one in acts] == [world.people["auditor"], world.people["leader"]]
    assert acts[0].data["files"] == first.files


def test_main_volume_keeps_deliberation_inside(taken_to: Any, tmp_path: Path) -> None:
    case = taken_to("decided")
    _report, path = exported(case, tmp_path, volume="main")
    folder = unpacked(path, tmp_path)
    bagit.Bag(str(folder)).validate()
    assert not (folder / "data/secondary").exists()
    assert "discretion_reason" not in json.loads((folder / "data/facts.json").read_text())
    acts = {one["act"] for one in json.loads((folder / "data/history/events.json").read_text())["events"]}
    assert "cases.decide" in acts and not acts & {"cases.collective_discussion", "cases.propose_penalty"}


def test_originals_are_kept_and_drawn(taken_to: Any, world: SimpleNamespace, tmp_path: Path) -> None:
    case = taken_to("filed")
    officer = world.people["case_officer"]
    for name, content in (("现场.png", PNG),):
        document = actions.add_evidence(
            officer, case.pk, upload=SimpleUploadedFile(name, content), kind="A14", title="现场照片", now=case.moment
        )
    _report, path = exported(case, tmp_path)
    folder = unpacked(path, tmp_path)
    bagit.Bag(str(folder)).validate()
    [original] = (folder / "data/evidence").iterdir()
    assert original.read_bytes() == PNG and original.name.startswith(document.sha256[:12])
    [sheet] = (folder / "data/main").glob("*A14*.pdf")
    assert b"pdfaid:part>2<" in sheet.read_bytes() and b"/Subtype/Image" in sheet.read_bytes().replace(b" ", b"")


def test_missing_glyphs_and_lost_files_are_named(taken_to: Any, world: SimpleNamespace, tmp_path: Path) -> None:
    case = taken_to("filed")
    Case.objects.filter(pk=case.pk).update(project_name="工程\U000e0123𓀀")
    case.refresh_from_db()
    actions.assign_officers(
        world.people["leader"], case.pk, officer1_id=case.officer2_id, officer2_id=case.officer1_id,
        reason="工作调整𓀀", now=case.updated_at,
    )  # fmt: skip
    lost = Document.objects.filter(subject_type="case", subject_id=str(case.pk), kind="A01").get()
    Document.objects.filter(pk=lost.pk).update(sha256="0" * 64)
    report, _path = exported(case, tmp_path)
    kinds = {one["check"] for one in report.problems}
    assert {"glyph", "integrity"} <= kinds


@pytest.mark.parametrize(("who", "refusal"), [("stranger", NotFound), ("other_filer", NotFound), ("filer", Forbidden)])
def test_strangers_are_refused(taken_to: Any, world: SimpleNamespace, tmp_path: Path, who: str, refusal: type) -> None:
    case = taken_to("served")
    with pytest.raises(refusal) as caught:
        exported(case, tmp_path, getattr(world, who))
    assert str(caught.value)
    assert list(tmp_path.glob("*.zip")) == [] and list(tmp_path.glob("*.part")) == []
    assert not Event.objects.filter(subject_id=str(case.pk), act="cases.export").exists()


def test_other_citys_auditor_is_refused(taken_to: Any, world: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        exported(taken_to("served"), tmp_path, world.other_city_people["auditor"])


def test_command(taken_to: Any, tmp_path: Path) -> None:
    case = taken_to("closed")
    out = io.StringIO()
    call_command("export_case", case.number, str(tmp_path / "a.zip"), "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert set(found) == {"case", "files", "bytes", "problems"} and found["case"] == case.number
    with pytest.raises(CommandError) as caught:
        call_command("export_case", "没有", str(tmp_path / "b.zip"))
    assert caught.value.returncode == 1
    with pytest.raises(CommandError) as caught:
        call_command("export_case", case.number, str(tmp_path / "none" / "b.zip"))
    assert caught.value.returncode == 2


def test_job_keeps_the_package_for_the_person(
    taken_to: Any, world: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    case = taken_to("served")
    run = jobs.start_export(world.people["auditor"], case, "both")
    run = runner.execute(run.pk)
    assert run.state == "done", run.log
    document = Document.objects.get(pk=run.result["document"])
    assert document.created_by == world.people["auditor"] and document.subject_type == ""
    assert run.result["files"] > 20 and run.progress == run.total
    with pytest.raises(Forbidden):
        jobs.start_export(world.filer, case, "both")
    with pytest.raises(Refused):
        jobs.start_export(world.people["auditor"], case, "all")


def broken(case: Case, **columns: Any) -> set[str]:
    """The checks that find fault when the row's copy is changed in memory."""
    for name, value in columns.items():
        setattr(case, name, value)
    file = checks.File(case, dossier.ordered(case), dossier.served_ids(case))
    return {one["check"][:2] for one in checks.run(file)["problems"]}


def test_checks_find_what_is_wrong(taken_to: Any, world: SimpleNamespace) -> None:
    from datetime import timedelta

    def fresh() -> Case:
        return Case.objects.get(pk=case.pk)

    case = taken_to("closed", "V03")
    assert broken(fresh()) == set()
    week = timedelta(days=7)
    assert "01" in broken(fresh(), questioned_at=case.filed_at - week)
    assert "02" in broken(fresh(), notice_served_at=case.decided_at + week)
    assert "02" in broken(fresh(), hearing_due_on=case.decided_at.date() + week)
    assert "03" in broken(fresh(), hearing_held_at=case.decided_at, hearing_on=case.decided_at,
                          hearing_notice_served_at=case.decided_at)  # fmt: skip
    assert "04" in broken(fresh(), decide_due_on=case.filed_at.date())
    assert "05" in broken(fresh(), served_at=case.decided_at + 4 * week)
    assert "06" in broken(fresh(), legal_reviewer=case.officer1)
    assert "07" in broken(fresh(), fine=case.range_maximum + 1)
    assert "07" in broken(fresh(), facts={**case.facts, "volume_m3": 9})
    assert "11" in broken(fresh(), order_first=True)
    kept = dossier.ordered(case)
    less = [one for one in kept if one.kind not in ("B07", "A06", "A15", "A20", "A05-R")]
    file = checks.File(fresh(), less, frozenset())
    found = {one["check"][:2] for one in checks.run(file)["problems"]}
    assert {"09", "10", "12", "13", "14"} <= found


def test_evidence_in_a_zip_does_not_stop_the_export(taken_to: Any, world: SimpleNamespace, settings: Any) -> None:
    case = taken_to("filed")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("范围.txt", "点位")
    actions.add_evidence(
        case.officer1, case.pk, upload=SimpleUploadedFile("范围.zip", packed.getvalue()), kind="A15", title="测量成果"
    )
    settings.UPLOAD_MAX_BYTES = 1000  # holds for what people bring, not for what the portal makes
    run = runner.execute(jobs.start_export(world.people["auditor"], case, "both").pk)
    assert run.state == "done", run.faults
    document = Document.objects.get(pk=run.result["document"])
    assert document.generated and document.media_type == "application/zip" and document.size == run.result["bytes"]


def test_a_party_reads_no_secondary_volume_whatever_it_is_elsewhere(taken_to: Any, world: SimpleNamespace) -> None:
    from conservation.accounts.models import Membership
    from conservation.documents import queries as documents
    from tests.world import SINCE, person

    case = taken_to("filed")
    both = person("both", "filer", unit=case.unit)
    Membership.objects.create(user=both, authority=world.other_city, role="reviewer", valid_from=SINCE)
    inner = Document.objects.create(
        subject_type="case", subject_id=str(case.pk), kind="B01", title="内部", filename="a.pdf", size=1,
        media_type="application/pdf", sha256="0" * 64, volume="secondary", created_at=case.created_at,
    )  # fmt: skip
    assert not documents.may_read(both, inner)
    assert inner not in documents.readable_of(both, "case", str(case.pk))
    assert documents.may_read(world.people["auditor"], inner)
