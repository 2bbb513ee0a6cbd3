"""Money that grows: compensation-fee (水土保持补偿费), late-fee (滞纳金), fine-surcharge (加处罚款)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Literal

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import Money, Number, Yuan, arg, yuan

Base = Literal[
    "land_general", "land_mining_construction", "oil_gas_well", "mining_output", "material_taking", "spoil_discharge"
]
PRINCIPLE = "水土保持补偿费征收使用管理办法（财综〔2014〕8号）"
LAND = ("m2", "m2/a")


@dataclass(frozen=True, kw_only=True)
class FeeIn:
    province: str = arg("省级行政区（代码或名称）", "province, code or name")
    base: Base = arg("计费依据", "base of the fee")
    quantity: Decimal = arg("数量（按计费单位：m²、m³ 或 t）", "quantity in the unit of the base: m², m³ or t")
    start_date: date = arg("开工日期", "start of works")
    exempt_area_m2: Decimal = arg("免征面积", "exempt area", unit="m2", default=Decimal(0))


@dataclass(frozen=True, kw_only=True)
class FeeOut:
    amount: Money = arg("应计费额", "amount", unit="yuan")
    rate: Money = arg("费率", "rate", unit="yuan")
    unit: str = arg("计费单位", "unit of the rate")
    billed_quantity: Decimal = arg("计费数量", "billed quantity")
    local_share_waived: Money | None = arg(
        "地方分成免征额", "waived local share", unit="yuan", default=None, omit=True
    )
    central_share_due: Money | None = arg(
        "免征地方分成后应缴", "due when the local share is waived", unit="yuan", default=None, omit=True
    )


@rule(
    name="compensation-fee",
    title="水土保持补偿费",
    title_en="Compensation fee",
    summary="按省级费率和开工日期计算补偿费；不足一个计费单位的按一个单位计。",
    summary_en="Fee by the province's rate valid before the start of works; a fraction of a unit counts as one.",
    family="money",
    inputs=FeeIn,
    result=FeeOut,
    basis=(Basis("中华人民共和国水土保持法", "第三十二条"), Basis(PRINCIPLE, "第七条")),
    tables=("fee_rates", "fee_local_waivers"),
    on_key="start_date",
    province_key="province",
    example={"province": "440000", "base": "land_general", "quantity": 70766, "start_date": "2026-06-01"},
)
def compensation_fee(given: FeeIn, params: Params) -> Outcome:
    rate_row = find_rate(given, params)
    rate, unit = rate_row.need("rate"), rate_row["unit"]
    if given.exempt_area_m2 and unit not in LAND:
        raise InputError("exempt_area_m2", "只有按面积计费的才能扣除免征面积", "only a fee by area has an exempt area")
    if given.exempt_area_m2 > given.quantity:
        raise InputError("exempt_area_m2", "免征面积大于计费面积", "the exempt area is larger than the quantity")
    billed = (given.quantity - given.exempt_area_m2).to_integral_value(ROUND_CEILING)
    amount = yuan(billed * rate)
    lines = [
        Line(
            f"计费数量 {given.quantity:f} − 免征 {given.exempt_area_m2:f}，不足 1 {unit} 按 1 {unit} 计，得 {billed:f} {unit}",
            f"quantity {given.quantity:f} less exempt {given.exempt_area_m2:f}, a fraction counts as one: {billed:f} {unit}",
            f"{rate_row.document}",
        ),
        Line(
            f"{billed:f} {unit} × {rate:f} 元/{unit} = {amount} 元；适用开工日 {given.start_date} 有效的费率",
            f"{billed:f} {unit} × {rate:f} = {amount} yuan; the rate valid on the start date {given.start_date}",
            f"{rate_row.document}{rate_row.article}",
        ),
    ]
    waived, due = None, None
    for waiver in params.rows("fee_local_waivers", name="local_share"):
        waived = yuan(amount * waiver.need("waived_share"))
        due = yuan(amount - waived)
        lines.append(
            Line(
                f"此期间地方分成可免征：免 {waived} 元，缴中央部分 {due} 元；{waiver['note']}",
                f"the local share may be waived in this period: waived {waived}, due {due} yuan",
                waiver.document,
                waiver.mark,
            )
        )
    result = FeeOut(
        amount=amount,
        rate=Yuan(rate),
        unit=unit,
        billed_quantity=billed,
        local_share_waived=waived,
        central_share_due=due,
    )
    return Outcome(result, tuple(lines), (Basis(PRINCIPLE, "第七条"),))


def find_rate(given: FeeIn, params: Params):  # type: ignore[no-untyped-def]
    """The rate in force in the province before the start; refused where none is loaded, never guessed."""
    found = params.rows("fee_rates", base=given.base)
    if found:
        return params.use(found[0])
    later = Params(date(2200, 1, 1), params.place).rows("fee_rates", base=given.base)
    if later:
        raise InputError(
            "start_date", "没有收录该日期前有效的费率", "no rate in force before this date has been loaded"
        )
    raise InputError("province", "没有收录该省此项费率", "no rate of this province for this base has been loaded")


@dataclass(frozen=True, kw_only=True)
class LateFeeIn:
    principal: Money = arg("欠缴补偿费", "unpaid fee", unit="yuan")
    days: Annotated[int, Number()] = arg("滞纳天数", "days late", unit="d")


@dataclass(frozen=True, kw_only=True)
class SurchargeIn:
    fine: Money = arg("未缴罚款", "unpaid fine", unit="yuan")
    days: Annotated[int, Number()] = arg("逾期天数", "days overdue", unit="d")


@dataclass(frozen=True, kw_only=True)
class GrownOut:
    amount: Money = arg("金额", "amount", unit="yuan")
    capped: bool = arg("已达上限", "the cap is reached")


def grow(params: Params, name: str, principal: Decimal, days: int, titles: tuple[str, str], article: str) -> Outcome:
    """principal × rate × days, at most cap × principal."""
    rate, cap = params.number(f"{name}.rate_per_day"), params.number(f"{name}.cap_multiple") * principal
    raw = principal * rate * days
    capped = principal > 0 and raw >= cap
    amount = yuan(min(raw, cap))
    lines = [
        Line(
            f"{principal:f} 元 × {rate * 100:f}%/日 × {days} 日 = {yuan(raw)} 元",
            f"{principal:f} × {rate * 100:f} % a day × {days} days = {yuan(raw)} yuan",
            article,
        )
    ]
    if capped:
        lines.append(Line(f"{titles[0]}以本数为限：{amount} 元", f"{titles[1]} is capped at {amount} yuan", article))
    return Outcome(GrownOut(amount=amount, capped=capped), tuple(lines))


@rule(
    name="late-fee",
    title="补偿费滞纳金",
    title_en="Late fee",
    summary="欠缴补偿费每日万分之五，自滞纳之日起算，以本金为限。",
    summary_en="0.05 % a day on the unpaid fee, capped at the fee.",
    family="money",
    inputs=LateFeeIn,
    result=GrownOut,
    basis=(Basis("中华人民共和国水土保持法", "第五十七条"), Basis("中华人民共和国行政强制法", "第四十五条")),
    tables=("parameters",),
    example={"principal": "42459.60", "days": 30},
)
def late_fee(given: LateFeeIn, params: Params) -> Outcome:
    return grow(
        params,
        "late-fee",
        given.principal,
        given.days,
        ("滞纳金", "the late fee"),
        "水土保持法第五十七条；行政强制法第四十五条",
    )


@rule(
    name="fine-surcharge",
    title="加处罚款",
    title_en="Surcharge on a fine",
    summary="逾期不缴罚款的，每日按罚款数额的 3% 加处，以罚款数额为限；复议、诉讼期间不计。",
    summary_en="3 % of the fine a day, capped at the fine; days of reconsideration or suit are not counted.",
    family="money",
    inputs=SurchargeIn,
    result=GrownOut,
    basis=(Basis("中华人民共和国行政处罚法", "第七十二条、第七十三条"),),
    tables=("parameters",),
    example={"fine": "100000.00", "days": 34},
)
def fine_surcharge(given: SurchargeIn, params: Params) -> Outcome:
    return grow(
        params, "fine-surcharge", given.fine, given.days, ("加处罚款", "the surcharge"), "行政处罚法第七十二条"
    )
