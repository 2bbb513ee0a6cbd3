"""The search box: projects, units, plan numbers and case numbers, each within what the reader may see."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conservation.accounts.queries import units_visible_to
from conservation.history import subjects
from portal.records import of_room
from projects.registry import access as registry_access
from projects.registry import queries as registry_queries

SHOWN = 12
SHORTEST = 2
LONGEST = 80


def clean(text: str) -> str:
    """Full-width letters and digits as half-width, brackets of document numbers kept, blanks at the ends gone."""
    folded = "".join(
        unicodedata.normalize("NFKC", one) if "！" <= one <= "～" and one not in "（），。：；？！" else one
        for one in text
    )
    return folded.replace("\0", "").strip()[:LONGEST]


def find(user: Any, text: str) -> dict[str, Any]:
    """Groups of results for a text; ``short`` is true when the text has fewer than two characters."""
    text = clean(text)
    if len(text) < SHORTEST:
        return {"text": text, "short": bool(text), "groups": [], "found": 0}
    groups = [
        group for group in (projects(user, text), units(user, text), plans(user, text), cases(user, text)) if group
    ]
    return {"text": text, "short": False, "groups": groups, "found": sum(len(one["rows"]) for one in groups)}


def group(label: Any, icon: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    return {"label": label, "icon": icon, "rows": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None


def projects(user: Any, text: str) -> dict[str, Any] | None:
    mine = registry_access.visible_to(user)
    found = registry_queries.search(mine, text)
    rows = list(found.select_related("unit").order_by("-id")[: SHOWN + 1])
    if not rows and any(sign.isdigit() for sign in text):
        rows = list(mine.filter(plan_number__contains=text).select_related("unit").order_by("-id")[: SHOWN + 1])
    return group(_("项目"), "building-factory-2", [
        {"title": one.name, "note": " · ".join(part for part in (one.code, one.plan_number, one.unit.name if one.unit else "") if part),
         "object": one, "url": subjects.url_of("project", one.pk)} for one in rows
    ])  # fmt: skip


def units(user: Any, text: str) -> dict[str, Any] | None:
    found = units_visible_to(user).filter(Q(name__icontains=text) | Q(uscc=text.upper()))
    return group(_("单位"), "building", [
        {"title": one.name, "note": one.uscc or "", "url": subjects.url_of("unit", one.pk)}
        for one in found.order_by("-id")[: SHOWN + 1]
    ])  # fmt: skip


def plans(user: Any, text: str) -> dict[str, Any] | None:
    wanted = Q(number__icontains=text) | Q(approval_number__icontains=text) | Q(refusal_number__icontains=text)
    found = of_room("plan", user).filter(wanted).select_related("project")
    return group(_("方案"), "file-text", [
        {"title": one.project.name, "note": one.approval_number or one.number or one.refusal_number, "object": one,
         "url": subjects.url_of("plan", one.pk)} for one in found[: SHOWN + 1]
    ])  # fmt: skip


def cases(user: Any, text: str) -> dict[str, Any] | None:
    wanted = Q(number__icontains=text) | Q(decision_number__icontains=text) | Q(title__icontains=text)
    found = of_room("case", user).filter(wanted | Q(archive_number__iexact=text))
    return group(_("案件"), "gavel", [
        {"title": one.title, "note": " · ".join(part for part in (one.number, one.decision_number) if part),
         "object": one, "url": subjects.url_of("case", one.pk)} for one in found[: SHOWN + 1]
    ])  # fmt: skip
