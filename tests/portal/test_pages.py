"""Pages of the roof for every role: what they show and what they keep to themselves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conservation.accounts import roles
from portal import queries

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# --- front page and homes -------------------------------------------------------------------------------------------------
def test_the_front_page_is_open(client: Client, db: None) -> None:
    page = text(client.get("/"))
    assert "/accounts/login/" in page and "审图号" in page


@pytest.mark.parametrize("role", sorted(roles.AUTHORITY_ROLES))
def test_every_role_has_a_home(scene: SimpleNamespace, client: Client, role: str) -> None:
    client.force_login(scene.world.people[role])
    page = text(client.get("/"))
    assert "湖南省水利厅" in page and "中风险" in page


def test_the_unit_sees_its_projects_by_state(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.filer)
    page = text(client.get("/"))
    assert "本单位的项目" in page and "已登记" in page and "项目风险" not in page


def test_what_waits_follows_the_state_tables(scene: SimpleNamespace) -> None:
    inspector = queries.piles(scene.world.people["inspector"])
    claim = next(one for one in inspector if str(one.label) == "待认领核查的图斑")
    assert claim.count == 2 and scene.near.name in claim.rows[0]["title"]
    city = queries.piles(scene.world.city_people["inspector"])
    assert next(one for one in city if str(one.label) == "待认领核查的图斑").count == 1
    assert not queries.piles(scene.world.stranger)


def test_every_desk_names_events_of_its_table() -> None:
    from django.apps import apps

    from conservation.history import subjects

    for desk in queries.DESKS:
        subject = subjects.get(desk.subject)
        assert subject is not None, desk
        table = apps.get_model(subject.model).STATES
        for event in desk.events:
            found = [one for one in table.transitions if one.event == event]
            assert found, (desk.subject, event)
            assert desk.role == roles.AUDITOR or any(desk.role in one.roles for one in found), (desk.role, event)


def test_a_home_asks_as_often_for_many_as_for_one(scene: SimpleNamespace, client: Client) -> None:
    from tests.portal.conftest import make_patch

    client.force_login(scene.world.people["inspector"])
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for at in range(12):
        make_patch(scene.round, f"M{at:03d}", "suspected_excess", scene.near, "430121", 113.105, 28.255)
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(one)


# --- project, unit -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "tab", ["plans", "ranges", "patches", "rectification", "cases", "risk", "timers", "documents", "history"]
)
def test_the_project_page_and_its_tabs(scene: SimpleNamespace, client: Client, tab: str) -> None:
    client.force_login(scene.world.people["inspector"])
    page = text(client.get(f"/project/{scene.near.pk}/?tab={tab}"))
    assert scene.near.name in page and "湘水许可〔2025〕7号" in page and f'data-tab="{tab}"' in page
    part = text(client.get(f"/project/{scene.near.pk}/{tab}/"))
    assert f'data-tab="{tab}"' in part and "<html" not in part
    if tab == "patches":
        assert "NEAR1" in part and "FAR1" not in part


def test_a_foreign_project_looks_like_none(scene: SimpleNamespace, client: Client) -> None:
    for user in (scene.world.other_filer, scene.world.other_city_people["leader"], scene.world.stranger):
        client.force_login(user)
        for path in (f"/project/{scene.near.pk}/", f"/project/{scene.near.pk}/history/"):
            assert client.get(path).status_code == 404
    assert client.get("/project/999999/").status_code == 404


def test_the_unit_page(scene: SimpleNamespace, client: Client) -> None:
    unit = scene.world.unit
    client.force_login(scene.world.filer)
    page = text(client.get(f"/unit/{unit.pk}/"))
    assert unit.name in page and scene.near.name in page and scene.far.name not in page
    client.force_login(scene.world.other_filer)
    assert client.get(f"/unit/{unit.pk}/").status_code == 404


# --- map ----------------------------------------------------------------------------------------------------------------------
def test_the_map_opens_on_the_readers_place(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.city_people["inspector"])
    answer = client.get("/map/")
    west, south, east, north = answer.context["config"]["bounds"]
    assert 111 < west < 113 and 114 < east < 115 and 27 < south < 28.5 and 28 < north < 29
    page = text(answer)
    assert "NEAR1" in page and "FAR1" not in page and "审图号" in page


def test_the_public_map_says_nothing_of_the_work(scene: SimpleNamespace, client: Client) -> None:
    page = text(client.get("/map/"))
    assert "NEAR1" not in page and "2026年第一期" not in page
    assert client.get("/map/list/").status_code == 302
    assert scene.near.name not in text(client.get("/map/find/?q=长浏"))
    assert "长沙市" in text(client.get("/map/find/?q=长沙"))


def test_the_list_beside_the_map_follows_the_address(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.people["inspector"])
    assert "NEAR1" in text(client.get("/map/list/?class=suspected_excess"))
    assert "NEAR1" not in text(client.get("/map/list/?class=compliant"))


def test_a_click_opens_only_what_one_may_see(scene: SimpleNamespace, client: Client) -> None:
    from projects.registry.models import ResponsibilityRange, SpoilSite

    drawn = ResponsibilityRange.objects.get(project=scene.near)
    site = SpoilSite.objects.get(project=scene.near)
    targets = [("patches", scene.near_patch.pk), ("ranges", drawn.pk), ("spoil-sites", site.pk)]
    client.force_login(scene.world.people["inspector"])
    for layer, pk in targets:
        assert scene.near.name in text(client.get(f"/map/object/{layer}/{pk}/"))
    client.force_login(scene.world.other_city_people["inspector"])
    for layer, pk in targets:
        assert client.get(f"/map/object/{layer}/{pk}/").status_code == 404
    assert client.get(f"/map/object/zones/{drawn.pk}/").status_code == 404


def test_finding_a_project_gives_its_box(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.people["inspector"])
    page = text(client.get("/map/find/?q=长浏高速"))
    assert 'data-box="113.1,28.25,113.11,28.26"' in page


# --- search -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["长浏", "高速公路", "湘水许可〔2025〕7号", "湘江", "长浏高速公路改扩建工程"])
def test_search_finds_with_two_characters_and_more(scene: SimpleNamespace, client: Client, words: str) -> None:
    client.force_login(scene.world.filer)
    page = text(client.get("/search/", {"q": words}))
    assert scene.near.name in page or scene.world.unit.name in page
    assert scene.far.name not in page and scene.world.other_unit.name not in page


def test_search_by_part_of_a_number_and_full_width(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.people["reviewer"])
    assert scene.near.name in text(client.get("/search/", {"q": "2025〕7"}))
    assert scene.world.unit.name in text(client.get("/search/", {"q": scene.world.unit.uscc.lower()}))


@pytest.mark.parametrize("words", ["", " ", "长", "\0", "%%", "__", "没有这个项目", "x" * 500, "'\";--"])
def test_search_says_when_there_is_nothing(scene: SimpleNamespace, client: Client, words: str) -> None:
    client.force_login(scene.world.people["reviewer"])
    assert scene.near.name not in text(client.get("/search/", {"q": words}))


# --- the frame -----------------------------------------------------------------------------------------------------------------
def test_pages_hold_no_inline_script_or_style(scene: SimpleNamespace, client: Client) -> None:
    import re

    client.force_login(scene.world.people["inspector"])
    for path in ("/", "/map/", f"/project/{scene.near.pk}/", f"/unit/{scene.world.unit.pk}/", "/search/?q=长浏"):
        page = text(client.get(path))
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", page), path
        scripts = re.findall(r"<script([^>]*)>([^<]*)", page)
        assert all("src=" in head or "application/json" in head for head, body in scripts), path


def test_navigation_opens_what_the_role_may_open(scene: SimpleNamespace, client: Client) -> None:
    from conservation.accounts.access import scope_of
    from portal import navigation

    world = scene.world
    for user in (world.filer, *world.people.values()):
        client.force_login(user)
        fresh = type(user).objects.get(pk=user.pk)
        for group in navigation.groups(scope_of(fresh), "/"):
            for door in group["doors"]:
                assert client.get(door["url"], follow=True).status_code == 200, (user, door["url"])


def test_every_door_leads_somewhere() -> None:
    from django.urls import reverse

    from portal import navigation

    for _label, doors in navigation.GROUPS:
        for door in doors:
            assert reverse(door.url_name).startswith(door.path)


def test_the_language_changes_and_stays(client: Client, db: None) -> None:
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert answer.status_code == 302
    assert '<html lang="en">' in text(client.get("/"))


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"])
def test_pages_about_signing_in(client: Client, db: None, path: str) -> None:
    assert "entrance" in text(client.get(path))


def test_missing_pages_and_refusals_speak(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.filer)
    answer = client.get("/nothing/")
    assert answer.status_code == 404 and "没有这个页面" in answer.content.decode()


def test_notices_are_counted(scene: SimpleNamespace, client: Client) -> None:
    from conservation.notices.models import Notice
    from tests.portal.conftest import NOW

    user = scene.world.filer
    for at in range(3):
        Notice.objects.create(user=user, kind="task", title=f"通知{at}", created_at=NOW)
    client.force_login(user)
    page = text(client.get("/"))
    assert "3 条未读" in page and "通知2" in page
