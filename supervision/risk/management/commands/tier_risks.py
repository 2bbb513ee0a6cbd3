"""Put every project into its risk tier."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from conservation.errors import Refused
from supervision.risk import tiering


class Command(BaseCommand):
    help = "把每个项目划入风险等级（无、低、中、高）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", metavar="DATE", help="评估日期 YYYY-MM-DD，默认今天")
        parser.add_argument("--province", default="", metavar="CODE", help="只评估该行政区划内的项目（6 位代码）")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            as_of = date.fromisoformat(options["as_of"]) if options["as_of"] else None
        except ValueError:
            self.stderr.write(f"--as-of: 不是日期：{options['as_of']}")
            raise SystemExit(2) from None
        try:
            result = tiering.tier_all(as_of=as_of, province=options["province"])
        except Refused as refused:
            self.stderr.write(f"{refused.faults[0].key}: {refused}")
            raise SystemExit(2 if refused.faults[0].key == "province" else 1) from None
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            tiers = "，".join(f"{name} {number}" for name, number in result["tiers"].items())
            self.stdout.write(
                f"已评估 {result['assessed']} 个项目（{tiers}），上调 {result['raised']}，下调 {result['lowered']}，"
                f"用时 {result['seconds']} 秒"
            )
