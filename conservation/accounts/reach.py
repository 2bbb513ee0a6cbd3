"""Reach: which units an authority answers for. Higher storeys add what they know of (units with works in the area)."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

Placed = Callable[[frozenset[str]], Q]
_placed: list[Placed] = []


def add(function: Placed) -> None:
    """Hand down a condition on units: division prefixes, never '' → units that belong there for another reason."""
    if function not in _placed:
        _placed.append(function)


def within(prefixes: frozenset[str]) -> Q:
    """Condition on units: seated under one of the prefixes, or placed there by a higher storey. '' is every unit."""
    if "" in prefixes:
        return Q(pk__isnull=False)
    condition = Q(pk__in=[])
    if not prefixes:
        return condition
    for prefix in sorted(prefixes):
        condition |= Q(division_code__startswith=prefix)
    for function in _placed:
        condition |= function(prefixes)
    return condition
