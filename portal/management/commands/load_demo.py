"""``manage.py load_demo``: the demo province, in demo mode only."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from conservation.commands import JsonCommand
from portal.demo import empty, province


class Command(JsonCommand):
    help = "Load the demo province into an empty database (demo mode only). --fresh empties it first."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--fresh", action="store_true", help="remove everything first, as the owner of the database"
        )

    def perform(self, **options: Any) -> dict[str, Any]:
        quiet = options["json"] or options["verbosity"] < 1
        say = (lambda line: None) if quiet else self.stderr.write
        if options["fresh"]:
            empty.remove_everything()
        if empty.is_loaded():
            return empty.counts()
        result = province.load(say)
        if not options["json"]:
            self.stderr.write(f"password of the demo logins: {result['password']}")
        return {**{key: value for key, value in result.items() if key != "password"}, **empty.counts()}
