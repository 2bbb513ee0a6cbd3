"""Measure: our figure, the peer's and the limit's from the same run, and their ratio."""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.bench import database

BENCHES = {"list": "portal.bench.lists", "risk": "portal.bench.risk", "dossier": "portal.bench.dossier"}


class Command(BaseCommand):
    help = "性能测试：项目列表、风险分级、案卷导出；在自己的数据库中进行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="、".join(BENCHES))
        parser.add_argument("--projects", type=int, default=1_000_000, metavar="N", help="项目数，缺省一百万")
        parser.add_argument("--rounds", type=int, default=5, metavar="R", help="轮数，至少 5")
        parser.add_argument("--database", default="conservation_bench", metavar="DB", help="测试用的数据库")
        parser.add_argument("--drop", action="store_true", help="结束后删除测试用的数据库")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [options["name"]] if options["name"] else list(BENCHES)
        if chosen[0] not in BENCHES:
            self.stderr.write(f"没有这项测试：{chosen[0]}；可选 {'、'.join(BENCHES)}")
            raise SystemExit(2)
        if options["rounds"] < 5 or options["projects"] < 1:
            self.stderr.write("--rounds 至少为 5，--projects 至少为 1")
            raise SystemExit(2)
        if os.environ.get(database.MARK):
            self.measure(chosen[0], options)
        else:
            self.conduct(chosen, options)

    def measure(self, name: str, options: dict[str, Any]) -> None:
        """Inside the benchmark database: one bench, as JSON."""
        figures = importlib.import_module(BENCHES[name]).run(options["rounds"])
        self.stdout.write(json.dumps([one.as_dict() | {"text": one.as_text()} for one in figures], ensure_ascii=False))

    def conduct(self, chosen: list[str], options: dict[str, Any]) -> None:
        """Make the database ready, run each bench in a process of its own, print what they found."""
        found: list[dict[str, Any]] = []
        name = options["database"]
        try:
            database.ready(name, options["projects"], self.stderr.write)
            for one in chosen:
                output = database.call(name, ["bench", one, "--rounds", str(options["rounds"])])
                lines = database.read_json(output)
                found += lines
                if not options["json"]:
                    for line in lines:
                        self.stdout.write(line["text"])
        except RuntimeError as failed:
            self.stderr.write(str(failed))
            raise SystemExit(1) from None
        finally:
            if options["drop"]:
                database.drop(name)
        if options["json"]:
            self.stdout.write(json.dumps({"projects": options["projects"], "figures": found}, ensure_ascii=False))
