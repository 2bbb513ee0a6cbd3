"""The project list, first page and page 400, against a bare view over one statement and against Django admin."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import clear_url_caches, reverse

from conservation.accounts.models import Authority, Membership, User
from conservation.accounts.roles import INSPECTOR
from portal.bench import bare, measure
from projects.registry.models import Project

STATE = "in_use"
DEEP = 400
BARE_MIDDLEWARE: list[str] = []
ADMIN_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
PER_ROUND = 6
"""Requests of each page in a round: one lasts milliseconds."""


def run(rounds: int) -> list[measure.Figure]:
    """Both pages, in turns. An officer of a province asks for the projects in one state."""
    call_command("collectstatic", interactive=False, verbosity=0)  # pages name the hashed files
    settings.ROOT_URLCONF = "portal.bench.bare"
    clear_url_caches()
    authority = province()
    prefix = authority.prefix
    bare.ProjectAdmin.prefix = prefix
    ours, plain, admin = clients(authority)
    found: list[measure.Figure] = []
    for what, page, key in (("第 1 页", 1, None), (f"第 {DEEP} 页", DEEP, key_before(prefix, DEEP))):
        if page > 1 and key is None:
            raise AssertionError(f"{authority} has no page {DEEP} in state {STATE}: make more projects")
        after = {} if key is None else {"after": str(key)}
        works = {
            "ours": partial(get, ours, reverse("registry:list"), {"state": STATE, **after}),
            "peer": partial(get, plain, f"/bench/bare/{prefix}/{STATE}/", after),
            "limit": partial(bare.rows, prefix, STATE, key or bare.NO_KEY),
            "admin": partial(
                get, admin, "/bench/admin/registry/project/",
                {"state__exact": STATE, **({"p": str(page)} if page > 1 else {})},
            ),
        }  # fmt: skip
        same_rows(works, bare.rows(prefix, STATE, key or bare.NO_KEY)[:50])
        quick = measure.take_turns(
            [measure.Contender(name, work) for name, work in works.items() if name != "admin"],
            rounds * PER_ROUND,
            warm=3,
        )
        slow = measure.take_turns([measure.Contender(name, works[name]) for name in ("ours", "admin")], rounds)
        found += figures(what, measure.medians(quick), measure.medians(slow), len(works["ours"]().content))
    return found


def figures(what: str, quick: dict[str, float], slow: dict[str, float], size: int) -> list[measure.Figure]:
    return [
        measure.Figure(
            "list", what, quick["ours"], quick["peer"], "手写 SQL 的最简视图", most=4.0, limit=quick["limit"],
            limit_name="只执行 SQL", note=f"页面 {size / 1024:.0f} KB",
        ),
        measure.Figure("list", what, slow["ours"], slow["admin"], "Django admin 列表", most=0.25),
    ]  # fmt: skip


def province() -> Authority:
    """The province with the most projects in the state."""
    best: tuple[int, Authority] | None = None
    for one in Authority.objects.filter(level="province").order_by("division_code"):
        number = Project.objects.filter(areas__contains=[one.prefix], state=STATE).count()
        if best is None or number > best[0]:
            best = (number, one)
    if best is None:
        raise AssertionError("no province in the database")
    return best[1]


def person(username: str, **changes: Any) -> User:
    made, _new = User.objects.get_or_create(username=username, defaults={"name": "测试用户", **changes})
    made.set_unusable_password()
    made.save()
    return made


def clients(authority: Authority) -> tuple[Client, Client, Client]:
    """An officer before our page, a stranger before the bare view, an administrator before Django admin."""
    officer = person("bench_officer")
    Membership.objects.get_or_create(
        user=officer, authority=authority, role=INSPECTOR, defaults={"valid_from": date(2020, 1, 1)}
    )
    superuser = person("bench_admin", is_staff=True, is_superuser=True)
    made = []
    for user, middleware in ((officer, settings.MIDDLEWARE), (None, BARE_MIDDLEWARE), (superuser, ADMIN_MIDDLEWARE)):
        client = Client(headers={"host": "127.0.0.1"})
        if user is not None:
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        kept, settings.MIDDLEWARE = settings.MIDDLEWARE, middleware
        client.handler.load_middleware()
        settings.MIDDLEWARE = kept
        made.append(client)
    return made[0], made[1], made[2]


def get(client: Client, address: str, params: dict[str, str]) -> Any:
    answer = client.get(address, params, secure=settings.HTTPS)
    if answer.status_code != 200:
        raise AssertionError(f"{address}: {answer.status_code}")
    return answer


def key_before(prefix: str, page: int) -> int | None:
    """The id after which a page begins."""
    found = Project.objects.filter(areas__overlap=[prefix], state=STATE).order_by("-id").values_list("id", flat=True)
    return next(iter(found[(page - 1) * 50 - 1 : (page - 1) * 50]), None)


def same_rows(works: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    """Every contender shows the same fifty projects."""
    for name in ("ours", "peer", "admin"):
        text = works[name]().content.decode()
        missing = [row[1] for row in expected if row[1] and row[1] not in text]
        if missing or len(expected) != 50:
            raise AssertionError(f"{name} lacks {missing[:3]} of {len(expected)} rows")
