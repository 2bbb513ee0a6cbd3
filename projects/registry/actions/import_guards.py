"""What an import may not change on projects that are known already, and what it did change.

Works on the staging table of the import, inside its transaction: ``remember`` before the write, ``compare`` after it,
then ``refuse_changes``, whose refusal takes the write back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation.accounts.access import scope_of
from conservation.errors import Fault, Faults
from projects.registry.access import IMPORTERS

PLAN = ("plan_number", "plan_kind", "plan_approved_on")
GUARDED = ("unit_id", "counties", "approval_level", *PLAN)
"""Who answers for the project, who decides on it, and what was decided."""
DECIDED_HERE = (*PLAN, "state")
"""What the portal's own decision has settled."""
TITLES = {
    "unit_id": gettext_lazy("生产建设单位"),
    "counties": gettext_lazy("涉及县（市、区）"),
    "approval_level": gettext_lazy("立项级别"),
    "plan_number": gettext_lazy("批准文号"),
    "plan_kind": gettext_lazy("方案种类"),
    "plan_approved_on": gettext_lazy("批准日期"),
    "state": gettext_lazy("建设状态"),
}
KEYS = {"unit_id": "unit_name", "state": "works"}
"""The ledger's column where it is called otherwise than the project's."""


def remember() -> None:
    """Keep what the known projects say before the write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_stage s SET before = to_jsonb(p) FROM registry_project p WHERE p.id = s.id AND s.known"
        )


def compare(columns: Iterable[str]) -> None:
    """Note on each row what the write changed: column → {old, new}."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_stage s SET changed = (SELECT jsonb_object_agg(o.key, jsonb_build_object('old', o.value, "
            "'new', n.value)) FROM jsonb_each(s.before) o JOIN jsonb_each(to_jsonb(p)) n USING (key) "
            "WHERE o.key = ANY(%s) AND o.value IS DISTINCT FROM n.value) "
            "FROM registry_project p WHERE p.id = s.id AND s.known",
            [[*columns, "state", "authority_id"]],
        )


CHANGES = """
SELECT s.row, s.changed::text, s.before->>'source', a.id, a.name, a.division_code,
       EXISTS (SELECT FROM history_event e WHERE e.subject_type = 'project' AND e.subject_id = s.id::text
               AND e.act = 'registry.approve_plan')
FROM registry_stage s JOIN accounts_authority a ON a.id = (s.before->>'authority_id')::bigint
WHERE s.changed ?| %s ORDER BY s.row
"""
"""The changed rows with the authority that was competent before, and whether the portal has decided on a plan (its act
stands in the history, whatever the project's columns say today)."""


def refuse_changes(actor: Any) -> None:
    """Raise ``Refused`` naming row and column for every change the importer may not make.

    Unit, counties, approval level and plan are changed by an importing role of the project's authority or of one above
    it; where the unit registered the project in the portal, by its authority only, as on the project's own page. What
    the portal decided (plan and state) no ledger changes, whoever brings it. ``actor`` None is the system.
    """
    faults = Faults()
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, [[*GUARDED, "state"]])
        for row, text, source, authority, name, division, decided in cursor:
            changed = json.loads(text)
            if decided:
                add(faults, row, changed, DECIDED_HERE, _("方案由系统审批，“%(title)s”不能由台账改动。"), name)
            if not may_change(actor, source, authority, division):
                left = [key for key in GUARDED if not (decided and key in DECIDED_HERE)]
                add(faults, row, changed, left, _("“%(title)s”只能由%(authority)s更正，台账不能改动。"), name)
    faults.refuse()


def add(faults: Faults, row: int, changed: dict[str, Any], keys: Iterable[str], text: str, name: str) -> None:
    for key in keys:
        if key in changed:
            message = text % {"title": TITLES[key], "authority": name}
            faults.found.append(Fault(KEYS.get(key, key), message, "registry.import_projects", row))


def may_change(actor: Any, source: str, authority: int, division: str) -> bool:
    """Does the importer hold an importing role at this authority or, for what no unit registered, above it?"""
    if actor is None:
        return True
    scope = scope_of(actor)
    if any(authority in scope.authority_ids.get(role, frozenset()) for role in IMPORTERS):
        return True
    if source == "filed":
        return False
    held = frozenset().union(*(scope.authority_roles.get(role, frozenset()) for role in IMPORTERS))
    return any(division.startswith(prefix) for prefix in held)
