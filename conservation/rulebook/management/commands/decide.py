"""Decide with a rule, one question or a file of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import get_language

from conservation.rulebook import registry
from conservation.rulebook.inputs import read_date
from conservation.rulebook.registry import UnknownRule
from conservation.rulebook.values import InputError

LINE_KEYS = {"rule", "inputs", "province", "on"}
WRONG_CALL = 2


class Command(BaseCommand):
    help = "用一条规则判定：decide 规则 '{输入}'；--batch 逐行判定一个 JSONL 文件"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rule", nargs="?", help="规则名称")
        parser.add_argument("inputs", nargs="?", help="输入（JSON 对象）")
        parser.add_argument(
            "--batch", metavar="FILE", help='JSONL 文件，每行 {"rule", "inputs", "province"?, "on"?}；- 为标准输入'
        )
        parser.add_argument("--on", metavar="DATE", help="适用法律的日期，默认今天")
        parser.add_argument("--province", metavar="CODE", help="省级行政区代码或名称")
        parser.add_argument("--json", action="store_true", help="只输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            on = read_date(options["on"], "on") if options["on"] else None
            if options["batch"]:
                self.batch(options["batch"], on, options["province"])
                return
            decision = one(options, on)
        except (InputError, UnknownRule) as refused:
            self.fail(refused, options["json"])
            return
        if options["json"]:
            self.stdout.write(compact(decision.as_dict()))
        else:
            self.show(decision)

    def fail(self, refused: InputError | UnknownRule, as_json: bool) -> None:
        english = (get_language() or "").startswith("en")
        self.stderr.write(f"{refused.key}: {refused.message_en if english else refused.message}")
        if as_json:
            self.stdout.write(compact({"error": refused.as_dict()}))
        raise SystemExit(WRONG_CALL)

    def show(self, decision: registry.Decision) -> None:
        chosen = registry.get(decision.rule)
        self.stdout.write(f"{chosen.title}（{decision.rule} {decision.version}，{decision.status}）")
        self.stdout.write(json.dumps(decision.result, ensure_ascii=False, indent=2))
        for line in decision.lines:
            self.stdout.write(f"- {line.text}" + (f"［{line.article}］" if line.article else ""))
        for basis in decision.basis:
            self.stdout.write(f"依据：{basis.document} {basis.article}（{basis.mark}）")

    def batch(self, name: str, on: date | None, province: str | None) -> None:
        """One line out for each line in, in order; a line that cannot be answered carries its error."""
        try:
            for line in lines_of(name):
                self.stdout.write(compact(answer(line, on, province)))
        except (OSError, UnicodeDecodeError) as caught:
            self.fail(InputError("batch", f"读不了文件：{caught}", f"cannot read the file: {caught}"), False)


def one(options: Mapping[str, Any], on: date | None) -> registry.Decision:
    if not options["rule"]:
        raise InputError("rule", "缺少规则名称", "the rule is missing")
    if options["inputs"] is None:
        raise InputError("inputs", "缺少输入", "the inputs are missing")
    registry.get(options["rule"])
    return registry.decide(
        options["rule"], parse(options["inputs"], "inputs"), on=on, province=options["province"] or None
    )


def lines_of(name: str) -> Iterator[str]:
    if name == "-":
        yield from sys.stdin
        return
    with Path(name).open(encoding="utf-8-sig") as stream:
        yield from stream


def parse(text: str, key: str) -> Any:
    """JSON without losing digits; duplicate keys are refused."""
    try:
        return json.loads(text, parse_float=Decimal, object_pairs_hook=unique)
    except (ValueError, RecursionError) as caught:
        if isinstance(caught, InputError):
            raise
        raise InputError(key, f"不是有效的 JSON：{caught}", f"is not valid JSON: {caught}") from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(twice, "键重复", "the key is given twice")
    return found


def answer(text: str, on: date | None, province: str | None) -> dict[str, Any]:
    """The answer to one line of a batch."""
    name: Any = None
    try:
        line = parse(text, "line")
        if not isinstance(line, dict):
            raise InputError("line", "应为 JSON 对象", "must be a JSON object")
        name = line.get("rule")
        for key in line:
            if key not in LINE_KEYS:
                raise InputError(key, "未知的键", "unknown key")
        for key in ("rule", "inputs"):
            if key not in line:
                raise InputError(key, "缺少此项", "is missing")
        day = read_date(line["on"], "on") if line.get("on") is not None else on
        place = line.get("province", province)
        if place is not None and not isinstance(place, str):
            raise InputError("province", "类型应为 string", "must be a string")
        return registry.decide(name, line["inputs"], on=day, province=place).as_dict()
    except (InputError, UnknownRule) as refused:
        return {"rule": name, "error": refused.as_dict()}


def compact(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
