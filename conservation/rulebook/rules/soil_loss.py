"""Soil loss: prediction by units (soil-loss), SL 773 (soil-loss-sl773) and CSLE (soil-loss-csle).

Formulas with powers and exponentials are computed in binary floating point and rounded to eight decimals, which is what makes a
replay on another machine give the same digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import Fraction, Number, Positive, arg

ZERO = Decimal(0)
Slope = Annotated[Decimal, Number(maximum=Decimal("89.9"))]
Moderate = Annotated[Decimal, Number(minimum=Decimal(-50), maximum=Decimal(50))]
Density = Annotated[Decimal, Number(minimum=Decimal("0.1"), maximum=Decimal(5))]
GUIDE = "SL 773-2018 生产建设项目土壤流失量测算导则"


def exact(number: float) -> Decimal:
    """A float to a decimal of at most eight places."""
    return Decimal(repr(round(number, 8))).normalize() + 0


# --- prediction by units -------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class LossUnitIn:
    name: str = arg("预测单元", "unit")
    stage: str = arg("时段", "stage")
    range_ha: Decimal = arg("面积", "area", unit="ha")
    years: Decimal = arg("时间", "years", unit="a")
    modulus: Decimal = arg("扰动后侵蚀模数", "modulus", unit="t/(km²·a)")


@dataclass(frozen=True, kw_only=True)
class SoilLossIn:
    units: tuple[LossUnitIn, ...] = arg("预测单元", "units", default=())
    background_modulus: Decimal = arg("背景侵蚀模数", "background modulus", unit="t/(km²·a)")


@dataclass(frozen=True, kw_only=True)
class LossLine:
    name: str = arg("预测单元", "unit")
    stage: str = arg("时段", "stage")
    total_t: Decimal = arg("流失总量", "total", unit="t")
    new_t: Decimal = arg("新增流失量", "new", unit="t")


@dataclass(frozen=True, kw_only=True)
class SoilLossOut:
    total_t: Decimal = arg("流失总量", "total", unit="t")
    new_t: Decimal = arg("新增流失量", "new", unit="t")
    lines: tuple[LossLine, ...] = arg("逐单元", "lines")


@rule(
    name="soil-loss",
    title="土壤流失量预测",
    title_en="Soil-loss prediction",
    summary="各单元面积 × 时间 × 侵蚀模数求和；新增量扣除同面积同时间的背景流失量。",
    summary_en="Area × time × modulus over the units; the new loss is what exceeds the background.",
    family="erosion",
    inputs=SoilLossIn,
    result=SoilLossOut,
    basis=(Basis("GB 50433-2018 生产建设项目水土保持技术标准", "4.5"),),
    tables=("parameters",),
    example={"units": [{"name": "建筑物区", "stage": "construction", "range_ha": 4.15, "years": 0.5, "modulus": 5200}],
             "background_modulus": 500},
)  # fmt: skip
def soil_loss(given: SoilLossIn, params: Params) -> Outcome:
    factor = params.number("soil-loss.t_per_ha_year")
    lines, below = [], []
    for unit in given.units:
        base = unit.range_ha * unit.years * factor
        new = (unit.modulus - given.background_modulus) * base
        if new < 0:
            below.append(unit.name)
        lines.append(
            LossLine(name=unit.name, stage=unit.stage, total_t=clean(unit.modulus * base), new_t=clean(max(new, ZERO)))
        )
    total = clean(sum((line.total_t for line in lines), ZERO))
    new_total = clean(sum((line.new_t for line in lines), ZERO))
    words = [
        Line(
            f"流失量 = 面积 × 时间 × 模数 ÷ 100，合计 {total:f} t；扣除背景模数 {given.background_modulus:f} 后新增 {new_total:f} t",
            f"loss = area × years × modulus / 100: {total:f} t; above the background {given.background_modulus:f}: {new_total:f} t",
            "GB 50433-2018 4.5",
        )
    ]
    if below:
        words.append(
            Line(
                f"模数已低于背景值的单元新增量按 0 计：{'、'.join(below)}",
                f"units whose modulus is below the background add nothing: {', '.join(below)}",
                mark="product",
            )
        )
    return Outcome(SoilLossOut(total_t=total, new_t=new_total, lines=tuple(lines)), tuple(words))


def clean(number: Decimal) -> Decimal:
    return number.normalize() + 0


# --- SL 773 ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Sl773In:
    kind: Literal["Myz", "Myd", "Mkw", "Mky", "Mdw"] = arg("扰动单元类型", "kind")
    lam_x: Positive = arg("坡长 λx", "slope length", unit="m")
    theta: Slope = arg("坡度 θ", "slope", unit="°")
    w: Positive = arg("宽度 w", "width", unit="m")
    R: Decimal | None = arg("降雨侵蚀力 R", "R", unit="MJ·mm/(hm²·h)", default=None)
    K: Decimal | None = arg("土壤可蚀性 K", "K", unit="t·hm²·h/(hm²·MJ·mm)", default=None)
    B: Decimal | None = arg("植被覆盖因子 B", "B", default=None)
    E: Decimal | None = arg("工程措施因子 E", "E", default=None)
    T: Decimal | None = arg("耕作措施因子 T", "T", default=None)
    m: Fraction | None = arg("坡长指数 m", "m", default=None)
    N: Decimal | None = arg("可蚀性增大系数 N", "N", default=None)
    SIL: Fraction | None = arg("粉粒含量 SIL", "silt fraction", default=None)
    CLA: Fraction | None = arg("黏粒含量 CLA", "clay fraction", default=None)
    rho: Density | None = arg("土体密度 ρ", "density", unit="g/cm³", default=None)
    W: Decimal | None = arg("上方单宽来水量 W", "inflow", unit="m³/m", default=None)
    X: Fraction | None = arg("堆积体形态因子 X", "shape factor", default=None)
    delta: Fraction | None = arg("砾石含量 δ", "gravel fraction", default=None)
    a1: Decimal | None = arg("系数 a1", "a1", default=None)
    b1: Moderate | None = arg("系数 b1", "b1", default=None)
    d1: Moderate | None = arg("系数 d1", "d1", default=None)
    f1: Moderate | None = arg("系数 f1", "f1", default=None)


@dataclass(frozen=True, kw_only=True)
class Sl773Out:
    M_t: Decimal = arg("土壤流失量", "loss", unit="t")
    modulus: Decimal = arg("侵蚀模数", "modulus", unit="t/(km²·a)")
    L: Decimal = arg("坡长因子", "L")
    S: Decimal = arg("坡度因子", "S")
    A_ha: Decimal = arg("水平投影面积", "area", unit="ha")
    lam: Decimal = arg("水平投影坡长（用于 L）", "projected length used for L", unit="m")
    m: Decimal | None = arg("坡长指数", "m", default=None, omit=True)
    K: Decimal | None = arg("采用的可蚀性", "erodibility used", default=None, omit=True)
    G: Decimal | None = arg("土石质因子", "G", default=None, omit=True)
    F: Decimal | None = arg("径流冲蚀力因子", "F", default=None, omit=True)
    inflow_t: Decimal | None = arg("来水部分", "inflow part", unit="t", default=None, omit=True)
    slope_t: Decimal | None = arg("坡面部分", "slope part", unit="t", default=None, omit=True)


class Sl773:
    """The formulas over one set of inputs; each method gives the factors of one kind."""

    def __init__(self, given: Sl773In, params: Params) -> None:
        self.given, self.params = given, params
        self.theta = math.radians(float(given.theta))
        self.sin = math.sin(self.theta)
        projected = float(given.lam_x) * math.cos(self.theta)
        self.area = 1e-4 * float(given.w) * projected
        self.lam = min(projected, self.number("length_cap_m"))

    def number(self, name: str) -> float:
        return float(self.params.number(f"soil-loss-sl773.{name}"))

    def need(self, name: str) -> float:
        value = getattr(self.given, name)
        if value is None:
            raise InputError(name, f"{self.given.kind} 需要 {name}", f"{self.given.kind} needs {name}")
        return float(value)

    def default(self, name: str, parameter: str) -> float:
        value = getattr(self.given, name)
        return self.number(parameter) if value is None else float(value)

    def exponent(self) -> float:
        if self.given.m is not None:
            return float(self.given.m)
        return slope_exponent(self.given.theta, self.params)

    def earth(self, prefix: str) -> float:
        """G = a·exp(b·SIL·(1 − CLA)/ρ)."""
        silt, clay, density = self.need("SIL"), self.need("CLA"), self.need("rho")
        if silt + clay > 1:
            raise InputError("CLA", "SIL 与 CLA 之和大于 1", "SIL and CLA add up to more than 1")
        return self.number(f"{prefix}_a") * math.exp(self.number(f"{prefix}_b") * silt * (1 - clay) / density)

    def ground(self) -> dict[str, float]:
        """Myz, Myd: generally disturbed ground."""
        exponent = self.exponent()
        erodibility = self.need("K")
        if self.given.kind == "Myd":
            erodibility *= self.default("N", "n_default")
        length = (self.lam / self.number("ly_base_m")) ** exponent
        slope = self.number("sy_a") + self.number("sy_b") / (
            1 + math.exp(self.number("sy_c") - self.number("sy_d") * self.sin)
        )
        cover = self.need("B") * self.need("E") * self.need("T")
        loss = self.need("R") * erodibility * length * slope * cover * self.area
        return {"M_t": loss, "L": length, "S": slope, "K": erodibility, "m": exponent}

    def cutting(self) -> dict[str, float]:
        """Mkw: excavated face without inflow."""
        earth = self.earth("gkw")
        length = (self.lam / self.number("heap_base_m")) ** self.number("lkw_exponent")
        slope = self.number("skw_a") * self.sin + self.number("skw_b")
        return {"M_t": self.need("R") * earth * length * slope * self.area, "L": length, "S": slope, "G": earth}

    def cutting_with_inflow(self) -> dict[str, float]:
        """Mky: excavated face with inflow from above; adds Mkw."""
        base = self.cutting()
        water = self.need("W")
        limit = self.number("w_max_m3_per_m")
        if water > limit:
            raise InputError(
                "W", f"来水量超出公式范围（≤ {limit:g} m³/m）", f"the inflow exceeds the formula (≤ {limit:g} m³/m)"
            )
        force = self.number("fky_a") * water ** self.number("fky_exponent")
        earth = self.earth("gky")
        length = (self.lam / self.number("heap_base_m")) ** self.number("lky_exponent")
        slope = self.number("sky_a") * self.sin + self.number("sky_b")
        inflow = force * earth * length * slope * self.area
        return {
            "M_t": inflow + base["M_t"], "L": length, "S": slope, "G": earth, "F": force,
            "inflow_t": inflow, "slope_t": base["M_t"],
        }  # fmt: skip

    def heap(self) -> dict[str, float]:
        """Mdw: heap without inflow."""
        earth = self.default("a1", "a1_loam") * math.exp(self.default("b1", "b1_loam") * self.need("delta"))
        length = (self.lam / self.number("heap_base_m")) ** self.default("f1", "f1_loam")
        slope = (float(self.given.theta) / self.number("sdw_base_deg")) ** self.default("d1", "d1_loam")
        loss = self.default("X", "x_default") * self.need("R") * earth * length * slope * self.area
        return {"M_t": loss, "L": length, "S": slope, "G": earth}

    def compute(self) -> dict[str, float]:
        methods = {
            "Myz": self.ground,
            "Myd": self.ground,
            "Mkw": self.cutting,
            "Mky": self.cutting_with_inflow,
            "Mdw": self.heap,
        }
        try:
            found = methods[self.given.kind]()
            return {**found, "modulus": found["M_t"] / self.area * 100}
        except (OverflowError, ZeroDivisionError):
            raise InputError("theta", "数值组合超出公式的适用范围", "these numbers lie outside the formula") from None


def slope_exponent(slope: Decimal, params: Params) -> float:
    """m by slope: the first row whose upper bound is not exceeded."""
    rows = sorted(params.rows("slope_exponents"), key=lambda row: row.need("to_deg"))
    return float(params.use(next(row for row in rows if slope <= row.need("to_deg"))).need("m"))


@rule(
    name="soil-loss-sl773",
    title="土壤流失量测算（SL 773）",
    title_en="Soil loss by SL 773",
    summary="按扰动单元类型测算土壤流失量：植被破坏型、地表翻扰型、开挖面无来水和有来水、堆积体无来水。",
    summary_en="Loss of a disturbed unit: vegetation destroyed, ground turned, cut face without and with inflow, heap.",
    family="erosion",
    inputs=Sl773In,
    result=Sl773Out,
    basis=(Basis(GUIDE, "测算公式", "secondary"), Basis(GUIDE, "系数", "unverified")),
    tables=("parameters", "slope_exponents"),
    example={
        "kind": "Myz",
        "R": 5000,
        "K": 0.004,
        "lam_x": 50,
        "theta": 15,
        "m": 0.5,
        "B": 0.2,
        "E": 1,
        "T": 1,
        "w": 100,
    },
)
def soil_loss_sl773(given: Sl773In, params: Params) -> Outcome:
    formulas = Sl773(given, params)
    found = formulas.compute()
    result = Sl773Out(
        A_ha=exact(formulas.area), lam=exact(formulas.lam), **{name: exact(value) for name, value in found.items()}
    )
    lines = [
        Line(
            f"{given.kind}：λ = {result.lam:f} m，A = {result.A_ha:f} hm²，L = {result.L:f}，S = {result.S:f}，M = {result.M_t:f} t",
            f"{given.kind}: λ = {result.lam:f} m, A = {result.A_ha:f} ha, L = {result.L:f}, S = {result.S:f}, M = {result.M_t:f} t",
            GUIDE,
        )
    ]
    if given.kind == "Mdw" and given.theta > params.number("soil-loss-sl773.heap_slope_max_deg"):
        lines.append(
            Line("堆积体坡度大于导则的适用上限", "the heap is steeper than the guide covers", GUIDE, "unverified")
        )
    return Outcome(result, tuple(lines))
