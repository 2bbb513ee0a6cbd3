"""What the management commands share: one JSON object on stdout, messages on stderr, exit status 0, 1 or 2."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from conservation.errors import Refused

REFUSED, USAGE = 1, 2


class JsonCommand(BaseCommand):
    """A command whose ``perform`` returns a JSON-safe dict.

    With ``--json`` exactly one object is printed; otherwise ``tell`` puts it into words. ``Refused`` ends with status
    1 and names every fault, on stderr and (with ``--json``) as ``{"refused": [{key, message, rule, row?}]}``.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.perform(**options)
        except Refused as refused:
            if options["json"]:
                self.print_json({"refused": [fault.as_dict() for fault in refused.faults]})
            for fault in refused.faults:
                self.stderr.write(f"{fault.key}: {fault.message}")
            raise CommandError(str(refused), returncode=REFUSED) from None
        if options["json"]:
            self.print_json(result)
        else:
            self.tell(result)

    def perform(self, **options: Any) -> dict[str, Any]:
        """Do the work; raises ``Refused`` for data that is refused, ``wrong_call`` for a call that makes no sense."""
        raise NotImplementedError

    def tell(self, result: dict[str, Any]) -> None:
        for key, value in result.items():
            self.stdout.write(f"{key}: {value}")

    def print_json(self, result: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(result, ensure_ascii=False, cls=DjangoJSONEncoder))


def wrong_call(message: str) -> CommandError:
    """The call was wrong (status 2)."""
    return CommandError(message, returncode=USAGE)
