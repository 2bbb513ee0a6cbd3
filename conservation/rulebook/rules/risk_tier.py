"""risk-tier: the product's risk index and tier of a project (风险分级). Ours, published nowhere, never shown as law.

The table of indicators, points, level steps, tier bounds and overrides is plain data from ``data/risk_indicators.toml``.
``table(day)`` gives it as it stands on a day; whoever computes the index in another language (SQL) makes it from this table.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from conservation.rulebook.parameters import DATA, Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import FlagNames, Fraction, Number, arg

Tier = Literal["none", "low", "medium", "high"]


class Step(NamedTuple):
    """``value <comparison> bound`` gives ``level``; comparison ``else`` holds for the rest."""

    comparison: str
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

    @property
    def levels(self) -> tuple[Decimal, ...]:
        """The distinct levels, ascending; the first is 0."""
        found = [step.level for step in self.steps] + [level for _, level in self.choices]
        return tuple(sorted(set(found)))

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


@dataclass(frozen=True)
class Table:
    """The whole rule as data. ``tiers``: tier and lower bound of the index, lowest first; below the first it is ``none``."""

    version: str
    checksum: str
    indicators: tuple[Indicator, ...]
    tiers: tuple[tuple[str, Decimal], ...]
    overrides: tuple[Override, ...]
    order: tuple[str, ...]
    gap_limit: int
    gap_tier: str


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


def read_table(content: bytes) -> tuple[Table, Basis]:
    cells = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    found = Table(
        version=cells["version"],
        checksum=hashlib.sha256(content).hexdigest(),
        indicators=tuple(read_indicator(one) for one in cells["indicators"]),
        tiers=tuple((name, Decimal(bound)) for name, bound in cells["tiers"].items()),
        overrides=tuple(
            Override(**{**one, "level_from": Decimal(one.get("level_from", 0))}) for one in cells["overrides"]
        ),
        order=tuple(cells["order"]),
        gap_limit=cells["gap_limit"],
        gap_tier=cells["gap_tier"],
    )
    return found, Basis(cells["document"], cells["article"], cells["mark"])


PACKAGED, SOURCE = read_table((DATA / "risk_indicators.toml").read_bytes())
INDICATORS = PACKAGED.indicators
TIERS = PACKAGED.tiers
OVERRIDES = PACKAGED.overrides


def table(day: date) -> Table:
    """The table as it stands on a day."""
    return PACKAGED


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


LevelsIn = dataclasses.make_dataclass(
    "LevelsIn",
    [(one.code, Fraction | None, arg(one.title, one.title_en, default=None)) for one in INDICATORS],
    frozen=True,
    kw_only=True,
)
LevelsIn.__module__ = __name__
LevelsIn.__doc__ = "Levels of an earlier assessment, for gaps whose natural value was not kept."


@dataclass(frozen=True, kw_only=True)
class RiskIn:
    indicators: IndicatorsIn = arg("指标", "indicators")  # type: ignore[valid-type]
    last_known: IndicatorsIn | None = arg("最近一次的值", "last known values", default=None)  # type: ignore[valid-type]
    last_levels: LevelsIn | None = arg("最近一次的水平", "last levels", default=None)  # type: ignore[valid-type]
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


def tier_of_index(rules: Table, index: Decimal) -> str:
    tier = rules.order[0]
    for name, bound in rules.tiers:
        if index >= bound:
            tier = name
    return tier


def higher(rules: Table, first: str, second: str) -> str:
    return max(first, second, key=rules.order.index)


def assess_lines(rules: Table, given: RiskIn) -> tuple[RiskLine, ...]:
    """One line an indicator; a gap takes the last known value, else the last level, else level 0."""
    lines = []
    for one in rules.indicators:
        value = getattr(given.indicators, one.code)
        gap = value is None
        if gap and given.last_known is not None:
            value = getattr(given.last_known, one.code)
        kept = getattr(given.last_levels, one.code) if given.last_levels is not None else None
        level = (kept or Decimal(0)) if value is None else one.level(value)
        lines.append(
            RiskLine(
                indicator=one.code, title=one.title, value=value, level=level, points=one.points,
                score=one.points * level, gap=gap,
            )
        )  # fmt: skip
    return tuple(lines)


def overrides_that_hold(rules: Table, named: frozenset[str], levels: Mapping[str, Decimal]) -> list[Override]:
    """In the order of the table; an override with a condition on a level counts only while that holds."""
    return [
        one
        for one in rules.overrides
        if one.code in named and (not one.indicator or levels[one.indicator] >= one.level_from)
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
    rules = table(params.on)
    lines = assess_lines(rules, given)
    index = sum((line.score for line in lines), Decimal(0)).quantize(Decimal("0.01"))
    gaps = tuple(line.indicator for line in lines if line.gap)
    tier = tier_of_index(rules, index)
    words = [say(f"风险指数 {index}（各项分值 × 水平之和）：{TIER_TITLES[tier]}", f"index {index}: {tier}")]
    if len(gaps) >= rules.gap_limit:
        tier = higher(rules, tier, rules.gap_tier)
        words.append(
            say(
                f"数据缺口 {len(gaps)} 项（{'、'.join(gaps)}），至少为{TIER_TITLES[rules.gap_tier]}",
                f"{len(gaps)} gaps ({', '.join(gaps)}): at least {rules.gap_tier}",
            )
        )
    holding = overrides_that_hold(rules, given.overrides, {line.indicator: line.level for line in lines})
    for one in holding:
        tier = higher(rules, tier, one.tier)
        words.append(say(f"{one.title}：{TIER_TITLES[one.tier]}", f"{one.title_en}: {one.tier}"))
    result = RiskOut(
        index=index,
        tier=tier,  # type: ignore[arg-type]
        lines=lines,
        gaps=gaps,
        raised_by=tuple(one.code for one in holding),
    )
    return Outcome(result, tuple(words), (SOURCE,))


TIER_TITLES = {"none": "无风险", "low": "低风险", "medium": "中风险", "high": "高风险"}


def say(text: str, text_en: str) -> Line:
    return Line(text, text_en, mark="product")
