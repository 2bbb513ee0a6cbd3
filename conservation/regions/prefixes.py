"""Codes of administrative divisions (GB/T 2260; towns and villages GB/T 10114): pure functions.

Six digits: two for the province, two for the city, two for the county; ``xx0000`` is a province, ``xxxx00`` a city.
Counties directly under a province (省直辖县) carry ``90`` in the middle, as 429004; their prefix is their whole code.
"""

from __future__ import annotations

COUNTY_DIGITS = 6


def code_prefix(code: str) -> str:
    """What the codes of a unit and all units below it begin with.

    '430000' → '43', '430100' → '4301', '430102' → '430102', '429004' → '429004'; nine and twelve digits (town,
    village) lose their closing zeros in threes: '430102001000' → '430102001'. An empty code stays empty.
    Codes that are not all digits (the Corps' own, say) are taken whole.
    """
    if not code.isdigit() or len(code) < COUNTY_DIGITS:
        return code
    head, tail = code[:COUNTY_DIGITS], code[COUNTY_DIGITS:]
    while tail and tail.endswith("000"):
        tail = tail[:-3]
    if tail:
        return head + tail
    if head.endswith("0000"):
        return head[:2]
    return head[:4] if head.endswith("00") else head


def is_under(code: str, above: str) -> bool:
    """Is ``code`` the unit ``above`` or below it? Nothing lies under an empty code."""
    return bool(above) and code.startswith(code_prefix(above))


def province_of(code: str) -> str:
    """The six-digit code of the province of a unit: '430102' → '430000'."""
    return f"{code[:2]}0000"


def code_level(code: str) -> int:
    """Level that the code's zeros speak of: 1 province, 2 city, 3 county or below."""
    return {2: 1, 4: 2}.get(len(code_prefix(code)), 3)
