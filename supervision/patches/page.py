"""The page of one patch: which acts are open to the reader now, with their forms, and everything shown beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely
from django import forms as django_forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation import clock
from conservation.documents import queries as documents
from conservation.history.queries import timeline
from conservation.regions import vectorfiles
from conservation.rulebook import store as decisions
from projects.registry.types import type_label
from supervision.cases.access import visible_to as cases_visible_to
from supervision.patches import access, actions, forms, labels, queries, rules
from supervision.patches.actions.field import PHOTO, evidence_of, photos_of
from supervision.patches.models import Patch
from supervision.rectification.access import visible_to as items_visible_to

Form = django_forms.Form


@dataclass(frozen=True)
class Step:
    """One act of the page: in which states, under which permission, with which form, and what it answers."""

    event: str
    label: Any
    states: tuple[str, ...]
    make: Callable[..., Form]
    run: Callable[[Any, int, Form], str]
    style: str = "primary"
    hint: Any = ""

    def bind(self, request: HttpRequest, pk: int) -> Form:
        return self.make(access.visible_to(request.user).get(pk=pk), request.user, request.POST, request.FILES)

    def blank(self, patch: Patch, user: Any) -> Form:
        return self.make(patch, user, None, None)


def _plain(cls: Any) -> Callable[..., Form]:
    return lambda patch, user, data, files: cls(data, files) if data is not None else cls()


def _verify_form(patch: Patch, user: Any, data: Any, files: Any) -> Form:
    return forms.VerifyForm(data, patch=patch, user=user, now=clock.now())


def _order_form(patch: Patch, user: Any, data: Any, files: Any) -> Form:
    return forms.OrderForm(data, patch=patch)


def _call(function: Callable[..., Any], said: Any) -> Callable[[Any, int, Form], str]:
    def run(user: Any, pk: int, form: Form) -> str:
        function(user, pk, **form.cleaned_data)
        return str(said)

    return run


def _photo(user: Any, pk: int, form: Any) -> str:
    document = actions.add_photo(user, pk, **form.arguments())
    problems = document.facts.get("problems") or []
    return _("已上传照片。") + "".join(problems)


def _verify(user: Any, pk: int, form: Any) -> str:
    visit = actions.verify(user, pk, **form.arguments())
    return _("已记录现场核查：%(finding)s。") % {"finding": labels.finding_label(visit.finding)}


def _compliant(user: Any, pk: int, form: Form) -> str:
    actions.recognise_compliant(user, pk, reason=form.cleaned_data["reason"], uploads=form.cleaned_data["uploads"])
    return _("已认定合规。")


def _link(user: Any, pk: int, form: Form) -> str:
    found = actions.link(user, pk, form.cleaned_data["project"], confirm=form.cleaned_data["confirm"])
    return _("已关联项目 %(name)s。") % {"name": found.project}


def _order(user: Any, pk: int, form: Form) -> str:
    item = actions.order(user, pk, **form.cleaned_data)
    return _("已下达限期整改通知书 %(number)s。") % {"number": item.number}


def _split(user: Any, pk: int, form: Form) -> str:
    given = form.cleaned_data
    reading = vectorfiles.read(given["file"].read(), given["file"].name, crs=given["crs"] or None)
    parts = [shapely.geometry.mapping(one.geometry) for one in reading]
    made = actions.split(user, pk, parts, reason=given["reason"])
    return _("已分割为 %(count)d 个图斑。") % {"count": len(made)}


STEPS = (
    Step("claim", gettext_lazy("认领核查"), ("issued", "reopened"), _plain(Form), _call(actions.claim, gettext_lazy("已认领。"))),
    Step("photo", gettext_lazy("上传照片"), ("field_check",), _plain(forms.PhotoForm), _photo),
    Step("verify", gettext_lazy("记录现场核查"), ("field_check",), _verify_form, _verify),
    Step("exclude", gettext_lazy("排除（非生产建设扰动）"), ("field_check",), _plain(forms.ReasonForm),
         _call(actions.exclude, gettext_lazy("已排除。")), "secondary"),
    Step("recognise_compliant", gettext_lazy("认定合规"), ("field_check", "suspected"), _plain(forms.CompliantForm), _compliant,
         "green"),
    Step("confirm", gettext_lazy("认定违法"), ("suspected",), _plain(forms.OptionalReasonForm),
         _call(actions.confirm, gettext_lazy("已认定违法。")), "danger"),
    Step("order", gettext_lazy("下达限期整改通知书"), ("confirmed",), _order_form, _order),
    Step("open_case", gettext_lazy("直接移送立案"), ("confirmed",), _plain(forms.ReasonForm),
         _call(actions.open_case, gettext_lazy("已移送为案件线索。")), "secondary"),
    Step("cancel", gettext_lazy("审核销号"), ("excluded", "compliant", "rect_done"), _plain(forms.OptionalReasonForm),
         _call(actions.cancel, gettext_lazy("已销号。")), "green"),
    Step("send_back", gettext_lazy("退回重新核查"), ("excluded", "compliant"), _plain(forms.ReasonForm),
         _call(actions.send_back, gettext_lazy("已退回。")), "secondary"),
    Step("reopen", gettext_lazy("重新启用"), ("cancelled", "rect_done"), _plain(forms.ReasonForm),
         _call(actions.reopen, gettext_lazy("已重新启用。")), "secondary"),
    Step("issue", gettext_lazy("单独下发"), ("classified",), _plain(forms.ReasonForm),
         _call(actions.issue, gettext_lazy("已下发。")), "secondary"),
    Step("split", gettext_lazy("分割图斑"), ("field_check",), _plain(forms.SplitForm), _split, "secondary"),
    Step("link", gettext_lazy("关联项目"), ("classified", "issued", "field_check", "suspected", "reopened"),
         _plain(forms.LinkForm), _link, "secondary"),
)  # fmt: skip
ACTS = {step.event: step for step in STEPS}
PERMISSION = {"photo": "add_photo"}


def open_steps(user: Any, patch: Patch, bound: dict[str, Any]) -> list[dict[str, Any]]:
    """The acts that the state and the reader's roles allow, with their forms (bound ones after a refusal)."""
    last = patch.verifications.order_by("-pk").first()
    found = []
    for step in STEPS:
        may = patch.state in step.states and access.can(user, PERMISSION.get(step.event, step.event), patch)
        if may and step.event in ("exclude", "recognise_compliant") and patch.state == "field_check":
            wanted = ("not_construction",) if step.event == "exclude" else ("none", "exempt")
            may = last is not None and last.finding in wanted
        if may and step.event == "issue":
            may = patch.klass != Patch.Class.BELOW and patch.round.state == "issued" and access.can_round(
                user, "issue_round", patch.round)  # fmt: skip
        if may or step.event in bound:
            found.append({
                "event": step.event, "label": step.label, "style": step.style,
                "form": bound.get(step.event) or step.blank(patch, user), "bound": step.event in bound,
            })  # fmt: skip
    return found


def context_of(user: Any, patch: Patch, bound: dict[str, Any]) -> dict[str, Any]:
    """Everything that the template shows."""
    now = clock.now()
    steps = open_steps(user, patch, bound)
    evidence: list[str] = []
    current = photos_of(patch) if patch.state == "field_check" else []
    if patch.state == "field_check":
        evidence = [labels.flag_text(flag) for flag in evidence_of(patch, "V01", "", now)[1]]
    papers = documents.of(patch).order_by("created_at", "pk")
    visits = [
        {
            "record": visit,
            "finding": labels.finding_label(visit.finding),
            "flags": [labels.flag_text(rules.Flag(**flag)) for flag in visit.flags],
        }
        for visit in patch.verifications.select_related("officer", "second_officer", "project", "unit").order_by("-pk")
    ]
    code = str(patch.pk)
    return {
        "patch": patch,
        "round": patch.round,
        "county": queries.names_of({patch.county_code}).get(patch.county_code, patch.county_code),
        "industry": type_label(patch.industry),
        "finding": labels.finding_label(patch.finding),
        "lines": labels.lines(patch, patch.round),
        "steps": {one["event"]: one for one in steps},
        "other_steps": [one for one in steps if one["event"] not in ("claim", "photo", "verify")],
        "photos": [(one, labels.view_label(one.facts.get("view", "other"))) for one in papers if one.kind == PHOTO],
        "current_count": len(current),
        "evidence": evidence,
        "papers": [one for one in papers if one.kind != PHOTO],
        "visits": visits,
        "decision": decisions.of("patch", code, "patch-class").first(),
        "items": items_visible_to(user).filter(source_type="patch", source_id=code).order_by("-pk"),
        "cases": cases_visible_to(user).filter(source_type="patch", source_id=code).order_by("-pk"),
        "parts": patch.parts.order_by("number"),
        "events": timeline(patch),
        "attributes": sorted(patch.attributes.items()),
        "late": patch.state in queries.GROUPS["to_verify"] and patch.round.verify_due is not None
        and patch.round.verify_due < clock.day_of(now),
    }  # fmt: skip
