"""risk-tier: the product's risk index and tier of a project (风险分级). Ours, published nowhere, never shown as law.

The table of indicators, points, level steps, tier bounds and overrides is plain data from ``data/risk_indicators.toml``: ``INDICATORS``,
``TIERS``, ``OVERRIDES``, ``GAP_LIMIT``, ``GAP_TIER``. Whoever computes the index in another language (SQL) makes it from this table.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from conservation.rulebook.parameters import DATA, Params
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import FlagNames, Number, arg

Tier = Literal["none", "low", "medium", "high"]
CONTENT = (DATA / "risk_indicators.toml").read_bytes()
TABLE: Mapping[str, Any] = tomllib.loads(CONTENT.decode("utf-8"), parse_float=Decimal)
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()
VERSION: str = TABLE["version"]


@dataclass(frozen=True)
class Step:
    """``value <comparison> bound`` gives ``level``; comparison ``else`` holds for the rest."""

    comparison: Literal["=", "<", "<=", ">", ">=", "else"]
    bound: Decimal
    level: Decimal

    def holds(self, value: Decimal) -> bool:
        tests = {
            "=": value == self.bound,
            "<": value < self.bound,
            "<=": value <= self.bound,
            ">": value > self.bound,
            ">=": value >= self.bound,
            "else": True,
        }
        return tests[self.comparison]


@dataclass(frozen=True)
class Indicator:
    """One of the 17 indicators: a number with ``steps`` tried in order, or a word with ``choices``."""

    code: str
    title: str
    title_en: str
    unit: str
    points: Decimal
    steps: tuple[Step, ...] = ()
    choices: tuple[tuple[str, Decimal], ...] = ()
    whole: bool = False
    maximum: Decimal | None = None

    def level(self, value: Decimal | int | str) -> Decimal:
        if self.choices:
            return dict(self.choices)[str(value)]
        return next(step.level for step in self.steps if step.holds(Decimal(value)))


@dataclass(frozen=True)
class Override:
    """Raises the tier; ``indicator`` and ``level_from`` name a condition on a level, where there is one."""

    code: str
    title: str
    title_en: str
    tier: Tier
    indicator: str = ""
    level_from: Decimal = Decimal(0)


def read_indicator(cells: Mapping[str, Any]) -> Indicator:
    return Indicator(
        code=cells["code"],
        title=cells["title"],
        title_en=cells["title_en"],
        unit=cells["unit"],
        points=Decimal(cells["points"]),
        steps=tuple(Step(word, Decimal(bound), Decimal(level)) for word, bound, level in cells.get("steps", ())),
        choices=tuple((word, Decimal(level)) for word, level in cells.get("choices", {}).items()),
        whole=cells.get("whole", False),
        maximum=Decimal(cells["maximum"]) if "maximum" in cells else None,
    )


INDICATORS: tuple[Indicator, ...] = tuple(read_indicator(cells) for cells in TABLE["indicators"])
BY_CODE: Mapping[str, Indicator] = {one.code: one for one in INDICATORS}
TIER_ORDER: tuple[str, ...] = tuple(TABLE["order"])
TIERS: tuple[tuple[str, Decimal], ...] = tuple((name, Decimal(bound)) for name, bound in TABLE["tiers"].items())
"""Tier and lower bound of the index, lowest first; below the first bound the tier is ``none``."""
OVERRIDES: tuple[Override, ...] = tuple(
    Override(**{**cells, "level_from": Decimal(cells.get("level_from", 0))}) for cells in TABLE["overrides"]
)
GAP_LIMIT: int = TABLE["gap_limit"]
GAP_TIER: str = TABLE["gap_tier"]
SOURCE = Basis(TABLE["document"], TABLE["article"], TABLE["mark"])


def input_type(one: Indicator) -> Any:
    if one.choices:
        return Literal[tuple(word for word, _ in one.choices)]  # type: ignore[misc]
    return Annotated[int if one.whole else Decimal, Number(maximum=one.maximum)]


IndicatorsIn = dataclasses.make_dataclass(
    "IndicatorsIn",
    [
        (one.code, input_type(one) | None, arg(one.title, one.title_en, unit=one.unit, default=None))
        for one in INDICATORS
    ],
    frozen=True,
    kw_only=True,
)  # fmt: skip
IndicatorsIn.__module__ = __name__
IndicatorsIn.__doc__ = "The 17 indicators in their natural units; a value left out or null is a gap."


@dataclass(frozen=True, kw_only=True)
class RiskIn:
    indicators: IndicatorsIn = arg("指标", "indicators")  # type: ignore[valid-type]
    last_known: IndicatorsIn | None = arg("最近一次的值", "last known values", default=None)  # type: ignore[valid-type]
    overrides: Annotated[frozenset[str], FlagNames(tuple(one.code for one in OVERRIDES))] = arg(
        "直接升级的情形", "overrides", default=frozenset()
    )


@dataclass(frozen=True, kw_only=True)
class RiskLine:
    indicator: str = arg("指标", "indicator")
    title: str = arg("名称", "title")
    value: Decimal | int | str | None = arg("采用值", "value used")  # type: ignore[misc]
    level: Decimal = arg("水平", "level")
    points: Decimal = arg("分值", "points")
    score: Decimal = arg("得分", "score")
    gap: bool = arg("数据缺口", "gap")


@dataclass(frozen=True, kw_only=True)
class RiskOut:
    index: Decimal = arg("风险指数", "index")
    tier: Tier = arg("风险等级", "tier")
    lines: tuple[RiskLine, ...] = arg("逐项", "lines")
    gaps: tuple[str, ...] = arg("数据缺口", "gaps")
    raised_by: tuple[str, ...] = arg("升级依据", "raised by")


def tier_of_index(index: Decimal) -> str:
    tier = TIER_ORDER[0]
    for name, bound in TIERS:
        if index >= bound:
            tier = name
    return tier


def higher(first: str, second: str) -> str:
    return max(first, second, key=TIER_ORDER.index)


def assess_lines(indicators: Any, last_known: Any) -> tuple[RiskLine, ...]:
    """One line an indicator; a gap takes the last known value, else level 0."""
    lines = []
    for one in INDICATORS:
        value = getattr(indicators, one.code)
        gap = value is None
        if gap and last_known is not None:
            value = getattr(last_known, one.code)
        level = Decimal(0) if value is None else one.level(value)
        lines.append(
            RiskLine(
                indicator=one.code, title=one.title, value=value, level=level, points=one.points,
                score=one.points * level, gap=gap,
            )
        )  # fmt: skip
    return tuple(lines)


def raises(overrides: frozenset[str], levels: Mapping[str, Decimal]) -> list[Override]:
    """The overrides that hold, in the order of the table."""
    return [
        one
        for one in OVERRIDES
        if one.code in overrides and (not one.indicator or levels[one.indicator] >= one.level_from)
    ]


@rule(
    name="risk-tier",
    title="项目风险分级",
    title_en="Risk tier of a project",
    summary="17 项指标加权得风险指数，分为无、低、中、高四级；缺数取最近值并标记，特定情形只升不降。",
    summary_en="Seventeen weighted indicators give an index and a tier; gaps take the last value; overrides only raise.",
    family="supervision",
    inputs=RiskIn,
    result=RiskOut,
    basis=(SOURCE,),
    example={
        "indicators": {"W3": 5, "D1": 3, "D3": 2, "N2": "flood", "N3": "light", "E1": 1500, "E3": 600, "M3": "B"}
    },
)
def risk_tier(given: RiskIn, params: Params) -> Outcome:
    lines = assess_lines(given.indicators, given.last_known)
    index = sum((line.score for line in lines), Decimal(0)).quantize(Decimal("0.01"))
    gaps = tuple(line.indicator for line in lines if line.gap)
    tier = tier_of_index(index)
    words = [
        Line(f"风险指数 {index}（分值 × 水平之和）：{TIER_TITLES[tier][0]}", f"index {index}: {tier}", mark="product")
    ]
    raised_by: list[str] = []
    if len(gaps) >= GAP_LIMIT and higher(tier, GAP_TIER) != tier:
        tier = higher(tier, GAP_TIER)
        raised_by.append("gaps")
        words.append(
            Line(
                f"数据缺口 {len(gaps)} 项，至少为{TIER_TITLES[tier][0]}",
                f"{len(gaps)} gaps: at least {tier}",
                mark="product",
            )
        )
    levels = {line.indicator: line.level for line in lines}
    before = tier
    for one in raises(given.overrides, levels):
        if higher(before, one.tier) != before:
            raised_by.append(one.code)
            words.append(
                Line(f"{one.title}：{TIER_TITLES[one.tier][0]}", f"{one.title_en}: {one.tier}", mark="product")
            )
        tier = higher(tier, one.tier)
    result = RiskOut(index=index, tier=tier, lines=lines, gaps=gaps, raised_by=tuple(raised_by))  # type: ignore[arg-type]
    return Outcome(result, tuple(words), (SOURCE,))


TIER_TITLES = {
    "none": ("无风险", "none"),
    "low": ("低风险", "low"),
    "medium": ("中风险", "medium"),
    "high": ("高风险", "high"),
}


def level_of(code: str, value: Decimal | int | str) -> Decimal:
    """Level of one indicator; raises ``InputError`` for an unknown code."""
    if code not in BY_CODE:
        raise InputError("indicators", f"没有这个指标：{code}", f"there is no such indicator: {code}")
    return BY_CODE[code].level(value)
