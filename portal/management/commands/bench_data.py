"""Fill a database with made-up projects and patches, to measure on."""

from __future__ import annotations

import json
import os
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from conservation.accounts.models import User
from conservation.regions.actions import load_packaged
from projects.registry.models import Project


class Command(BaseCommand):
    help = "向数据库装入测试用的项目和图斑（仅供性能测试，不得用于存有真实数据的库）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--projects", type=int, required=True, metavar="N", help="项目数")
        parser.add_argument("--patches", type=int, default=0, metavar="M", help="图斑数")
        parser.add_argument("--seed", type=int, default=7, help="随机种子，缺省 7")
        parser.add_argument("--ranges", action="store_true", help="为已批方案的项目生成防治责任范围")
        parser.add_argument("--divisions", action="store_true", help="先装入全国的随包行政区划")
        parser.add_argument("--no-tiers", action="store_true", help="装入后不做风险分级")
        parser.add_argument("--force", action="store_true", help="库中已有数据也装入")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("projects", "patches", "seed"):
            if options[name] < 0:
                self.stderr.write(f"--{name}: 不能为负数：{options[name]}")
                raise SystemExit(2)
        if not (options["force"] or settings.DEMO) and in_use():
            self.stderr.write("数据库中已有项目或用户。测试数据不能装入存有真实数据的库；确要装入请加 --force。")
            raise SystemExit(1)
        become_owner()
        began = time.monotonic()
        result = self.fill(options)
        result["seconds"] = round(time.monotonic() - began, 1)
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self.stdout.write("，".join(f"{name} {number}" for name, number in result.items()))

    def fill(self, options: dict[str, Any]) -> dict[str, Any]:
        from portal.bench import filling, geometry
        from supervision.risk import tiering

        if options["divisions"]:
            load_packaged()
        result: dict[str, Any] = filling.fill(options["projects"], options["seed"], self.say)
        if options["ranges"]:
            result["ranges"] = geometry.fill_ranges(options["seed"], self.say)
        result["patches"] = geometry.fill_patches(options["patches"], options["seed"], self.say)
        vacuum()
        if options["projects"] and not options["no_tiers"]:
            result["tiers"] = tiering.tier_all()["tiers"]
            vacuum()
        return result

    def say(self, line: str) -> None:
        self.stderr.write(line)


def in_use() -> bool:
    """The database holds projects, or people who can sign in."""
    return Project.objects.exists() or User.objects.exclude(password__startswith="!").exists()  # nosec


def become_owner() -> None:
    """Sign in as the role that owns the tables, where the environment names it: indexes can then be put aside."""
    owner = os.environ.get("DATABASE_OWNER_URL")
    if not owner or connection.in_atomic_block:
        return
    address = urlsplit(owner)
    if address.username == connection.settings_dict["USER"]:
        return
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    connection.settings_dict.update(USER=address.username, PASSWORD=unquote(address.password or ""))


def vacuum() -> None:
    """Statistics and visibility map, as autovacuum would bring them within minutes."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for table in (
            "registry_project registry_projectfacts registry_projecttier registry_spoilsite registry_responsibilityrange "
            "accounts_unit accounts_unitstanding patches_patch rulebook_storeddecision history_event history_chainhead "
            "risk_followup risk_contact"
        ).split():
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
            if cursor.fetchone()[0]:
                cursor.execute(f"VACUUM (ANALYZE) {table}")
