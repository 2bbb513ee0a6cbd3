"""Pages and API over the same steps."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from conservation.jobs.models import Run
from supervision.cases.models import Case
from supervision.cases.states import STATES
from supervision.cases.walk import Cast


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the portal's clock."""
    from conservation import clock

    def put(moment: Any) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    return put


def page_of(case: Case) -> str:
    return reverse("cases:detail", args=[case.pk])


@pytest.mark.parametrize("goal", sorted(STATES.states))
def test_page_of_every_state(taken_to: Any, world: SimpleNamespace, at: Any, goal: str) -> None:
    way: dict[str, Any] = {"violation": "V04", "hearing": True} if goal in ("hearing", "heard") else {}
    case = taken_to(goal, **way)
    at(case.moment)
    for role in ("case_officer", "leader", "legal_reviewer", "auditor"):
        answer = browser(world.people[role]).get(page_of(case))
        assert answer.status_code == 200
        assert case.title in answer.content.decode()


def test_list_filters_and_pages(clue: Any, taken_to: Any, world: SimpleNamespace, monkeypatch: Any) -> None:
    from supervision.cases import queries

    for number in range(5):
        clue(party_unit=None, party_name=f"第{number}公司", source_id=number)
    case = taken_to("filed", "V03")
    officer = browser(world.people["case_officer"])
    assert officer.get(reverse("cases:list"), {"q": "第3公司"}).context["page"].rows[0].party_name == "第3公司"
    assert [one.pk for one in officer.get(reverse("cases:list"), {"state": "filed"}).context["page"].rows] == [case.pk]
    first = queries.page(world.people["leader"], {}, size=4)
    second = queries.page(world.people["leader"], {}, after=first.next, size=4)
    assert len(first.rows) == 4 and len(second.rows) == 2 and not second.next
    back = queries.page(world.people["leader"], {}, before=second.previous, size=4)
    assert [one.pk for one in back.rows] == [one.pk for one in first.rows]
    assert "没有案件" in browser(world.stranger).get(reverse("cases:list")).content.decode()
    assert officer.get(reverse("cases:list"), {"after": "x' OR 1=1", "unit": "y"}).status_code == 200


def test_list_costs_the_same_at_one_row_and_at_many(
    clue: Any, world: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        clue(party_unit=None, party_name=f"第{number}公司", source_id=number)
    client = browser(world.people["case_officer"])
    with django_assert_max_num_queries(12):
        client.get(reverse("cases:list"))


def test_steps_through_the_page(clue: Any, cast: Cast, at: Any) -> None:
    case = clue()
    at(case.created_at + timedelta(days=1))
    officer = browser(cast.officer)
    address = reverse("cases:act", args=[case.pk, "file_case"])
    answer = officer.post(
        address, {"officer1_id": cast.officer.pk, "officer2_id": cast.officer.pk, "approver_id": cast.leader.pk}
    )
    assert answer.status_code == 422
    assert "officer2_id" in answer.context["bound"].errors and "不能是同一人" in answer.content.decode()
    assert officer.post(address, {"officer1_id": cast.officer.pk}).status_code == 422
    answer = officer.post(
        address, {"officer1_id": cast.officer.pk, "officer2_id": cast.second.pk, "approver_id": cast.leader.pk}
    )
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.state == "filed" and case.number == "湘水罚立〔2026〕1号"
    again = officer.post(
        address,
        {"officer1_id": cast.officer.pk, "officer2_id": cast.second.pk, "approver_id": cast.leader.pk},
        follow=True,
    )
    assert "最近一次办理" in again.content.decode()
    upload = {"kind": "A10", "title": "营业执照", "upload": SimpleUploadedFile("a.txt", b"hello")}
    assert officer.post(reverse("cases:act", args=[case.pk, "add_evidence"]), upload).status_code == 422
    assert officer.post(reverse("cases:act", args=[case.pk, "nothing"])).status_code == 404


def test_fine_outside_range_stands_at_its_field(taken_to: Any, cast: Cast, at: Any) -> None:
    case = taken_to("lapsed")
    at(case.moment)
    answer = browser(cast.officer).post(
        reverse("cases:act", args=[case.pk, "propose_penalty"]), {"fine": "10", "discretion_reason": "x"}
    )
    assert answer.status_code == 422 and "penalty-range" in answer.context["bound"].errors["fine"][0]


def test_party_and_stranger(taken_to: Any, world: SimpleNamespace, at: Any) -> None:
    case = taken_to("decided")
    at(case.moment)
    text = browser(world.filer).get(page_of(case)).content.decode()
    assert (
        "行政处罚决定书" in text
        and "集体讨论笔录" not in text
        and "裁量说明" not in text
        and "下一步法定程序" not in text
    )
    assert browser(world.stranger).get(page_of(case)).status_code == 404
    assert browser(world.other_filer).get(page_of(case)).status_code == 404
    assert browser(world.filer).post(reverse("cases:export", args=[case.pk]), {"volume": "both"}).status_code == 403
    assert Client().get(page_of(case)).status_code == 302


def test_export_from_the_page(
    taken_to: Any, world: SimpleNamespace, at: Any, django_capture_on_commit_callbacks: Any
) -> None:
    case = taken_to("served")
    at(case.moment)
    auditor = browser(world.people["auditor"])
    with django_capture_on_commit_callbacks(execute=True):
        answer = auditor.post(reverse("cases:export", args=[case.pk]), {"volume": "both"})
    run = Run.objects.get(kind="cases.export")
    assert answer.status_code == 302 and str(run.pk) in answer["Location"]
    result = auditor.get(reverse("cases:export_result", args=[run.pk]))
    assert result.status_code == 200 and "下载案卷" in result.content.decode()
    download = auditor.get(reverse("documents:download", args=[run.result["document"]]))
    assert b"".join(download.streaming_content).startswith(b"PK")
    assert browser(world.people["leader"]).get(reverse("cases:export_result", args=[run.pk])).status_code == 404


# --- API -------------------------------------------------------------------------------------------------------------
def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_api_takes_the_whole_procedure(clue: Any, cast: Cast, at: Any, world: SimpleNamespace) -> None:
    case = clue("V03")
    officer, leader = api(cast.officer), api(cast.leader)
    now = case.created_at + timedelta(days=1)

    def step(client: APIClient, act: str, **body: Any) -> dict[str, Any]:
        at(now)
        answer = client.post(f"/api/v1/cases/{case.pk}/{act}/", body, format="json")
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    step(leader, "file_case", officer1_id=cast.officer.pk, officer2_id=cast.second.pk)
    body = step(officer, "record_investigation", findings="倾倒弃渣", inspection_record="现场", questioned_person="张三",
                questioning_record="承认", measurement="实测",
                facts={"volume_m3": 1200, "measures": "none", "hazard": True, "erosion_caused": True})  # fmt: skip
    assert {one["act"]: one["allowed"] for one in body["steps"]}["propose_penalty"] is True
    answer = officer.post(
        f"/api/v1/cases/{case.pk}/propose_penalty/", {"fine": 1, "discretion_reason": "x"}, format="json"
    )
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["faults"][0]["key"] == "fine" and "21600.00—24000.00" in answer.json()["detail"]
    step(officer, "propose_penalty", fine="22000.00", discretion_reason="没有措施且有危害")
    body = step(officer, "give_prior_notice")
    notice = next(one for one in body["documents"] if one["kind"] == "A05")
    step(officer, "serve", document_id=notice["id"], method="direct", recipient="张三")
    step(officer, "record_waiver", defence=True)
    decided = step(leader, "decide", fine="22000.00")
    assert decided["state"] == "decided" and decided["fine"] == "22000.00"
    answer = officer.post(
        f"/api/v1/cases/{case.pk}/decide/", {"fine": "22000.00", "approver_id": cast.leader.pk}, format="json"
    )
    assert answer.status_code == 409
    answer = officer.post(f"/api/v1/cases/{case.pk}/serve_decision/", {"colour": 1}, format="json")
    assert answer.status_code == 400 and answer.json()["faults"][0]["key"] == "colour"
    step(officer, "serve_decision", method="direct", recipient="张三")
    run = api(world.people["auditor"]).post(f"/api/v1/cases/{case.pk}/export/", {"volume": "main"}, format="json")
    assert run.status_code == 202 and run.json()["run"]


def test_api_scopes(taken_to: Any, world: SimpleNamespace, at: Any) -> None:
    case = taken_to("decided")
    at(case.moment)
    assert [one["id"] for one in api(world.people["auditor"]).get("/api/v1/cases/").json()["results"]] == [case.pk]
    assert api(world.stranger).get("/api/v1/cases/").json()["results"] == []
    assert api(world.stranger).get(f"/api/v1/cases/{case.pk}/").status_code == 404
    assert api(world.stranger).post(f"/api/v1/cases/{case.pk}/decide/", {"fine": 1}).status_code == 404
    assert api(world.stranger).post(f"/api/v1/cases/{case.pk}/export/", {}).status_code == 404
    assert api(world.filer).post(f"/api/v1/cases/{case.pk}/export/", {}).status_code == 403
    seen = api(world.filer).get(f"/api/v1/cases/{case.pk}/").json()
    assert "discretion_reason" not in seen and seen["steps"] == []
    assert {one["volume"] for one in seen["documents"]} == {"main"}
    assert APIClient().get("/api/v1/cases/").status_code in (401, 403)
