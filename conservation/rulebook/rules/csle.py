"""soil-loss-csle: A = R·K·L·S·B·E·T, the model of the national dynamic monitoring (CSLE)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.rules.soil_loss import Slope, exact, slope_exponent
from conservation.rulebook.values import Fraction, arg

MODEL = "区域水土流失动态监测技术规定 CSLE"


@dataclass(frozen=True, kw_only=True)
class CsleIn:
    R: Decimal = arg("降雨侵蚀力 R", "R", unit="MJ·mm/(hm²·h·a)")
    K: Decimal = arg("土壤可蚀性 K", "K", unit="t·hm²·h/(hm²·MJ·mm)")
    slope_deg: Slope = arg("坡度", "slope", unit="°")
    length_m: Decimal = arg("坡长", "slope length", unit="m")
    B: Fraction = arg("植被覆盖与生物措施因子 B", "B")
    E: Fraction = arg("工程措施因子 E", "E")
    T: Fraction = arg("耕作措施因子 T", "T")


@dataclass(frozen=True, kw_only=True)
class CsleOut:
    A_t_ha: Decimal = arg("土壤流失量", "loss", unit="t/(hm²·a)")
    A_t_km2: Decimal = arg("侵蚀模数", "modulus", unit="t/(km²·a)")
    L: Decimal = arg("坡长因子", "L")
    S: Decimal = arg("坡度因子", "S")
    m: Decimal = arg("坡长指数", "m")


def slope_factor(slope: Decimal, params: Params) -> float:
    """S in three pieces; a bound belongs to the steeper piece."""

    def number(name: str) -> float:
        return float(params.number(f"soil-loss-csle.{name}"))

    if float(slope) < number("gentle_to_deg"):
        piece = "gentle"
    elif float(slope) < number("medium_to_deg"):
        piece = "medium"
    else:
        piece = "steep"
    return number(f"{piece}_a") * math.sin(math.radians(float(slope))) + number(f"{piece}_b")


def length_factor(length: Decimal, slope: Decimal, params: Params) -> tuple[float, float]:
    """L = (λ/22.13)^m with m by slope; returns L and m."""
    exponent = slope_exponent(slope, params)
    return (float(length) / float(params.number("soil-loss-csle.length_base_m"))) ** exponent, exponent


@rule(
    name="soil-loss-csle",
    title="土壤流失量测算（CSLE）",
    title_en="Soil loss by CSLE",
    summary="A = R·K·L·S·B·E·T；坡长、坡度因子由坡长和坡度计算。",
    summary_en="A = R·K·L·S·B·E·T; L and S from length and slope.",
    family="erosion",
    inputs=CsleIn,
    result=CsleOut,
    basis=(Basis(MODEL, "L、S 因子", "secondary"), Basis(MODEL, "坡长指数 m", "unverified")),
    tables=("parameters", "slope_exponents"),
    example={"R": 5000, "K": 0.004, "slope_deg": 15, "length_m": 50, "B": 0.05, "E": 1, "T": 1},
)
def soil_loss_csle(given: CsleIn, params: Params) -> Outcome:
    length, exponent = length_factor(given.length_m, given.slope_deg, params)
    slope = slope_factor(given.slope_deg, params)
    product = float(given.R) * float(given.K) * length * slope * float(given.B) * float(given.E) * float(given.T)
    result = CsleOut(
        A_t_ha=exact(product), A_t_km2=exact(product * 100), L=exact(length), S=exact(slope), m=exact(exponent)
    )
    line = Line(
        f"L = (λ/22.13)^{exponent:g} = {result.L:f}，S = {result.S:f}，A = {result.A_t_ha:f} t/(hm²·a) = {result.A_t_km2:f} t/(km²·a)",
        f"L = {result.L:f}, S = {result.S:f}, A = {result.A_t_ha:f} t/ha = {result.A_t_km2:f} t/km² a year",
        MODEL,
    )
    return Outcome(result, (line,))
