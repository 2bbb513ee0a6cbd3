"""One real Chromium: people who sign in by the form, fill in what they see and press buttons; no error on the console."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.story.conftest import cast  # noqa: F401  (the same people)
from tests.world import PASSWORD

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
SWITCHES = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
REFUSAL = re.compile(r"status of (400|403|404|409|422)")
PATIENCE = 60_000


@pytest.fixture(autouse=True)
def media(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def chromium(transactional_db: None) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    from django.db import connections

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=SWITCHES
        )
        yield found
        found.close()
        settle()
        connections.close_all()  # inside the driver's loop Django keeps connections of its own
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


def settle() -> None:
    """Wait until the server's threads have put their connections down: a tile may still be on its way."""
    from django.db import connection

    for _attempt in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND state <> 'idle'"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.1)


class Desk:
    """Somebody at a screen. ``errors`` is what the console and the page complained about."""

    def __init__(self, chromium: Any, base: str, user: Any, password: str = PASSWORD, width: int = 1440, **how: Any):
        self.base = base
        self.context = chromium.new_context(viewport={"width": width, "height": 1000}, locale="zh-CN", **how)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.errors: list[str] = []
        self.expected = False
        self.page.on("console", lambda line: self.heard(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if user is not None:
            self.sign_in(getattr(user, "username", user), password)

    def heard(self, text: str) -> None:
        if not (self.expected and REFUSAL.search(text)):
            self.errors.append(f"{self.page.url}: {text}")

    @contextmanager
    def refused(self) -> Iterator[None]:
        """What is done in here is meant to be refused: the browser notes the answer's status."""
        self.expected = True
        yield
        self.page.wait_for_load_state("networkidle")
        self.expected = False

    def sign_in(self, username: str, password: str) -> None:
        self.go("/accounts/login/")
        self.fill("form[action*=login]", login=username, password=password)
        self.press("form[action*=login]")
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def fill(self, form: str, **values: Any) -> None:
        """Fill fields of a form by their names (the end of the name is enough)."""
        for name, value in values.items():
            found = self.page.locator(f'{form} [name="{name}"]')
            if not found.count():
                found = self.page.locator(f'{form} [name$="-{name}"]')
            kind = found.first.evaluate("one => one.type || one.tagName")
            if kind in ("radio", "checkbox") and value is not True:
                for one in value if isinstance(value, list) else [value]:
                    self.page.locator(f'{form} [name="{name}"][value="{one}"]').check()
            elif kind == "checkbox":
                found.check()
            elif kind == "file":
                found.set_input_files(value)
            elif kind.startswith("select"):
                found.select_option(str(value))
            else:
                found.fill(str(value))

    def press(self, form: str, button: str = "") -> None:
        """Press a form's button (the first to submit), and say yes where the page asks."""
        wanted = self.page.locator(f"{form} {button or 'button:not([type=button])'}").first
        asks = wanted.get_attribute("data-confirm") or self.page.locator(form).first.get_attribute("data-confirm")
        if asks:
            wanted.click()
            with self.page.expect_navigation():
                self.page.locator("#confirm button[value=yes]").click()
        else:
            with self.page.expect_navigation():
                wanted.click()

    def step(self, form: str, **values: Any) -> None:
        """Open a folded step, fill it and press its button."""
        self.unfold(form)
        self.fill(form, **values)
        self.press(form)

    def unfold(self, form: str) -> None:
        self.page.locator(form).first.evaluate(
            "one => { const box = one.closest('details'); if (box) box.open = true; }"
        )

    def text(self, where: str = "main") -> str:
        return self.page.locator(where).first.inner_text()

    def says(self, *words: str) -> None:
        """The page shows these words."""
        shown = self.page.locator("body").inner_text()
        for word in words:
            assert word in shown, f"{word!r} is not on {self.page.url}:\n{shown[:3000]}"


@pytest.fixture
def desk(chromium: Any, live_server: Any) -> Iterator[Any]:
    """Gives each person a screen, opened once; at the end none may have complained."""
    known: dict[str, Desk] = {}

    def of(user: Any, password: str = PASSWORD, **how: Any) -> Desk:
        key = f"{getattr(user, 'username', user)}{sorted(how.items())}"
        if key not in known:
            known[key] = Desk(chromium, live_server.url, user, password, **how)
        return known[key]

    yield of
    found = []
    for one in known.values():
        one.page.wait_for_load_state("networkidle")
        found += one.errors
    assert not found, found


@pytest.fixture
def worker() -> Any:
    """Does what the worker and the night would do: queued jobs, deadlines, facts for higher storeys."""
    import io

    from django.core.management import call_command

    from conservation.history import outbox
    from conservation.jobs import runner
    from conservation.jobs.models import Run

    def work() -> None:
        for pk in list(Run.objects.filter(state="queued").order_by("created_at").values_list("pk", flat=True)):
            runner.execute(pk)
        outbox.deliver()
        call_command("check_deadlines", "--json", stdout=io.StringIO())
        outbox.deliver()

    return work
