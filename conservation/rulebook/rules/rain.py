"""rain-grade: grade of rain in 12 or 24 hours (降雨等级). GB/T 28592; lower bounds inclusive."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import arg


@dataclass(frozen=True, kw_only=True)
class RainIn:
    mm: Decimal = arg("降雨量", "rain", unit="mm")
    hours: Literal[12, 24] = arg("时段", "hours", unit="h")


@dataclass(frozen=True, kw_only=True)
class RainOut:
    grade: Literal["none", "light", "moderate", "heavy", "storm", "severe_storm", "extreme_storm"] = arg(
        "等级", "grade"
    )


@rule(
    name="rain-grade",
    title="降雨等级",
    title_en="Rain grade",
    summary="按 12 小时或 24 小时降雨量划分等级，下限含本数。",
    summary_en="Grade by rain in 12 or 24 hours, lower bounds included.",
    family="supervision",
    inputs=RainIn,
    result=RainOut,
    basis=(Basis("GB/T 28592-2012 降水量等级", "降水量等级划分", "unverified"),),
    tables=("rain_grades",),
    example={"mm": 50, "hours": 24},
)
def rain_grade(given: RainIn, params: Params) -> Outcome:
    rows = params.rows("rain_grades", hours=given.hours)
    reached = max((row for row in rows if given.mm >= row.need("from_mm")), key=lambda row: row.need("from_mm"))
    params.use(reached)
    line = Line(
        f"{given.hours} 小时降雨 {given.mm:f} mm，达到{reached['title']}下限 {reached['from_mm']} mm",
        f"{given.mm:f} mm in {given.hours} hours reaches {reached['grade']} (from {reached['from_mm']} mm)",
        reached.document,
    )
    return Outcome(RainOut(grade=reached["grade"]), (line,))  # type: ignore[arg-type]
