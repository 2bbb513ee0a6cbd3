"""spoil-site-grade: grade of a spoil site (弃渣场级别) by volume, height and harm. GB 51018-2014 table 5.7.1; 1 is the gravest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from conservation.rulebook.parameters import Params, Row
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import arg

Harm = Literal["serious", "fairly_serious", "not_serious", "slight", "none"]


@dataclass(frozen=True, kw_only=True)
class SpoilSiteIn:
    volume_10k_m3: Decimal = arg("堆渣量", "volume", unit="10⁴ m3")
    height_m: Decimal = arg("最大堆渣高度", "largest height", unit="m")
    harm: Harm = arg("失事对主体工程或环境的危害程度", "harm to works or environment if it fails")


@dataclass(frozen=True, kw_only=True)
class SpoilSiteOut:
    grade: int = arg("弃渣场级别（1 级最高）", "grade, 1 is the gravest")
    geology_report: bool = arg("须附地质勘察结论", "geological report needed")
    video_monitoring: bool = arg("须视频监控", "video monitoring needed")
    special_study: bool = arg("超出分级表，须专题论证", "beyond the table: special study")


def grade_row(params: Params, column: str, value: Decimal) -> Row:
    """The gravest row whose lower bound is reached."""
    rows = sorted(params.rows("spoil_site_grades"), key=lambda row: row.need("grade"))
    return next(row for row in rows if value >= row.need(column))


def grade_of(params: Params, volume: Decimal, height: Decimal, harm: str) -> tuple[int, tuple[int, int, int]]:
    """The grade and the three grades by volume, height and harm; the gravest decides (就高不就低)."""
    rows = (
        grade_row(params, "volume_from_10k_m3", volume),
        grade_row(params, "height_from_m", height),
        params.rows("spoil_site_grades", harm=harm)[0],
    )
    grades = tuple(int(params.use(row)["grade"]) for row in rows)
    return min(grades), grades  # type: ignore[return-value]


@rule(
    name="spoil-site-grade",
    title="弃渣场级别",
    title_en="Spoil-site grade",
    summary="按堆渣量、最大堆渣高度和失事危害程度确定级别，就高不就低，并列出随之而来的要求。",
    summary_en="Grade by volume, height and harm, the gravest decides, with what follows from it.",
    family="spoil",
    inputs=SpoilSiteIn,
    result=SpoilSiteOut,
    basis=(
        Basis("GB 51018-2014 水土保持工程设计规范", "表5.7.1", "secondary"),
        Basis("生产建设项目水土保持方案审查要点（办水保〔2023〕177号）", "第14、26、31条"),
    ),
    tables=("spoil_site_grades", "parameters"),
    example={"volume_10k_m3": 80, "height_m": 50, "harm": "slight"},
)
def spoil_site_grade(given: SpoilSiteIn, params: Params) -> Outcome:
    grade, parts = grade_of(params, given.volume_10k_m3, given.height_m, given.harm)
    top = params.rows("spoil_site_grades", grade=1)[0]
    study = given.volume_10k_m3 > top.need("volume_to_10k_m3") or given.height_m > top.need("height_to_m")
    geology_to = params.number("spoil-site-grade.geology_report_to_grade")
    video_to = params.number("spoil-site-grade.video_to_grade")
    lines = [
        Line(
            f"按堆渣量 {given.volume_10k_m3:f} 万 m³ 为 {parts[0]} 级，按堆高 {given.height_m:f} m 为 {parts[1]} 级，"
            f"按危害程度为 {parts[2]} 级；就高不就低，取 {grade} 级",
            f"grade {parts[0]} by volume, {parts[1]} by height, {parts[2]} by harm; the gravest decides: grade {grade}",
            "GB 51018-2014 表5.7.1",
        ),
        Line(
            f"{geology_to:f} 级及以上（即 1 至 {geology_to:f} 级）须附地质勘察结论，{video_to:f} 级及以上须视频监控",
            f"grades 1 to {geology_to:f} need a geological report, grades 1 to {video_to:f} video monitoring",
            "办水保〔2023〕177号 第14、26、31条",
        ),
    ]
    if study:
        lines.append(
            Line(
                "堆渣量或堆高超出分级表，按 1 级并作专题论证",
                "volume or height lies beyond the table: grade 1 and a special study",
                mark="product",
            )
        )
    result = SpoilSiteOut(
        grade=grade,
        geology_report=grade <= geology_to,
        video_monitoring=grade <= video_to,
        special_study=study,
    )
    return Outcome(result, tuple(lines))
