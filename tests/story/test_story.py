"""The main job, steps 1 to 8, once through the API and the management commands."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bagit
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from conservation import clock
from conservation.history import outbox
from conservation.jobs import runner
from tests.conservation.regions.makers import shape_zip
from tests.photos import make_photo
from tests.projects.conftest import BOOK_PARTS, CHANGSHA_COUNTY, CLEAR, SITE, pdf, record, square, table
from tests.story.conftest import Caller, keys_of

pytestmark = [pytest.mark.django_db, pytest.mark.long]
WEST, SOUTH = CHANGSHA_COUNTY
SIDE_X, SIDE_Y = 300 / 97_900, 300 / 110_850


def command(*words: str) -> dict[str, Any]:
    """What a command prints with --json."""
    sink = io.StringIO()
    call_command(*words, "--json", stdout=sink)
    return json.loads(sink.getvalue())


def patches_file(folder: Path) -> Path:
    """Four patches: beyond the range, inside it, without any range, and a tiny one."""
    shapes = {
        "TB01": shapely.box(WEST + SIDE_X * 0.2, SOUTH + SIDE_Y * 0.2, WEST + SIDE_X * 1.5, SOUTH + SIDE_Y * 0.8),
        "TB02": shapely.box(WEST + SIDE_X * 0.05, SOUTH + SIDE_Y * 0.82, WEST + SIDE_X * 0.6, SOUTH + SIDE_Y * 0.97),
        "TB03": shapely.box(WEST + 0.05, SOUTH + 0.03, WEST + 0.0525, SOUTH + 0.032),
        "TB04": shapely.box(WEST + 0.07, SOUTH + 0.03, WEST + 0.0702, SOUTH + 0.0302),
    }
    features = [
        {"type": "Feature", "properties": {"QDNM": number, "QTYPE": "其他扰动", "PRO_TYPE": "公路工程"},
         "geometry": shapely.geometry.mapping(shape)}
        for number, shape in shapes.items()
    ]  # fmt: skip
    path = folder / "图斑.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def test_the_story(cast: SimpleNamespace, caller: Any, later: Any, tmp_path: Path) -> None:
    project, plan = file_plan(cast, caller)
    decide_plan(cast, caller, later, project, plan)
    later(30)
    patches = import_round(cast, caller, tmp_path, project)
    later(3)
    first = command("tier_risks")
    assert first["assessed"] >= 1 and sum(first["tiers"].values()) == first["assessed"]
    closed_item(cast, caller, patches["TB01"])
    item = overdue_item(cast, caller, later, patches["TB03"])
    case = penalty(cast, caller, later, item)
    dossier(cast, caller, case, tmp_path)
    credit(cast, caller, case)


# --- 1 ---------------------------------------------------------------------------------------------------------------
def file_plan(cast: SimpleNamespace, caller: Any) -> tuple[int, int]:
    """The firm registers, adds its range from a shapefile, files, is told every fault, and submits."""
    firm: Caller = caller(cast.filer)
    kind = firm.post("rules/plan-kind/decide/", {"inputs": {"area_ha": 9, "earthwork_m3": 100000}})
    assert kind["result"]["kind"] == "report_book" and kind["basis"]
    assert "code" in firm.refused("projects/", record(code="2404-4301-04"))
    project = firm.post("projects/", record())["id"]
    shape = shapely.geometry.shape(square(WEST, SOUTH))
    upload = SimpleUploadedFile("防治责任范围.zip", shape_zip([shape]), "application/zip")
    found = firm.post(f"projects/{project}/ranges/", {"file": upload}, files=True)
    assert found["version"] == 1 and 8.9 < float(found["area_ha"]) < 9.1
    drawn = firm.post(f"projects/{project}/ranges/", {"geometry": square(WEST, SOUTH)})
    assert drawn["version"] == 2 and drawn["source"] == "drawn"

    plan = firm.post("plans/", {"project": project})["id"]
    bad = {**table(plan_unit_uscc="91350100M000100Y44"), "responsibility_area": "12"}
    firm.patch(f"plans/{plan}/", {"table": bad, "spoil_sites": [SITE], "range": ""})
    named = firm.refused(f"plans/{plan}/submit/")
    assert {"range", "plan_unit_uscc", "parts.P0", "parts.F4"} <= named
    assert firm.get(f"plans/{plan}/")["state"] == "draft"
    firm.patch(f"plans/{plan}/", {"table": {**table(), "plan_unit_uscc": ""}, "range": found["id"]})
    firm.post(f"plans/{plan}/parts/", {"file": pdf(), "covers": ",".join(BOOK_PARTS)}, files=True)
    assert firm.get(f"plans/{plan}/check/") == {
        **firm.get(f"plans/{plan}/check/"),
        "kind": "report_book",
        "faults": [],
    }
    sent = firm.post(f"plans/{plan}/submit/")
    assert (sent["state"], sent["kind"]) == ("submitted", "report_book")
    return project, plan


# --- 2 ---------------------------------------------------------------------------------------------------------------
def decide_plan(cast: SimpleNamespace, caller: Any, later: Any, project: int, plan: int) -> None:
    """The county accepts, reviews against the refusal grounds, approves with a number, delivers and publishes."""
    reviewer, approver = caller(cast.county_people["reviewer"]), caller(cast.county_people["approver"])
    caller(cast.people["reviewer"]).call("post", f"plans/{plan}/accept/", {}, status=403)
    caller(cast.other_city_people["reviewer"]).call("post", f"plans/{plan}/accept/", {}, status=404)
    assert reviewer.post(f"plans/{plan}/accept/")["number"]
    assert running(cast, "plan", plan) == {"T02"}
    later(2)
    reviewer.post(f"plans/{plan}/skip_technical_review/")
    assert approver.refused(f"plans/{plan}/approve/", {"reason": "符合条件"}) == {"findings"}
    reviewer.post(f"plans/{plan}/findings/", {"findings": CLEAR})
    approved = approver.post(f"plans/{plan}/approve/", {"reason": "符合条件"})
    assert approved["approval_number"].startswith("长县水〔") and running(cast, "plan", plan) == {"T05", "T06", "T07"}
    assert kinds(caller(cast.filer), "plan", plan) >= {"plan_acceptance", "plan_approval"}
    reviewer.post(f"plans/{plan}/deliver/")
    assert reviewer.post(f"plans/{plan}/publish/")["state"] == "effective"
    firm = caller(cast.filer)
    assert firm.get(f"projects/{project}/")["plan_number"] == approved["approval_number"]
    assert firm.post(f"projects/{project}/works/start/")["state"] == "under_construction"


def running(cast: SimpleNamespace, subject: str, pk: int) -> set[str]:
    from conservation.deadlines.models import Timer

    found = Timer.objects.filter(subject_type=subject, subject_id=str(pk), state="running")
    return set(found.values_list("code", flat=True))


def kinds(someone: Caller, subject: str, pk: int) -> set[str]:
    return {one["kind"] for one in someone.get(f"documents/?subject_type={subject}&subject_id={pk}")["results"]}


# --- 3 ---------------------------------------------------------------------------------------------------------------
def import_round(cast: SimpleNamespace, caller: Any, folder: Path, project: int) -> dict[str, dict[str, Any]]:
    """A round is imported by command; every patch has its class, area, excess and excess beyond tolerance."""
    remote = caller(cast.people["remote_sensing"])
    today = clock.today()
    code = f"430000-{today.year}-01"
    made = remote.post(
        "rounds/",
        {
            "code": code,
            "name": "第一期",
            "authority": cast.province.pk,
            "year": today.year,
            "image_date": today.isoformat(),
        },
    )
    answer = command("import_patches", str(patches_file(folder)), "--round", code, "--user", "province_remote_sensing")
    assert (answer["read"], answer["loaded"], answer["rejected"]) == (4, 4, [])
    assert answer["classes"] == {
        "suspected_excess": 1, "compliant": 1, "suspected_unapproved": 1, "below_threshold": 1,
    }  # fmt: skip
    assert command("classify_patches", "--round", code)["classes"] == answer["classes"]
    rows = {one["number"]: one for one in remote.get(f"patches/?round={made['id']}")["results"]}
    excess = rows["TB01"]
    assert excess["project"] == project
    assert 0 < float(excess["excess_beyond_tolerance_ha"]) < float(excess["excess_ha"]) < float(excess["area_ha"])
    issued = remote.post(f"rounds/{made['id']}/issue/")
    assert issued["issued"] == 2
    return rows


# --- 5 ---------------------------------------------------------------------------------------------------------------
def visit(cast: SimpleNamespace, caller: Any, patch: dict[str, Any], finding: str, **given: Any) -> Caller:
    """Claim, photograph, record and confirm; a visit without photographs is refused."""
    from supervision.patches.models import Patch

    inspector = caller(cast.county_people["inspector"])
    pk = patch["id"]
    inspector.post(f"patches/{pk}/claim/")
    now = clock.now().astimezone(clock.SHANGHAI)
    said = {"finding": finding, "second_officer": cast.county_inspector2.pk, "visited_at": now.isoformat(),
            "description": "现场正在施工，边坡裸露。", **given}  # fmt: skip
    assert inspector.refused(f"patches/{pk}/verify/", said) == {"photos"}
    inside = Patch.objects.get(pk=pk).geom.point_on_surface
    for at, view in enumerate(("whole", "board", "worst")):
        data = make_photo(inside.x, inside.y + at * 1e-5, 90.0, clock.now().astimezone(clock.SHANGHAI))
        upload = SimpleUploadedFile(f"{view}.jpg", data, "image/jpeg")
        kept = inspector.post(f"patches/{pk}/photos/", {"file": upload, "view": view}, files=True)
        assert kept["facts"]["origin"]["lon"] == "exif"
    inspector.post(f"patches/{pk}/verify/", said | {"visited_at": clock.now().isoformat()})
    assert inspector.post(f"patches/{pk}/confirm/", {"reason": "事实清楚"})["state"] == "confirmed"
    return inspector


def closed_item(cast: SimpleNamespace, caller: Any, patch: dict[str, Any]) -> None:
    """The excess: ordered, planned, answered with evidence, looked at again, closed."""
    inspector = visit(cast, caller, patch, "V05", land_ha="1.2")
    item = inspector.post(f"patches/{patch['id']}/order/")["id"]
    firm = caller(cast.filer)
    path = f"rectifications/{item}"
    assert firm.get(f"{path}/")["state"] == "open" and running(cast, "rectification", item) == {"T17"}
    firm.post(f"{path}/plan/", {"text": "十日内恢复超出部分。"}, files=True)
    assert firm.refused(f"{path}/submit/", {"text": "已恢复。"}) == {"uploads"}
    firm.post(f"{path}/submit/", {"text": "已恢复。", "uploads": [pdf("整改报告.pdf")]}, files=True)
    said = {"second_officer": cast.county_inspector2.pk, "manner": "site", "note": "已恢复植被，同意销号。"}
    assert inspector.post(f"{path}/close/", said)["state"] == "closed"
    outbox.deliver()
    assert inspector.get(f"patches/{patch['id']}/")["state"] == "rect_done"


def overdue_item(cast: SimpleNamespace, caller: Any, later: Any, patch: dict[str, Any]) -> dict[str, Any]:
    """Works without a plan, found in the field: project and unit are made; nobody answers, the item becomes a case."""
    inspector = visit(
        cast, caller, patch, "V01", land_ha="4.9", new_project={"name": "某采石场改扩建工程", "type_no": 19},
        unit_name="长沙金石矿业有限公司", unit_uscc=cast.late_uscc,
    )  # fmt: skip
    item = inspector.post(f"patches/{patch['id']}/order/")["id"]
    path = f"rectifications/{item}"
    found = inspector.get(f"{path}/")
    assert tier_of(cast, caller, found["project"])["M2"] == 0
    later(60)
    assert inspector.get(f"{path}/")["state"] == "overdue"
    assert inspector.post(f"{path}/escalate/", {"reason": "逾期未整改"})["state"] == "escalated"
    outbox.deliver()
    assert tier_of(cast, caller, found["project"])["M2"] > 0, "the next run sees the overdue item"
    return inspector.get(f"{path}/")


# --- 4, 8: tiers -------------------------------------------------------------------------------------------------------
def tier_of(cast: SimpleNamespace, caller: Any, project: int) -> dict[str, float]:
    """Run the tiering; level by indicator of one project. Every line names its source."""
    command("tier_risks")
    found = caller(cast.county_people["inspector"]).get(f"projects/{project}/tier/")
    assert len(found["lines"]) == 17 and all(line["source"] for line in found["lines"])
    return {line["code"]: float(line["level"]) for line in found["lines"]}


# --- 6 ---------------------------------------------------------------------------------------------------------------
def penalty(cast: SimpleNamespace, caller: Any, later: Any, item: dict[str, Any]) -> dict[str, Any]:
    """From filing to archive; each step the law wants is demanded, the fine lies in the rulebook's range."""
    officer: Caller = caller(cast.county_people["case_officer"])
    path = f"cases/{item['case_id']}"
    people = {"officer1_id": cast.county_people["case_officer"].pk, "officer2_id": cast.county_officer2.pk}
    leader = {"approver_id": cast.county_people["leader"].pk}
    assert officer.post(f"{path}/file_case/", people | leader)["state"] == "filed"
    assert running(cast, "case", item["case_id"]) >= {"T24"}
    officer.post(f"{path}/record_investigation/", {
        "findings": "未经批准擅自开工，扰动 4.9 公顷。", "inspection_record": "现场勘验。", "questioned_person": "张某",
        "questioning_record": "承认未编报方案。", "measurement": "RTK 实测。", "facts": {"area_ha": 4.9}})  # fmt: skip
    early = {"fine": "100000", "discretion_reason": "x", "unverified_reason": "x"}
    assert officer.refused(f"{path}/propose_penalty/", early) == {"order"}
    deadline = (clock.today() + timedelta(days=30)).isoformat()
    assert officer.post(f"{path}/issue_order/", {"deadline": deadline})["state"] == "ordered"
    serve(officer, path, "A04")
    assert officer.refused(f"{path}/order_lapsed/", {"findings": "未补办。"})
    later(32)
    assert officer.post(f"{path}/order_lapsed/", {"findings": "期限届满，未补办手续。"})["state"] == "lapsed"
    fine = propose(officer, path)
    case = officer.get(f"{path}/")
    if case["complicated"]:
        caller(cast.county_people["legal_reviewer"]).post(f"{path}/legal_review/", {"passed": True, "opinion": "同意"})
    officer.post(f"{path}/give_prior_notice/")
    serve(officer, path, "A05", "A06")
    assert officer.refused(f"{path}/decide/", {"fine": fine, **leader})
    later(12)
    case = officer.get(f"{path}/")
    if case["collective_due"]:
        assert officer.refused(f"{path}/decide/", {"fine": fine, **leader})
        officer.post(
            f"{path}/collective_discussion/", {"attendants": "全体", "minutes": "逐一发表意见", "result": "同意"}
        )
    assert officer.refused(f"{path}/decide/", {"fine": "99999999.00", **leader}) == {"fine"}
    decided = officer.post(f"{path}/decide/", {"fine": fine, **leader})
    assert decided["state"] == "decided" and decided["decision_number"]
    officer.post(f"{path}/serve_decision/", {"method": "direct", "recipient": "张某"})
    outbox.deliver()
    later(3)
    officer.post(f"{path}/record_payment/", {"amount": fine, "reference": "JK001"})
    case = officer.get(f"{path}/")
    if case["state"] == "served":
        officer.post(f"{path}/record_rectification/", {"findings": "已补办。", "passed": True})
    officer.post(f"{path}/close/", leader)
    outbox.deliver()
    archived = officer.post(f"{path}/archive/", {"retention": "30年"})
    assert archived["state"] == "archived"
    assert caller(cast.county_people["inspector"]).get(f"rectifications/{item['id']}/")["state"] == "closed"
    return archived


def serve(officer: Caller, path: str, *wanted: str) -> None:
    for document in officer.get(f"{path}/")["documents"]:
        if document["kind"] in wanted and document["number"]:
            said = {"document_id": document["id"], "method": "direct", "recipient": "张某", "place": "住所"}
            officer.post(f"{path}/serve/", said)


def propose(officer: Caller, path: str) -> str:
    """A fine outside the rulebook's range is refused and nothing is written; one inside is taken."""
    case = officer.get(f"{path}/")
    inputs = {"act": "V01", "party": "unit", "area_ha": case["facts"]["area_ha"]}
    rule = officer.post("rules/penalty-range/decide/", {"inputs": inputs, "province": "430000"})
    minimum, maximum = float(rule["result"]["minimum"]), float(rule["result"]["maximum"])
    said = {"discretion_reason": "综合情节", "unverified_reason": "已核对裁量基准"}
    for wrong in (minimum - 1, maximum + 1):
        assert officer.refused(f"{path}/propose_penalty/", {"fine": f"{wrong:.2f}", **said}) == {"fine"}
    assert officer.get(f"{path}/")["state"] == "lapsed"
    fine = f"{minimum + (maximum - minimum) * 0.3:.2f}"
    assert officer.post(f"{path}/propose_penalty/", {"fine": fine, **said})["state"] == "proposed"
    return fine


# --- 7 ---------------------------------------------------------------------------------------------------------------
def dossier(cast: SimpleNamespace, caller: Any, case: dict[str, Any], folder: Path) -> None:
    """The auditor's zip is a valid BagIt package; a stranger is refused."""
    from django.test import Client

    stranger = Client()
    stranger.force_login(cast.stranger)
    assert stranger.post(f"/api/v1/cases/{case['id']}/export/").status_code in (401, 403, 404)
    caller(cast.other_filer).call("post", f"cases/{case['id']}/export/", {"volume": "both"}, status=404)
    auditor = caller(cast.county_people["auditor"])
    run = runner.execute(auditor.post(f"cases/{case['id']}/export/", {"volume": "both"})["run"])
    assert run.state == "done", (run.faults, run.log)
    target = folder / "dossier.zip"
    answer = command("export_case", case["number"], str(target))
    assert answer["case"] == case["number"] and answer["problems"] == []
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder / "bag")
    roots = sorted(path.parent for path in (folder / "bag").rglob("bagit.txt"))
    assert roots
    names = [path.name for path in (folder / "bag").rglob("*")]
    for root in roots:
        assert bagit.Bag(str(root)).validate()
    assert any(name.endswith(".pdf") for name in names) and any("history" in name or "历史" in name for name in names)
    assert any(name.endswith(".jpg") for name in names), "the photographs of the field are original evidence"


# --- 8 ---------------------------------------------------------------------------------------------------------------
def credit(cast: SimpleNamespace, caller: Any, case: dict[str, Any]) -> None:
    """The unit's facts show what happened, its simulated grade follows, and the next risk run reads that grade."""
    from conservation.accounts.models import UnitStanding

    approver = caller(cast.county_people["approver"])
    found = approver.get(f"credit-facts/?unit={case['unit']}")["results"]
    assert {"rectification_overdue", "penalty"} <= {one["code"] for one in found}
    assert any(one["document_number"] == case["decision_number"] for one in found)
    standing = UnitStanding.objects.get(unit=case["unit"])
    assert standing.grade != "unrated" and standing.simulated and standing.open_facts == len(found)
    UnitStanding.objects.filter(pk=standing.pk).update(grade="D")
    assert tier_of(cast, caller, case["project"])["M3"] == 1
    assert command("verify_history")["broken"] == []
    replayed = command("replay_decisions")
    assert replayed["replayed"] > 0 and replayed["different"] == []


def test_keys_of_problem_details() -> None:
    assert keys_of({"errors": [{"key": "fine"}]}) == {"fine"}
