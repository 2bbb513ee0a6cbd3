"""The registered rules with their schemas, basis and status."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from conservation.rulebook import describe, registry
from conservation.rulebook.inputs import read_date
from conservation.rulebook.registry import UnknownRule
from conservation.rulebook.values import InputError


class Command(BaseCommand):
    help = "列出规则：输入与输出的结构、依据、核实程度；给出规则名称时只列一条，附该日该地有效的数值"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rule", nargs="?", help="规则名称")
        parser.add_argument("--on", metavar="DATE", help="有效数值的日期，默认今天")
        parser.add_argument("--province", metavar="CODE", help="有效数值的省级行政区")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            on = read_date(options["on"], "on") if options["on"] else registry.today()
            if options["rule"]:
                chosen = registry.get(options["rule"])
                found = [describe.rule(chosen, on=on, province=options["province"] or "")]
            else:
                found = [describe.rule(one) for one in registry.all_rules()]
        except (InputError, UnknownRule) as refused:
            self.stderr.write(f"{refused.key}: {refused.message}")
            raise SystemExit(2) from None
        if options["json"]:
            self.stdout.write(json.dumps({"rules": found, "files": describe.files()}, ensure_ascii=False))
            return
        for one in found:
            self.stdout.write(f"{one['rule']:<22} {one['status']:<11} {one['title']}")
            for basis in one["basis"]:
                self.stdout.write(f"{'':<22} {basis['mark']:<11} {basis['document']} {basis['article']}")
