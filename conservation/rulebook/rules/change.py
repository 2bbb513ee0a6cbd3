"""plan-change: does a change of the project or of its spoil sites need a new approval? Order 53 articles 16 and 17."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.rules.spoil import Harm, grade_of
from conservation.rulebook.values import Number, arg

ORDER = "生产建设项目水土保持方案管理办法（水利部令第53号）"
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ApprovedIn:
    range_ha: Decimal = arg("批准的防治责任范围", "approved range", unit="ha")
    earthwork_m3: Decimal = arg("批准的挖填总量", "approved cut and fill", unit="m3")
    topsoil_m3: Decimal = arg("批准的表土剥离量", "approved topsoil", unit="m3")
    planting_ha: Decimal = arg("批准的植物措施面积", "approved planting", unit="ha")
    mountain_length_km: Decimal | None = arg(
        "线型工程山区、丘陵区长度", "mountain and hill length", unit="km", default=None
    )


@dataclass(frozen=True, kw_only=True)
class ActualIn:
    range_ha: Decimal = arg("实际防治责任范围", "actual range", unit="ha")
    earthwork_m3: Decimal = arg("实际挖填总量", "actual cut and fill", unit="m3")
    topsoil_m3: Decimal = arg("实际表土剥离量", "actual topsoil", unit="m3")
    planting_ha: Decimal = arg("实际植物措施面积", "actual planting", unit="ha")
    shifted_length_km: Decimal | None = arg(
        "横向位移超过 300 m 的长度", "length shifted over 300 m", unit="km", default=None
    )
    enters_key_zone: bool = arg("新涉及重点预防区或重点治理区", "newly enters a key zone")
    weakened_important_measure: bool = arg("重要单位工程功能显著降低或丧失", "important measure weakened or lost")
    planting_loss_from_smaller_area_ha: Decimal = arg(
        "因扰动面积减少而减少的植物措施面积", "planting lost to a smaller area", unit="ha", default=ZERO
    )
    topsoil_loss_from_smaller_area_m3: Decimal = arg(
        "因扰动面积减少而减少的表土剥离量", "topsoil lost to a smaller area", unit="m3", default=ZERO
    )


@dataclass(frozen=True, kw_only=True)
class ChangedSiteIn:
    approved: bool = arg("在批准的弃渣场之列", "one of the approved sites")
    volume_10k_m3: Decimal = arg("堆渣量", "volume", unit="10⁴ m3")
    height_m: Decimal = arg("最大堆渣高度", "height", unit="m")
    harm: Harm = arg("失事危害程度", "harm")
    approved_grade: Annotated[int, Number(minimum=Decimal(1), maximum=Decimal(5))] | None = arg(
        "批准的级别", "approved grade", default=None
    )


@dataclass(frozen=True, kw_only=True)
class ChangeIn:
    approved: ApprovedIn = arg("批准的", "approved")
    actual: ActualIn = arg("实际或新设计的", "actual or newly designed")
    spoil_sites: tuple[ChangedSiteIn, ...] = arg("弃渣场", "spoil sites", default=())


@dataclass(frozen=True, kw_only=True)
class ChangeOut:
    triggers: tuple[str, ...] = arg("触发的变更情形", "triggers")
    reapproval: bool = arg("须补充或修改方案并报原审批部门批准", "re-approval")
    supplement: bool = arg("须在弃渣前编制补充报告书并报批", "supplementary report")


@dataclass(frozen=True)
class Comparison:
    """One of the ratios: ``part`` over ``base`` against ``limit``; a zero base with a positive part triggers."""

    code: str
    part: Decimal
    base: Decimal
    limit: Decimal

    @property
    def triggers(self) -> bool:
        return self.part > 0 and self.part >= self.limit * self.base

    @property
    def percent(self) -> str:
        return f"{self.part / self.base * 100:.2f}%" if self.base else "批准值为零"


def comparisons(given: ChangeIn, params: Params) -> list[Comparison]:
    before, after = given.approved, given.actual
    growth, shift, loss = (params.number(f"plan-change.{name}_ratio") for name in ("growth", "shift", "loss"))
    topsoil = before.topsoil_m3 - after.topsoil_m3 - after.topsoil_loss_from_smaller_area_m3
    planting = before.planting_ha - after.planting_ha - after.planting_loss_from_smaller_area_ha
    found = [
        Comparison("CHG-2", after.range_ha - before.range_ha, before.range_ha, growth),
        Comparison("CHG-3", after.earthwork_m3 - before.earthwork_m3, before.earthwork_m3, growth),
        Comparison("CHG-5", topsoil, before.topsoil_m3, loss),
        Comparison("CHG-6", planting, before.planting_ha, loss),
    ]
    if after.shifted_length_km is not None:
        if before.mountain_length_km is None:
            raise InputError(
                "approved.mountain_length_km",
                "有横向位移时须给出山区、丘陵区长度",
                "is needed when a length was shifted",
            )
        found.insert(2, Comparison("CHG-4", after.shifted_length_km, before.mountain_length_km, shift))
    return found


def site_trigger(params: Params, index: int, site: ChangedSiteIn) -> tuple[str, Line] | Line | None:
    """A trigger with its line, a line alone where nothing could be compared, or None."""
    if not site.approved:
        line = Line(
            f"弃渣场 {index + 1} 不在批准之列",
            f"spoil site {index + 1} is not among the approved ones",
            f"{ORDER}第十七条",
        )
        return "CHG-8", line
    grade, _ = grade_of(params, site.volume_10k_m3, site.height_m, site.harm)
    if site.approved_grade is None:
        return Line(
            f"弃渣场 {index + 1} 未给出批准的级别，现为 {grade} 级，未作比较",
            f"spoil site {index + 1}: no approved grade was given, it is grade {grade} now; not compared",
            mark="product",
        )
    if grade < site.approved_grade:
        line = Line(
            f"弃渣场 {index + 1} 由 {site.approved_grade} 级提高为 {grade} 级",
            f"spoil site {index + 1} rises from grade {site.approved_grade} to grade {grade}",
            f"{ORDER}第十七条",
        )
        return "CHG-9", line
    return None


@rule(
    name="plan-change",
    title="方案变更判定",
    title_en="Change of the plan",
    summary="比较批准值与实际值，判定是否须变更报批或编制弃渣场补充报告书；30% 含本数。",
    summary_en="Compares approved and actual values: re-approval or supplementary report; 30 % itself triggers.",
    family="plan",
    inputs=ChangeIn,
    result=ChangeOut,
    basis=(Basis(ORDER, "第十六条、第十七条"),),
    tables=("plan_change_triggers", "parameters", "spoil_site_grades"),
    example={
        "approved": {"range_ha": 10, "earthwork_m3": 100000, "topsoil_m3": 20000, "planting_ha": 3},
        "actual": {"range_ha": 13, "earthwork_m3": 110000, "topsoil_m3": 15000, "planting_ha": 3,
                   "enters_key_zone": False, "weakened_important_measure": False},
        "spoil_sites": [],
    },
)  # fmt: skip
def plan_change(given: ChangeIn, params: Params) -> Outcome:
    lines: list[Line] = []
    found: set[str] = set()
    if given.actual.enters_key_zone:
        found.add("CHG-1")
    for one in comparisons(given, params):
        row = params.rows("plan_change_triggers", code=one.code)[0]
        share = one.percent
        sign = "达到" if one.triggers else "未达到"
        sign_en = "reaches" if one.triggers else "does not reach"
        lines.append(
            Line(
                f"{one.code} {row['title']}：变化 {one.part:f} / 批准 {one.base:f} = {share}，{sign} {one.limit * 100:f}%",
                f"{one.code} {row['title_en']}: {one.part:f} of {one.base:f} {sign_en} {one.limit * 100:f} %",
                f"{row.document}{row.article}",
            )
        )
        if one.triggers:
            found.add(one.code)
    if given.actual.weakened_important_measure:
        found.add("CHG-7")
    for index, site in enumerate(given.spoil_sites):
        answer = site_trigger(params, index, site)
        if isinstance(answer, tuple):
            found.add(answer[0])
            lines.append(answer[1])
        elif answer is not None:
            lines.append(answer)
    return conclude(params, found, lines, given)


def conclude(params: Params, found: set[str], lines: list[Line], given: ChangeIn) -> Outcome:
    triggers = tuple(sorted(found))
    rows = [params.row("plan_change_triggers", code=code) for code in triggers]
    for row in rows:
        if row["code"] in ("CHG-1", "CHG-7"):
            lines.append(
                Line(
                    f"{row['code']} {row['title']}", f"{row['code']} {row['title_en']}", f"{row.document}{row.article}"
                )
            )
    if given.actual.topsoil_loss_from_smaller_area_m3 or given.actual.planting_loss_from_smaller_area_ha:
        lines.append(
            Line(
                "因扰动面积减少而减少的数量先扣除，分母仍为批准值",
                "a loss that comes from a smaller area is taken off first; the denominator stays as approved",
                f"{ORDER}第十六条",
            )
        )
    result = ChangeOut(
        triggers=triggers,
        reapproval=any(row["result"] == "reapproval" for row in rows),
        supplement=any(row["result"] == "supplement" for row in rows),
    )
    if not triggers:
        lines.append(Line("未触发变更情形", "no trigger", f"{ORDER}第十六条、第十七条"))
    return Outcome(result, tuple(lines))
