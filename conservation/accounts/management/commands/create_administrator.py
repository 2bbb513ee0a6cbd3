"""``manage.py create_administrator``: the first authority and its administrator, outside demo mode."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from conservation.accounts import actions
from conservation.accounts.models import Authority
from conservation.commands import JsonCommand, wrong_call

PASSWORD_VARIABLE = "ADMINISTRATOR_PASSWORD"


class Command(JsonCommand):
    help = (
        "Enter the first authority and its administrator. The password is asked for, "
        f"or taken from the environment variable {PASSWORD_VARIABLE}; there is no default."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--email", default="")
        parser.add_argument("--authority", required=True, metavar="NAME", help="name of the authority")
        parser.add_argument("--mark", default="", help="mark of its document numbers, such as 湘水")
        parser.add_argument("--level", default="province", choices=Authority.Level.values)
        parser.add_argument("--division", required=True, metavar="CODE", help="six digits; 000000 is the nation")

    def perform(self, **options: Any) -> dict[str, Any]:
        code = options["division"]
        if not (len(code) == 6 and code.isdigit()):
            raise wrong_call(f"--division: six digits, not {code}")
        person = actions.create_first_administrator(
            username=options["username"],
            name=options["name"],
            email=options["email"],
            password=self.password(),
            authority={
                "name": options["authority"],
                "mark": options["mark"] or options["authority"][:6],
                "level": options["level"],
                "division_code": code,
            },
        )
        return {"username": person.username, "authority": options["authority"], "role": "administrator"}

    def password(self) -> str:
        given = os.environ.get(PASSWORD_VARIABLE, "")
        if given:
            return given
        if not sys.stdin.isatty():
            raise wrong_call(f"no terminal to ask for the password: set {PASSWORD_VARIABLE}")
        first = getpass.getpass(_("密码："))
        if first != getpass.getpass(_("再输一次：")):
            raise wrong_call(_("两次输入的密码不同。"))
        return first

    def tell(self, result: dict[str, Any]) -> None:
        self.stdout.write(_("已设立 %(authority)s 的系统管理员 %(username)s。") % result)
