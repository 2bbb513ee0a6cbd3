"""All checks of a filing before it is submitted: each fault stands at the field, site or part it comes from.

``check`` writes nothing. Faults refuse the submission; hints are told and do not (second-hand sources).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conservation.documents import queries as documents
from conservation.errors import Fault, Faults
from conservation.rulebook.registry import Decision, decide
from projects.plans import attachments, characteristics, rules
from projects.plans.attachments import Situation
from projects.plans.models import Plan
from projects.registry.actions.approval import grade_of
from projects.registry.actions.records import check_credit_code
from projects.registry.intake import number_of
from projects.registry.models import Project
from projects.registry.queries import decide_kind

LARGEST = Decimal("1e10")
ZERO = Decimal(0)
FORM = "办水保函〔2026〕232号"
SIZES = ("permanent_area", "temporary_area", "excavation", "fill")


@dataclass
class Checked:
    """What the checks found: read values, the kind decision (None without sizes), faults and hints."""

    values: dict[str, Any] = field(default_factory=dict)
    sites: list[dict[str, Any]] = field(default_factory=list)
    decision: Decision | None = None
    faults: Faults = field(default_factory=Faults)
    hints: list[Fault] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return str(self.decision.result["kind"]) if self.decision else ""


def check(plan: Plan, *, on: date) -> Checked:
    """Run all checks of a filing as it would be submitted on a day."""
    found = Checked()
    version = characteristics.version_on(on)
    found.values = read_values(plan.fields, version, found.faults)
    found.decision = kind_of(found.values, plan.project, on)
    if found.decision is None:
        found.faults.add("permanent_area", _("填写占地和挖填方后才能判定应编报的方案种类。"), "plan-kind")
    if found.kind == "none":
        return found
    need_fields(found, version)
    check_sizes(plan.project, found)
    check_earthwork(found)
    found.sites = read_sites(plan.spoil_sites, found, on)
    check_codes(plan, found)
    check_range(plan, found)
    check_parts(plan, found)
    if found.kind in attachments.COMMITTED:
        check_commitment(plan, found, on)
    return found


# --- the table --------------------------------------------------------------------------------------------------
def read_values(given: Mapping[str, Any], version: int, faults: Faults) -> dict[str, Any]:
    """The fields of the form that were given, as numbers and texts; each bad one is named."""
    found: dict[str, Any] = {}
    for one in characteristics.fields_of(version):
        raw = given.get(one.key)
        text = str(raw).strip() if raw is not None else ""
        if text in ("", "\\"):
            continue
        if one.kind == "number":
            number = number_of(text)
            fault = number_fault(one, number)
            if fault or number is None:
                faults.add(one.key, fault)
            else:
                found[one.key] = number
        elif one.choices and text not in dict(one.choices):
            faults.add(one.key, _("“%(label)s”的值不在允许的范围内。") % {"label": one.label})
        elif one.kind == "month" and not re.fullmatch(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", text, re.ASCII):
            faults.add(one.key, _("“%(label)s”应写到年月，如 2026-09。") % {"label": one.label}, FORM)
        elif one.kind == "year" and not re.fullmatch(r"(19|20|21)\d\d", text, re.ASCII):
            faults.add(one.key, _("“%(label)s”应为年份，如 2028。") % {"label": one.label})
        else:
            found[one.key] = text
    check_months(found, faults)
    return found


def number_fault(one: characteristics.Field, number: Decimal | None) -> str:
    """Why a number of the table cannot be taken; empty when it can."""
    if number is None or not number.is_finite():
        return _("“%(label)s”不是数字。") % {"label": one.label}
    if number < 0:
        return _("“%(label)s”不能为负数。") % {"label": one.label}
    if number > (one.maximum or LARGEST):
        return _("“%(label)s”不能大于 %(most)s。") % {"label": one.label, "most": one.maximum or LARGEST}
    return ""


def check_months(found: Mapping[str, Any], faults: Faults) -> None:
    start, end, design = found.get("start_month"), found.get("completion_month"), found.get("design_year")
    if start and end and end < start:
        faults.add("completion_month", _("完工时间早于开工时间。"))
    if end and design and not int(end[:4]) <= int(design) <= int(end[:4]) + 1:
        faults.add("design_year", _("设计水平年应为主体工程完工当年或后一年。"), "GB 50433-2018 4.1.3")


def need_fields(found: Checked, version: int) -> None:
    """What the kind of plan needs of the table."""
    named = {fault.key for fault in found.faults.found}
    for one in characteristics.fields_of(version):
        if one.needed(found.kind) and not one.auto and one.key not in found.values and one.key not in named:
            found.faults.add(one.key, _("缺少“%(label)s”。") % {"label": one.label}, _("特性表"))


# --- which plan ---------------------------------------------------------------------------------------------------
def kind_of(values: Mapping[str, Any], project: Project, on: date) -> Decision | None:
    """The kind of plan by the rule ``plan-kind``; None while a size is missing."""
    if any(key not in values for key in SIZES):
        return None
    inputs = {
        "area_ha": values["permanent_area"] + values["temporary_area"],
        "earthwork_m3": rules.total_m3(values["excavation"], values["fill"]),
    }
    return decide_kind(inputs, project.counties, on)


# --- sizes --------------------------------------------------------------------------------------------------------
def check_sizes(project: Project, found: Checked) -> None:
    """Land adds up, and agrees with the project's record."""
    values = found.values
    if all(key in values for key in ("land_area", "permanent_area", "temporary_area")):
        land = values["permanent_area"] + values["temporary_area"]
        if abs(values["land_area"] - land) > Decimal("0.01"):
            found.faults.add("land_area", _("工程占地不等于永久占地与临时占地之和（%(sum)s hm²）。") % {"sum": land})
        recorded = project.permanent_ha + project.temporary_ha
        if not rules.same_area(recorded, land):
            found.faults.add(
                "land_area",
                _("占地 %(land)s hm² 与项目登记的 %(recorded)s hm² 不一致，请先更正项目登记。")
                % {"land": land, "recorded": recorded.normalize()},
            )
    recorded_m3 = project.excavation_m3 + project.fill_m3
    if "excavation" in values and "fill" in values:
        total = rules.total_m3(values["excavation"], values["fill"])
        if abs(total - recorded_m3) > max(recorded_m3 * rules.SHARE, Decimal(100)):
            found.faults.add(
                "excavation",
                _("挖填总量 %(total)s m³ 与项目登记的 %(recorded)s m³ 不一致，请先更正项目登记。")
                % {"total": total.normalize(), "recorded": recorded_m3.normalize()},
            )


def check_earthwork(found: Checked) -> None:
    """The balance closes; what society uses is a part of the spoil."""
    if any(key not in found.values for key in ("excavation", "fill", "borrow", "spoil")):
        return
    given = earthwork(found.values)
    if not rules.balances(given):
        found.faults.add(
            "spoil",
            _("土石方不平衡：挖方＋借方与填方＋自身利用方＋弃方相差 %(gap)s 万m³。")
            % {"gap": rules.balance_gap(given)},
            "GB 50433-2018 4.2.4",
        )
    if given.social_use > given.spoil:
        found.faults.add("social_use", _("综合利用方不能大于弃方。"), FORM)


def earthwork(values: Mapping[str, Any]) -> rules.Earthwork:
    return rules.Earthwork(
        excavation=values["excavation"],
        fill=values["fill"],
        borrow=values["borrow"],
        spoil=values["spoil"],
        own_use=values.get("own_material_use", ZERO),
        social_use=values.get("social_use", ZERO),
    )


# --- spoil sites --------------------------------------------------------------------------------------------------
def read_sites(given: list[dict[str, Any]], found: Checked, on: date) -> list[dict[str, Any]]:
    """The spoil sites with their grades; spoil that nobody uses needs a site with a definite position."""
    sites = []
    for at, site in enumerate(given):
        key = f"spoil_sites[{at}]"
        count = len(found.faults.found)
        if not str(site.get("name") or "").strip():
            found.faults.add(f"{key}.name", _("第 %(n)d 处弃渣场缺少名称。") % {"n": at + 1})
        for name, label in (("volume_10k_m3", _("堆渣量")), ("height_m", _("最大堆高"))):
            number = number_of(site.get(name) if site.get(name) is not None else "")
            if number is None or not number.is_finite() or not 0 <= number < 100_000:
                found.faults.add(
                    f"{key}.{name}", _("第 %(n)d 处弃渣场的%(label)s不是有效数字。") % {"n": at + 1, "label": label}
                )
        if site.get("harm") not in dict(characteristics.HARMS):
            found.faults.add(f"{key}.harm", _("第 %(n)d 处弃渣场未选择失事危害程度。") % {"n": at + 1})
        check_position(site, key, at, found.faults)
        if len(found.faults.found) == count:
            sites.append({**site, **grade_of(site, on)})
    if "spoil" in found.values and not given:
        left = found.values["spoil"] - found.values.get("social_use", ZERO)
        if left > rules.GAP_10K_M3:
            text = _("有 %(left)s 万m³ 弃方没有去向：请列出弃渣场，或填写综合利用方。")
            found.faults.add("spoil_sites", text % {"left": left}, "REF2")
    return sites


def check_position(site: Mapping[str, Any], key: str, at: int, faults: Faults) -> None:
    """A spoil site has a definite position (REF2), longitude and latitude in degrees."""
    lon, lat = number_of(site.get("lon") or ""), number_of(site.get("lat") or "")
    if lon is None or lat is None or not (73 <= lon <= 136 and 3 <= lat <= 54):
        faults.add(f"{key}.lon", _("第 %(n)d 处弃渣场的位置（经纬度，度）不明确。") % {"n": at + 1}, "REF2")


# --- codes, range, parts ------------------------------------------------------------------------------------------
def check_codes(plan: Plan, found: Checked) -> None:
    """Credit codes of the units, and the project code."""
    check_credit_code(plan.unit.uscc, found.faults, "build_unit_uscc")
    check_credit_code(found.values.get("plan_unit_uscc"), found.faults, "plan_unit_uscc")
    code = plan.project.code
    if code:
        answer = decide("project-code", {"code": code}).result
        if not answer["valid"]:
            found.faults.add(
                "project_code", _("项目代码不正确：%(why)s") % {"why": answer.get("reason")}, "project-code"
            )


def check_range(plan: Plan, found: Checked) -> None:
    """A filing names an exact range, and its area is what the table says (1 % or 0.05 hm²)."""
    if plan.range is None:
        found.faults.add(
            "range",
            _("缺少水土流失防治责任范围矢量：请先为项目上传或绘制范围，再在方案中选用。"),
            "水保监〔2020〕63号",
        )
        return
    if plan.range.kind != "exact":
        found.faults.add("range", _("方案须用防治责任范围，不能用示意性范围。"))
    stated = found.values.get("responsibility_area")
    if stated is not None and not rules.same_area(stated, plan.range.area_ha):
        found.faults.add(
            "responsibility_area",
            _("防治责任范围面积 %(stated)s hm² 与矢量面积 %(area)s hm² 相差超过 1%% 或 0.05 hm²。")
            % {"stated": stated, "area": plan.range.area_ha},
            FORM,
        )


def situation_of(found: Checked) -> Situation:
    values = found.values
    return Situation(
        key_zone=values.get("key_zone") not in (None, "none"),
        spoil_sites=bool(found.sites),
        borrow=values.get("borrow", ZERO) > 0,
        purchased=values.get("purchased") == "yes",
        worst_grade=min((site["grade"] for site in found.sites), default=0),
        social_use=values.get("social_use", ZERO) > 0,
        violation=values.get("violation") == "yes",
    )


def covered_parts(plan: Plan) -> set[str]:
    """Codes of the parts that the filing's files cover; one file may cover several."""
    rows = documents.of(plan).filter(kind="plan_part").values_list("facts", flat=True)
    return {code for facts in rows for code in facts.get("covers", [])}


def check_parts(plan: Plan, found: Checked) -> None:
    """Required parts: hard ones are faults, the others hints."""
    for part in attachments.missing(found.kind, situation_of(found), covered_parts(plan)):
        condition = _("（%(condition)s时须附）") % {"condition": part.condition} if part.condition else ""
        text = _("缺少“%(code)s %(label)s”%(condition)s。") % {
            "code": part.code,
            "label": part.label,
            "condition": condition,
        }
        if part.hard:
            found.faults.add(f"parts.{part.code}", text, part.basis)
        else:
            found.hints.append(Fault(f"parts.{part.code}", text, part.basis))


def check_commitment(plan: Plan, found: Checked, on: date) -> None:
    """The commitment system: published for ten working days before, signed, and looked at by an expert."""
    if not plan.committed_by:
        found.faults.add("committed_by", _("承诺书须由法定代表人签字，请填写姓名。"), attachments.P160)
    if found.kind == "report_form" and not plan.expert_name:
        found.faults.add("expert_name", _("报告表须有一名省级专家库专家签署意见，请填写姓名。"), "水保〔2019〕160号")
    if plan.published_on is None:
        found.faults.add("published_on", _("承诺制项目报送前须公开，请填写公开日期。"), attachments.P160)
        return
    end = date.fromisoformat(
        decide("deadline", {"timer": "T09", "start": plan.published_on.isoformat()}).result["due"][:10]
    )
    if end >= on:
        found.faults.add(
            "published_on",
            _("公开须满 10 个工作日：自 %(start)s 起至 %(end)s 届满，次日起可以报送。")
            % {"start": plan.published_on.isoformat(), "end": end.isoformat()},
            attachments.P160,
        )
