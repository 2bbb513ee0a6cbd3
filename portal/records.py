"""What the project page and the unit page join from every room; each part scoped by its own room's rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conservation.accounts.access import covers, scope_of
from conservation.deadlines.models import Timer
from conservation.documents import queries as documents
from conservation.documents.models import Document
from conservation.history import subjects
from conservation.history.queries import timeline
from projects.plans import access as plans_access
from projects.plans.states import OPEN as OPEN_PLANS
from projects.registry import access as registry_access
from projects.registry.models import Project, ResponsibilityRange
from supervision.risk import queries as risk

SHOWN = 50
HEAVY = {"patch": ("geom", "geom_3857", "attributes")}


@dataclass(frozen=True)
class Tab:
    code: str
    label: Any
    template: str
    subject: str = ""


PROJECT_TABS = (
    Tab("plans", _("方案"), "portal/tabs/plans.html", "plan"),
    Tab("ranges", _("范围"), "projects/registry/_ranges.html"),
    Tab("patches", _("图斑"), "portal/tabs/patches.html", "patch"),
    Tab("rectification", _("整改"), "portal/tabs/rectification.html", "rectification"),
    Tab("cases", _("案件"), "portal/tabs/cases.html", "case"),
    Tab("risk", _("风险"), "portal/tabs/risk.html", "follow_up"),
    Tab("timers", _("期限"), "portal/tabs/timers.html"),
    Tab("documents", _("文件"), "portal/tabs/documents.html"),
    Tab("history", _("历史"), "portal/tabs/history.html"),
)
TAB_CODES = tuple(one.code for one in PROJECT_TABS)


def of_room(code: str, user: Any, **wanted: Any) -> QuerySet[Any]:
    """Objects of a room that the person may see, newest first."""
    subject = subjects.get(code)
    if subject is None:
        raise LookupError(code)
    found = subject.visible_to(user).filter(**wanted).order_by("-pk")
    if code == "patch":
        found = found.select_related("round")
    return found.defer(*HEAVY.get(code, ()))


def tab_of(code: str) -> Tab:
    return next((one for one in PROJECT_TABS if one.code == code), PROJECT_TABS[0])


def tabs(user: Any, project: Project, chosen: Tab) -> list[dict[str, Any]]:
    """The tabs with the number behind each, where a number says something."""
    found = []
    for one in PROJECT_TABS:
        count = None
        if one.subject and one.code != "risk":
            count = of_room(one.subject, user, project=project).order_by().values("pk")[:100].count()
        found.append({"code": one.code, "label": one.label, "count": count, "on": one is chosen})
    return found


def tab_context(user: Any, project: Project, tab: Tab) -> dict[str, Any]:
    """What one tab shows."""
    if tab.code == "ranges":
        drawn = registry_access.ranges_visible_to(user).filter(project=project).defer("geom", "geom_3857")
        return {"ranges": drawn.order_by("-version")[:SHOWN]}
    if tab.code == "timers":
        return {"timers": timers_of(user, project)}
    if tab.code == "documents":
        return {"documents": documents_of(user, project)}
    if tab.code == "history":
        return {"events": timeline(project)[:SHOWN], "more": reverse("history:subject", args=["project", project.pk])}
    rows = of_room(tab.subject, user, project=project)[:SHOWN]
    if tab.code == "risk":
        return {"risk": risk.explain(project), "rows": rows}
    return {"rows": rows}


def keys_of(user: Any, project: Project) -> Q:
    """Subject type and id of the project and of everything of it that the person may see."""
    wanted = Q(subject_type="project", subject_id=str(project.pk))
    for code in ("plan", "patch", "rectification", "case"):
        ids = list(of_room(code, user, project=project).values_list("pk", flat=True)[:500])
        if ids:
            wanted |= Q(subject_type=code, subject_id__in=[str(one) for one in ids])
    return wanted


def timers_of(user: Any, project: Project) -> QuerySet[Timer]:
    """Timers of the project and of its filings, patches, rectifications and cases; open ones first."""
    found = Timer.objects.filter(keys_of(user, project)).select_related("authority", "unit")
    if not covers(scope_of(user).prefixes, project.areas):
        found = found.filter(unit_id__in=scope_of(user).unit_ids)  # a party follows its own periods, not the office's
    return found.prefetch_related("pauses").order_by("state", "due_at", "id")[:SHOWN]


def documents_of(user: Any, project: Project) -> QuerySet[Document]:
    found = documents.readable(user, Document.objects.filter(keys_of(user, project)))
    if not covers(scope_of(user).prefixes, project.areas):
        found = found.filter(volume=Document.Volume.MAIN)  # an office elsewhere opens no inner paper here
    return found.order_by("-created_at", "id")[:SHOWN]


# --- the head of the project page ---------------------------------------------------------------------------------------
WORKS = ("start", "suspend", "resume", "complete", "use", "cancel")


def project_actions(user: Any, project: Project) -> list[dict[str, Any]]:
    """What this person may do now with the project, from the state table and the room's permission."""
    return [
        {"event": one.event, "label": one.label, "url": reverse("registry:act", args=[project.pk, one.event])}
        for one in project.STATES.events_from(project.state)
        if one.event in WORKS and registry_access.can(user, one.event, project)
    ]


def project_links(user: Any, project: Project) -> list[dict[str, Any]]:
    """Pages for larger changes."""
    wanted = (
        ("update", _("更正登记"), "edit", "registry:edit"),
        ("add_range", _("提交范围"), "polygon", "registry:range_new"),
        ("name_unit", _("查明单位"), "building", "registry:name_unit"),
    )
    found = [
        {"label": label, "icon": icon, "url": reverse(url_name, args=[project.pk])}
        for act, label, icon, url_name in wanted
        if registry_access.can(user, act, project)
    ]
    if plans_access.can(user, "create_draft", project) and not project.plans.filter(state__in=OPEN_PLANS).exists():
        found.insert(0, {"label": _("申报方案"), "icon": "file-plus", "url": reverse("plans:new", args=[project.pk])})
    return found


def current_range(user: Any, project: Project) -> ResponsibilityRange | None:
    """The range in force, else the latest draft."""
    drawn = registry_access.ranges_visible_to(user).filter(project=project).defer("geom", "geom_3857")
    return drawn.filter(state="in_force").first() or drawn.filter(state="draft").order_by("-version").first()
