"""``manage.py check_deadlines [--as-of DATETIME]``: warn what comes due, mark what is overdue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from conservation import clock
from conservation.commands import JsonCommand, wrong_call
from conservation.deadlines import actions


class Command(JsonCommand):
    help = "Warn timers that come due and mark those that are overdue."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--as-of", metavar="DATETIME", help="the moment to check for, Shanghai time without zone")

    def perform(self, **options: Any) -> dict[str, Any]:
        moment = clock.now()
        if options["as_of"]:
            try:
                moment = datetime.fromisoformat(options["as_of"])
            except ValueError:
                raise wrong_call(f"--as-of: not a date and time: {options['as_of']}") from None
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=clock.SHANGHAI)
        return dict(actions.check(moment))

    def tell(self, result: dict[str, Any]) -> None:
        self.stdout.write(_("在计期限 %(open)d 项，本次预警 %(warned)d 项，认定超期 %(breached)d 项。") % result)
