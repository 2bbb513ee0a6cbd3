"""Every page, on a phone and on a screen, in both languages: no complaint on the console, nothing wider than the screen,
no serious finding of axe. The pages show a small demo province, which is thereby tried as well."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver, resolve

from tests.browser.conftest import AXE, Desk

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]
WIDTHS = (1440, 390)
LANGUAGES = ("zh-hans", "en")
PASSWORD = "shuitu-baochi-2026"
NOT_PAGES = {
    # answers of htmx, files, tiles, and what only takes a POST
    "portal:map_list", "portal:map_find", "portal:map_object", "portal:tile", "portal:tile_divisions", "portal:tile_zones",
    "portal:project_tab", "registry:count", "registry:export", "registry:divisions", "registry:plan_hint", "registry:template",
    "registry:range_discard", "plans:hint", "plans:attach", "plans:findings", "patches:round_act", "patches:shapes",
    "patches:act", "rectification:act", "cases:act", "cases:export", "facts:act", "risk:act", "risk:run", "jobs:cancel",
    "jobs:retry", "documents:download", "notices:read", "notices:read_all", "accounts:invite", "accounts:end_membership",
    "accounts:index", "set_language", "healthz", "readyz", "metrics",
    # doors of the sign-in library that lead elsewhere, or that a link from a mail opens
    "account_signup", "account_inactive", "account_set_password", "account_reset_password_from_key",
    # there is no layer of a customer's own in the demo
    "regions:load",
}  # fmt: skip


@pytest.fixture
def demo(transactional_db: None, settings: Any) -> SimpleNamespace:
    """A small demo province and what its pages are about."""
    from portal.demo import province

    settings.DEMO, settings.DEMO_PASSWORD = True, PASSWORD
    counts = province.load(share=0.12)
    assert counts["cases"] >= 20 and counts["tier_low"] > 0
    return things()


def things() -> SimpleNamespace:
    """One object of each kind, with jobs that have run."""
    from conservation.accounts.models import Authority, User
    from conservation.deadlines.models import Timer
    from conservation.jobs import runner
    from credit.facts.models import Fact
    from projects.plans.models import Plan
    from projects.registry.models import Project
    from supervision.cases import jobs as case_jobs
    from supervision.cases.models import Case
    from supervision.patches.models import Patch, Round
    from supervision.rectification.models import Item
    from supervision.risk.models import FollowUp

    def first(model: Any, **where: Any) -> Any:
        return model.objects.filter(**where).order_by("pk").first()

    case = first(Case, state="archived", authority__level="province")
    export = case_jobs.start_export(User.objects.get(username="auditor"), case, "both")
    runner.execute(export.pk)
    round_ = first(Round, state="open")
    again = runner.start(User.objects.get(username="city_remote"), "patches.classify",
                         {"round_id": round_.pk, "actor": User.objects.get(username="city_remote").pk})  # fmt: skip
    runner.execute(again.pk)
    mine = Project.objects.filter(unit__name="湖南湘江通道建设有限公司")
    return SimpleNamespace(
        case=case, cases=[one for one in Case.objects.order_by("state", "pk").distinct("state")], export=export, round=round_,
        classed=again, mine=mine.exclude(plan_number="").first() or mine.first(), draft=first(Plan, state="draft",
        project__in=mine), plan=first(Plan, state="effective"), refused=first(Plan, state="refused"),
        accepted=first(Plan, state="accepted", authority__division_code="430121"),
        unfiled=first(Project, unit__name="湖南湘江通道建设有限公司", plans__isnull=True) or mine.first(),
        timer=first(Timer), fact=first(Fact), follow_up=first(FollowUp), item=first(Item, state="closed") or first(Item),
        issued=first(Round, state="issued"), patches=list(Patch.objects.order_by("state", "pk").distinct("state")),
        field=first(Project, source="field"), authority=first(Authority, level="county"), clerk=first(User, username="legal"),
        unit=mine.first().unit,
    )  # fmt: skip


def pages(d: SimpleNamespace, every_state: bool = True) -> dict[str | None, list[str]]:
    """Who opens what; patches and cases in every state, or only some of them."""
    patches, cases = (d.patches, d.cases) if every_state else (d.patches[::6], d.cases[::8])
    mine, tabs = d.mine.pk, ("range", "patches", "rectification", "cases", "risk", "history", "documents")
    found: dict[str | None, list[str]] = {
        None: ["/", "/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/",
               "/accounts/password/reset/key/done/", "/rulebook/", "/rulebook/plan-kind/", "/rulebook/penalty-range/"],
        "company": ["/", "/projects/", "/projects/new/", f"/project/{mine}/", f"/projects/{mine}/edit/",
                    f"/projects/{mine}/range/", "/plans/", "/people/me/", "/notices/", "/deadlines/", "/rectification/",
                    "/cases/", "/credit/", "/risk/follow-ups/", f"/unit/{d.unit.pk}/", "/accounts/password/change/",
                    "/accounts/logout/", f"/plans/new/{d.unfiled.pk}/", f"/projects/{mine}/complete/"],
        "county_reviewer": ["/", "/plans/?state=accepted"],
        "reviewer": ["/", "/projects/?q=工程", "/projects/import/", "/projects/import/ranges/", f"/plans/{d.plan.pk}/",
                     f"/plans/{d.refused.pk}/", "/search/?q=长沙", f"/project/{d.plan.project_id}/"],
        "approver": ["/", f"/credit/{d.fact.pk}/", "/credit/"],
        "remote": ["/", "/patches/", "/patches/rounds/", "/patches/rounds/new/", f"/patches/rounds/{d.issued.pk}/",
                   f"/patches/rounds/{d.issued.pk}/edit/", f"/patches/rounds/{d.issued.pk}/import/"],
        "city_remote": [f"/patches/rounds/{d.round.pk}/", f"/patches/runs/{d.classed.pk}/", "/jobs/"],
        "inspector": ["/", "/map/", *(f"/patches/{one.pk}/" for one in patches), f"/rectification/{d.item.pk}/",
                      "/risk/", "/risk/follow-ups/", f"/risk/follow-ups/{d.follow_up.pk}/",
                      *(f"/project/{d.plan.project_id}/?tab={tab}" for tab in tabs), f"/projects/{d.field.pk}/unit/"],
        "officer": ["/", *(f"/cases/{one.pk}/" for one in cases), "/cases/?state=archived"],
        "legal": ["/"],
        "leader": ["/", f"/deadlines/{d.timer.pk}/"],
        "auditor": ["/", f"/cases/{d.case.pk}/", f"/jobs/{d.export.pk}/", f"/cases/exports/{d.export.pk}/", "/history/",
                    f"/history/project/{d.plan.project_id}/", "/regions/", "/regions/430121/"],
        "administrator": ["/", "/people/list/", "/people/new/", f"/people/{d.clerk.pk}/", "/people/units/",
                          "/people/units/new/", f"/people/units/{d.unit.pk}/", "/people/authorities/",
                          "/people/authorities/new/", f"/people/authorities/{d.authority.pk}/", "/demo/clock/"],
    }  # fmt: skip
    if d.draft is not None:
        found["company"] += [
            f"/plans/{d.draft.pk}/edit/",
            f"/plans/{d.draft.pk}/",
            f"/plans/{d.draft.pk}/act/withdraw/",
        ]
    if d.accepted is not None:
        found["county_reviewer"] += [f"/plans/{d.accepted.pk}/", f"/plans/{d.accepted.pk}/act/skip_technical_review/"]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(demo: SimpleNamespace, chromium: Any, live_server: Any, language: str) -> None:
    seen = {resolve(path.split("?")[0]).view_name for paths in pages(demo).values() for path in paths}
    assert set(names()) - NOT_PAGES - seen == set(), "a page that nobody looks at"
    wrong: list[str] = []
    sessions: dict[str, Any] = {}
    for width in WIDTHS:
        for username, paths in pages(demo, width == WIDTHS[0] and language == LANGUAGES[0]).items():
            screen = Desk(chromium, live_server.url, None, width=width, bypass_csp=True)
            cookie = {"name": "django_language", "value": language, "url": live_server.url}
            screen.context.add_cookies([cookie, *([sessions[username]] if username in sessions else [])])
            if username and username not in sessions:
                screen.sign_in(username, PASSWORD)
                found = screen.context.cookies()
                sessions[username] = next(one for one in found if one["name"] == "sessionid")
            for path in paths:
                wrong += [f"{username or 'nobody'} {width} {language} {path}: {text}" for text in look(screen, path)]
            screen.page.wait_for_load_state("networkidle")
            wrong += screen.errors
            screen.context.close()
    assert not wrong, "\n".join(wrong)


def look(screen: Desk, path: str) -> Iterator[str]:
    """What is wrong with one page."""
    answer = screen.page.goto(screen.base + path)
    if answer is None or answer.status != 200:
        yield f"status {answer and answer.status}"
        return
    screen.page.wait_for_load_state("load")
    wide = screen.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        yield f"{wide} px wider than the screen"
    screen.page.evaluate(AXE.read_text())
    found = screen.page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa']})")
    for one in found["violations"]:
        if one["impact"] in ("serious", "critical"):
            yield f"{one['id']}: {one['nodes'][0]['html'][:160]}"


def names(resolver: Any = None, space: str = "") -> Iterator[str]:
    """Names of every route that is no API and no admin."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}"
        elif getattr(one, "namespace", None) not in ("admin", "api"):
            yield from names(one, f"{space}{one.namespace}:" if one.namespace else space)
