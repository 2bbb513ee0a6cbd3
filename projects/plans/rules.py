"""Arithmetic of a plan filing: the earthwork balance and tolerances. Pure functions; volumes in 万m³, areas in hm²."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

GAP_10K_M3 = Decimal("0.01")
"""Largest gap of the balance that counts as rounding, 万m³."""
SHARE = Decimal("0.01")
LEAST_HA = Decimal("0.05")


@dataclass(frozen=True)
class Earthwork:
    """The earthwork of a plan, topsoil apart (it is balanced on its own), 万m³."""

    excavation: Decimal
    fill: Decimal
    borrow: Decimal
    spoil: Decimal
    own_use: Decimal = Decimal(0)
    social_use: Decimal = Decimal(0)


def balance_gap(given: Earthwork) -> Decimal:
    """Dug and borrowed minus filled, used and spoiled: zero when the balance closes."""
    return given.excavation + given.borrow - given.fill - given.own_use - given.spoil


def balances(given: Earthwork) -> bool:
    """Does the balance close, but for rounding? 挖方 + 借方 = 填方 + 自身利用方 + 弃方."""
    return abs(balance_gap(given)) <= GAP_10K_M3


def to_dump(given: Earthwork) -> Decimal:
    """Spoil that needs a site: what society does not use."""
    return given.spoil - given.social_use


def same_area(one: Decimal, other: Decimal) -> bool:
    """Are two areas the same within 1 % of the first or 0.05 hm², the greater?"""
    return abs(one - other) <= max(one * SHARE, LEAST_HA)


def total_m3(excavation: Decimal, fill: Decimal) -> Decimal:
    """挖填总量 in m³ from 万m³: excavation plus fill."""
    return (excavation + fill) * 10_000
