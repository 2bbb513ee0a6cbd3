"""``manage.py demo_logins``: the logins of the demo province, in demo mode only."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from conservation.accounts import roles
from conservation.accounts.models import Membership
from conservation.accounts.queries import in_force
from conservation.commands import JsonCommand
from conservation.errors import Refused


class Command(JsonCommand):
    help = "Print one demo login for each role and level: role, office, user name, password."

    def perform(self, **options: Any) -> dict[str, Any]:
        if not settings.DEMO:
            raise Refused("demo", "not in demo mode")
        rows = (
            Membership.objects.filter(in_force(), user__is_active=True)
            .select_related("user", "authority", "unit")
            .order_by("id")
        )
        logins: dict[tuple[str, str], dict[str, str]] = {}
        for one in rows:
            level = one.authority.level if one.authority else "unit"
            if (one.role, level) in logins or not one.user.has_usable_password():
                continue
            logins[(one.role, level)] = {
                "role": str(roles.LABELS[one.role]),
                "office": str(one.authority or one.unit),
                "username": one.user.username,
                "password": settings.DEMO_PASSWORD,
            }
        return {"logins": list(logins.values())}

    def tell(self, result: dict[str, Any]) -> None:
        for one in result["logins"]:
            self.stdout.write(f"{one['username']:<24} {one['password']:<16} {one['role']}  {one['office']}")
