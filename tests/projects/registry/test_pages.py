"""Pages of the registry through the client: what is shown, what is refused at the field, how many statements."""

from __future__ import annotations

import io
import json

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conservation.jobs.models import Run
from projects.registry.models import Project, ProjectTier, ResponsibilityRange
from tests.projects.conftest import CHANGSHA_COUNTY, YUEYANG, record, square
from tests.projects.registry.test_imports import as_csv, row
from tests.projects.registry.test_queries import fill

pytestmark = pytest.mark.django_db


def as_person(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def typed(**changes):
    """A form as a browser sends it."""
    found = record(**changes)
    found["counties"] = "、".join(found["counties"]) if isinstance(found["counties"], list) else found["counties"]
    return {key: "" if value is None else value for key, value in found.items()}


def test_the_list_shows_and_filters(world, project):
    client = as_person(world.people["reviewer"])
    page = client.get(reverse("registry:list"))
    assert page.status_code == 200 and project.name in page.content.decode()
    assert project.name not in client.get(reverse("registry:list"), {"q": "铁路"}).content.decode()
    assert project.name in client.get(reverse("registry:list"), {"q": "机场", "place": "430100"}).content.decode()
    assert "1" in client.get(reverse("registry:count")).content.decode()


def test_the_list_costs_the_same_at_one_row_and_at_many(world, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = as_person(world.people["reviewer"])
    counts = []
    for rows in (1, 49):
        made = fill(world, rows)
        ProjectTier.objects.bulk_create(
            ProjectTier(project=one, tier=1, index=1, levels=0, gaps=0, assessed_on="2026-01-01") for one in made
        )
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get(reverse("registry:list"))
        counts.append(len(seen))
    assert counts[0] == counts[1], counts


def test_pages_follow_by_key(world):
    fill(world, 120)
    client = as_person(world.people["reviewer"])
    names, address, seen = set(), reverse("registry:list"), 0
    while address:
        page = client.get(address)
        names |= {one["name"] for one in page.context["page"].rows}
        after = page.context["page"].next
        address = f"{reverse('registry:list')}?after={after}" if after else None
        seen += 1
    assert seen == 3 and len(names) == 120


def test_a_stranger_sees_nothing(world, project):
    client = as_person(world.stranger)
    assert project.name not in client.get(reverse("registry:list")).content.decode()
    for name in ("edit", "range_new", "name_unit"):
        assert client.get(reverse(f"registry:{name}", args=[project.pk])).status_code == 404
    assert client.get(reverse("registry:new")).status_code == 403
    assert client.get(reverse("registry:import")).status_code == 403
    assert Client().get(reverse("registry:list")).status_code == 302


def test_register_and_each_fault_at_its_field(world):
    client = as_person(world.filer)
    assert client.get(reverse("registry:new")).status_code == 200
    bad = client.post(reverse("registry:new"), typed(code="1", name="", counties="999999", fill_m3="x"))
    assert bad.status_code == 422
    assert {"code", "name", "counties", "fill_m3"} <= set(bad.context["form"].errors)
    assert not Project.objects.exists()
    good = client.post(reverse("registry:new"), typed(unit=world.unit.pk))
    assert good.status_code == 302 and Project.objects.get().unit == world.unit


def test_edit(world, project):
    client = as_person(world.filer)
    address = reverse("registry:edit", args=[project.pk])
    assert project.name in client.get(address).content.decode()
    assert client.post(address, typed(name="改过的名称", planned_start_on="")).status_code == 302
    project.refresh_from_db()
    assert project.name == "改过的名称" and project.planned_start_on is None


def test_division_search_and_plan_hint(world):
    client = as_person(world.filer)
    assert "430121" in client.get(reverse("registry:divisions"), {"division": "长沙县"}).content.decode()
    sizes = {"permanent_ha": "4", "temporary_ha": "1", "excavation_m3": "0", "fill_m3": "0", "counties": "430121"}
    assert 'data-plan-kind="report_book"' in client.get(reverse("registry:plan_hint"), sizes).content.decode()
    sizes["permanent_ha"] = "0.2"
    assert 'data-plan-kind="report_form"' in client.get(reverse("registry:plan_hint"), sizes).content.decode()
    assert "data-plan-kind" not in client.get(reverse("registry:plan_hint")).content.decode()


def test_range_by_upload_and_by_drawing(world, project):
    client = as_person(world.filer)
    address = reverse("registry:range_new", args=[project.pk])
    assert client.get(address).status_code == 200
    outside = client.post(address, {"kind": "exact", "geometry": json.dumps(square(*YUEYANG))})
    assert outside.status_code == 422 and "岳阳" in outside.content.decode()
    no_zip = SimpleUploadedFile("range.zip", b"PK\x03\x04 no zip at all")
    assert client.post(address, {"kind": "exact", "file": no_zip}).status_code == 422
    assert not ResponsibilityRange.objects.exists()
    drawn = client.post(address, {"kind": "exact", "geometry": json.dumps(square(*CHANGSHA_COUNTY))})
    assert drawn.status_code == 302
    content = json.dumps({"type": "Feature", "properties": {}, "geometry": square(*CHANGSHA_COUNTY)}).encode()
    sent = client.post(address, {"kind": "exact", "file": SimpleUploadedFile("r.geojson", content)})
    assert sent.status_code == 302
    assert list(ResponsibilityRange.objects.order_by("version").values_list("source", flat=True)) == ["drawn", "file"]
    client.post(reverse("registry:range_discard", args=[project.pk, 2]))
    assert ResponsibilityRange.objects.count() == 1


def test_works(world, project):
    client = as_person(world.filer)
    address = reverse("registry:act", args=[project.pk, "start"])
    assert client.get(address).status_code == 200
    refused = client.post(address, {"on": "", "reason": ""})
    assert refused.status_code == 422 and "第26条" in refused.content.decode()
    inspector = as_person(world.people["inspector"])
    assert inspector.post(address, {"on": "2026-01-05"}).status_code == 302
    assert inspector.post(reverse("registry:act", args=[project.pk, "suspend"]), {"on": "soon"}).status_code == 422
    assert client.get(reverse("registry:act", args=[project.pk, "fly"])).status_code == 404


def test_name_unit(world):
    from projects.registry import actions

    found = actions.create_from_field(world.people["inspector"], name="无名", counties=["430121"], type_no=19)
    client = as_person(world.people["inspector"])
    address = reverse("registry:name_unit", args=[found.pk])
    assert client.post(address, {"name": "石场公司", "uscc": "91", "reason": "营业执照"}).status_code == 422
    assert client.post(address, {"name": "石场公司", "uscc": "", "reason": "营业执照"}).status_code == 302
    found.refresh_from_db()
    assert found.unit.name == "石场公司"


def test_import_pages_start_jobs(world, django_capture_on_commit_callbacks):
    client = as_person(world.people["reviewer"])
    assert client.get(reverse("registry:import")).status_code == 200
    assert client.post(reverse("registry:import"), {}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("registry:import"), {"file": SimpleUploadedFile("a.csv", as_csv([row(1)]))})
    assert answer.status_code == 302
    assert Run.objects.get().state == "done" and Project.objects.count() == 1
    template = client.get(reverse("registry:template"))
    assert python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(template.content)).sheet_names
    assert client.get(reverse("registry:import_ranges")).status_code == 200
    content = json.dumps(
        {"type": "Feature", "properties": {"code": row(1)["code"]}, "geometry": square(*CHANGSHA_COUNTY)}
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("registry:import_ranges"),
            {"file": SimpleUploadedFile("r.geojson", content.encode()), "kind": "exact", "map": ""},
        )
    assert ResponsibilityRange.objects.get().state == "in_force"


def test_export_is_scoped_and_runs_no_formula(world, project):
    Project.objects.filter(pk=project.pk).update(name="=HYPERLINK(1)")
    client = as_person(world.people["reviewer"])
    assert client.get(reverse("registry:export")).status_code == 405
    answer = client.post(reverse("registry:export"), {"q": ""})
    cells = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert len(cells) == 2 and cells[1][1] == "'=HYPERLINK(1)"
    other = as_person(world.other_city_people["reviewer"]).post(reverse("registry:export"), {})
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(b"".join(other.streaming_content)))
    assert len(rows.get_sheet_by_index(0).to_python()) == 1
