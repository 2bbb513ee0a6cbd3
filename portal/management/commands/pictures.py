"""``manage.py pictures``: the pictures of the README, taken from the served demo province by a real browser.

Needs the packages of requirements-dev.txt and Chromium; ``bin/pictures`` sees to both and to a served portal.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse
from PIL import Image

from conservation.commands import JsonCommand, wrong_call
from conservation.documents.models import Document
from conservation.errors import Refused
from conservation.jobs.models import Run
from projects.plans.models import Plan
from projects.registry.models import ProjectTier
from supervision.cases import jobs as case_jobs
from supervision.cases.models import Case
from supervision.patches.models import Patch, Round

LARGEST = 150_000
WIDTH, HEIGHT = 1280, 860
SWITCHES = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
LANGUAGES = {"zh": "zh-hans", "en": "en"}
READMES = {"zh": "README.md", "en": "README.en.md"}


@dataclass(frozen=True)
class Shot:
    """One picture: file name, who looks, address, captions, and what to wait for."""

    name: str
    user: str
    path: str
    zh: str
    en: str
    wait: str = ""
    width: int = WIDTH
    height: int = HEIGHT


def shots() -> list[Shot]:
    """The story in pictures, from what the demo province holds."""
    plan = need(Plan.objects.filter(state="effective", kind="report_book").order_by("-decided_at").first())
    visited = Document.objects.filter(subject_type="patch", kind="patch_photo").order_by("-created_at")
    patch = need(Patch.objects.filter(pk__in=[one.subject_id for one in visited[:80]], klass="suspected_excess",
                                      state__in=("handling", "supervised", "rect_done", "confirmed")).first())  # fmt: skip
    tier = need(ProjectTier.objects.filter(project__facts__isnull=False).order_by("-index").first())
    case = need(Case.objects.filter(state__in=("noticed", "lapsed", "investigated")).order_by("-pk").first())
    done = need(Case.objects.filter(state="archived").order_by("pk").first())
    round_ = need(Round.objects.filter(state="issued").order_by("pk").first())
    return [
        Shot("1-firm", "company", "/", "企业首页：今天要办的事", "The firm's home: what needs doing today"),
        Shot("2-plan", "reviewer", reverse("plans:detail", args=[plan.pk]), "方案：判定理由、审查、期限和文书",
             "A plan: why this kind, review, timers and papers"),
        Shot("3-map", "inspector", "/map/#8/27.9/112.3", "地图：防治责任范围和按合规性着色的图斑",
             "The map: ranges, and patches by class", "map"),
        Shot("4-round", "remote", reverse("patches:round", args=[round_.pk]), "遥感监管期次：类别和各县进度",
             "A round of patches: classes and progress by county"),
        Shot("5-patch", "inspector", reverse("patches:detail", args=[patch.pk]), "图斑：叠加、照片和现场核查",
             "A patch: overlay, photographs, field verification", "patch"),
        Shot("6-risk", "inspector", f"/project/{tier.project_id}/?tab=risk", "风险等级和 17 项指标的来历",
             "A project's tier and the source of its 17 indicators"),
        Shot("7-case", office_login(case), reverse("cases:detail", args=[case.pk]), "案件：时间线和下一步法定程序",
             "A case: timeline and the next lawful steps"),
        Shot("8-dossier", "auditor", f"/cases/exports/{exported(done)}/", "案卷导出：一致性检查和下载",
             "The exported dossier: checks and download"),
        Shot("9-phone", "inspector", "/patches/", "手机上的图斑列表", "Patches on a phone", width=390, height=760),
    ]  # fmt: skip


def need(found: Any) -> Any:
    if found is None:
        raise Refused("demo", "the demo province is not loaded: bin/manage load_demo")
    return found


def office_login(case: Case) -> str:
    """A login that works on the case."""
    prefix = {"430100": "city_", "430121": "county_"}.get(case.authority.division_code, "")
    return f"{prefix}officer"


def exported(case: Case) -> Any:
    """A finished export of the case; made when there is none."""
    from conservation.accounts.models import User
    from conservation.jobs import runner

    auditor = User.objects.get(username="auditor")
    known = Run.objects.filter(kind="cases.export", state="done", actor=auditor).order_by("-created_at").first()
    if known is not None:
        return known.pk
    run = case_jobs.start_export(auditor, case, "both")
    return runner.execute(run.pk).pk


class Command(JsonCommand):
    help = "Take the pictures of the README from a served demo province."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the portal is served")
        parser.add_argument("--out", default=str(settings.BASE_DIR / "docs" / "pictures"))
        parser.add_argument("--only", default="", help="begin of the names to take")

    def perform(self, **options: Any) -> dict[str, Any]:
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise wrong_call("playwright is missing: install requirements-dev.txt, or call bin/pictures") from None
        if not settings.DEMO or not settings.DEMO_PASSWORD:
            raise Refused("demo", "DEMO=1 and DEMO_PASSWORD must be set")
        wanted = [one for one in shots() if one.name.startswith(options["only"])]
        folder = Path(options["out"])
        sizes: dict[str, int] = {}
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=SWITCHES
            )
            for short in LANGUAGES:
                (folder / short).mkdir(parents=True, exist_ok=True)
                for one in wanted:
                    data = squeeze(take(browser, options["url"], one, short))
                    (folder / short / f"{one.name}.png").write_bytes(data)
                    sizes[f"{short}/{one.name}"] = len(data)
            browser.close()
        if not options["only"]:
            for short in LANGUAGES:
                show_in_readme(short, wanted)
        return {"pictures": sizes}


def take(browser: Any, url: str, shot: Shot, short: str) -> bytes:
    """Sign in, go there, wait until it stands, take the picture."""
    context = browser.new_context(viewport={"width": shot.width, "height": shot.height}, locale="zh-CN")
    context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": LANGUAGES[short], "url": url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{url}/accounts/login/")
    page.fill("[name=login]", shot.user)
    page.fill("[name=password]", settings.DEMO_PASSWORD)
    page.click("form[action*=login] button")
    page.wait_for_url(lambda address: "/accounts/login" not in address)
    page.goto(url + shot.path)
    page.wait_for_load_state("networkidle")
    if shot.wait == "map":
        page.wait_for_function("() => window.portalMap && window.portalMap.loaded()")
    page.wait_for_timeout(2500 if shot.wait else 500)
    data = page.screenshot()
    context.close()
    return bytes(data)


def squeeze(data: bytes) -> bytes:
    """A PNG of at most ``LARGEST`` bytes: fewer colours, then a smaller picture."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    for colours, scale in ((128, 1.0), (64, 1.0), (64, 0.8), (48, 0.7), (32, 0.6), (16, 0.5)):
        size = (round(picture.width * scale), round(picture.height * scale))
        smaller = picture if scale == 1.0 else picture.resize(size, Image.Resampling.LANCZOS)
        sink = io.BytesIO()
        smaller.quantize(colours).save(sink, "PNG", optimize=True)
        if sink.tell() <= LARGEST:
            break
    return sink.getvalue()


def show_in_readme(short: str, wanted: list[Shot]) -> None:
    """Put the pictures between the README's marks."""
    path = Path(settings.BASE_DIR) / READMES[short]
    text = path.read_text("utf-8")
    lines = [f"![{getattr(one, short)}](docs/pictures/{short}/{one.name}.png)" for one in wanted]
    block = f"<!-- pictures:{short} -->\n" + "\n\n".join(lines) + f"\n<!-- /pictures:{short} -->\n"
    marks = re.compile(rf"<!-- pictures:{short} -->\n(?:.*?<!-- /pictures:{short} -->\n)?", re.DOTALL)
    path.write_text(marks.sub(lambda _found: block, text, count=1), "utf-8")
