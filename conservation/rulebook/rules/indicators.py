"""six-indicators: the values reached of the six prevention indicators (六项指标达到值). GB/T 50434-2018 chapter 2."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.rules.prevention import FOUR, KEYS, STANDARD
from conservation.rulebook.values import arg

HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class WantedIn:
    erosion_control_degree: Decimal | None = arg("水土流失治理度目标", default=None, unit="%")
    soil_loss_control_ratio: Decimal | None = arg("土壤流失控制比目标", default=None)
    spoil_protection_rate: Decimal | None = arg("渣土防护率目标", default=None, unit="%")
    topsoil_protection_rate: Decimal | None = arg("表土保护率目标", default=None, unit="%")
    vegetation_restoration_rate: Decimal | None = arg("林草植被恢复率目标", default=None, unit="%")
    vegetation_cover_rate: Decimal | None = arg("林草覆盖率目标", default=None, unit="%")


@dataclass(frozen=True, kw_only=True)
class SixIn:
    treated_ha: Decimal = arg("水土流失治理达标面积", "area treated to standard", unit="ha")
    eroding_ha: Decimal = arg("水土流失总面积", "eroding area", unit="ha")
    tolerable_loss: Decimal = arg("容许土壤流失量", "tolerable loss", unit="t/(km²·a)")
    mean_loss: Decimal = arg("治理后平均土壤流失量", "mean loss after treatment", unit="t/(km²·a)")
    protected_spoil_m3: Decimal = arg("实际挡护的弃渣与临时堆土", "protected spoil", unit="m3")
    total_spoil_m3: Decimal = arg("弃渣与临时堆土总量", "total spoil", unit="m3")
    protected_topsoil_m3: Decimal = arg("保护的表土", "protected topsoil", unit="m3")
    strippable_topsoil_m3: Decimal = arg("可剥离表土", "strippable topsoil", unit="m3")
    vegetated_ha: Decimal = arg("林草类植被面积", "vegetated area", unit="ha")
    restorable_ha: Decimal = arg("可恢复林草植被面积", "restorable area", unit="ha")
    range_ha: Decimal = arg("防治责任范围", "responsibility range", unit="ha")
    targets: WantedIn | None = arg("目标值", "targets", default=None)


@dataclass(frozen=True, kw_only=True)
class Reached:
    value: Decimal | None = arg("达到值", "value")
    reached: bool | None = arg("是否达标", "reached", default=None, omit=True)
    reason: str | None = arg("没有数值的原因", "why there is no value", default=None, omit=True)


@dataclass(frozen=True, kw_only=True)
class SixOut:
    erosion_control_degree: Reached = arg("水土流失治理度", unit="%")
    soil_loss_control_ratio: Reached = arg("土壤流失控制比")
    spoil_protection_rate: Reached = arg("渣土防护率", unit="%")
    topsoil_protection_rate: Reached = arg("表土保护率", unit="%")
    vegetation_restoration_rate: Reached = arg("林草植被恢复率", unit="%")
    vegetation_cover_rate: Reached = arg("林草覆盖率", unit="%")


def quotients(given: SixIn) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Indicator → numerator, denominator, factor."""
    one = Decimal(1)
    return {
        "erosion_control_degree": (given.treated_ha, given.eroding_ha, HUNDRED),
        "soil_loss_control_ratio": (given.tolerable_loss, given.mean_loss, one),
        "spoil_protection_rate": (given.protected_spoil_m3, given.total_spoil_m3, HUNDRED),
        "topsoil_protection_rate": (given.protected_topsoil_m3, given.strippable_topsoil_m3, HUNDRED),
        "vegetation_restoration_rate": (given.vegetated_ha, given.restorable_ha, HUNDRED),
        "vegetation_cover_rate": (given.vegetated_ha, given.range_ha, HUNDRED),
    }


def reach(numerator: Decimal, denominator: Decimal, factor: Decimal, target: Decimal | None) -> Reached:
    """The value to four decimals; whether the target is reached is judged on the exact quotient."""
    if not denominator:
        return Reached(value=None, reason="分母为零，无此项内容")
    reached = None if target is None else numerator * factor >= target * denominator
    value = (numerator * factor / denominator).quantize(FOUR, ROUND_HALF_UP).normalize() + 0
    return Reached(value=value, reached=reached)


@rule(
    name="six-indicators",
    title="六项防治指标达到值",
    title_en="Six prevention indicators",
    summary="由面积和数量计算六项指标的达到值，并与目标值比较；分母为零的不计算并说明原因。",
    summary_en="The six values reached, compared with targets; a zero denominator gives no value but a reason.",
    family="prevention",
    inputs=SixIn,
    result=SixOut,
    basis=(Basis(STANDARD, "2.0.1 至 2.0.6"),),
    tables=("prevention_indicators",),
    example={"treated_ha": 7.08, "eroding_ha": 7.08, "tolerable_loss": 500, "mean_loss": 500, "protected_spoil_m3": 100,
             "total_spoil_m3": 100, "protected_topsoil_m3": 50, "strippable_topsoil_m3": 50, "vegetated_ha": 1.42,
             "restorable_ha": 1.42, "range_ha": 7.08, "targets": {"vegetation_cover_rate": 20}},
)  # fmt: skip
def six_indicators(given: SixIn, params: Params) -> Outcome:
    found, lines = {}, []
    for key, (numerator, denominator, factor) in quotients(given).items():
        target = getattr(given.targets, key) if given.targets else None
        one = reach(numerator, denominator, factor, target)
        found[key] = one
        row = params.row("prevention_indicators", indicator=key)
        lines.append(explain(row["title"], row["title_en"], f"{STANDARD} {row.article}", numerator, denominator, one))
        if numerator > denominator and key != "soil_loss_control_ratio" and denominator:
            lines.append(
                Line(
                    f"{row['title']}的分子大于分母，请核对",
                    f"{row['title_en']}: numerator above denominator",
                    mark="product",
                )
            )
    return Outcome(SixOut(**{key: found[key] for key in KEYS}), tuple(lines))


def explain(title: str, title_en: str, article: str, numerator: Decimal, denominator: Decimal, one: Reached) -> Line:
    if one.value is None:
        return Line(f"{title}：{one.reason}", f"{title_en}: the denominator is zero", article)
    verdict = {None: "", True: "，达标", False: "，未达标"}[one.reached]
    verdict_en = {None: "", True: ", reached", False: ", not reached"}[one.reached]
    return Line(
        f"{title} = {numerator:f} ÷ {denominator:f} = {one.value:f}{verdict}",
        f"{title_en} = {numerator:f} / {denominator:f} = {one.value:f}{verdict_en}",
        article,
    )
