"""Drawing a range on the map in a real browser; and the page where the browser cannot draw."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from projects.registry.models import ResponsibilityRange

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(request: pytest.FixtureRequest, live_server: Any, world: Any) -> Iterator[Any]:
    """A page of the world's filer. ``indirect`` parameters are further switches of the browser."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    client = Client()
    client.force_login(world.filer, backend="allauth.account.auth_backends.AuthenticationBackend")
    with sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium",
            args=["--no-sandbox", "--use-angle=swiftshader", *getattr(request, "param", [])],
        )
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="zh-CN")
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        found = context.new_page()
        found.faults = []
        found.on("pageerror", lambda error: found.faults.append(str(error)))
        found.on("console", lambda line: found.faults.append(line.text) if line.type == "error" else None)
        yield found
        found.wait_for_load_state("networkidle")  # no request is left half answered
        browser.close()
        connections.close_all()  # inside the driver's loop Django keeps connections of its own
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


def test_draw_and_submit(page, live_server, project):
    page.goto(live_server.url + reverse("registry:range_new", args=[project.pk]))
    page.wait_for_selector("#draw-map[data-ready='1']", timeout=60_000)
    box = page.locator("#draw-map canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for dx, dy in ((-4, -4), (4, -4), (4, 4), (-4, 4)):
        page.mouse.click(middle[0] + dx, middle[1] + dy)
    assert "4" in page.locator("[data-draw-state]").inner_text()
    page.click("[data-draw=finish]")
    assert page.locator("[data-drawn]").input_value().startswith('{"type":"MultiPolygon"')
    page.click("#range-form button[type=submit]")
    page.wait_for_url("**/project/**", timeout=60_000)
    found = ResponsibilityRange.objects.get()
    assert found.source == "drawn" and found.area_ha > 1
    assert not page.faults, page.faults


@pytest.mark.parametrize("page", [["--disable-3d-apis"]], indirect=True)
def test_without_webgl_the_upload_stays(page, live_server, project):
    page.goto(live_server.url + reverse("registry:range_new", args=[project.pk]))
    page.wait_for_function("() => document.querySelector('[data-draw-frame]').hidden")
    assert page.locator("input[type=file]").is_visible()
    assert "上传" in page.locator("[data-draw-state]").inner_text()


def test_counties_are_added_by_name(page, live_server, world):
    page.goto(live_server.url + reverse("registry:new"))
    page.fill("#division", "长沙县")
    page.click("[data-division='430121']")
    assert page.locator("[data-divisions]").input_value() == "430121"
    for key, value in (("permanent_ha", "4"), ("temporary_ha", "2"), ("excavation_m3", "0"), ("fill_m3", "0")):
        page.fill(f"[name={key}]", value)
    page.locator("[name=fill_m3]").blur()
    page.wait_for_selector("[data-plan-kind=report_book]", timeout=20_000)
    page.click("[data-division-chosen] button")
    assert page.locator("[data-divisions]").input_value() == ""
    assert not page.faults, page.faults
