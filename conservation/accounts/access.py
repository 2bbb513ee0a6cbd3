"""Who may see and do what: the vocabulary of every room's ``access.py``.

An authority sees what lies in its division and below; a unit sees its own; the public sees what the law publishes.
An empty scope sees nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from conservation.accounts import roles
from conservation.accounts.models import as_user


@dataclass(frozen=True)
class Scope:
    """What a person acts for today.

    ``authority_roles``: role → prefixes of divisions; ``unit_roles``: role → unit ids; ``authority_ids``: role → ids.
    """

    authority_roles: dict[str, frozenset[str]] = field(default_factory=dict)
    authority_ids: dict[str, frozenset[int]] = field(default_factory=dict)
    unit_roles: dict[str, frozenset[int]] = field(default_factory=dict)

    @property
    def prefixes(self) -> frozenset[str]:
        """Every division prefix in which the person may read. '' is the whole country."""
        return frozenset().union(*self.authority_roles.values()) if self.authority_roles else frozenset()

    @property
    def unit_ids(self) -> frozenset[int]:
        return frozenset().union(*self.unit_roles.values()) if self.unit_roles else frozenset()

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self.authority_roles) | frozenset(self.unit_roles)

    def has(self, *wanted: str) -> bool:
        return bool(self.roles.intersection(wanted))


def scope_of(user: Any) -> Scope:
    """The scope of a user today; a stranger's is empty. Kept on the user object for the length of a request."""
    person = as_user(user)
    if person is None:
        return Scope()
    known = getattr(person, "_scope", None)
    if known is not None:
        return known
    prefixes: dict[str, set[str]] = {}
    ids: dict[str, set[int]] = {}
    units: dict[str, set[int]] = {}
    for one in person.memberships_today:
        if one.authority is not None:
            prefixes.setdefault(one.role, set()).add(one.authority.prefix)
            ids.setdefault(one.role, set()).add(one.authority.pk)
        elif one.unit_id is not None:
            units.setdefault(one.role, set()).add(one.unit_id)
    scope = Scope(
        {role: frozenset(found) for role, found in prefixes.items()},
        {role: frozenset(found) for role, found in ids.items()},
        {role: frozenset(found) for role, found in units.items()},
    )
    person._scope = scope  # type: ignore[attr-defined]
    return scope


def in_areas(scope: Scope, column: str = "areas") -> Q | None:
    """Condition on an array of division prefixes (see ``registry.Project.areas``); None means no restriction."""
    if "" in scope.prefixes:
        return None
    return Q(**{f"{column}__overlap": sorted(scope.prefixes)})


def covers(prefixes: frozenset[str], areas: list[str]) -> bool:
    """True when one of the prefixes is the whole country or stands among the areas."""
    return "" in prefixes or bool(prefixes.intersection(areas))


def holds_for_authority(user: Any, authority_id: int | None, *wanted: str) -> bool:
    """True when the user holds one of the roles at exactly this authority."""
    scope = scope_of(user)
    return any(authority_id in scope.authority_ids.get(role, frozenset()) for role in wanted)


def holds_in_areas(user: Any, areas: list[str], *wanted: str) -> bool:
    """True when the user holds one of the roles at an authority whose division covers one of the areas."""
    scope = scope_of(user)
    return any(covers(scope.authority_roles.get(role, frozenset()), areas) for role in wanted)


def holds_for_unit(user: Any, unit_id: int | None, *wanted: str) -> bool:
    """True when the user holds one of the roles for this unit."""
    scope = scope_of(user)
    return unit_id is not None and any(unit_id in scope.unit_roles.get(role, frozenset()) for role in wanted)


def is_administrator(user: Any) -> bool:
    person = as_user(user)
    return person is not None and (person.is_superuser or scope_of(person).has(roles.ADMINISTRATOR))


def areas_of(codes: list[str]) -> list[str]:
    """Every prefix of the given county codes: ['430102'] → ['43', '4301', '430102']."""
    found = {code[:length] for code in codes for length in (2, 4, 6) if len(code) >= length}
    return sorted(found)
