"""prevention-targets and six-indicators: the six prevention indicators of GB/T 50434-2018, wanted and reached."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from conservation.rulebook.parameters import Params, Row
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import Number, arg

STANDARD = "GB/T 50434-2018"
KEYS = (
    "erosion_control_degree",
    "soil_loss_control_ratio",
    "spoil_protection_rate",
    "topsoil_protection_rate",
    "vegetation_restoration_rate",
    "vegetation_cover_rate",
)
IndicatorKey = Literal[
    "erosion_control_degree", "soil_loss_control_ratio", "spoil_protection_rate", "topsoil_protection_rate",
    "vegetation_restoration_rate", "vegetation_cover_rate",
]  # fmt: skip
Zone = Literal[
    "northeast_black_soil", "northern_wind_sand", "northern_rocky_mountain", "northwest_loess_plateau",
    "southern_red_soil", "southwest_purple_soil", "southwest_karst", "qinghai_tibet_plateau",
]  # fmt: skip
GradeNo = Annotated[int, Number(minimum=Decimal(1), maximum=Decimal(3))]
FOUR = Decimal("0.0001")
HUNDRED = Decimal(100)
NUMERIC = ("increase", "decrease", "floor", "no_quantitative_requirement", "case_by_case")
EXCLUSIVE = (("ratio_light", "ratio_moderate_up"), ("mid_mountain", "high_mountain"), ("hyper_arid_control", "arid"),
             ("hyper_arid_veg", "arid"))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AdjustmentIn:
    rule: str = arg("调整规则", "rule of the adjustments table")
    indicator: IndicatorKey = arg("指标", "indicator")
    value: Decimal | None = arg("增加或减少的数值", "points added or taken off", default=None)
    reason: str = arg("理由", "reason")


@dataclass(frozen=True, kw_only=True)
class SegmentIn:
    zone: Zone | None = arg("水土保持区划一级区", "zone", default=None)
    grade: GradeNo = arg("防治标准等级", "grade")
    range_ha: Annotated[Decimal, Number(above_minimum=True)] = arg("责任范围", "range", unit="ha")
    spoil_m3: Decimal | None = arg("弃渣与临时堆土量", "spoil", unit="m3", default=None)
    topsoil_m3: Decimal | None = arg("可剥离表土量", "topsoil", unit="m3", default=None)


@dataclass(frozen=True, kw_only=True)
class TargetsIn:
    zone: Zone | None = arg("水土保持区划一级区", "zone", default=None)
    grade: GradeNo | None = arg("防治标准等级", "grade", default=None)
    period: Literal["construction", "design_year"] = arg("时段", "period")
    adjustments: tuple[AdjustmentIn, ...] = arg("调整", "adjustments", default=())
    segments: tuple[SegmentIn, ...] = arg("分段", "segments", default=())


@dataclass(frozen=True, kw_only=True)
class Applied:
    rule: str = arg("规则", "rule")
    clause: str = arg("条款", "clause")
    change: Decimal | None = arg("变化", "change")
    reason: str = arg("理由", "reason")


@dataclass(frozen=True, kw_only=True)
class Target:
    target: Decimal | None = arg("目标值", "target")
    table_value: Decimal | None = arg("表列值", "value of the table")
    adjustments: tuple[Applied, ...] = arg("调整", "adjustments", default=())


@dataclass(frozen=True, kw_only=True)
class TargetsOut:
    erosion_control_degree: Target = arg("水土流失治理度", unit="%")
    soil_loss_control_ratio: Target = arg("土壤流失控制比")
    spoil_protection_rate: Target = arg("渣土防护率", unit="%")
    topsoil_protection_rate: Target = arg("表土保护率", unit="%")
    vegetation_restoration_rate: Target = arg("林草植被恢复率", unit="%")
    vegetation_cover_rate: Target = arg("林草覆盖率", unit="%")


@dataclass(frozen=True)
class Chosen:
    """A checked adjustment with its row of the table."""

    given: AdjustmentIn
    row: Row


def check_adjustments(given: tuple[AdjustmentIn, ...], params: Params) -> list[Chosen]:
    """Each names a rule of the table, an indicator it covers, a value inside its limits, and a reason."""
    found: list[Chosen] = []
    for index, one in enumerate(given):
        key = f"adjustments[{index}]"
        rows = params.rows("prevention_adjustments", rule=one.rule)
        if not rows or rows[0]["operation"] not in NUMERIC:
            raise InputError(
                f"{key}.rule", f"没有这条数值调整规则：{one.rule[:40]}", f"no such numeric rule: {one.rule[:40]}"
            )
        row = rows[0]
        if one.indicator not in row["indicators"].split(";"):
            raise InputError(
                f"{key}.indicator", f"{one.rule} 不适用于此指标", f"{one.rule} does not cover this indicator"
            )
        if not one.reason.strip():
            raise InputError(f"{key}.reason", "调整须写明理由", "an adjustment needs a reason")
        check_value(key, one, row)
        for other in found:
            if other.given.indicator == one.indicator and clash(other.given.rule, one.rule):
                raise InputError(
                    f"{key}.rule", f"与 {other.given.rule} 不能同时适用", f"cannot be used with {other.given.rule}"
                )
        found.append(Chosen(one, row))
    return sorted(found, key=lambda chosen: int(chosen.row["step"]))


def clash(first: str, second: str) -> bool:
    return first == second or any({first, second} == set(pair) for pair in EXCLUSIVE)


def check_value(key: str, one: AdjustmentIn, row: Row) -> None:
    if row["operation"] in ("floor", "no_quantitative_requirement"):
        return
    if one.value is None:
        raise InputError(f"{key}.value", "缺少此项", "is missing")
    low, high = row.number("minimum"), row.number("maximum")
    if low is not None and one.value < low or high is not None and one.value > high:
        raise InputError(f"{key}.value", f"应在 {low} 至 {high} 之间", f"must lie between {low} and {high}")


def adjust(value: Decimal, chosen: Chosen) -> Decimal | None:
    """The value after one adjustment, between 0 and 100 for percentages; None where no number is asked for any more."""
    operation = chosen.row["operation"]
    if operation == "no_quantitative_requirement":
        return None
    if operation == "floor":
        return max(value, chosen.row.need("minimum"))
    points = chosen.given.value or Decimal(0)
    changed = value + points if operation == "increase" else value - points
    top = HUNDRED if chosen.given.indicator != "soil_loss_control_ratio" else changed
    return max(Decimal(0), min(changed, top))


def one_target(params: Params, zone: str, grade: int, period: str, indicator: str, chosen: list[Chosen]) -> Target:
    row = params.row("prevention_targets", zone_key=zone, grade=grade, period=period, indicator=indicator)
    table_value = row.number("value")
    value, applied = table_value, []
    for one in chosen:
        if one.given.indicator != indicator or value is None:
            continue
        params.use(one.row)
        changed = adjust(value, one)
        applied.append(
            Applied(
                rule=one.given.rule,
                clause=f"{one.row.document} {one.row.article}",
                change=None if changed is None else changed - value,
                reason=one.given.reason,
            )
        )
        value = changed
    return Target(target=value, table_value=table_value, adjustments=tuple(applied))


def refuse_unused(given: TargetsIn, targets: dict[str, Target]) -> None:
    for index, one in enumerate(given.adjustments):
        if targets[one.indicator].table_value is None:
            raise InputError(
                f"adjustments[{index}].indicator",
                "该时段此指标没有表列值，不能调整",
                "has no table value in this period",
            )


def weights_of(segments: tuple[SegmentIn, ...], indicator: str) -> list[Decimal]:
    """Volumes for spoil and topsoil where every segment has one, else areas."""
    name = {"spoil_protection_rate": "spoil_m3", "topsoil_protection_rate": "topsoil_m3"}.get(indicator)
    volumes = [getattr(one, name) for one in segments] if name else []
    if volumes and all(volume is not None for volume in volumes) and sum(volumes) > 0:
        return volumes
    return [one.range_ha for one in segments]


def composite(parts: list[Target], weights: list[Decimal]) -> Target:
    def mean(values: list[Decimal | None]) -> Decimal | None:
        known = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
        whole = sum(weight for _, weight in known)
        if not whole:
            return None
        return (sum(value * weight for value, weight in known) / whole).quantize(FOUR, ROUND_HALF_UP).normalize() + 0

    applied = tuple(dict.fromkeys(one for part in parts for one in part.adjustments))
    return Target(
        target=mean([part.target for part in parts]),
        table_value=mean([part.table_value for part in parts]),
        adjustments=applied,
    )


@rule(
    name="prevention-targets",
    title="防治指标目标值",
    title_en="Prevention targets",
    summary="按一级区、等级和时段取六项指标值，依条款次序调整；涉及两个以上等级的按面积（渣土、表土按数量）加权。",
    summary_en="Six targets by zone, grade and period, adjusted in the order of the clauses, weighted over segments.",
    family="prevention",
    inputs=TargetsIn,
    result=TargetsOut,
    basis=(Basis(STANDARD, "4.0.2 至 4.0.10"), Basis("GB 50433-2018", "3.2.2")),
    tables=("prevention_targets", "prevention_adjustments"),
    example={"zone": "southern_red_soil", "grade": 1, "period": "design_year",
             "adjustments": [{"rule": "urban", "indicator": "spoil_protection_rate", "value": 2, "reason": "城市区"}]},
)  # fmt: skip
def prevention_targets(given: TargetsIn, params: Params) -> Outcome:
    chosen = check_adjustments(given.adjustments, params)
    if given.segments:
        return by_segments(given, params, chosen)
    if given.zone is None:
        raise InputError("zone", "缺少此项", "is missing")
    if given.grade is None:
        raise InputError("grade", "缺少此项", "is missing")
    zone, grade = given.zone, given.grade
    targets = {key: one_target(params, zone, grade, given.period, key, chosen) for key in KEYS}
    refuse_unused(given, targets)
    line = Line(
        f"{zone} 一级区 {grade} 级标准表列值，按 4.0.7、4.0.8 与 4.0.9、4.0.6 与 4.0.10 的次序调整",
        f"values of the table for {zone}, grade {grade}, adjusted in the order 4.0.7, 4.0.8 and 4.0.9, 4.0.6 and 4.0.10",
        f"{STANDARD} 4.0.2",
    )
    return Outcome(TargetsOut(**targets), (line,))


def by_segments(given: TargetsIn, params: Params, chosen: list[Chosen]) -> Outcome:
    if given.grade is not None:
        raise InputError("grade", "分段时等级写在各段中", "with segments the grade stands in each segment")
    zones: list[str] = []
    for index, one in enumerate(given.segments):
        zone = one.zone or given.zone
        if zone is None:
            raise InputError(f"segments[{index}].zone", "缺少此项", "is missing")
        zones.append(zone)
    targets = {}
    for key in KEYS:
        parts = [
            one_target(params, zone, one.grade, given.period, key, chosen)
            for zone, one in zip(zones, given.segments, strict=True)
        ]
        targets[key] = composite(parts, weights_of(given.segments, key))
    refuse_unused(given, targets)
    line = Line(
        f"{len(given.segments)} 段分别取值、调整后加权：渣土和表土按数量（各段均给出时），其余按面积",
        f"{len(given.segments)} segments, each adjusted, then weighted: spoil and topsoil by volume where given, else by area",
        f"{STANDARD} 4.0.4",
    )
    return Outcome(TargetsOut(**targets), (line,))
