"""What rectification tells of a project: how many items are overdue (M2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from supervision.rectification.states import LATE

SQL = """
    INSERT INTO registry_projectfacts AS f (project_id, overdue_rectifications, dumped_with_harm, red_twice, storm_red,
        updated_at)
    SELECT p.id, (SELECT count(*) FROM rectification_item i WHERE i.project_id = p.id AND i.state = ANY(%(late)s)),
        false, false, false, %(now)s
    FROM registry_project p WHERE p.id = %(project)s
    ON CONFLICT (project_id) DO UPDATE SET overdue_rectifications = excluded.overdue_rectifications,
        updated_at = excluded.updated_at
    WHERE f.overdue_rectifications IS DISTINCT FROM excluded.overdue_rectifications
"""


def refresh(project_id: Any, now: datetime) -> None:
    """Count the overdue items of a project anew; nothing to do without one."""
    if project_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"project": project_id, "late": list(LATE), "now": now})
