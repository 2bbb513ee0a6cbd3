"""API of rounds and patches."""

from __future__ import annotations

from datetime import timedelta

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from conservation.accounts.roles import AUDITOR, INSPECTOR, REMOTE_SENSING
from conservation.jobs.models import Run
from supervision.patches.models import Patch
from supervision.rectification.models import Item
from tests.supervision.patches.conftest import feature_file, photo
from tests.supervision.patches.shapes import square

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_the_story_by_api(world, range_, django_capture_on_commit_callbacks) -> None:
    officer = client_of(world.people[REMOTE_SENSING])
    made = officer.post(f"{ROOT}/rounds/", {
        "code": "HN-9", "name": "九期", "authority": world.province.pk, "year": 2026, "image_date": "2026-06-01",
    })  # fmt: skip
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    file = SimpleUploadedFile("p.geojson", feature_file([
        ("A1", square(150, 50, 250, 150), {}), ("A2", square(1000, 1000, 1100, 1100), {}),
    ]))  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        answer = officer.post(f"{ROOT}/rounds/{pk}/import/", {"file": file}, format="multipart")
    assert answer.status_code == 202, answer.content
    assert Run.objects.get(pk=answer.json()["run"]).state == "done"
    with django_capture_on_commit_callbacks(execute=True):
        answer = officer.post(f"{ROOT}/rounds/{pk}/classify/")
    assert Run.objects.get(pk=answer.json()["run"]).result["changed"] == 0
    assert officer.post(f"{ROOT}/rounds/{pk}/issue/", {}).json()["issued"] == 2
    Patch.objects.update(issued_at=timezone.now() - timedelta(days=1))
    progress = officer.get(f"{ROOT}/rounds/{pk}/progress/").json()
    assert (progress["issued"], progress["percent"], progress["classes"]["suspected_excess"]) == (2, 0.0, 1)

    field = client_of(world.people[INSPECTOR])
    listed = field.get(f"{ROOT}/patches/", {"klass": "suspected_unapproved"}).json()["results"]
    assert [one["number"] for one in listed] == ["A2"]
    patch = Patch.objects.get(number="A2")
    base = f"{ROOT}/patches/{patch.pk}"
    assert field.get(f"{base}/shapes/").json()["type"] == "FeatureCollection"
    assert field.post(f"{base}/claim/").json()["state"] == "field_check"
    centre, taken = patch.geom.centroid, timezone.localtime() - timedelta(hours=1)
    for view in ("whole", "board", "worst"):
        answer = field.post(
            f"{base}/photos/", {"file": photo(centre.x, centre.y, taken_at=taken), "view": view}, format="multipart"
        )
        assert answer.status_code == 201, answer.content
    visit = {
        "finding": "V01", "second_officer": world.second_inspector.pk, "visited_at": taken.isoformat(), "description": "开挖",
        "new_project": {"name": "某采石场", "type_no": 19}, "unit_name": "某采石公司",
    }  # fmt: skip
    answer = field.post(f"{base}/verify/", {**visit, "second_officer": 0})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["faults"][0]["key"] == "second_officer"
    assert field.post(f"{base}/verify/", visit).status_code == 201
    assert len(field.get(f"{base}/verifications/").json()) == 1
    assert field.post(f"{base}/confirm/").json()["finding"] == "V01"
    answer = field.post(f"{base}/order/", {})
    assert answer.status_code == 201, answer.content
    assert Item.objects.get().number == answer.json()["number"]
    assert field.post(f"{base}/order/", {}).status_code == 409


def test_split_link_and_settle(world, issued, project) -> None:
    field = client_of(world.people[INSPECTOR])
    patch = Patch.objects.get(number="G2")
    base = f"{ROOT}/patches/{patch.pk}"
    assert field.post(f"{base}/link/", {"project": project.pk}).status_code == 200
    field.post(f"{base}/claim/")
    parts = [shapely.geometry.mapping(square(*box)) for box in ((150, 50, 200, 150), (200, 50, 250, 150))]
    answer = field.post(f"{base}/split/", {"parts": parts, "reason": "两家"})
    assert [one["number"] for one in answer.json()] == ["G2-1", "G2-2"]
    assert field.post(f"{base}/cancel/", {}).status_code == 403
    assert field.post(f"{base}/nonsense/", {}).status_code == 404


def test_scopes(world, issued) -> None:
    patch = Patch.objects.get(number="G3")
    assert APIClient().get(f"{ROOT}/patches/").status_code in (401, 403)
    stranger = client_of(world.other_city_people[INSPECTOR])
    assert stranger.get(f"{ROOT}/patches/").json()["results"] == []
    assert stranger.get(f"{ROOT}/patches/{patch.pk}/").status_code == 404
    assert stranger.post(f"{ROOT}/patches/{patch.pk}/claim/").status_code == 404
    reader = client_of(world.people[AUDITOR])
    assert reader.post(f"{ROOT}/patches/{patch.pk}/claim/").status_code == 403
    assert reader.patch(f"{ROOT}/rounds/{issued.pk}/", {"name": "x"}).status_code == 403
    officer = client_of(world.people[REMOTE_SENSING])
    assert (
        officer.patch(f"{ROOT}/rounds/{issued.pk}/", {"verify_due": "2026-09-10"}).json()["verify_due"] == "2026-09-10"
    )
    assert officer.patch(f"{ROOT}/rounds/{issued.pk}/", {"pixel_m": "1.00"}).status_code == 409
