"""Decide everything that was decided once more, and say what would come out differently."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from conservation.rulebook import registry, store
from conservation.rulebook.inputs import read_date
from conservation.rulebook.registry import UnknownRule
from conservation.rulebook.values import InputError

SHOWN = 1000


class Command(BaseCommand):
    help = "重放已存的判定并报告差异"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", default="", help="只重放这条规则")
        parser.add_argument("--since", metavar="DATE", help="只重放此日起的判定")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            since = read_date(options["since"], "since") if options["since"] else None
            if options["rule"]:
                registry.get(options["rule"])
        except (InputError, UnknownRule) as refused:
            self.stderr.write(f"{refused.key}: {refused.message}")
            raise SystemExit(2) from None
        replayed, unlike = 0, 0
        different: list[dict[str, Any]] = []
        for found in store.replay(options["rule"], since):
            replayed += 1
            if found is not None:
                unlike += 1
                if len(different) < SHOWN:
                    different.append(found)
        answer = {"replayed": replayed, "same": replayed - unlike, "different": different, "different_count": unlike}
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(f"重放 {replayed} 项，一致 {replayed - unlike} 项，不同 {unlike} 项")
            for one in different[:20]:
                self.stdout.write(f"  {one['rule']} {one['subject']}: {one['what']}")
