"""``manage.py load_divisions FILE [--vintage DATE]``: the customer's own boundary layer in place of the packaged one.

Exit status: 0 loaded; 1 the file was refused, every bad row named, nothing written; 2 the call was wrong.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from conservation import clock
from conservation.errors import Refused
from conservation.regions import actions

USAGE, REFUSED = 2, 1


def day(text: str) -> date:
    return date.fromisoformat(text)


class Command(BaseCommand):
    help = "Load the customer's boundary layer (zip, gpkg, geojson, kml), or the packaged one with --packaged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE", help="layer with columns code, name and level")
        parser.add_argument("--vintage", type=day, metavar="DATE", help="day from which the boundaries hold (today)")
        parser.add_argument("--layer", help="layer of a file that holds several")
        parser.add_argument("--encoding", help="text encoding of a shapefile")
        parser.add_argument("--crs", metavar="EPSG", help="reference system of a file that names none")
        parser.add_argument("--packaged", action="store_true", help="load the packaged boundaries instead")
        parser.add_argument(
            "--province", action="append", metavar="CODE", help="with --packaged: only these provinces"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        if bool(path) == options["packaged"]:
            raise CommandError("give FILE, or --packaged", returncode=USAGE)
        if options["province"] and not options["packaged"]:
            raise CommandError("--province goes with --packaged", returncode=USAGE)
        if path and not Path(path).is_file():
            raise CommandError(f"no such file: {path}", returncode=USAGE)
        try:
            done = self._load(path, options)
        except Refused as refused:
            self._refuse(refused, as_json=options["json"])
            return
        said = _("%(loaded)d 个区划已装载，%(changed)d 个有变更，%(retired)d 个停用。") % done
        self.stdout.write(json.dumps(done) if options["json"] else said)

    def _load(self, path: str | None, options: dict[str, Any]) -> dict[str, int]:
        now = clock.now()
        if path is None:
            actions.seed_zones(now)
            return {"changed": 0, "retired": 0, **actions.load_packaged(now, options["province"])}
        return actions.load_divisions(
            path,
            options["vintage"],
            now,
            layer=options["layer"],
            encoding=options["encoding"],
            crs=options["crs"],
        )

    def _refuse(self, refused: Refused, *, as_json: bool) -> None:
        """Name every fault on stderr, and in the JSON object; exit with 1, or 2 where the call itself was at fault."""
        rejected = [{"row": fault.row, "key": fault.key, "reason": str(fault.message)} for fault in refused.faults]
        if as_json:
            nothing = {"loaded": 0, "changed": 0, "retired": 0}
            self.stdout.write(json.dumps({**nothing, "rejected": rejected}, ensure_ascii=False))
        called_wrong = {fault.key for fault in refused.faults} <= {"province"}
        lines = [f"{one['row']}: {one['reason']}" if one["row"] else str(one["reason"]) for one in rejected]
        raise CommandError("\n".join(lines), returncode=USAGE if called_wrong else REFUSED)
