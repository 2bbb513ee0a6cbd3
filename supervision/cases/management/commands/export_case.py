"""manage.py export_case NUMBER OUT.zip [--volume main|secondary|both] [--json]."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conservation.errors import Refused
from supervision.cases import dossier
from supervision.cases.models import Case


class Command(BaseCommand):
    help = "Export a case file as one BagIt zip."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="case number, e.g. 湘水罚立〔2026〕3号 (a decision number works too)")
        parser.add_argument("out", help="the zip to write")
        parser.add_argument("--volume", choices=sorted(dossier.VOLUMES), default="both")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        case = Case.objects.filter(number=number).first() or Case.objects.filter(decision_number=number).first()
        if case is None:
            raise CommandError(f"没有这个案件：{number}", returncode=1)
        try:
            report = dossier.export(None, case, volume=options["volume"], out=options["out"])
        except Refused as refused:
            raise CommandError(str(refused), returncode=2 if refused.faults[0].key == "out" else 1) from None
        found = {key: value for key, value in report.as_dict().items() if key != "head"}
        if options["as_json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(f"{found['case']}: {found['files']} files, {found['bytes']} bytes -> {options['out']}")
        for problem in found["problems"]:
            print(f"{problem['check']}: {problem['message']}", file=sys.stderr)
