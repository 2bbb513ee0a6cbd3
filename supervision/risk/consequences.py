"""What a changed tier makes the portal do: stored decision, history, follow-up, contact, notice — all set-based."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from conservation import clock
from conservation.rulebook.registry import decide
from conservation.rulebook.rules import risk_tier as rules
from conservation.rulebook.workdays import count_days, default_calendar
from supervision.risk import sql
from supervision.risk.sources import OVERRIDES

KINDS = {1: "reminder", 2: "self_check", 3: "visit"}
"""Tier → follow-up. Tier none asks for nothing: who bears no risk is left alone."""
WORKDAYS = {1: 15, 2: 5, 3: 10}
"""Product defaults (credit_remote_risk C1): self-check within 5 working days, visit within 10."""
MANY = 1000
"""With more changed projects in a chunk than this, tables are joined whole instead of row by row."""


def follow(changed: list[int], before: list[int], *, day: date, now: datetime) -> None:
    """Write all that follows for the projects whose tier changed. Runs in the chunk's transaction."""
    if len(changed) > MANY:
        _plan_for_many()
    values = {"ids": changed, "before": before, "day": day, "now": now, "low": min(changed), "high": max(changed)}
    _decisions(values, day)
    _events(values)
    _withdraw(values, now)
    for tier, kind in KINDS.items():
        _open(values, tier, kind, day)


def _plan_for_many() -> None:
    """Statistics do not know yet what this transaction writes: join whole tables, look rows up by index.

    The plans that the history's trigger keeps for the session may stem from a time when its table was empty.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_seqscan = off; DISCARD PLANS")


def _decisions(values: dict[str, Any], day: date) -> None:
    """One stored decision a changed project: inputs and result; the lines follow from them by the rule.

    Of what was known last only the level is kept; it goes into the decision as ``last_levels``.
    """
    sample = decide("risk-tier", {"indicators": {}}, on=day)
    table = rules.table(day)
    indicators = list(enumerate(table.indicators))
    natural = ", ".join(f"'{one.code}', {one.code.lower()}" for _position, one in indicators)
    kept = ", ".join(f"'{one.code}', {sql.kept_level_case(position, one)}" for position, one in indicators)
    overrides = ", ".join(f"CASE WHEN {code} THEN '{code}' END" for code in OVERRIDES)
    gaps = ", ".join(f"CASE WHEN t.gaps & {1 << position} <> 0 THEN '{one.code}' END" for position, one in indicators)
    raised = ", ".join(
        f"CASE WHEN t.raised & {1 << position} <> 0 THEN '{one.code}' END"
        for position, one in enumerate(table.overrides)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
INSERT INTO rulebook_storeddecision
  (rule, version, "on", province, inputs, result, lines, basis, status, subject_type, subject_id, decided_at)
SELECT 'risk-tier', %(version)s, %(day)s, '',
  jsonb_build_object('indicators', jsonb_strip_nulls(jsonb_build_object({natural})),
    'last_levels', jsonb_strip_nulls(jsonb_build_object({kept})),
    'overrides', to_jsonb(array_remove(ARRAY[{overrides}]::text[], NULL))),
  jsonb_build_object('index', t.index::text, 'tier', (ARRAY['none','low','medium','high'])[t.tier + 1],
    'gaps', to_jsonb(array_remove(ARRAY[{gaps}]::text[], NULL)),
    'raised_by', to_jsonb(array_remove(ARRAY[{raised}]::text[], NULL))),
  '[]', %(basis)s::jsonb, %(status)s, 'project', n.id::text, %(now)s
FROM ({sql.inputs(day, "p.id = ANY(%(ids)s)")}) AS n JOIN registry_projecttier t ON t.project_id = n.id""",
            {**values, "version": sample.version, "status": sample.status, "basis": basis_json(sample)},
        )


def basis_json(sample: Any) -> str:
    return json.dumps(sample.as_dict()["basis"], ensure_ascii=False)


def _events(values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
INSERT INTO history_event (subject_type, subject_id, seq, act, actor_name, authority_name, from_state, to_state,
  reason, data, documents, occurred_at, prev_hash, hash)
SELECT 'project', t.project_id::text, 0, 'risk.tier', %(system)s, '', '', '', '',
  jsonb_build_object('from', (ARRAY['none','low','medium','high'])[c.before + 1],
    'to', (ARRAY['none','low','medium','high'])[t.tier + 1], 'index', t.index::text, 'as_of', %(day)s::text),
  '[]', %(now)s, '', ''
FROM unnest(%(ids)s::bigint[], %(before)s::int[]) AS c(id, before)
JOIN registry_projecttier t ON t.project_id = c.id ORDER BY t.project_id""",
            {**values, "system": _("系统")},
        )


def _withdraw(values: dict[str, Any], now: datetime) -> None:
    """Open follow-ups of another tier are withdrawn; the new tier brings its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
UPDATE risk_followup w SET state = 'withdrawn', closed_at = %(now)s
FROM registry_projecttier t
WHERE t.project_id = w.project_id AND w.project_id = ANY(%(ids)s) AND w.state IN ('open', 'overdue', 'answered')
  AND w.tier <> t.tier""",
            {**values, "now": now},
        )


def _open(values: dict[str, Any], tier: int, kind: str, day: date) -> None:
    due = workdays_after(day, WORKDAYS[tier])
    titles = {
        "reminder": _("风险提醒：请核对项目的水土保持措施"),
        "self_check": _("请在 5 个工作日内完成自查并上传带定位的照片"),
        "visit": _("项目列为高风险，主管部门将于 10 个工作日内现场检查"),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
WITH opened AS (
  INSERT INTO risk_followup (project_id, unit_id, areas, kind, tier, state, opened_on, due_on, answer, finding)
  SELECT p.id, p.unit_id, p.areas, %(kind)s, %(tier)s, 'open', %(day)s, %(due)s, '', ''
  FROM registry_project p JOIN registry_projecttier t ON t.project_id = p.id
  WHERE p.id = ANY(%(ids)s) AND t.tier = %(tier)s
  ON CONFLICT (project_id, kind) WHERE state IN ('open', 'answered', 'overdue') DO NOTHING
  RETURNING id, project_id, unit_id
), counted AS (
  INSERT INTO risk_contact (project_id, unit_id, tier, kind, "on", source_type, source_id)
  SELECT project_id, unit_id, %(tier)s, %(kind)s, %(day)s, 'follow_up', id::text FROM opened
)
INSERT INTO notices_notice (user_id, kind, title, body, subject_type, subject_id, key, created_at)
SELECT m.user_id, %(notice)s, %(title)s, p.name, 'follow_up', o.id::text, 'follow-up-' || o.id, %(now)s
FROM opened o JOIN registry_project p ON p.id = o.project_id
JOIN accounts_membership m ON m.unit_id = o.unit_id AND m.valid_from <= %(day)s
  AND (m.valid_to IS NULL OR m.valid_to >= %(day)s)
ON CONFLICT (user_id, key) WHERE key <> '' DO NOTHING""",
            {
                **values,
                "kind": kind,
                "tier": tier,
                "due": due,
                "title": titles[kind],
                "notice": "task" if kind == "self_check" else "reminder",
            },
        )


def lapse(*, now: datetime) -> int:
    """Follow-ups whose day has passed without an answer become overdue. Returns their number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE risk_followup SET state = 'overdue' WHERE state = 'open' AND due_on < %s",
            [clock.day_of(now)],
        )
        return cursor.rowcount


def workdays_after(day: date, number: int) -> date:
    """The day that ends a period of working days; the first day is not counted."""
    return count_days(day, number, (), default_calendar())
