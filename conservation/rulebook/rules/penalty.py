"""penalty-range: the lawful range of a fine (罚款幅度) for a violation, with the steps the law demands.

Statutory range by act and party, local law before basin law before national law; inside a national range the bands of the national
discretion standard of 2019 (lower bound included, upper excluded: our reading of the overlapping printed bounds). A local
discretion standard, where loaded, comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from conservation.rulebook.parameters import Params, Row
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import Money, Yuan, arg, yuan

Act = Literal[
    "V01", "V02", "V03", "V04", "V05", "V06", "V07", "V08", "V09", "V10",
    "V11", "V12", "V13", "V14", "V15", "V16", "V17", "V18", "V19", "V20",
]  # fmt: skip
Tier = Literal["minor", "general", "serious", "grave"]
TIERS = {
    "minor": ("轻微", "minor"),
    "general": ("一般", "general"),
    "serious": ("较重", "serious"),
    "grave": ("严重", "grave"),
}
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class PenaltyIn:
    act: Act = arg("违法类型", "violation")
    party: Literal["unit", "person"] = arg("当事人", "party")
    area_ha: Decimal | None = arg("占地面积", "land", unit="ha", default=None)
    volume_m3: Decimal | None = arg("弃渣或取土数量", "volume dumped or taken", unit="m3", default=None)
    measures: Literal["full", "partial", "none"] | None = arg("防护措施", "measures", default=None)
    hazard: bool | None = arg("存在危害或隐患", "hazard present", default=None)
    erosion_caused: bool | None = arg("造成水土流失", "erosion caused", default=None)
    overdue_months: Decimal | None = arg("逾期月数", "months overdue", unit="month", default=None)
    fee: Money | None = arg("应缴补偿费", "fee due", unit="yuan", default=None)
    cost: Money | None = arg("应有的监测费用", "monitoring cost", unit="yuan", default=None)
    basin: Literal["yellow_river"] | None = arg("流域", "basin", default=None)


@dataclass(frozen=True, kw_only=True)
class PenaltyOut:
    minimum: Money | None = arg("下限", "minimum", unit="yuan")
    maximum: Money | None = arg("上限", "maximum", unit="yuan")
    tier: Tier | None = arg("裁量档次", "band")
    order_first: bool = arg("责令逾期后方可罚款", "a fine only after the order has lapsed")
    collective_discussion: bool = arg("须集体讨论（按上限判断）", "collective discussion, judged by the maximum")
    hearing: bool = arg("须告知听证权（按上限判断）", "hearing offer, judged by the maximum")
    procedure: Literal["simple", "ordinary", "none"] = arg("程序", "procedure")
    collective_from: Money = arg("集体讨论的罚款下限", "collective discussion from", unit="yuan")
    hearing_from: Money = arg("告知听证权的罚款下限", "hearing offer from", unit="yuan")


def needed(value: Decimal | None, key: str, what: str, what_en: str) -> Decimal:
    if value is None:
        raise InputError(key, f"计算此项罚款需要{what}", f"this fine needs {what_en}")
    return value


def base_of(given: PenaltyIn, kind: str) -> Decimal:
    """What the amounts of the law are multiplied with."""
    if kind == "fixed":
        return Decimal(1)
    if kind == "per_m3":
        return needed(given.volume_m3, "volume_m3", "数量（m³）", "the volume")
    if kind == "per_fee":
        return needed(given.fee, "fee", "应缴补偿费", "the fee due")
    return needed(given.cost, "cost", "监测费用", "the monitoring cost")


def within(value: Decimal | None, band: Row) -> bool:
    """Lower bound included, upper bound excluded."""
    if value is None:
        return False
    upper = band.number("upper")
    return value >= band.need("lower") and (upper is None or value < upper)


def condition_fits(given: PenaltyIn, band: Row) -> bool:
    """Measures and hazard must be known; whether erosion was caused may be open where the other two settle the band."""
    if given.measures is None or given.hazard is None:
        return False
    facts = (given.measures == band["measures"], given.hazard == (band["hazard"] == "yes"))
    erosion = given.erosion_caused is None or given.erosion_caused == (band["erosion"] == "yes")
    return all(facts) and erosion


def band_of(given: PenaltyIn, params: Params) -> Row | None:
    metrics = {"area_ha": given.area_ha, "volume_m3": given.volume_m3, "overdue_months": given.overdue_months}
    for band in params.rows("penalty_bands", act=given.act, party=given.party):
        metric = band["metric"]
        fits = condition_fits(given, band) if metric == "condition" else within(metrics[metric], band)
        if fits:
            return params.use(band)
    return None


@rule(
    name="penalty-range",
    title="罚款幅度",
    title_en="Range of a fine",
    summary="按违法类型、当事人和情节给出罚款的上下限、裁量档次，以及责令、集体讨论、听证等法定步骤。",
    summary_en="Least and greatest fine, band, and the steps the law demands, by violation, party and facts.",
    family="money",
    inputs=PenaltyIn,
    result=PenaltyOut,
    basis=(
        Basis("中华人民共和国水土保持法", "第四十八条、第五十三条至第五十七条"),
        Basis("水土保持违法行为违法情节及行政处罚自由裁量权参照执行标准（水利部，2019）", "全表"),
        Basis("水行政处罚实施办法（水利部令第55号）", "集体讨论、听证", "secondary"),
    ),
    tables=("penalty_statutory", "penalty_bands", "parameters"),
    example={"act": "V01", "party": "unit", "area_ha": 1.99},
)
def penalty_range(given: PenaltyIn, params: Params) -> Outcome:
    layered = params.in_basin(given.basin) if given.basin else params
    statutory = layered.row("penalty_statutory", act=given.act, party=given.party)
    violation = params.rows("violations", code=given.act)[0]
    order = Line(
        f"{violation['title']}：{violation['order'] or '依有关法律处理'}",
        f"{violation['title_en']}: {'the order comes first' if statutory.flag('order_first') else 'order and fine together'}",
        f"{statutory.document}{statutory.article}",
    )
    if statutory["kind"] == "none":
        return no_fine(given, params, statutory, violation, order)
    band = band_of(given, params) if not statutory.scope else None
    source = band or statutory
    base = base_of(given, statutory["kind"])
    low, high = yuan(source.need("minimum") * base), yuan(source.need("maximum") * base)
    lines = (order, range_line(given, statutory, band, low, high), *local_line(statutory))
    return finish(given, params, statutory, violation, (low, high), band, lines)


def range_line(given: PenaltyIn, statutory: Row, band: Row | None, low: Yuan, high: Yuan) -> Line:
    if band is None:
        return Line(
            f"没有可用的裁量档次，按法定幅度：{low} 元至 {high} 元",
            f"no band applies: the statutory range, {low} to {high} yuan",
            f"{statutory.document}{statutory.article}",
        )
    title, title_en = TIERS[band["tier"]]
    unit = {"fixed": "", "per_m3": "（元/m³ × 数量）", "per_fee": "（倍数 × 应缴费）", "per_cost": ""}[
        statutory["kind"]
    ]
    return Line(
        f"裁量档次“{title}”{unit}：{low} 元至 {high} 元；档次下限含本数、上限不含本数",
        f"band “{title_en}”: {low} to {high} yuan; lower bound included, upper bound excluded",
        f"{band.document}{band.article}",
        "product",
    )


def local_line(statutory: Row) -> tuple[Line, ...]:
    found = []
    if statutory.scope:
        found.append(
            Line("适用地方性法规或流域法律的特别规定", "a provincial or basin rule applies", statutory.document)
        )
    if statutory.get("note"):
        found.append(Line(statutory["note"], "see the note of the provision", statutory.article))
    return tuple(found)


def no_fine(given: PenaltyIn, params: Params, statutory: Row, violation: Row, order: Line) -> Outcome:
    other = violation["other_organ"]
    lines = [
        order,
        Line(
            "法律没有对此行为规定罚款", "the law sets no fine for this act", f"{statutory.document}{statutory.article}"
        ),
    ]
    if other:
        lines.append(Line(f"其他机关：{other}", "another organ decides", violation.article))
    return finish(given, params, statutory, violation, None, None, tuple(lines))


def finish(
    given: PenaltyIn,
    params: Params,
    statutory: Row,
    violation: Row,
    amounts: tuple[Yuan, Yuan] | None,
    band: Row | None,
    lines: tuple[Line, ...],
) -> Outcome:
    """Add the steps: collective discussion, hearing offer, procedure. The maximum decides, so that no step is missed."""
    collective = params.number(f"penalty-range.collective_from_{given.party}")
    hearing = params.number(f"penalty-range.hearing_from_{given.party}")
    simple = params.number(f"penalty-range.simple_to_{given.party}")
    top = amounts[1] if amounts else ZERO
    suspends = violation.flag("suspension")
    procedure = "none" if amounts is None else "simple" if top <= simple else "ordinary"
    steps = [
        Line(
            f"罚款 {collective:f} 元以上须集体讨论，{hearing:f} 元以上须告知听证权；按幅度上限判断",
            f"collective discussion from {collective:f} yuan, hearing offer from {hearing:f} yuan, judged by the maximum",
            "水利部令第55号；行政处罚法第五十七条、第六十三条",
            "product",
        )
    ]
    if suspends:
        steps.append(
            Line(
                "同时责令停止生产或者使用，稳妥起见一并告知听证权",
                "production or use is also stopped: the hearing is offered to be safe",
                "行政处罚法第六十三条",
                "unverified",
            )
        )
    result = PenaltyOut(
        minimum=amounts[0] if amounts else None,  # type: ignore[arg-type]
        maximum=amounts[1] if amounts else None,  # type: ignore[arg-type]
        tier=band["tier"] if band else None,  # type: ignore[arg-type]
        order_first=statutory.flag("order_first"),
        collective_discussion=amounts is not None and top >= collective,
        hearing=suspends or (amounts is not None and top >= hearing),
        procedure=procedure,  # type: ignore[arg-type]
        collective_from=yuan(collective),
        hearing_from=yuan(hearing),
    )
    return Outcome(result, (*lines, *steps))
