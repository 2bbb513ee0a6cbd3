"""SQL of the risk index, made from the rule's own table (rulebook ``risk-tier``) and proved equal to the rule by test.

Levels are stored as the place of the level among the sorted levels of its indicator, three bits each in the order of
the table; gaps and overrides as one bit each. ``unpack`` turns the stored numbers back into words. Who adds an
indicator to the table, or a level to an indicator, recodes what is stored by a migration.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from conservation.rulebook.rules import risk_tier as rules
from supervision.risk.sources import OVERRIDES, SOURCES, season_of

BITS = 3
TIERS = ("none", "low", "medium", "high")
OLD = ("old_tier", "old_index", "old_levels", "old_gaps", "old_raised")


def columns(season: str) -> str:
    """The natural values of all indicators and overrides as a select list."""
    natural = [f"{source.sql % {'season': quote(season)}} AS {code.lower()}" for code, source in SOURCES.items()]
    return ",\n  ".join(natural + [f"{sql} AS {code}" for code, sql in OVERRIDES.items()])


def quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def inputs(day: date, where: str) -> str:
    """Select of the natural values, one row a project. ``where`` is a condition on ``p``.

    ``where`` and the placeholders ``low`` and ``high`` hold the ids; with these said for every table, a chunk reads
    only its own rows.
    """
    own = "BETWEEN %(low)s AND %(high)s"
    return f"""
SELECT p.id, t.tier AS old_tier, t.index AS old_index, t.levels AS old_levels, t.gaps AS old_gaps,
  t.raised AS old_raised,
  {columns(season_of(day.month))}
FROM registry_project p
LEFT JOIN registry_projectfacts f ON f.project_id = p.id AND f.project_id {own}
LEFT JOIN accounts_unitstanding u ON u.unit_id = p.unit_id
LEFT JOIN registry_projecttier t ON t.project_id = p.id AND t.project_id {own}
LEFT JOIN (
  SELECT s.project_id, min(s.grade) AS worst, sum(s.volume_10k_m3) AS volume,
    bool_or(s.unstable AND s.grade <= 2) AS unstable
  FROM registry_spoilsite s WHERE s.project_id {own} GROUP BY s.project_id
) s ON s.project_id = p.id
WHERE {where}"""


def place_case(indicator: rules.Indicator) -> str:
    """CASE that gives the place of the level; null for a gap, and for a word that the table does not know."""
    name = indicator.code.lower()
    place = {level: position for position, level in enumerate(indicator.levels)}
    if indicator.choices:
        arms = " ".join(f"WHEN {quote(word)} THEN {place[level]}" for word, level in indicator.choices)
        return f"CASE {name} {arms} END"
    arms = " ".join(
        f"WHEN {name} {step.comparison} {step.bound} THEN {place[step.level]}"
        for step in indicator.steps
        if step.comparison != "else"
    )
    return f"CASE {arms} WHEN {name} IS NOT NULL THEN {place[indicator.steps[-1].level]} END"


def hundredths(indicator: rules.Indicator) -> str:
    """Points of an indicator in hundredths, by the place of its level."""
    values = [int(indicator.points * level * 100) for level in indicator.levels]
    arms = " ".join(f"WHEN {position} THEN {value}" for position, value in enumerate(values) if value)
    return f"CASE l_{indicator.code.lower()} {arms} ELSE 0 END"


def holds(override: rules.Override, table: rules.Table) -> str:
    """Condition under which an override holds: its fact, and the level it needs where the table names one."""
    if not override.indicator:
        return override.code
    levels = next(one.levels for one in table.indicators if one.code == override.indicator)
    place = min(position for position, level in enumerate(levels) if level >= override.level_from)
    return f"({override.code} AND l_{override.indicator.lower()} >= {place})"


def tier_cases(table: rules.Table) -> str:
    """The tiers that the index, the gaps and each override ask for, as a list of expressions."""
    arms = " ".join(
        f"WHEN hundredths >= {int(bound * 100)} THEN {TIERS.index(tier)}"
        for tier, bound in sorted(table.tiers, key=lambda pair: -pair[1])
    )
    return ", ".join(
        [
            f"CASE {arms} ELSE 0 END",
            f"CASE WHEN missing >= {table.gap_limit} THEN {TIERS.index(table.gap_tier)} ELSE 0 END",
            *(f"CASE WHEN {holds(one, table)} THEN {TIERS.index(one.tier)} ELSE 0 END" for one in table.overrides),
        ]
    )


def bits(conditions: list[str]) -> str:
    """Sum of one bit for each condition that holds."""
    return " + ".join(f"CASE WHEN {one} THEN {1 << position} ELSE 0 END" for position, one in enumerate(conditions))


def graded(day: date, where: str) -> str:
    """Select of ``id``, the old row, ``tier``, ``index``, ``levels``, ``gaps`` and ``raised`` of each project.

    The fences (OFFSET 0) keep a value from being worked out wherever it is used.
    """
    table = rules.table(day)
    codes = [one.code.lower() for one in table.indicators]
    old = ", ".join(OLD)
    flags = ", ".join(OVERRIDES)
    kept = ", ".join(sorted({f"l_{one.indicator.lower()}" for one in table.overrides if one.indicator}))
    places = ",\n        ".join(f"{place_case(one)} AS q_{one.code.lower()}" for one in table.indicators)
    levels = ", ".join(
        f"coalesce(q_{code}, (old_levels >> {position * BITS}) & 7, 0) AS l_{code}"
        for position, code in enumerate(codes)
    )
    packed = " | ".join(f"(l_{code}::bigint << {position * BITS})" for position, code in enumerate(codes))
    return f"""
SELECT id, {old}, levels, gaps, hundredths / 100.0 AS index,
  ({bits([holds(one, table) for one in table.overrides])})::smallint AS raised, greatest({tier_cases(table)})::smallint AS tier
FROM (
  SELECT id, {old}, {flags}, {kept}, gaps, missing, {packed} AS levels,
    {" + ".join(hundredths(one) for one in table.indicators)} AS hundredths
  FROM (
    SELECT id, {old}, {flags}, {levels}, {bits([f"q_{code} IS NULL" for code in codes])} AS gaps,
      {" + ".join(f"(q_{code} IS NULL)::int" for code in codes)} AS missing
    FROM (
      SELECT id, {old}, {flags},
        {places}
      FROM ({inputs(day, where)}) AS natural_values OFFSET 0
    ) AS placed OFFSET 0
  ) AS levelled OFFSET 0
) AS weighed"""


@cache
def assessment(day: date, whole_country: bool) -> str:
    """The statement that assesses one chunk of projects (placeholders ``low``, ``high``, ``prefix``, ``day``).

    It writes the rows that differ from what is stored and returns one row: counts by tier, raised, lowered, and ids and
    former tiers of the projects whose tier changed.
    """
    where = "p.id BETWEEN %(low)s AND %(high)s AND p.state <> 'cancelled'"
    if not whole_country:
        where += " AND p.areas @> ARRAY[%(prefix)s]::varchar[]"
    changed = "FILTER (WHERE tier <> coalesce(old_tier, 0))"
    return f"""
WITH assessed AS MATERIALIZED ({graded(day, where)}), written AS (
  INSERT INTO registry_projecttier (project_id, tier, index, levels, gaps, raised, assessed_on)
  SELECT id, tier, index, levels, gaps, raised, %(day)s FROM assessed
  WHERE old_tier IS NULL OR levels <> old_levels OR gaps <> old_gaps OR raised <> old_raised OR tier <> old_tier
    OR index <> old_index
  ON CONFLICT (project_id) DO UPDATE SET tier = excluded.tier, index = excluded.index, levels = excluded.levels,
    gaps = excluded.gaps, raised = excluded.raised, assessed_on = excluded.assessed_on
)
SELECT count(*), {", ".join(f"count(*) FILTER (WHERE tier = {number})" for number in range(len(TIERS)))},
  count(*) FILTER (WHERE tier > coalesce(old_tier, 0)), count(*) FILTER (WHERE tier < old_tier),
  coalesce(array_agg(id ORDER BY id) {changed}, '{{}}'),
  coalesce(array_agg(coalesce(old_tier, 0) ORDER BY id) {changed}, '{{}}')
FROM assessed"""


def kept_level_case(position: int, indicator: rules.Indicator) -> str:
    """For a gap of the stored tier ``t`` that keeps a level above 0: that level; else null."""
    arms = " ".join(f"WHEN {place} THEN {level}" for place, level in enumerate(indicator.levels) if place)
    return f"CASE WHEN t.gaps & {1 << position} <> 0 THEN CASE (t.levels >> {position * BITS}) & 7 {arms} END END"


def unpack(levels: int, gaps: int, raised: int, day: date) -> dict[str, Any]:
    """Stored numbers of an assessment back into words: ``levels`` {code: Decimal}, ``gaps`` and ``raised_by`` [code]."""
    table = rules.table(day)
    found: dict[str, Decimal] = {
        one.code: one.levels[(levels >> (position * BITS)) & 7] for position, one in enumerate(table.indicators)
    }
    return {
        "levels": found,
        "gaps": [one.code for position, one in enumerate(table.indicators) if gaps & (1 << position)],
        "raised_by": [one.code for position, one in enumerate(table.overrides) if raised & (1 << position)],
    }
