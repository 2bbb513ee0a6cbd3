"""erosion-class: intensity of erosion by modulus (土壤侵蚀强度). SL 190-2007; lower bounds inclusive, 15 000 itself is severe."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from conservation.rulebook.parameters import Params, Row
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import Positive, arg

Intensity = Literal["slight", "light", "moderate", "strong", "very_strong", "severe"]


@dataclass(frozen=True, kw_only=True)
class ErosionIn:
    modulus: Decimal = arg("土壤侵蚀模数", "modulus", unit="t/(km²·a)")
    tolerable: Positive = arg("容许土壤流失量", "tolerable loss", unit="t/(km²·a)")


@dataclass(frozen=True, kw_only=True)
class ErosionOut:
    intensity: Intensity = arg("侵蚀强度", "intensity")


def lower_bound(row: Row, tolerable: Decimal) -> Decimal:
    text = row["modulus_from"]
    return tolerable if text == "tolerable" else Decimal(text)


@rule(
    name="erosion-class",
    title="土壤侵蚀强度分级",
    title_en="Erosion intensity",
    summary="按侵蚀模数和容许土壤流失量分为微度至剧烈六级；各级下限含本数。",
    summary_en="Six classes by modulus and tolerable loss, lower bounds included.",
    family="erosion",
    inputs=ErosionIn,
    result=ErosionOut,
    basis=(Basis("SL 190-2007 土壤侵蚀分类分级标准", "水力侵蚀强度分级", "secondary"),),
    tables=("erosion_intensity_water", "parameters"),
    example={"modulus": 707.69, "tolerable": 500},
)
def erosion_class(given: ErosionIn, params: Params) -> Outcome:
    largest = params.number("erosion-class.largest_tolerable")
    if given.tolerable > largest:
        raise InputError(
            "tolerable", f"容许土壤流失量不应大于 {largest:f}", f"the tolerable loss must not exceed {largest:f}"
        )
    rows = params.rows("erosion_intensity_water")
    reached = [row for row in rows if given.modulus >= lower_bound(row, given.tolerable)]
    row = params.use(max(reached, key=lambda one: int(one["class_no"])))
    lower = lower_bound(row, given.tolerable)
    line = Line(
        f"模数 {given.modulus:f} 达到{row['title']}下限 {lower:f} t/(km²·a)（下限含本数、上限不含，标准未写明）",
        f"modulus {given.modulus:f} reaches {row['intensity']} (from {lower:f}); lower bound included, a choice of ours",
        f"{row.document}{row.article}",
        "product",
    )
    return Outcome(ErosionOut(intensity=row["intensity"]), (line,))  # type: ignore[arg-type]
