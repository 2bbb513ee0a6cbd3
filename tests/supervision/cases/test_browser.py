"""The case page in a real browser, narrow and wide: nothing overflows, nothing complains, a step can be taken."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conservation import clock
from supervision.cases.models import Case
from supervision.cases.walk import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = {"narrow": (390, 844), "wide": (1440, 900)}


@pytest.fixture
def chromium() -> Any:
    from django.db import connections
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the driver keeps a loop in this thread
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium")
        yield browser
        connections.close_all()  # what was opened beside the driver's loop is nobody else's to close
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def signed_in(browser: Any, live_server: Any, user: Any, size: tuple[int, int], heard: list[str]) -> Any:
    from django.test import Client

    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return page


def overflow(page: Any) -> int:
    return page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_case_in_the_browser(
    live_server: Any, world: SimpleNamespace, cast: Cast, taken_to: Any, clue: Any, chromium: Any, width: str
) -> None:
    heard: list[str] = []
    clue(now=clock.now())
    decided = taken_to("served", "V03")
    folder = os.environ.get("SCREENS")
    page = signed_in(chromium, live_server, cast.leader, WIDTHS[width], heard)
    page.goto(f"{live_server.url}/cases/")
    assert overflow(page) <= 0
    page.screenshot(path=Path(folder) / f"cases-{width}.png", full_page=True) if folder else None
    page.goto(f"{live_server.url}/cases/{decided.pk}/")
    assert overflow(page) <= 0
    page.screenshot(path=Path(folder) / f"case-{width}.png", full_page=True) if folder else None
    page.goto(f"{live_server.url}/cases/?state=clue")
    page.locator(".case-table a").first.click()
    step = page.locator('[data-step="file_case"] details')
    step.locator("summary").click()
    step.locator('[name="officer1_id"]').select_option(str(cast.officer.pk))
    step.locator('[name="officer2_id"]').select_option(str(cast.officer.pk))
    page.screenshot(path=Path(folder) / f"step-{width}.png", full_page=True) if folder else None
    step.locator('button[type="submit"]').click()
    page.locator("#id_file_case_officer2_id_error").wait_for()
    assert overflow(page) <= 0
    page.screenshot(path=Path(folder) / f"fault-{width}.png", full_page=True) if folder else None
    page.locator("#id_file_case_officer2_id").select_option(str(cast.second.pk))
    page.locator('[data-step="file_case"] button[type="submit"]').click()
    page.locator('.badge[data-state="filed"]').first.wait_for()
    assert Case.objects.filter(state="filed").count() == 1
    assert [one for one in heard if "422" not in one] == []
