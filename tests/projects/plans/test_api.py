"""The story's first two steps once more through the API: register, range, file, accept, review, approve."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from tests.projects.conftest import BOOK_PARTS, CHANGSHA_COUNTY, CLEAR, SITE, YUEYANG, pdf, record, square, table

pytestmark = pytest.mark.django_db


def as_person(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def keys(answer) -> set[str]:
    assert answer["Content-Type"].startswith("application/problem+json"), answer.content
    return {fault["key"] for fault in answer.json()["faults"]}


def test_the_story_through_the_api(world, officers):
    firm, reviewer, approver = (as_person(user) for user in (world.filer, officers.reviewer, officers.approver))
    bad = firm.post(reverse("api:projects"), record(code="1", fill_m3="x"), format="json")
    assert bad.status_code == 400 and keys(bad) == {"code", "fill_m3"}
    made = firm.post(reverse("api:projects"), record(), format="json")
    assert made.status_code == 201 and made.json()["authority_name"] == world.county.name
    project = made.json()["id"]
    renamed = firm.patch(reverse("api:project", args=[project]), {"name": "新名称"}, format="json")
    assert renamed.json()["name"] == "新名称"

    ranges = reverse("api:project-ranges", args=[project])
    outside = firm.post(ranges, {"geometry": square(*YUEYANG)}, format="json")
    assert outside.status_code == 400 and keys(outside) == {"geometry"}
    content = json.dumps({"type": "Feature", "properties": {}, "geometry": square(*CHANGSHA_COUNTY)}).encode()
    vector = firm.post(ranges, {"file": SimpleUploadedFile("r.geojson", content)}, format="multipart")
    assert vector.status_code == 201 and vector.json()["geometry"]["type"] == "MultiPolygon"

    plan = firm.post(reverse("api:plans"), {"project": project}, format="json").json()["id"]
    save = {"table": table(), "spoil_sites": [SITE], "range": vector.json()["id"]}
    saved = firm.patch(reverse("api:plan", args=[plan]), save, format="json")
    assert saved.status_code == 200 and saved.json()["fields"]["landform"] == "hill"
    checked = firm.get(reverse("api:plan-check", args=[plan])).json()
    assert checked["kind"] == "report_book" and "parts.P0" in {fault["key"] for fault in checked["faults"]}

    def do(client, event, **data):
        return client.post(reverse("api:plan-event", args=[plan, event]), data, format="json")

    refused = do(firm, "submit")
    assert refused.status_code == 400 and "parts.P0" in keys(refused)
    attached = firm.post(
        reverse("api:plan-parts", args=[plan]), {"file": pdf(), "covers": ",".join(BOOK_PARTS)}, format="multipart"
    )
    assert attached.status_code == 201
    assert reviewer.get(reverse("api:plan", args=[plan])).status_code == 404
    assert do(firm, "submit").json()["state"] == "submitted"
    assert do(firm, "accept").status_code == 403
    assert do(reviewer, "accept").json()["number"].endswith("1号")
    assert do(reviewer, "start_technical_review", body="中心", days=20).json()["state"] == "tech_review"
    assert do(reviewer, "finish_technical_review", opinion="同意").json()["state"] == "deciding"
    early = do(approver, "approve")
    assert early.status_code == 400 and keys(early) == {"findings"}
    findings = reviewer.post(reverse("api:plan-findings", args=[plan]), {"findings": CLEAR}, format="json")
    assert len(findings.json()["findings"]) == 6
    granted = do(approver, "approve", reason="符合条件")
    assert granted.json()["state"] == "approved" and granted.json()["approval_number"]
    assert do(approver, "approve").status_code == 409
    assert firm.get(reverse("api:project", args=[project])).json()["state"] == "plan_approved"
    works = firm.post(reverse("api:project-works", args=[project, "start"]), {}, format="json")
    assert works.json()["state"] == "under_construction"


def test_lists_are_scoped_and_paged(world, project, draft):
    firm = as_person(world.filer)
    assert [row["id"] for row in firm.get(reverse("api:projects")).json()["results"]] == [project.pk]
    assert firm.get(reverse("api:projects"), {"q": "铁路"}).json()["results"] == []
    assert len(firm.get(reverse("api:plans")).json()["results"]) == 1
    for user in (world.other_filer, world.stranger):
        client = as_person(user)
        assert client.get(reverse("api:projects")).json()["results"] == []
        assert client.get(reverse("api:plans")).json()["results"] == []
        for name, pk in (("project", project.pk), ("project-ranges", project.pk), ("plan", draft.pk)):
            assert client.get(reverse(f"api:{name}", args=[pk])).status_code == 404
        assert client.post(reverse("api:plan-event", args=[draft.pk, "submit"]), {}).status_code == 404
    assert APIClient().get(reverse("api:projects")).status_code == 401


def test_imports_start_runs(world):
    from tests.projects.registry.test_imports import as_csv, row

    client = as_person(world.people["reviewer"])
    file = SimpleUploadedFile("a.csv", as_csv([row(1)]))
    answer = client.post(reverse("api:projects-import"), {"file": file}, format="multipart")
    assert answer.status_code == 202 and answer.json()["run"]
    refused = as_person(world.filer).post(reverse("api:projects-import"), {"file": file}, format="multipart")
    assert refused.status_code == 403
