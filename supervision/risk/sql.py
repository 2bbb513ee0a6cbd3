"""SQL of the risk index, made from the rule's own table (rulebook ``risk-tier``) and proved equal to the rule by test.

Levels are stored as the place of the level among the sorted levels of its indicator, three bits each in the order of
the table; gaps and overrides as one bit each. ``unpack`` turns the stored numbers back into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from conservation.rulebook.rules import risk_tier as rules
from supervision.risk.sources import OVERRIDES, SOURCES, season_of

BITS = 3
TIERS = ("none", "low", "medium", "high")


def levels_of(indicator: rules.Indicator) -> tuple[Decimal, ...]:
    """The distinct levels of an indicator, ascending; level 0 comes first."""
    found = {step.level for step in indicator.steps} | {level for _word, level in indicator.choices}
    return tuple(sorted(found))


def columns(season: str) -> str:
    """The natural values of all indicators and overrides as a select list."""
    natural = [f"{source.sql % {'season': quote(season)}} AS {code.lower()}" for code, source in SOURCES.items()]
    return ",\n  ".join(natural + [f"{sql} AS {code}" for code, sql in OVERRIDES.items()])


def quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def inputs(day: date, where: str) -> str:
    """Select of the natural values, one row a project. ``where`` is a condition on ``p`` and holds placeholders.

    Spoil sites are gathered per project by a lateral join, so a chunk reads only its own.
    """
    return f"""
SELECT p.id, t.tier AS old_tier, t.levels AS old_levels,
  {columns(season_of(day.month))}
FROM registry_project p
LEFT JOIN registry_projectfacts f ON f.project_id = p.id
LEFT JOIN accounts_unitstanding u ON u.unit_id = p.unit_id
LEFT JOIN registry_projecttier t ON t.project_id = p.id
LEFT JOIN (
  SELECT s.project_id, min(s.grade) AS worst, sum(s.volume_10k_m3) AS volume,
    bool_or(s.unstable AND s.grade <= 2) AS unstable
  FROM registry_spoilsite s WHERE s.project_id BETWEEN %(low)s AND %(high)s GROUP BY s.project_id
) s ON s.project_id = p.id
WHERE {where}"""


def place_case(indicator: rules.Indicator, shift: int) -> str:
    """CASE that gives the level's place; a gap keeps the last known level, else 0."""
    name = indicator.code.lower()
    place = {level: position for position, level in enumerate(levels_of(indicator))}
    gap = f"WHEN {name} IS NULL THEN coalesce((old_levels >> {shift}) & 7, 0)"
    if indicator.choices:
        arms = " ".join(f"WHEN {name} = {quote(word)} THEN {place[level]}" for word, level in indicator.choices)
        return f"CASE {gap} {arms} END"
    arms = " ".join(
        f"WHEN {name} {step.comparison} {step.bound} THEN {place[step.level]}"
        for step in indicator.steps
        if step.comparison != "else"
    )
    return f"CASE {gap} {arms} ELSE {place[indicator.steps[-1].level]} END"


def hundredths(indicator: rules.Indicator) -> str:
    """Points of an indicator in hundredths, by the place of its level."""
    name = f"l_{indicator.code.lower()}"
    values = [int(indicator.points * level * 100) for level in levels_of(indicator)]
    arms = " ".join(f"WHEN {position} THEN {value}" for position, value in enumerate(values) if value)
    return f"CASE {name} {arms} ELSE 0 END"


def override_condition(override: rules.Override) -> str:
    """An override that raises the tier: its fact, and the level it needs where the table names one."""
    if not override.indicator:
        return str(override.code)
    levels = levels_of(rules.BY_CODE[override.indicator])
    place = min(position for position, level in enumerate(levels) if level >= override.level_from)
    return f"({override.code} AND l_{override.indicator.lower()} >= {place})"


@dataclass(frozen=True)
class Statement:
    """``assess`` writes a chunk and returns one row: counts by tier and the ids whose tier changed."""

    assess: str


@cache
def statement(day: date, whole_country: bool) -> Statement:
    """The statement that assesses one chunk of projects (placeholders ``low``, ``high``, ``prefix``, ``day``)."""
    shifts = {one.code: position * BITS for position, one in enumerate(rules.INDICATORS)}
    places = ",\n    ".join(f"{place_case(one, shifts[one.code])} AS l_{one.code.lower()}" for one in rules.INDICATORS)
    packed = " | ".join(f"(l_{code.lower()}::bigint << {shift})" for code, shift in shifts.items())
    gaps = " + ".join(
        f"(CASE WHEN {one.code.lower()} IS NULL THEN {1 << position} ELSE 0 END)"
        for position, one in enumerate(rules.INDICATORS)
    )
    missing = " + ".join(f"({one.code.lower()} IS NULL)::int" for one in rules.INDICATORS)
    points = " + ".join(hundredths(one) for one in rules.INDICATORS)
    raised = " + ".join(
        f"(CASE WHEN {override_condition(one)} THEN {1 << position} ELSE 0 END)"
        for position, one in enumerate(rules.OVERRIDES)
    )
    by_index = "CASE " + " ".join(
        f"WHEN hundredths >= {int(bound * 100)} THEN {TIERS.index(tier)}"
        for tier, bound in sorted(rules.TIERS, key=lambda pair: -pair[1])
    )
    floors = ", ".join(
        [f"{by_index} ELSE 0 END"]
        + [f"CASE WHEN missing >= {rules.GAP_LIMIT} THEN {TIERS.index(rules.GAP_TIER)} ELSE 0 END"]
        + [
            f"CASE WHEN raised & {1 << position} <> 0 THEN {TIERS.index(one.tier)} ELSE 0 END"
            for position, one in enumerate(rules.OVERRIDES)
        ]
    )
    where = "p.id BETWEEN %(low)s AND %(high)s AND p.state <> 'cancelled'"
    if not whole_country:
        where += " AND p.areas @> ARRAY[%(prefix)s]::varchar[]"
    return Statement(
        f"""
WITH placed AS (
  SELECT *,
    {places}
  FROM ({inputs(day, where)} OFFSET 0) AS natural_values
), weighed AS (
  SELECT id, old_tier, {packed} AS levels, {gaps} AS gaps, {missing} AS missing,
    {points} AS hundredths, ({raised})::smallint AS raised
  FROM placed OFFSET 0
), assessed AS MATERIALIZED (
  SELECT id, old_tier, levels, gaps, raised, hundredths, greatest({floors})::smallint AS tier FROM weighed
), written AS (
  INSERT INTO registry_projecttier AS t (project_id, tier, index, levels, gaps, raised, assessed_on)
  SELECT id, tier, hundredths / 100.0, levels, gaps, raised, %(day)s FROM assessed
  ON CONFLICT (project_id) DO UPDATE SET tier = excluded.tier, index = excluded.index, levels = excluded.levels,
    gaps = excluded.gaps, raised = excluded.raised, assessed_on = excluded.assessed_on
  WHERE (t.tier, t.index, t.levels, t.gaps, t.raised) IS DISTINCT FROM
    (excluded.tier, excluded.index, excluded.levels, excluded.gaps, excluded.raised)
)
SELECT count(*), count(*) FILTER (WHERE tier = 0), count(*) FILTER (WHERE tier = 1),
  count(*) FILTER (WHERE tier = 2), count(*) FILTER (WHERE tier = 3),
  count(*) FILTER (WHERE tier > coalesce(old_tier, 0)), count(*) FILTER (WHERE tier < old_tier),
  coalesce(array_agg(id ORDER BY id) FILTER (WHERE tier <> coalesce(old_tier, 0)), '{{}}'),
  coalesce(array_agg(coalesce(old_tier, 0) ORDER BY id) FILTER (WHERE tier <> coalesce(old_tier, 0)), '{{}}')
FROM assessed"""
    )


def unpack(levels: int, gaps: int, raised: int) -> dict[str, Any]:
    """Stored numbers back into words: ``levels`` {code: Decimal}, ``gaps`` [code], ``raised_by`` [code]."""
    return {
        "levels": {
            one.code: levels_of(one)[(levels >> (position * BITS)) & 7]
            for position, one in enumerate(rules.INDICATORS)
        },
        "gaps": [one.code for position, one in enumerate(rules.INDICATORS) if gaps & (1 << position)],
        "raised_by": [one.code for position, one in enumerate(rules.OVERRIDES) if raised & (1 << position)],
    }
