"""``import_projects FILE``: the existing ledger from Excel or CSV; ``--template OUT.xlsx`` writes the form."""

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
from projects.registry import actions, ledger
from projects.registry.actions.imports import rejected


class Command(BaseCommand):
    help = "Import a ledger of projects, units and approvals (.xlsx or .csv), all rows or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="the ledger")
        parser.add_argument("--template", metavar="OUT.xlsx", help="write the form to fill in")
        parser.add_argument("--actor", default="", help="user name of the officer on whose behalf it is done")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["template"]:
            ledger.write_template(options["template"])
            self.stderr.write(_("已写出模板：%(path)s") % {"path": options["template"]})
            if options["json"]:
                self.stdout.write(json.dumps({"template": options["template"]}, ensure_ascii=False))
            if not options["file"]:
                return
        path = Path(options["file"] or "")
        if not options["file"] or not path.is_file():
            self.stderr.write(_("找不到文件：%(path)s") % {"path": options["file"] or ""})
            sys.exit(2)
        actor = User.objects.filter(username=options["actor"]).first() if options["actor"] else None
        if options["actor"] and actor is None:
            self.stderr.write(_("没有这个用户：%(name)s") % {"name": options["actor"]})
            sys.exit(2)
        self.run(actor, path, options["json"])

    def run(self, actor: Any, path: Path, as_json: bool) -> None:
        status = 0
        try:
            result = actions.import_projects(actor, path.read_bytes(), path.name)
        except Refused as refused:
            status = 1
            result = {"read": 0, "created": 0, "updated": 0, "rejected": rejected(refused)}
            for one in result["rejected"]:
                self.stderr.write(_("第 %(row)s 行：%(reason)s") % {"row": one["row"] or "—", "reason": one["reason"]})
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        elif not status:
            self.stdout.write(_("读入 %(read)d 行，新建 %(created)d 个，更新 %(updated)d 个项目。") % result)
        if status:
            sys.exit(status)
