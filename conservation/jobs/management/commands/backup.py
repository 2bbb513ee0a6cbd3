"""``manage.py backup DIR``: database, documents and settings out to an empty folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from conservation.commands import JsonCommand
from conservation.jobs import backup


class Command(JsonCommand):
    help = "Write database, documents and non-secret settings into an empty folder, with a manifest that proves them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", metavar="DIR", type=Path)

    def perform(self, **options: Any) -> dict[str, Any]:
        folder = options["folder"].resolve()
        manifest = backup.backup(folder)
        return {
            "folder": str(folder),
            "rows": sum(manifest["rows"].values()),
            "tables": len(manifest["rows"]),
            "documents": len(manifest["documents"]),
            "events": manifest["history"]["events"],
            "chains": manifest["history"]["chains"],
            "broken": manifest["history"]["broken"],
            "not_included": manifest["not_included"],
        }

    def tell(self, result: dict[str, Any]) -> None:
        text = _("已备份到 %(folder)s：%(tables)d 张表 %(rows)d 行，%(documents)d 个文件，%(events)d 个历史事件。")
        self.stdout.write(text % result)
        self.stdout.write(_("不在备份之内："))
        for line in result["not_included"]:
            self.stdout.write(f"  - {line}")
