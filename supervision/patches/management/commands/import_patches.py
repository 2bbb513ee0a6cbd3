"""import_patches FILE --round CODE: load a vector file of patches into a round and class them."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from conservation.accounts.models import User
from conservation.errors import Refused
from supervision.patches import actions
from supervision.patches.models import Round


class Command(BaseCommand):
    help = (
        "Load a vector file of disturbance patches into a round; all or nothing. Exit 0 done, 1 refused, 2 wrong call."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--round", required=True, metavar="CODE", dest="round")
        parser.add_argument("--layer", default="")
        parser.add_argument("--encoding", default="")
        parser.add_argument("--crs", default="", metavar="EPSG")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN")
        parser.add_argument("--user", default="", help="user name of the officer on whose behalf it is done")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        round_ = Round.objects.filter(code=options["round"]).first()
        if round_ is None:
            self.wrong(f"no round {options['round']}")
        if not path.is_file():
            self.wrong(f"no file {path}")
        pairs = [one.partition("=") for one in options["map"]]
        if any(not sign or not field or not column for field, sign, column in pairs):
            self.wrong("--map wants FIELD=COLUMN")
        given = {
            "filename": path.name, "layer": options["layer"], "encoding": options["encoding"], "crs": options["crs"],
            "map": {field: column for field, _sign, column in pairs},
        }  # fmt: skip
        actor = User.objects.filter(username=options["user"]).first() if options["user"] else None
        if options["user"] and actor is None:
            self.wrong(f"no user {options['user']}")
        try:
            found = actions.import_file(actor, round_.pk, path.read_bytes(), given)
        except Refused as refused:
            self.refused(refused, options["as_json"])
        found = {key: value for key, value in found.items() if key not in ("import", "round")}
        if options["as_json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, default=str))
            return
        for key, value in found.items():
            self.stdout.write(f"{key}: {value if not isinstance(value, list) else len(value)}")

    def wrong(self, message: str) -> NoReturn:
        self.stderr.write(message)
        sys.exit(2)

    def refused(self, refused: Refused, as_json: bool) -> NoReturn:
        rejected = [
            {"row": fault.row, "reason": f"{fault.key}: {fault.message}" if fault.row else str(fault.message)}
            for fault in refused.faults
        ]
        if as_json:
            empty: dict[str, Any] = {
                "read": 0,
                "loaded": 0,
                "matched": 0,
                "unmatched": [],
                "repaired": [],
                "classes": {},
            }
            self.stdout.write(json.dumps({**empty, "rejected": rejected}, ensure_ascii=False))
        for one in rejected:
            self.stderr.write(f"{one['row'] or '-'}: {one['reason']}")
        sys.exit(1)
