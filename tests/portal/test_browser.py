"""The roof in a real browser: the map works, no page complains on the console, axe finds nothing serious."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
WEBGL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture
def browser(transactional_db: None) -> Any:
    sync_api = pytest.importorskip("playwright.sync_api")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=WEBGL
        )
        yield chromium
        chromium.close()
        connections.close_all()  # under the driver's loop a test has a connection of its own
    settle()


def settle() -> None:
    """Wait until the server's threads have put their connections down: tiles may still be on their way."""
    for _attempt in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.1)


def opened(browser: Any, live_server: Any, user: Any, width: int = 1440, **how: Any) -> tuple[Any, list[str]]:
    """A page signed in as the user; what the console complains about is collected."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", **how)
    if user is not None:
        client = Client()
        client.force_login(user)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page, errors


def on_screen(page: Any, layer: str) -> Any:
    """Where the first feature of a layer stands, in pixels of the map."""
    page.wait_for_function(
        "layer => window.portalMap?.getLayer(layer) && window.portalMap.loaded() "
        "&& window.portalMap.queryRenderedFeatures({layers: [layer]}).length > 0",
        arg=layer,
        timeout=30000,
    )
    return page.evaluate(
        "layer => { const map = window.portalMap; const found = map.queryRenderedFeatures({layers: [layer]})[0];"
        " const spot = map.project(found.geometry.coordinates); return [spot.x, spot.y]; }",
        layer,
    )


def test_the_map_from_overview_to_object(browser: Any, live_server: Any, scene: SimpleNamespace) -> None:
    page, errors = opened(browser, live_server, scene.world.people["inspector"])
    page.goto(f"{live_server.url}/map/")
    on_screen(page, "patches-far-sign")
    page.goto(f"{live_server.url}/map/?class=suspected_excess#13/28.256/113.106")
    x, y = on_screen(page, "patches-sign")
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_selector("#map-panel h2 a")
    assert "NEAR1" in page.inner_text("#map-panel") and scene.near.name in page.inner_text("#map-panel")
    page.keyboard.press("Escape")
    assert page.locator("#map-panel").is_hidden()

    page.select_option("#f-state", "settled")
    page.wait_for_function("() => document.querySelectorAll('.map-rows li').length === 0")
    assert "state=settled" in page.url and "class=suspected_excess" in page.url

    page.fill("#map-q", "洞庭湖")
    page.click("#map-found button")
    page.wait_for_function("() => window.portalMap.getCenter().lat > 29")
    assert not errors


def test_the_map_page_without_webgl(browser: Any, live_server: Any, scene: SimpleNamespace) -> None:
    page, _errors = opened(browser, live_server, scene.world.people["inspector"])
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"{live_server.url}/map/")
    page.wait_for_selector("#map-none", state="visible")
    assert page.locator(".map-rows li").count() == 2


def test_the_small_map_and_the_tabs(browser: Any, live_server: Any, scene: SimpleNamespace) -> None:
    page, errors = opened(browser, live_server, scene.world.people["inspector"])
    page.goto(f"{live_server.url}/project/{scene.near.pk}/")
    page.wait_for_selector("[data-minimap][data-ready]", timeout=30000)
    page.click("text=图斑 1")
    page.wait_for_selector('[data-tab="patches"]')
    assert page.url.endswith("?tab=patches") and "NEAR1" in page.inner_text('[data-tab="patches"]')
    assert not errors


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_and_width(browser: Any, live_server: Any, scene: SimpleNamespace, width: int) -> None:
    wanted = {
        None: ["/", "/map/", "/accounts/login/", "/accounts/password/reset/", "/rulebook/"],
        scene.world.people["inspector"]: [
            "/", "/map/", f"/project/{scene.near.pk}/?tab=patches", f"/project/{scene.near.pk}/?tab=risk",
            f"/unit/{scene.world.unit.pk}/", "/search/?q=长浏", "/projects/", "/patches/", "/deadlines/", "/notices/",
        ],
        scene.world.filer: ["/", "/projects/new/"],
    }  # fmt: skip
    found = []
    for user, paths in wanted.items():
        page, errors = opened(browser, live_server, user, width, bypass_csp=True)
        for path in paths:
            page.goto(live_server.url + path)
            page.wait_for_load_state("load")
            wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                found.append((path, "wider than the screen", wide))
            page.evaluate(AXE.read_text())
            answer = page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']})")
            found += [(path, one["id"], one["nodes"][0]["html"][:120]) for one in answer["violations"]]
        found += [("console", error) for error in errors]
        page.context.close()
    assert not found
