"""Pages of the patches room: what they show, to whom, and what a post does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from conservation.accounts.roles import AUDITOR, INSPECTOR, LEADER, REMOTE_SENSING
from conservation.jobs.models import Run
from supervision.patches import actions
from supervision.patches.models import Patch, Round
from tests.supervision.patches.conftest import feature_file, photo, upload
from tests.supervision.patches.shapes import square

pytestmark = pytest.mark.django_db


def page(client, user, name: str, *args: object, query: str = "") -> str:
    client.force_login(user)
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200, answer.status_code
    text = answer.content.decode()
    assert "{{" not in text and "{%" not in text
    assert not re.search(r"\son\w+=|style=", text)
    return text


def test_rounds_and_round(client, world, issued) -> None:
    text = page(client, world.people[AUDITOR], "patches:rounds")
    assert issued.name in text
    text = page(client, world.people[REMOTE_SENSING], "patches:round", issued.pk)
    assert 'data-count="issued">2<' in text
    assert 'data-class="below_threshold">1<' in text
    assert "长沙县" in text


def test_create_and_edit_a_round(client, world) -> None:
    client.force_login(world.people[REMOTE_SENSING])
    given = {
        "authority": world.province.pk, "code": "HN-1", "name": "一期", "year": 2026, "period": 1, "image_date": "2026-06-01",
        "pixel_m": "0.8", "verify_days": 30, "recognise_days": 15, "handle_days": 45,
    }  # fmt: skip
    assert client.get(reverse("patches:round_new")).status_code == 200
    assert client.post(reverse("patches:round_new"), {**given, "code": "!"}).status_code == 400
    assert client.post(reverse("patches:round_new"), given).status_code == 302
    round_ = Round.objects.get(code="HN-1")
    assert float(round_.tolerance_m) == 1.6
    edit = reverse("patches:round_edit", args=[round_.pk])
    assert client.get(edit).status_code == 200
    answer = client.post(edit, {**given, "tolerance_m": "3", "verify_days": 20})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    round_.refresh_from_db()
    assert (float(round_.tolerance_m), round_.verify_days) == (3, 20)


def test_upload_runs_the_import(client, world, round_, range_, django_capture_on_commit_callbacks) -> None:
    client.force_login(world.people[REMOTE_SENSING])
    address = reverse("patches:round_import", args=[round_.pk])
    assert client.get(address).status_code == 200
    file = SimpleUploadedFile("p.geojson", feature_file([("A1", square(150, 50, 250, 150), {})]))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, {"file": file, "map": ""})
    run = Run.objects.get()
    assert answer.url == reverse("jobs:detail", args=[run.pk])
    assert (run.state, run.result["loaded"]) == ("done", 1)
    assert "疑似超出" in page(client, world.people[REMOTE_SENSING], "patches:import_result", run.pk)
    file.seek(0)
    answer = client.post(address, {"file": file, "map": ""})
    assert answer.status_code == 400 and "同一个文件" in answer.content.decode()


def test_a_bad_file_names_its_rows(client, world, round_, django_capture_on_commit_callbacks) -> None:
    client.force_login(world.people[REMOTE_SENSING])
    file = SimpleUploadedFile("p.geojson", feature_file([("", square(0, 0, 100, 100), {})]))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("patches:round_import", args=[round_.pk]), {"file": file, "map": ""})
    run = Run.objects.get()
    assert run.state == "refused"
    assert "缺少图斑编号" in page(client, world.people[REMOTE_SENSING], "patches:import_result", run.pk)
    assert not Patch.objects.exists()


def test_list_filters_by_address(client, world, issued) -> None:
    user = world.people[AUDITOR]
    assert "G2" in page(client, user, "patches:list")
    text = page(
        client, user, "patches:list", query=f"?round={issued.pk}&class=suspected_excess&state=to_verify&place=430121"
    )
    assert "G2" in text and ">G3<" not in text
    assert ">G3<" in page(client, user, "patches:list", query="?q=G3")
    assert "没有符合条件" in page(client, user, "patches:list", query="?place=430600")
    page(client, user, "patches:list", query="?round=x&class=zz&after=abc&place=%00")


def test_keyset_pages(client, world, round_) -> None:
    from supervision.patches import queries

    content = feature_file([(f"N{at:03d}", square(at * 50, 0, at * 50 + 40, 40), {}) for at in range(25)])
    actions.import_file(world.people[REMOTE_SENSING], round_.pk, content, {"filename": "a.geojson"})
    user, seen, after = world.people[AUDITOR], [], None
    while True:
        found = queries.patch_list(user, queries.Filters(), after=after, size=10)
        seen += [one.pk for one in found.rows]
        after = found.next
        if after is None:
            break
    assert seen == sorted(seen, reverse=True) and len(seen) == 25
    back = queries.patch_list(user, queries.Filters(), before=seen[20], size=10)
    assert [one.pk for one in back.rows] == seen[10:20] and back.previous == seen[10]


def test_the_list_costs_the_same_at_one_and_many(client, world, round_, django_assert_max_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    user = world.people[AUDITOR]
    actor = world.people[REMOTE_SENSING]
    counts = []
    for size, name in ((1, "a"), (20, "b")):
        content = feature_file([(f"{name}{at}", square(at * 50, 0, at * 50 + 40, 40), {}) for at in range(size)])
        actions.import_file(actor, round_.pk, content, {"filename": "a.geojson"})
        client.force_login(user)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("patches:list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_detail_shows_both_numbers_and_reasons(client, world, issued) -> None:
    patch = Patch.objects.get(number="G2")
    text = page(client, world.people[AUDITOR], "patches:detail", patch.pk)
    assert f"{patch.excess_ha} hm²" in text and f"{patch.excess_beyond_tolerance_ha} hm²" in text
    assert "扣除影像误差" in text and "长浏高速公路" in text
    assert "data-step" not in text


def test_shapes_for_the_map(client, world, issued) -> None:
    patch = Patch.objects.get(number="G2")
    client.force_login(world.people[AUDITOR])
    data = client.get(reverse("patches:shapes", args=[patch.pk])).json()
    assert sorted(one["properties"]["what"] for one in data["features"]) == [
        "other",
        "other",
        "other",
        "patch",
        "range",
    ]
    client.force_login(world.other_city_people[INSPECTOR])
    assert client.get(reverse("patches:shapes", args=[patch.pk])).status_code == 404


def test_the_whole_field_work_by_page(client, world, issued) -> None:
    """Claim, photographs, verification, confirmation, order: what an inspector does on a phone."""
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G3")
    Patch.objects.filter(pk=patch.pk).update(issued_at=timezone.now() - timedelta(days=2))
    client.force_login(inspector)

    def post(event: str, status: int = 302, **given: object) -> str:
        answer = client.post(reverse("patches:act", args=[patch.pk, event]), given)
        assert answer.status_code == status, answer.content.decode()
        return answer.content.decode()

    assert "认领核查" in page(client, inspector, "patches:detail", patch.pk)
    post("claim")
    centre = patch.geom.centroid
    now = timezone.now() - timedelta(minutes=5)
    verify = {
        "finding": "V01", "second_officer": world.second_inspector.pk, "description": "正在开挖",
        "visited_at": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"), "new_project_name": "黄花采石场",
        "new_project_type": "19", "unit_name": "黄花采石有限公司",
    }  # fmt: skip
    assert "至少需要 3 张" in post("verify", 400, **verify)
    assert "请拍照或选取照片" in post("photo", 400, view="whole")
    for view in ("whole", "board", "worst"):
        post("photo", view=view, photo=photo(centre.x, centre.y, taken_at=timezone.localtime(now)))
    assert "data-photo" in page(client, inspector, "patches:detail", patch.pk)
    post("verify", **verify)
    text = page(client, inspector, "patches:detail", patch.pk)
    assert 'data-visit="V01"' in text and 'data-step="confirm"' in text
    post("confirm", reason="")
    text = page(client, inspector, "patches:detail", patch.pk)
    assert 'data-step="order"' in text and "DEV-01" in text
    post("order", problem="DEV-01", deadline="", requirement="")
    patch.refresh_from_db()
    assert patch.state == "handling"
    text = page(client, inspector, "patches:detail", patch.pk)
    assert "整改〔" in text


def test_who_sees_which_buttons(client, world, suspected) -> None:
    for user, steps in (
        (world.people[INSPECTOR], {"confirm", "recognise_compliant", "link"}),
        (world.people[LEADER], {"confirm"}),
        (world.city_people[INSPECTOR], {"confirm", "recognise_compliant", "link"}),
        (world.people[AUDITOR], set()),
    ):
        text = page(client, user, "patches:detail", suspected.pk)
        assert set(re.findall(r'data-step="(\w+)"', text)) == steps, user
    for stranger in (world.other_city_people[INSPECTOR], world.filer, world.stranger):
        client.force_login(stranger)
        assert client.get(reverse("patches:detail", args=[suspected.pk])).status_code == 404


def test_recognise_compliant_by_page_with_papers(client, world, suspected) -> None:
    client.force_login(world.people[INSPECTOR])
    address = reverse("patches:act", args=[suspected.pk, "recognise_compliant"])
    assert client.post(address, {"reason": "已有批复"}).status_code == 400
    assert client.post(address, {"reason": "已有批复", "uploads": [upload()]}).status_code == 302
    suspected.refresh_from_db()
    assert (suspected.state, suspected.finding) == ("compliant", "none")


def test_get_never_writes_and_strangers_are_sent_to_sign_in(client, issued) -> None:
    answer = client.get(reverse("patches:list"))
    assert answer.status_code == 302 and "login" in answer.url


def test_issue_classify_and_close_by_page(client, world, loaded, django_capture_on_commit_callbacks) -> None:
    client.force_login(world.people[REMOTE_SENSING])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("patches:round_act", args=[loaded.pk, "classify"])).status_code == 302
    assert Run.objects.get().state == "done"
    address = reverse("patches:round_act", args=[loaded.pk, "issue"])
    assert client.post(address, {"classes": ["nonsense"]}).status_code == 400
    assert client.post(address, {"classes": ["suspected_excess"]}).status_code == 302
    assert Patch.objects.filter(state="issued").count() == 1
    assert client.post(reverse("patches:round_act", args=[loaded.pk, "close"])).status_code == 409
    client.force_login(world.people[AUDITOR])
    assert client.post(address, {"classes": ["suspected_excess"]}).status_code == 403
