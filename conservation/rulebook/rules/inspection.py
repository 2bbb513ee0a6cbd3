"""inspection-allocation: how many projects of each credit grade are drawn for site checks (双随机抽查分配)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import Number, arg

POOL = ("A", "B", "unrated")
Ratio = Annotated[Decimal, Number(maximum=Decimal(1))]
Count = Annotated[int, Number(maximum=Decimal(10_000_000))]


@dataclass(frozen=True, kw_only=True)
class Counts:
    A: Count = arg("A 级", "grade A")
    B: Count = arg("B 级", "grade B")
    C: Count = arg("C 级", "grade C")
    D: Count = arg("D 级", "grade D")
    unrated: Count = arg("未评级", "unrated")


@dataclass(frozen=True, kw_only=True)
class AllocationIn:
    counts: Counts = arg("在建项目数", "projects under construction")
    ratio: Ratio = arg("现场检查比例", "ratio of site checks")


@dataclass(frozen=True, kw_only=True)
class AllocationOut:
    floor: int = arg("下限", "floor")
    by_grade: Counts = arg("各级抽取数", "drawn by grade")
    total: int = arg("合计", "total")


def ceiling(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))


def largest_remainder(rest: int, counts: dict[str, int], weights: dict[str, Decimal]) -> dict[str, int]:
    """Share ``rest`` among the grades by weight × count; whoever's share reaches its count is drawn whole.

    Ties go in the order A, B, unrated.
    """
    drawn = dict.fromkeys(counts, 0)
    open_grades = [name for name in counts if counts[name]]
    rest = min(rest, sum(counts.values()))
    while True:
        portions = {name: weights[name] * counts[name] for name in open_grades}
        whole = sum(portions.values())
        full = [name for name in open_grades if rest * portions[name] >= counts[name] * whole]
        if not full or not rest:
            break
        for name in full:
            drawn[name] = counts[name]
            rest -= counts[name]
            open_grades.remove(name)
    if not rest or not open_grades:
        return drawn
    shares = {name: Decimal(rest) * portions[name] / whole for name in open_grades}
    for name in open_grades:
        drawn[name] = int(shares[name].to_integral_value(ROUND_FLOOR))
    left = rest - sum(drawn[name] for name in open_grades)
    for name in sorted(open_grades, key=lambda one: drawn[one] - shares[one])[:left]:
        drawn[name] += 1
    return drawn


@rule(
    name="inspection-allocation",
    title="现场检查抽取分配",
    title_en="Allocation of site checks",
    summary="现场检查不少于在建项目的 10%：D 级全查，C 级查半数，其余按权重在 A、B 级和未评级中分配。",
    summary_en="At least 10 % of the projects: all of D, half of C, the rest among A, B and unrated by weight.",
    family="supervision",
    inputs=AllocationIn,
    result=AllocationOut,
    basis=(
        Basis("水利部生产建设项目水土保持监管文件（水保〔2019〕160号，湘水办函〔2019〕159号转发）", "现场检查比例"),
        Basis("产品约定", "按信用等级分配", "product"),
    ),
    tables=("parameters",),
    example={"counts": {"A": 200, "B": 100, "C": 20, "D": 5, "unrated": 0}, "ratio": 0.1},
)
def inspection_allocation(given: AllocationIn, params: Params) -> Outcome:
    counts = given.counts
    number = params.number
    least = number("inspection-allocation.floor_ratio")
    ratio = max(given.ratio, least)
    everything = counts.A + counts.B + counts.C + counts.D + counts.unrated
    floor = ceiling(ratio * everything)
    all_of_d = min(counts.D, ceiling(number("inspection-allocation.ratio_D") * counts.D))
    half_of_c = min(counts.C, ceiling(number("inspection-allocation.ratio_C") * counts.C))
    rest = max(0, floor - all_of_d - half_of_c)
    pool = {name: getattr(counts, name) for name in POOL}
    weights = {name: number(f"inspection-allocation.weight_{name}") for name in POOL}
    drawn = largest_remainder(rest, pool, weights)
    short = rest - sum(drawn.values())
    half_of_c += short
    lines = [
        Line(
            f"在建 {everything} 个，比例 {ratio * 100:f}%，下限 {floor} 个",
            f"{everything} projects, ratio {ratio * 100:f} %: floor {floor}",
            "水保〔2019〕160号",
        ),
        Line(
            f"D 级 {all_of_d} 个，C 级 {half_of_c} 个，其余 {sum(drawn.values())} 个按权重以最大余数法分配",
            f"{all_of_d} of D, {half_of_c} of C, the other {sum(drawn.values())} by weight with largest remainders",
            mark="product",
        ),
    ]
    if given.ratio < least:
        percent = f"{least * 100:f}"
        lines.append(
            Line(f"所给比例低于 {percent}%，按 {percent}% 计", f"the ratio given is below {percent} %", mark="product")
        )
    by_grade = Counts(C=half_of_c, D=all_of_d, **drawn)
    result = AllocationOut(floor=floor, by_grade=by_grade, total=half_of_c + all_of_d + sum(drawn.values()))
    return Outcome(result, tuple(lines))
