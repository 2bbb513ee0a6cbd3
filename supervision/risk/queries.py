"""Reads of the risk room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count

from conservation.rulebook.registry import decide
from conservation.rulebook.rules import risk_tier as rules
from projects.registry.models import Project, ProjectTier
from supervision.risk import access, sql
from supervision.risk.models import Contact, TierRun
from supervision.risk.sources import SOURCES

SIZE = 50


def follow_up_list(user: Any, filters: dict[str, Any]) -> dict[str, Any]:
    """One keyset page of follow-ups, newest first. Filters: ``kind``, ``state``, ``q`` (project name), ``after``."""
    found = access.visible_to(user).select_related("project", "unit")
    for key in ("kind", "state"):
        if filters.get(key):
            found = found.filter(**{key: filters[key]})
    if filters.get("q"):
        found = found.filter(project__name__contains=filters["q"])
    if filters.get("after"):
        found = found.filter(id__lt=filters["after"])
    rows = list(found.order_by("-id")[: SIZE + 1])
    return {"rows": rows[:SIZE], "next": rows[SIZE - 1].pk if len(rows) > SIZE else None}


def tier_counts(projects: Any) -> dict[str, int]:
    """How many of these (already scoped) projects stand in each tier."""
    found = dict(
        ProjectTier.objects.filter(project__in=projects).values_list("tier").annotate(n=Count("project")).order_by()
    )
    return {name: found.get(position, 0) for position, name in enumerate(sql.TIERS)}


def last_run() -> TierRun | None:
    return TierRun.objects.order_by("-id").first()


def explain(project: Project) -> dict[str, Any] | None:
    """The tier of a project line by line, derived from the stored levels by the rule's table of that day.

    Keys: ``tier, name, index, as_of, gaps, raised_by, lines`` with ``lines`` of ``code, title, level, points, score,
    gap, source``.
    """
    stored = ProjectTier.objects.filter(project=project).first()
    if stored is None:
        return None
    found = sql.unpack(stored.levels, stored.gaps, stored.raised, stored.assessed_on)
    lines = [
        {
            "code": one.code,
            "title": one.title,
            "title_en": one.title_en,
            "level": found["levels"][one.code],
            "points": one.points,
            "score": one.points * found["levels"][one.code],
            "gap": one.code in found["gaps"],
            "source": SOURCES[one.code],
        }
        for one in rules.table(stored.assessed_on).indicators
    ]
    return {
        "tier": stored.tier,
        "name": stored.name,
        "index": stored.index,
        "as_of": stored.assessed_on,
        "gaps": found["gaps"],
        "raised_by": found["raised_by"],
        "raised_titles": [
            one.title for one in rules.table(stored.assessed_on).overrides if one.code in found["raised_by"]
        ],
        "lines": lines,
    }


def contacts_by_tier(projects: Any, since: date) -> dict[str, int]:
    """The ledger of these (already scoped) projects: contacts by tier since a day. For tier none it should be nought."""
    found = dict(
        Contact.objects.filter(on__gte=since, project__in=projects)
        .values_list("tier")
        .annotate(n=Count("id"))
        .order_by()
    )
    return {name: found.get(position, 0) for position, name in enumerate(sql.TIERS)}


def rule_facts(day: date) -> dict[str, Any]:
    """The rule as it stands on a day, for the page: version, status, basis, indicators with their sources."""
    sample = decide("risk-tier", {"indicators": {}}, on=day).as_dict()
    return {
        "version": sample["version"],
        "status": sample["status"],
        "basis": sample["basis"],
        "indicators": [{"rule": one, "source": SOURCES[one.code]} for one in rules.table(day).indicators],
    }
