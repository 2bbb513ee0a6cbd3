"""What patches tell of their project: disturbed area, excess, volume dumped outside — written to ``registry``'s facts.

Per project the newest image that shows it counts (the latest image date among the rounds of its living patches).
Excluded patches do not count; a patch recognised as compliant has no excess. Volumes come from the last verification of
patches whose violation has been confirmed and is not yet put right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

SQL = """
    WITH wanted AS (SELECT unnest(%(ids)s::bigint[]) AS project_id),
    living AS (
        SELECT p.*, d.image_date FROM patches_patch p
        JOIN wanted w ON w.project_id = p.project_id JOIN patches_round d ON d.id = p.round_id
        WHERE p.ended_at IS NULL AND p.state <> 'excluded' AND p.klass <> ''
          AND p.finding <> 'not_construction'
    ),
    newest AS (SELECT project_id, max(image_date) AS image_date FROM living GROUP BY 1),
    land AS (
        SELECT l.project_id, sum(l.area_ha) AS disturbed,
            coalesce(sum(l.excess_ha) FILTER (WHERE l.klass LIKE 'suspected%%' AND l.finding NOT IN ('none', 'exempt')), 0)
                AS excess
        FROM living l JOIN newest n USING (project_id, image_date) GROUP BY 1
    ),
    dumped AS (
        SELECT p.project_id, sum(v.dumped_m3) FILTER (WHERE p.state IN ('confirmed', 'handling', 'supervised')) AS volume,
            bool_or(v.harm AND coalesce(v.dumped_m3, 0) > 0)
                FILTER (WHERE p.state IN ('confirmed', 'handling', 'supervised')) AS harm
        FROM patches_patch p JOIN wanted w ON w.project_id = p.project_id
        JOIN LATERAL (SELECT dumped_m3, harm FROM patches_verification v WHERE v.patch_id = p.id ORDER BY id DESC LIMIT 1) v
            ON true
        WHERE p.ended_at IS NULL GROUP BY 1
    )
    INSERT INTO registry_projectfacts AS f (project_id, disturbed_ha, excess_ha, dumped_m3, dumped_with_harm,
        overdue_rectifications, red_twice, storm_red, updated_at)
    SELECT w.project_id, l.disturbed, l.excess, CASE WHEN d.project_id IS NULL THEN NULL ELSE coalesce(d.volume, 0) END,
        coalesce(d.harm, false), 0, false, false, %(now)s
    FROM wanted w LEFT JOIN land l USING (project_id) LEFT JOIN dumped d USING (project_id)
    ORDER BY w.project_id
    ON CONFLICT (project_id) DO UPDATE SET disturbed_ha = excluded.disturbed_ha, excess_ha = excluded.excess_ha,
        dumped_m3 = excluded.dumped_m3, dumped_with_harm = excluded.dumped_with_harm, updated_at = excluded.updated_at
    WHERE (f.disturbed_ha, f.excess_ha, f.dumped_m3, f.dumped_with_harm)
        IS DISTINCT FROM (excluded.disturbed_ha, excluded.excess_ha, excluded.dumped_m3, excluded.dumped_with_harm)
"""


def refresh(project_ids: Iterable[int | None], now: datetime) -> int:
    """Write the facts of these projects anew; returns how many changed."""
    ids = sorted({one for one in project_ids if one})
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"ids": ids, "now": now})
        return cursor.rowcount
