"""What needs a person today: one module for every role's home.

Each room's state table says which events a role may bring about; an object in a state from which such an event leads
on waits for that role. So the homes follow the tables, and a room that grows a step grows its place here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conservation import clock
from conservation.accounts import roles
from conservation.accounts.access import Scope, scope_of
from conservation.deadlines import queries as deadlines
from conservation.history import subjects
from conservation.jobs.models import Run
from conservation.notices import queries as notices
from conservation.regions.models import Division
from conservation.states import StateTable
from projects.registry import access as registry_access
from projects.registry.models import Project, ProjectTier

SHOWN = 6
CAP = 999
"""Counts stop here and are shown as "999+"."""


# --- what lies on whose desk -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Desk:
    """One kind of work for one role: objects of ``subject`` in a state from which one of ``events`` leads on.

    ``place`` says whose: "authority" (decided at the person's own office only), "areas" (the division and below),
    "unit" (the person's own unit). ``only`` narrows further, given the person.
    """

    role: str
    subject: str
    label: Any
    events: tuple[str, ...]
    place: str
    only: Callable[[Any], Q] | None = None


def own_case(user: Any) -> Q:
    return Q(officer1=user) | Q(officer2=user)


def not_reviewed(user: Any) -> Q:
    return Q(legal_reviewed_at__isnull=True)


def review_done(user: Any) -> Q:
    return Q(state="deciding")


def overdue(user: Any) -> Q:
    return Q(state="overdue")


def own_check(user: Any) -> Q:
    return Q(claimed_by=user)


CASE_STEPS = (
    "investigate", "order", "comply", "lapse", "propose", "notify", "request_hearing", "hear", "decide",
    "serve_decision", "perform", "close",
)  # fmt: skip
DESKS = (
    Desk(roles.FILER, "plan", _("待报送、待补正的方案"), ("submit",), "unit"),
    Desk(roles.FILER, "follow_up", _("风险提醒与自查"), ("acknowledge", "answer"), "unit"),
    Desk(roles.FILER, "rectification", _("待整改的事项"), ("submit",), "unit"),
    Desk(roles.REVIEWER, "plan", _("待受理的方案"), ("accept",), "authority"),
    Desk(roles.REVIEWER, "plan", _("审查中的方案"), ("record_findings",), "authority"),
    Desk(roles.REVIEWER, "plan", _("待送达、待公开的批准"), ("deliver", "publish"), "authority"),
    Desk(roles.APPROVER, "plan", _("待决定的方案"), ("approve",), "authority", review_done),
    Desk(roles.APPROVER, "credit_fact", _("待审核的信用事实"), ("confirm",), "areas"),
    Desk(roles.REMOTE_SENSING, "patch", _("待下发的图斑"), ("issue",), "areas"),
    Desk(roles.REMOTE_SENSING, "patch", _("待审核销号的图斑"), ("cancel",), "areas"),
    Desk(roles.INSPECTOR, "patch", _("我正在核查的图斑"), ("suspect",), "areas", own_check),
    Desk(roles.INSPECTOR, "patch", _("待认领核查的图斑"), ("claim",), "areas"),
    Desk(roles.INSPECTOR, "patch", _("待认定的图斑"), ("confirm",), "areas"),
    Desk(roles.INSPECTOR, "patch", _("待交付查处的图斑"), ("handle",), "areas"),
    Desk(roles.INSPECTOR, "rectification", _("待复核的整改"), ("close",), "areas"),
    Desk(roles.INSPECTOR, "rectification", _("逾期未改、待移送的整改"), ("escalate",), "areas", overdue),
    Desk(roles.INSPECTOR, "follow_up", _("待检查、待审自查"), ("accept", "visit"), "areas"),
    Desk(roles.CASE_OFFICER, "case", _("我承办的案件"), CASE_STEPS, "authority", own_case),
    Desk(roles.CASE_OFFICER, "case", _("待立案的线索"), ("file",), "authority"),
    Desk(roles.CASE_OFFICER, "case", _("待归档的案件"), ("archive",), "authority"),
    Desk(roles.LEGAL_REVIEWER, "case", _("待法制审核的案件"), ("review",), "authority", not_reviewed),
    Desk(roles.LEADER, "case", _("待立案决定"), ("file",), "authority"),
    Desk(roles.LEADER, "case", _("待讨论、待决定的案件"), ("discuss", "decide"), "authority"),
    Desk(roles.LEADER, "rectification", _("逾期未改、待移送的整改"), ("escalate",), "areas", overdue),
    Desk(roles.LEADER, "patch", _("待审核销号的图斑"), ("cancel",), "areas"),
    Desk(roles.AUDITOR, "case", _("待归档的案件"), ("archive",), "areas"),
)
LISTS = {
    "plan": "plans:list",
    "patch": "patches:list",
    "rectification": "rectification:list",
    "case": "cases:list",
    "follow_up": "risk:list",
    "credit_fact": "facts:list",
}
RELATED = {
    "plan": ("project",),
    "patch": ("project",),
    "rectification": ("project",),
    "follow_up": ("project",),
    "credit_fact": ("unit",),
}
HEAVY = {"patch": ("geom", "geom_3857", "attributes")}


@dataclass
class Pile:
    """What lies on one desk today: the oldest few, and how many in all."""

    label: Any
    count: int
    rows: list[dict[str, Any]]
    url: str
    subject: str

    @property
    def shown_count(self) -> str:
        return f"{CAP}+" if self.count > CAP else str(self.count)


def states_for(table: StateTable, events: Iterable[str]) -> list[str]:
    """States from which one of the events is possible."""
    wanted = set(events)
    found = {state for one in table.transitions if one.event in wanted for state in one.sources}
    return [state for state in table.states if state in found]


def on_desk(user: Any, scope: Scope, desk: Desk) -> QuerySet[Any]:
    """The objects that wait on one desk."""
    subject = subjects.get(desk.subject)
    if subject is None:
        raise LookupError(desk.subject)
    found = subject.visible_to(user)
    found = found.filter(state__in=states_for(found.model.STATES, desk.events))
    if desk.place == "authority":
        found = found.filter(authority_id__in=sorted(scope.authority_ids.get(desk.role, ())))
    elif desk.place == "areas":
        prefixes = scope.authority_roles.get(desk.role, frozenset())
        if "" not in prefixes:
            found = found.filter(areas__overlap=sorted(prefixes))
    if desk.only is not None:
        found = found.filter(desk.only(user))
    if desk.subject == "patch":
        found = found.filter(ended_at__isnull=True)
    return found


def pile(user: Any, scope: Scope, desk: Desk) -> Pile:
    found = on_desk(user, scope, desk).order_by("id")
    count = found.order_by().values("pk")[: CAP + 1].count()
    rows = []
    if count:
        few = list(found.select_related(*RELATED.get(desk.subject, ())).defer(*HEAVY.get(desk.subject, ()))[:SHOWN])
        name_counties(few)
        rows = [
            {"object": one, "url": subjects.url_of(desk.subject, one.pk), **describe(desk.subject, one)} for one in few
        ]
    states = states_for(found.model.STATES, desk.events)
    narrowed = f"?state={states[0]}" if len(states) == 1 else ""
    return Pile(desk.label, count, rows, reverse(LISTS[desk.subject]) + narrowed, desk.subject)


def name_counties(few: list[Any]) -> None:
    """Give rows that only know a county's code its name."""
    codes = {one.county_code for one in few if hasattr(one, "county_code")}
    if codes:
        names = dict(Division.objects.current().filter(code__in=codes).values_list("code", "name"))
        for one in few:
            one.county_name = names.get(one.county_code, one.county_code)


def describe(subject: str, one: Any) -> dict[str, Any]:
    """Title and small print of a row."""
    project = getattr(one, "project", None) if subject in RELATED else None
    if subject == "patch":
        where = project.name if project else one.county_name
        return {"title": f"{one.number} {where}", "note": f"{one.get_klass_display()} · {one.area_ha:.2f} hm²"}
    if subject == "follow_up":
        return {"title": project.name if project else str(one), "note": one.get_kind_display(), "due": one.due_on}
    if subject == "credit_fact":
        return {"title": one.title, "note": one.unit.name}
    if subject == "rectification":
        return {"title": one.number, "note": project.name if project else "", "due": one.deadline}
    if subject == "case":
        return {"title": one.title, "note": one.number or ""}
    return {"title": project.name if project else str(one), "note": one.get_kind_display()}


def piles(user: Any) -> list[Pile]:
    """Everything that waits for the person, by kind; a kind that two roles share stands once."""
    scope = scope_of(user)
    found: list[Pile] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for desk in DESKS:
        key = (desk.subject, desk.events)
        if desk.role not in scope.roles or key in seen:
            continue
        seen.add(key)
        found.append(pile(user, scope, desk))
    return sorted(found, key=lambda one: one.count == 0)


# --- the rest of a home ----------------------------------------------------------------------------------------------------
def home(user: Any, now: datetime | None = None) -> dict[str, Any]:
    """What needs the person today."""
    now = now or clock.now()
    scope = scope_of(user)
    waiting = piles(user)
    return {
        "piles": waiting,
        "waiting": sum(one.count for one in waiting),
        "timers": deadlines.running_for(user)[:SHOWN],
        "timer_counts": deadlines.counts(user, wide=False, now=now),
        "tiers": tiers(user) if scope.authority_roles else None,
        "states": project_states(user) if scope.unit_roles else None,
        "notices": notices.visible_to(user)[:SHOWN],
        "unread": notices.unread_count(user),
        "runs": Run.objects.filter(actor=user).order_by("-created_at")[:4],
        "now": now,
    }


TIER_LABELS = (
    (3, _("高风险"), "red"),
    (2, _("中风险"), "orange"),
    (1, _("低风险"), "yellow"),
    (0, _("无风险"), "green"),
)


def tiers(user: Any) -> dict[str, Any]:
    """Projects of the scope by risk tier, in one statement."""
    mine = registry_access.visible_to(user)
    scoped = (
        ProjectTier.objects.all() if "" in scope_of(user).prefixes else ProjectTier.objects.filter(project__in=mine)
    )
    counts = dict(scoped.order_by().values_list("tier").annotate(n=Count("pk")))
    total = sum(counts.values())
    rows = [
        {"tier": tier, "label": label, "colour": colour, "count": counts.get(tier, 0),
         "share": round(100 * counts.get(tier, 0) / total, 1) if total else 0}
        for tier, label, colour in TIER_LABELS
    ]  # fmt: skip
    return {"rows": rows, "total": total}


def project_states(user: Any) -> list[dict[str, Any]]:
    """A unit's own projects by state."""
    mine = registry_access.visible_to(user)
    counts = dict(mine.order_by().values_list("state").annotate(n=Count("pk")))
    table = Project.STATES
    return [
        {"state": state, "label": label, "colour": table.colours.get(state, "secondary"), "count": counts[state]}
        for state, label in table.states.items()
        if state in counts
    ]
