"""``manage.py verify_history [--subject plan:12]``: recompute the hash chains and name every broken link."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from conservation.commands import REFUSED, JsonCommand, wrong_call
from conservation.history import queries


class Command(JsonCommand):
    help = "Recompute the history's hash chains and name every broken link. Exit status 1 when there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--subject", metavar="REF", help="one chain, such as plan:12")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if self.broken:
            raise CommandError(_("历史链有 %(n)d 处断裂。") % {"n": self.broken}, returncode=REFUSED)

    def perform(self, **options: Any) -> dict[str, Any]:
        kind = pk = None
        if options["subject"]:
            kind, colon, pk = options["subject"].partition(":")
            if not (kind and colon and pk):
                raise wrong_call("--subject: write it as type:id, such as plan:12")
        result = queries.verify(kind, pk)
        self.broken = len(result["broken"])
        return result

    def tell(self, result: dict[str, Any]) -> None:
        self.stdout.write(_("已核对 %(chains)d 条链、%(events)d 个事件。") % result)
        for one in result["broken"]:
            self.stdout.write(f"{one['subject']} #{one['seq']}: {one['fault']}")
