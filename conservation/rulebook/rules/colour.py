"""three-colour: quarterly monitoring score and colour (三色评价) by eight indicators, 办水保〔2020〕161号.

The table was not read in the official text: it is marked ``unverified`` until the annex is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Literal

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import Number, arg

Grade = Annotated[int, Number(minimum=Decimal(1), maximum=Decimal(5))]
Q161 = "生产建设项目水土保持监测三色评价（办水保〔2020〕161号）"
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class SpoilIn:
    new_site_grades: tuple[Grade, ...] = arg(
        "未经批准新设弃渣场的级别", "grades of new, unapproved spoil sites", default=()
    )
    random_places: int = arg("乱弃、顺坡溜渣处数", "places of random dumping")


@dataclass(frozen=True, kw_only=True)
class EngineeringIn:
    late_places: int = arg("工程措施不及时、不到位处数", "places with late or missing engineering measures")
    unprotected_site_grades: tuple[Grade, ...] = arg(
        "未拦先弃弃渣场的级别", "grades of unprotected spoil sites", default=()
    )


@dataclass(frozen=True, kw_only=True)
class ThreeColourIn:
    range_ha: Decimal = arg("防治责任范围", "responsibility range", unit="ha")
    enlarged_m2: tuple[Decimal, ...] = arg(
        "擅自扩大扰动各处面积", "each place of enlarged disturbance", unit="m2", default=()
    )
    topsoil_m2: tuple[Decimal, ...] = arg(
        "未剥离保护表土各处面积", "each place without topsoil protection", unit="m2", default=()
    )
    spoil: SpoilIn = arg("弃土弃渣", "spoil")
    soil_loss_m3: Decimal = arg("本季度土壤流失量", "soil loss of the quarter", unit="m3")
    engineering: EngineeringIn = arg("工程措施", "engineering measures")
    planting_m2: tuple[Decimal, ...] = arg(
        "植物措施不达标各处面积", "each place of failed planting", unit="m2", default=()
    )
    temporary_places: int = arg("临时措施不及时、不到位处数", "places with late or missing temporary measures")
    harm: Literal["none", "ordinary", "serious"] = arg("水土流失危害", "erosion harm")
    refused_rectification: bool = arg("拒不按期整改", "refused the ordered rectification")


@dataclass(frozen=True, kw_only=True)
class ColourLine:
    indicator: str = arg("指标", "indicator")
    title: str = arg("名称", "title")
    full: Decimal = arg("满分", "full")
    deducted: Decimal = arg("扣分（含倍数）", "deducted, with the factor")
    score: Decimal = arg("得分", "score")


@dataclass(frozen=True, kw_only=True)
class ThreeColourOut:
    score: Decimal = arg("得分", "score")
    colour: Literal["green", "yellow", "red"] = arg("颜色", "colour")
    lines: tuple[ColourLine, ...] = arg("逐项", "lines")


def full_steps(value: Decimal, step: Decimal) -> Decimal:
    """Whole steps only; a remainder is ignored."""
    return (value / step).to_integral_value(ROUND_FLOOR)


def deductions(given: ThreeColourIn, params: Params) -> dict[str, Decimal]:
    """Points off by indicator, before the factor for small ranges."""

    def number(name: str) -> Decimal:
        return params.number(f"three-colour.{name}")

    area, major_to = number("area_step_m2"), number("major_to_grade")
    place = number("place_points")

    def by_area(places: tuple[Decimal, ...]) -> Decimal:
        return sum((full_steps(one, area) for one in places), ZERO)

    def by_grade(grades: tuple[int, ...], name: str) -> Decimal:
        return sum((number(f"{name}_major" if grade <= major_to else f"{name}_minor") for grade in grades), ZERO)

    return {
        "enlarged": by_area(given.enlarged_m2),
        "topsoil": by_area(given.topsoil_m2),
        "spoil": by_grade(given.spoil.new_site_grades, "new_site") + place * given.spoil.random_places,
        "soil_loss": full_steps(given.soil_loss_m3, number("loss_step_m3")),
        "engineering": place * given.engineering.late_places
        + by_grade(given.engineering.unprotected_site_grades, "unprotected"),
        "planting": by_area(given.planting_m2),
        "temporary": place * given.temporary_places,
        "harm": number("ordinary_harm") if given.harm != "none" else ZERO,
    }


def colour_of(score: Decimal, params: Params) -> str:
    if score >= params.number("three-colour.green_from"):
        return "green"
    return "yellow" if score >= params.number("three-colour.yellow_from") else "red"


@rule(
    name="three-colour",
    title="监测三色评价",
    title_en="Three-colour evaluation",
    summary="八项指标扣分得季度分：80 分以上绿色，60 分以上黄色，其余红色；严重危害或拒不整改为 0 分、红色。",
    summary_en="Eight indicators give the quarter's score: green from 80, yellow from 60, else red; serious harm gives 0.",
    family="prevention",
    inputs=ThreeColourIn,
    result=ThreeColourOut,
    basis=(Basis(Q161, "附件", "unverified"),),
    tables=("three_colour", "parameters"),
    example={
        "range_ha": 120, "enlarged_m2": [1500], "topsoil_m2": [], "spoil": {"new_site_grades": [], "random_places": 1},
        "soil_loss_m3": 250, "engineering": {"late_places": 1, "unprotected_site_grades": []}, "planting_m2": [],
        "temporary_places": 2, "harm": "none", "refused_rectification": False,
    },
)  # fmt: skip
def three_colour(given: ThreeColourIn, params: Params) -> Outcome:
    small = given.range_ha <= params.number("three-colour.small_range_ha")
    factor = params.number("three-colour.small_factor") if small else Decimal(1)
    off = deductions(given, params)
    lines = []
    for row in params.rows("three_colour"):
        full = params.use(row).need("full")
        deducted = off[row["metric"]] * (factor if row["metric"] != "harm" else 1)
        lines.append(
            ColourLine(
                indicator=row["code"],
                title=row["title"],
                full=full,
                deducted=deducted,
                score=max(ZERO, full - deducted),
            )
        )
    score = sum((line.score for line in lines), ZERO)
    words = [
        Line(
            f"责任范围 {given.range_ha:f} ha，扣分按 {factor:f} 倍计（水土流失危害除外），每项最多扣完满分",
            f"range {given.range_ha:f} ha: deductions count {factor:f} times (harm excepted), at most the full points",
            Q161,
        )
    ]
    if given.harm == "serious" or given.refused_rectification:
        score = ZERO
        words.append(
            Line(
                "发生严重水土流失危害或拒不按期整改，总分为 0", "serious harm or refused rectification: score 0", Q161
            )
        )
    colour = colour_of(score, params)
    words.append(Line(f"得分 {score:f}：{COLOURS[colour]}", f"score {score:f}: {colour}", Q161))
    return Outcome(ThreeColourOut(score=score, colour=colour, lines=tuple(lines)), tuple(words))  # type: ignore[arg-type]


COLOURS = {"green": "绿色", "yellow": "黄色", "red": "红色"}
