"""The patch page in a real browser: map, phone width, no console errors, the form filled on a phone."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conservation.accounts.roles import INSPECTOR, REMOTE_SENSING
from supervision.patches import actions
from supervision.patches.models import Patch
from supervision.rectification import actions as rectification
from tests.supervision.patches.conftest import VISIT, photo

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def browser(live_server: Any) -> Any:
    """A browser that goes before the server does, so that no request outlives the test."""
    sync_api = pytest.importorskip("playwright.sync_api")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium")
        yield chromium
        chromium.close()
        connections.close_all()  # under the driver's loop a test has connections of its own
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def opened(browser: Any, live_server: Any, user: Any, width: int, height: int) -> tuple[Any, list[str]]:
    """A page signed in as the user; what the console complains about is collected."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page, errors


def visit(page: Any, live_server: Any, address: str, name: str) -> None:
    page.goto(live_server.url + address)
    page.wait_for_load_state("load")
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name} scrolls sideways by {wide}"
    if SHOTS:
        page.wait_for_timeout(1500)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_pages_on_a_phone_and_on_a_desk(browser, live_server, world, issued) -> None:
    inspector = world.people[INSPECTOR]
    patch = Patch.objects.get(number="G3")
    Patch.objects.filter(pk=patch.pk).update(issued_at=timezone.now() - timedelta(days=2))
    actions.claim(inspector, patch.pk)
    centre = patch.geom.centroid
    taken = timezone.localtime() - timedelta(minutes=5)
    for view in ("whole", "board", "worst"):
        actions.add_photo(inspector, patch.pk, photo(centre.x, centre.y, taken_at=taken), view=view)
    for width, height, kind in ((390, 844, "phone"), (1440, 900, "desk")):
        page, errors = opened(browser, live_server, inspector, width, height)
        visit(page, live_server, reverse("patches:detail", args=[patch.pk]), f"patch-{kind}")
        page.wait_for_function("() => document.querySelector('[data-patch-map]').dataset.ready === '1'")
        visit(page, live_server, reverse("patches:list"), f"patches-{kind}")
        visit(page, live_server, reverse("patches:rounds"), f"rounds-{kind}")
        visit(page, live_server, reverse("patches:round", args=[issued.pk]), f"round-{kind}")
        assert errors == []
        page.context.close()
        page, errors = opened(browser, live_server, world.people[REMOTE_SENSING], width, height)
        visit(page, live_server, reverse("patches:round", args=[issued.pk]), f"round-officer-{kind}")
        visit(page, live_server, reverse("patches:round_import", args=[issued.pk]), f"import-{kind}")
        visit(page, live_server, reverse("patches:round_new"), f"round-new-{kind}")
        assert errors == []
        page.context.close()


def test_rectification_pages(browser, live_server, world, suspected) -> None:
    inspector = world.people[INSPECTOR]
    actions.confirm(inspector, suspected.pk, now=VISIT)
    item = actions.order(
        inspector, suspected.pk, deadline=timezone.localdate() + timedelta(days=20), now=timezone.now()
    )
    rectification.extend(
        inspector, item.pk, deadline=timezone.localdate() + timedelta(days=40), reason="连续降雨", now=timezone.now()
    )
    for width, height, kind in ((390, 844, "phone"), (1440, 900, "desk")):
        page, errors = opened(browser, live_server, inspector, width, height)
        visit(page, live_server, reverse("patches:detail", args=[suspected.pk]), f"handling-{kind}")
        visit(page, live_server, reverse("rectification:list"), f"rectifications-{kind}")
        visit(page, live_server, reverse("rectification:detail", args=[item.pk]), f"rectification-{kind}")
        assert errors == []
        page.context.close()
