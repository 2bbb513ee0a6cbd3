"""Tiers of all projects, written, against one hand-written INSERT … SELECT of the same index.

Every stored row is made to differ before our turn, so that every row is written again; for one project in a hundred
the tier itself differs, so that decisions, history, follow-ups and notices are written for these, as after a busy day.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from portal.bench import measure
from portal.bench.database import owner_connection
from supervision.risk import tiering

DAY = date(2026, 11, 24)
PEER = "手写 INSERT … SELECT"
CHANGED = 100
"""One project in so many stands in another tier than it should before our turn."""

TABLE = """
DROP TABLE IF EXISTS bench_tier;
CREATE TABLE bench_tier (LIKE registry_projecttier INCLUDING ALL,
    FOREIGN KEY (project_id) REFERENCES registry_project (id) DEFERRABLE INITIALLY DEFERRED);
GRANT SELECT, INSERT, DELETE ON bench_tier TO PUBLIC;
"""
UNSETTLE = """
UPDATE registry_projecttier SET index = CASE WHEN index > 50 THEN index - 0.01 ELSE index + 0.01 END,
    tier = CASE WHEN project_id %% %(changed)s = 0 THEN (tier + 1) %% 4 ELSE tier END
"""

# By hand: the place of each level (null is a gap), then the points of the places in hundredths. What the portal also
# keeps (levels, gaps, overrides, the day) is worked out here too, since the table has these columns.
BY_HAND = """
INSERT INTO bench_tier (project_id, tier, index, levels, gaps, raised, assessed_on)
SELECT id,
  greatest(CASE WHEN points >= 6000 THEN 3 WHEN points >= 4000 THEN 2 WHEN points >= 2000 THEN 1 ELSE 0 END,
    CASE WHEN missing >= 3 THEN 1 ELSE 0 END, CASE WHEN raised > 0 THEN 3 ELSE 0 END),
  points / 100.0, levels, gaps, raised, %(day)s
FROM (
  SELECT id, raised,
    240 * coalesce(w1, 0) + CASE w2 WHEN 1 THEN 500 WHEN 2 THEN 750 WHEN 3 THEN 1000 ELSE 0 END + 200 * coalesce(w3, 0)
      + CASE w4 WHEN 1 THEN 125 WHEN 2 THEN 250 WHEN 3 THEN 375 WHEN 4 THEN 500 ELSE 0 END
      + 150 * (coalesce(d1, 0) + coalesce(d2, 0) + coalesce(d3, 0)) + 100 * coalesce(n1, 0) + 200 * n2
      + 50 * coalesce(n3, 0) + 225 * coalesce(e1, 0) + 250 * coalesce(e2, 0) + 125 * coalesce(e3, 0)
      + 300 * coalesce(m1, 0) + CASE m2 WHEN 1 THEN 250 WHEN 2 THEN 375 WHEN 3 THEN 500 ELSE 0 END
      + CASE m3 WHEN 1 THEN 100 WHEN 2 THEN 200 WHEN 3 THEN 400 ELSE 0 END + 75 * coalesce(m4, 0) AS points,
    coalesce(w1, 0)::bigint | (w2::bigint << 3) | (coalesce(w3, 0)::bigint << 6) | (coalesce(w4, 0)::bigint << 9)
      | (coalesce(d1, 0)::bigint << 12) | (coalesce(d2, 0)::bigint << 15) | (coalesce(d3, 0)::bigint << 18)
      | (coalesce(n1, 0)::bigint << 21) | (n2::bigint << 24) | (coalesce(n3, 0)::bigint << 27)
      | (coalesce(e1, 0)::bigint << 30) | (coalesce(e2, 0)::bigint << 33) | (coalesce(e3, 0)::bigint << 36)
      | (coalesce(m1, 0)::bigint << 39) | (m2::bigint << 42) | (m3::bigint << 45) | (coalesce(m4, 0)::bigint << 48) AS levels,
    (w1 IS NULL)::int + ((w3 IS NULL)::int << 2) + ((w4 IS NULL)::int << 3) + ((d1 IS NULL)::int << 4)
      + ((d2 IS NULL)::int << 5) + ((d3 IS NULL)::int << 6) + ((n1 IS NULL)::int << 7) + ((n3 IS NULL)::int << 9)
      + ((e1 IS NULL)::int << 10) + ((e2 IS NULL)::int << 11) + ((e3 IS NULL)::int << 12) + ((m1 IS NULL)::int << 13)
      + ((m4 IS NULL)::int << 16) AS gaps,
    num_nulls(w1, w3, w4, d1, d2, d3, n1, n3, e1, e2, e3, m1, m4) AS missing
  FROM (
    SELECT p.id,
      CASE WHEN s.worst IS NOT NULL THEN 6 - s.worst WHEN p.plan_kind <> '' THEN 0 END AS w1,
      CASE WHEN coalesce(f.dumped_m3, 0) = 0 THEN 0 WHEN f.dumped_m3 < 1000 THEN 1 WHEN f.dumped_m3 < 5000 THEN 2
        ELSE 3 END AS w2,
      CASE WHEN f.bare_slope_m < 3 THEN 0 WHEN f.bare_slope_m < 8 THEN 1 WHEN f.bare_slope_m < 15 THEN 2
        WHEN f.bare_slope_m < 30 THEN 3 WHEN f.bare_slope_m >= 30 THEN 4 END AS w3,
      CASE WHEN o.spoil = 0 THEN 0 WHEN o.spoil < 1 THEN 1 WHEN o.spoil < 10 THEN 2 WHEN o.spoil < 50 THEN 3
        WHEN o.spoil >= 50 THEN 4 END AS w4,
      CASE WHEN o.disturbed < 0.5 THEN 0 WHEN o.disturbed < 5 THEN 1 WHEN o.disturbed < 20 THEN 2
        WHEN o.disturbed < 100 THEN 3 WHEN o.disturbed >= 100 THEN 4 END AS d1,
      CASE WHEN o.excess = 0 THEN 0 WHEN o.excess <= 0.05 THEN 1 WHEN o.excess <= 0.15 THEN 2 WHEN o.excess <= 0.3 THEN 3
        WHEN o.excess > 0.3 THEN 4 END AS d2,
      CASE WHEN o.moved < 1000 THEN 0 WHEN o.moved < 50000 THEN 1 WHEN o.moved < 500000 THEN 2 WHEN o.moved < 5000000 THEN 3
        WHEN o.moved >= 5000000 THEN 4 END AS d3,
      CASE WHEN f.mean_slope_deg < 5 THEN 0 WHEN f.mean_slope_deg < 8 THEN 1 WHEN f.mean_slope_deg < 15 THEN 2
        WHEN f.mean_slope_deg < 25 THEN 3 WHEN f.mean_slope_deg >= 25 THEN 4 END AS n1,
      CASE WHEN f.storm_red THEN 2 ELSE 0 END AS n2,
      CASE f.background_erosion WHEN 'slight' THEN 0 WHEN 'light' THEN 1 WHEN 'moderate' THEN 2 WHEN 'strong' THEN 3
        WHEN 'very_strong' THEN 4 WHEN 'severe' THEN 4 END AS n3,
      CASE WHEN f.sensitive_m >= 2000 THEN 0 WHEN f.sensitive_m >= 1000 THEN 1 WHEN f.sensitive_m >= 500 THEN 2
        WHEN f.sensitive_m >= 200 THEN 3 WHEN f.sensitive_m < 200 THEN 4 END AS e1,
      CASE f.key_zone WHEN 'none' THEN 0 WHEN 'provincial' THEN 1 WHEN 'national' THEN 2 END AS e2,
      CASE WHEN f.river_m >= 1000 THEN 0 WHEN f.river_m >= 500 THEN 1 WHEN f.river_m >= 200 THEN 2 WHEN f.river_m > 0 THEN 3
        WHEN f.river_m = 0 THEN 4 END AS e3,
      CASE WHEN f.last_colour = 'green' THEN 0 WHEN f.last_colour = 'yellow' THEN 1 WHEN f.last_colour IS NOT NULL THEN 2
        WHEN p.plan_kind <> 'report_book' OR NOT o.working THEN 0 END AS m1,
      CASE WHEN coalesce(f.overdue_rectifications, 0) = 0 THEN 0 WHEN f.overdue_rectifications = 1 THEN 1
        WHEN f.overdue_rectifications = 2 THEN 2 ELSE 3 END AS m2,
      CASE u.grade WHEN 'A' THEN 0 WHEN 'C' THEN 2 WHEN 'D' THEN 3 ELSE 1 END AS m3,
      CASE WHEN f.report_late_days = 0 THEN 0 WHEN f.report_late_days <= 15 THEN 1 WHEN f.report_late_days <= 30 THEN 2
        WHEN f.report_late_days <= 60 THEN 3 WHEN f.report_late_days > 60 THEN 4
        WHEN p.plan_kind <> 'report_book' OR NOT o.working THEN 0 END AS m4,
      CASE WHEN f.dumped_with_harm THEN 1 ELSE 0 END + CASE WHEN s.unstable THEN 2 ELSE 0 END
        + CASE WHEN f.red_twice THEN 4 ELSE 0 END + CASE WHEN f.storm_red AND s.worst <= 3 THEN 8 ELSE 0 END AS raised
    FROM registry_project p
    LEFT JOIN registry_projectfacts f ON f.project_id = p.id
    LEFT JOIN accounts_unitstanding u ON u.unit_id = p.unit_id
    LEFT JOIN (
      SELECT project_id, min(grade) AS worst, sum(volume_10k_m3) AS volume, bool_or(unstable AND grade <= 2) AS unstable
      FROM registry_spoilsite GROUP BY project_id
    ) s ON s.project_id = p.id
    CROSS JOIN LATERAL (
      SELECT coalesce(f.spoil_10k_m3, s.volume) AS spoil, p.excavation_m3 + p.fill_m3 AS moved,
        p.state IN ('under_construction', 'suspended') AS working,
        coalesce(f.disturbed_ha, CASE WHEN p.state IN ('under_construction', 'suspended')
          THEN p.permanent_ha + p.temporary_ha WHEN p.state IN ('registered', 'plan_approved') THEN 0 END) AS disturbed,
        CASE WHEN f.disturbed_ha > 0 THEN coalesce(f.excess_ha, 0) / f.disturbed_ha
          WHEN f.disturbed_ha = 0 OR p.state IN ('registered', 'plan_approved') THEN 0 END AS excess
    ) o
    WHERE p.state <> 'cancelled' OFFSET 0
  ) AS placed OFFSET 0
) AS weighed
"""
READ_ONLY = f"SELECT count(*), sum(index), max(levels) FROM ({BY_HAND[BY_HAND.index('SELECT') :]}) AS one(id, tier, index, levels)"
COMPARE = """
SELECT count(*) FROM registry_projecttier t FULL JOIN bench_tier b USING (project_id)
WHERE (t.tier, t.index, t.levels, t.gaps, t.raised) IS DISTINCT FROM (b.tier, b.index, b.levels, b.gaps, b.raised)
"""


def run(rounds: int) -> list[measure.Figure]:
    """Our tiering, the hand-written statement and the reading alone, in turns."""
    with owner_connection() as owner:
        owner.execute(TABLE)
        tiering.tier_all(as_of=DAY)  # whatever the data held before, from here only our changes count
        vacuum(owner)
        before = measure.peak_mb()
        turns = measure.take_turns(
            [
                measure.Contender("ours", lambda: tiering.tier_all(as_of=DAY), lambda: unsettle(owner)),
                measure.Contender("peer", by_hand, lambda: clear(owner)),
                measure.Contender("limit", read_only),
                measure.Contender("unchanged", lambda: tiering.tier_all(as_of=DAY)),
            ],
            rounds,
            warm=1,
        )
        grown = measure.peak_mb() - before
        unlike = owner.execute(COMPARE).fetchone()[0]
        owner.execute("DROP TABLE bench_tier")
    if unlike:
        raise AssertionError(f"{unlike} projects have another tier by the hand-written statement")
    found = measure.medians(turns)
    number = count()
    return [
        measure.Figure(
            "risk", f"{number} 个项目全部重写（{number // CHANGED} 个变更等级）", found["ours"], found["peer"], PEER, most=2.0,
            limit=found["limit"], limit_name="同一语句只算不写", note=f"内存峰值增长 {grown:.1f} MB", turns=turns,
        ),
        measure.Figure("risk", "无变化的再次运行", found["unchanged"], found["peer"], PEER),
    ]  # fmt: skip


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_projecttier")
        return int(cursor.fetchone()[0])


def by_hand() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND, {"day": DAY})


def read_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute(READ_ONLY, {"day": DAY})


def unsettle(owner: Any) -> None:
    """Make every stored row differ, one in a hundred by its tier."""
    owner.execute(UNSETTLE, {"changed": CHANGED})
    vacuum(owner)


def clear(owner: Any) -> None:
    owner.execute("TRUNCATE bench_tier")


def vacuum(owner: Any) -> None:
    for table in ("registry_projecttier", "risk_followup", "rulebook_storeddecision"):
        owner.execute(f"VACUUM (ANALYZE) {table}")
