"""classify_patches --round CODE: class the patches of a round against the ranges valid at its image date."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from conservation.errors import Refused
from supervision.patches import actions
from supervision.patches.models import Round


class Command(BaseCommand):
    help = "Class the patches of a round that have not been issued. Exit 0 done, 1 refused, 2 wrong call."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--round", required=True, metavar="CODE", dest="round")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        round_ = Round.objects.filter(code=options["round"]).first()
        if round_ is None:
            self.stderr.write(f"no round {options['round']}")
            sys.exit(2)
        begin = time.perf_counter()
        try:
            report = actions.classify(None, round_.pk)
        except Refused as refused:
            self.stderr.write(str(refused))
            sys.exit(1)
        found = {**report.as_dict(), "seconds": round(time.perf_counter() - begin, 3)}
        if options["as_json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for key, value in found.items():
            self.stdout.write(f"{key}: {value}")
