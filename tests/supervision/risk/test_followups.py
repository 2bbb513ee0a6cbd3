"""What a tier makes the portal do: follow-ups with their acts, contacts counted, reasons shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.history.models import Event
from conservation.notices.models import Notice
from projects.registry.models import Project, ProjectFacts, ProjectTier, SpoilSite
from supervision.risk import access, actions, queries, tiering
from supervision.risk.models import Contact, FollowUp

NOW = datetime(2026, 6, 3, 2, 0, tzinfo=UTC)


def project(world: SimpleNamespace, **facts: Any) -> Project:
    one = Project.objects.create(
        name="湘江大道北延工程",
        unit=world.unit,
        type_no=1,
        approval_level="city",
        authority=world.city,
        counties=["430121"],
        areas=["43", "4301", "430121"],
        permanent_ha=20,
        temporary_ha=5,
        excavation_m3=300_000,
        fill_m3=200_000,
        plan_kind="report_form",
        created_at=timezone.now(),
    )
    known = {
        "bare_slope_m": 2,
        "mean_slope_deg": 3,
        "background_erosion": "slight",
        "sensitive_m": 3000,
        "river_m": 3000,
        "key_zone": "none",
        "spoil_10k_m3": 0,
    }
    ProjectFacts.objects.create(project=one, **{**known, **facts})
    return one


def follow_up(world: SimpleNamespace, **facts: Any) -> FollowUp:
    one = project(world, **facts)
    tiering.tier_all(now=NOW)
    return FollowUp.objects.get(project=one)


MEDIUM = {
    "bare_slope_m": 40,
    "mean_slope_deg": 30,
    "background_erosion": "severe",
    "sensitive_m": 100,
    "river_m": 0,
    "key_zone": "national",
}


def test_none_is_left_alone(world: SimpleNamespace) -> None:
    one = project(world)
    result = tiering.tier_all(now=NOW)
    assert result["tiers"] == {"none": 1, "low": 0, "medium": 0, "high": 0}
    assert ProjectTier.objects.get(project=one).tier == 0
    assert not FollowUp.objects.exists()
    assert not Contact.objects.exists()
    assert not Notice.objects.exists()


def test_a_high_project_gets_a_visit_and_its_unit_is_told(world: SimpleNamespace) -> None:
    visit = follow_up(world, dumped_with_harm=True, dumped_m3=900)
    assert (visit.kind, visit.tier) == ("visit", 3)
    assert visit.due_on == date(2026, 6, 17)  # ten working days; the first day is not counted
    assert Notice.objects.get(user=world.filer).subject_id == str(visit.pk)
    assert Contact.objects.get().tier == 3
    assert queries.explain(visit.project)["raised_by"] == ["dumped_with_harm"]


def test_the_reasons_add_up_to_the_index(world: SimpleNamespace) -> None:
    one = follow_up(world, **MEDIUM).project
    found = queries.explain(one)
    assert found is not None
    assert sum(line["score"] for line in found["lines"]) == found["index"]
    assert found["name"] == "medium"


def test_a_self_check_needs_words_and_a_photograph(world: SimpleNamespace) -> None:
    task = follow_up(world, **MEDIUM)
    assert task.kind == "self_check"
    with pytest.raises(Refused) as refused:
        actions.answer(world.filer, task.pk, answer="", now=NOW)
    assert refused.value.faults[0].key == "answer"
    with pytest.raises(Refused) as refused:
        actions.answer(world.filer, task.pk, answer="已自查，无异常", now=NOW)
    assert refused.value.faults[0].key == "photos"
    data = BytesIO()
    Image.new("RGB", (40, 30), "green").save(data, "JPEG")
    actions.add_photo(world.filer, task.pk, SimpleUploadedFile("a.jpg", data.getvalue(), "image/jpeg"), now=NOW)
    assert actions.answer(world.filer, task.pk, answer="已自查，无异常", now=NOW).state == "answered"
    inspector = world.city_people["inspector"]
    assert actions.send_back(inspector, task.pk, finding="请补拍弃渣场", now=NOW).state == "open"
    actions.answer(world.filer, task.pk, answer="已补", now=NOW)
    assert actions.accept(inspector, task.pk, now=NOW).state == "done"
    with pytest.raises(Conflict) as late:
        actions.accept(world.people["inspector"], task.pk, now=NOW)
    assert inspector.name in str(late.value)
    assert Event.objects.filter(subject_type="follow_up", subject_id=str(task.pk)).count() >= 4


def test_strangers_see_and_do_nothing(world: SimpleNamespace) -> None:
    task = follow_up(world, **MEDIUM)
    for stranger in (world.stranger, world.other_filer, world.other_city_people["inspector"]):
        assert not access.visible_to(stranger).exists()
        with pytest.raises(NotFound):
            actions.visit(stranger, task.pk, visited_on=date(2026, 6, 3), finding="查", now=NOW)
    for nobody in (world.filer, world.people["auditor"]):
        with pytest.raises(Forbidden):
            actions.visit(nobody, task.pk, visited_on=date(2026, 6, 3), finding="查", now=NOW)
    with pytest.raises(Forbidden):
        actions.start_tiering(world.filer)


def test_a_visit_cannot_lie_in_the_future(world: SimpleNamespace) -> None:
    task = follow_up(world, dumped_with_harm=True, dumped_m3=900)
    with pytest.raises(Refused) as refused:
        actions.visit(world.people["inspector"], task.pk, visited_on=date(2026, 6, 4), finding="查", now=NOW)
    assert refused.value.faults[0].key == "visited_on"
    task.refresh_from_db()
    assert task.state == "open"


def test_a_changed_tier_takes_its_old_task_back(world: SimpleNamespace) -> None:
    task = follow_up(world, **MEDIUM)
    ProjectFacts.objects.filter(project=task.project).update(dumped_with_harm=True)
    result = tiering.tier_all(now=NOW)
    assert (result["raised"], result["lowered"]) == (1, 0)
    task.refresh_from_db()
    assert task.state == "withdrawn"
    assert FollowUp.objects.get(project=task.project, state="open").kind == "visit"


def test_an_unstable_site_of_grade_two_raises(world: SimpleNamespace) -> None:
    one = project(world)
    SpoilSite.objects.create(
        project=one, name="1号", volume_10k_m3=600, height_m=40, harm="slight", grade=2, unstable=True
    )
    tiering.tier_all(now=NOW)
    assert queries.explain(one)["raised_by"] == ["unstable_site"]


def test_pages(world: SimpleNamespace, client: Any) -> None:
    task = follow_up(world, **MEDIUM)
    for user in (world.filer, world.people["inspector"], world.people["auditor"]):
        client.force_login(user)
        for url in ("/risk/", "/risk/follow-ups/", f"/risk/follow-ups/{task.pk}/"):
            assert client.get(url).status_code == 200, url
    answer = client.post(f"/risk/follow-ups/{task.pk}/visit/", {"visited_on": "2026-06-03", "finding": "查"})
    assert answer.status_code == 403
    client.force_login(world.people["inspector"])
    bad = client.post(f"/risk/follow-ups/{task.pk}/visit/", {"visited_on": "2026-06-03", "finding": ""})
    assert bad.status_code == 400
    assert "请写明检查情况" in bad.content.decode()
    assert client.post("/risk/run/").status_code == 302


def test_a_tiering_on_demand_keeps_to_the_actors_place(world: SimpleNamespace) -> None:
    inspector = world.city_people["inspector"]
    assert actions.start_tiering(inspector).arguments == {"province": "430100"}
    assert actions.start_tiering(inspector, province="430121").arguments == {"province": "430121"}
    for elsewhere in ("430600", "430000"):
        with pytest.raises(Forbidden):
            actions.start_tiering(inspector, province=elsewhere)


def test_no_photograph_reaches_a_closed_task(world: SimpleNamespace) -> None:
    task = follow_up(world, **MEDIUM)
    actions.visit(world.people["inspector"], task.pk, visited_on=date(2026, 6, 3), finding="已查", now=NOW)
    with pytest.raises(Conflict):
        actions.add_photo(world.filer, task.pk, SimpleUploadedFile("a.jpg", b"x", "image/jpeg"), now=NOW)
