"""``import_ranges FILE``: responsibility ranges from a vector file, matched by project code or approval number."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from conservation.accounts.models import User
from conservation.errors import Refused
from projects.registry import actions
from projects.registry.actions.imports import rejected

EMPTY = {"read": 0, "loaded": 0, "matched": 0, "unmatched": [], "rejected": [], "repaired": []}


class Command(BaseCommand):
    help = "Import responsibility ranges (shapefile zip, GeoPackage, GeoJSON, KML); a rejected row refuses the file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the vector file")
        parser.add_argument("--layer", help="layer to read")
        parser.add_argument("--encoding", help="encoding of the attributes")
        parser.add_argument("--crs", help="EPSG number where the file names none")
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN", help="code, plan_number, kind"
        )
        parser.add_argument("--kind", choices=["exact", "schematic"], default="exact", help="kind of the ranges")
        parser.add_argument("--actor", default="", help="user name of the officer on whose behalf it is done")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        pairs = [text.partition("=") for text in options["map"]]
        if not path.is_file() or not all(name and mark and column for name, mark, column in pairs):
            self.stderr.write(_("找不到文件，或 --map 不是 字段=列名 的形式。"))
            sys.exit(2)
        actor = User.objects.filter(username=options["actor"]).first() if options["actor"] else None
        if options["actor"] and actor is None:
            self.stderr.write(_("没有这个用户：%(name)s") % {"name": options["actor"]})
            sys.exit(2)
        status, result = 0, dict(EMPTY)
        try:
            result = actions.import_ranges(
                actor,
                str(path),
                path.name,
                layer=options["layer"],
                encoding=options["encoding"],
                crs=options["crs"],
                columns={name: column for name, _mark, column in pairs},
                kind=options["kind"],
            )
        except Refused as refused:
            status = 2 if refused.faults[0].key == "map" else 1
            result = getattr(refused, "outcome", {**EMPTY, "rejected": rejected(refused)})
        self.tell(result, options["json"])
        if status:
            sys.exit(status)

    def tell(self, result: dict[str, Any], as_json: bool) -> None:
        for one in result["unmatched"]:
            self.stderr.write(_("第 %(row)d 行没有对应的项目：%(key)s") % one)
        for one in result["rejected"]:
            self.stderr.write(_("第 %(row)s 行：%(reason)s") % {"row": one["row"] or "—", "reason": one["reason"]})
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self.stdout.write(
                _("读入 %(read)d 行，对应 %(matched)d 行，装载 %(loaded)d 行。")
                % {key: result[key] for key in ("read", "matched", "loaded")}
            )
