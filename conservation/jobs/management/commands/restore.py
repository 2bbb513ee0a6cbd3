"""``manage.py restore DIR [--force]``: the portal back from a folder that ``backup`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from conservation.commands import JsonCommand
from conservation.jobs import backup


class Command(JsonCommand):
    help = "Bring a backup back into an empty portal, and prove it. Stop the portal first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--force", action="store_true", help="replace what the portal holds")

    def perform(self, **options: Any) -> dict[str, Any]:
        return backup.restore(options["folder"].resolve(), force=options["force"])

    def tell(self, result: dict[str, Any]) -> None:
        text = _(
            "已恢复 %(made_at)s 的备份：%(tables)d 张表 %(rows)d 行，%(documents)d 个文件，历史链 %(chains)d 条完整。"
        )
        self.stdout.write(text % result)
        self.stdout.write(_("口令、密钥等环境设置不在备份之内，请自行核对；下次 bin/start 会补做新版本的迁移。"))
