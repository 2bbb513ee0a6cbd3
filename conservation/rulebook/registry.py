"""The registry: every rule by name, and the one way to decide with it.

A rule is a pure function ``f(inputs, params) -> Outcome`` over a frozen dataclass of inputs and a frozen set of numbers. It is
registered with ``@rule(...)``; nothing else calls it by module. ``decide`` checks the inputs, chooses the law of the
day and place, runs the function and returns a ``Decision`` that can be stored, shown and replayed.

The status of a decision is the weakest mark among the numbers it used (see ``parameters.MARKS`` for the order); when a rule uses no number
of the tables, the weakest mark of its basis.

Day and place: a date among the inputs (``on_key``) wins over ``on``, a province among them over ``province``; without
either, the day comes from ``today`` below, which the site sets to its clock.
"""

from __future__ import annotations

import decimal
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from conservation.rulebook import inputs as reading
from conservation.rulebook import parameters
from conservation.rulebook.parameters import MARKS, NotInForce, Params
from conservation.rulebook.values import InputError, echo, plain

__all__ = [
    "Basis",
    "Decision",
    "InputError",
    "Line",
    "Outcome",
    "Rule",
    "UnknownRule",
    "decide",
    "get",
    "names",
    "rule",
]

LATEST = date(2200, 1, 1)
DIGITS = 400
"""Digits a rule reckons with: any two admissible numbers can be multiplied or divided and rounded without loss."""


class UnknownRule(LookupError):
    """There is no rule of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.key = "rule"
        self.message = f"没有这条规则：{name[:60]}"
        self.message_en = f"there is no such rule: {name[:60]}"

    def as_dict(self) -> dict[str, str]:
        return {"key": self.key, "message": self.message, "message_en": self.message_en}


@dataclass(frozen=True)
class Line:
    """One line of reasoning: Chinese, English, the article it rests on, and its mark where it is a choice of ours."""

    text: str
    text_en: str
    article: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Basis:
    """A legal source: document, article, and how sure we are of it."""

    document: str
    article: str
    mark: str = "verified"


@dataclass(frozen=True)
class Outcome:
    """What a rule's function returns; ``basis`` names sources beyond those of the numbers used."""

    result: Any
    lines: tuple[Line, ...] = ()
    basis: tuple[Basis, ...] = ()


@dataclass(frozen=True)
class Rule:
    name: str
    version: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    family: str
    inputs: type
    result: type
    function: Callable[[Any, Params], Outcome] = field(repr=False)
    basis: tuple[Basis, ...] = ()
    tables: tuple[str, ...] = ()
    prefix: str = ""
    on_key: str = ""
    province_key: str = ""
    example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The weakest mark of the basis; a decision's own status may be stronger."""
        return weakest([basis.mark for basis in self.basis])


@dataclass(frozen=True)
class Decision:
    """A decision with all that is needed to explain and replay it. Values are plain JSON values."""

    rule: str
    version: str
    status: str
    on: date
    province: str
    inputs: dict[str, Any]
    result: dict[str, Any]
    basis: tuple[Basis, ...]
    lines: tuple[Line, ...]
    outcome: Any = field(default=None, compare=False, repr=False)
    """The result as the rule's own dataclass."""

    @property
    def unverified(self) -> bool:
        """True when a number that still has to be confirmed (待核实) was used: an official act asks for a reason."""
        return any(basis.mark == "unverified" for basis in self.basis)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "version": self.version,
            "status": self.status,
            "on": self.on.isoformat(),
            "province": self.province or None,
            "inputs": self.inputs,
            "result": self.result,
            "basis": plain(self.basis),
            "lines": plain(self.lines),
        }


FAMILIES = {
    "plan": ("水土保持方案", "Conservation plan"),
    "spoil": ("弃渣场", "Spoil sites"),
    "prevention": ("防治标准与监测", "Prevention standard and monitoring"),
    "erosion": ("土壤流失", "Soil loss"),
    "identity": ("代码校验", "Codes"),
    "money": ("补偿费与罚款", "Fees and fines"),
    "supervision": ("监督管理", "Supervision"),
    "credit": ("信用", "Credit"),
    "time": ("期限", "Periods"),
}

_rules: dict[str, dict[str, Rule]] = {}
today: Callable[[], date] = lambda: LATEST  # noqa: E731  set by the site; without it the newest law holds


def set_today(clock: Callable[[], date]) -> None:
    """Tell the registry where the present day comes from."""
    global today
    today = clock


def rule(
    *,
    name: str,
    title: str,
    title_en: str,
    summary: str,
    summary_en: str,
    family: str,
    inputs: type,
    result: type,
    basis: tuple[Basis, ...],
    version: str = "1",
    tables: tuple[str, ...] = (),
    prefix: str = "",
    on_key: str = "",
    province_key: str = "",
    example: Mapping[str, Any] | None = None,
) -> Callable[[Callable[[Any, Params], Outcome]], Callable[[Any, Params], Outcome]]:
    """Register a pure function as a rule. An older version stays registered beside a newer one, for replay."""

    def register(function: Callable[[Any, Params], Outcome]) -> Callable[[Any, Params], Outcome]:
        versions = _rules.setdefault(name, {})
        if version in versions:
            raise ValueError(f"rule {name} version {version} is registered twice")
        versions[version] = Rule(
            name=name, version=version, title=title, title_en=title_en, summary=summary, summary_en=summary_en,
            family=family, inputs=inputs, result=result, function=function, basis=basis, tables=tables,
            prefix=prefix or name, on_key=on_key, province_key=province_key, example=example or {},
        )  # fmt: skip
        return function

    return register


def load() -> None:
    """Import the rule modules, which register themselves."""
    importlib.import_module("conservation.rulebook.rules")


def names() -> list[str]:
    load()
    return sorted(_rules)


def get(name: str, version: str | None = None) -> Rule:
    """The rule of this name, its newest version unless told otherwise; raises ``UnknownRule``."""
    load()
    versions = _rules.get(name) if isinstance(name, str) else None
    if not versions:
        raise UnknownRule(str(name))
    if version is None:
        return versions[max(versions, key=version_order)]
    if version not in versions:
        raise UnknownRule(f"{name} {version}")
    return versions[version]


def version_order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def all_rules() -> list[Rule]:
    return [get(name) for name in names()]


def weakest(marks: list[str]) -> str:
    return max(marks, key=MARKS.index) if marks else "product"


def decide(
    name: str,
    inputs: Mapping[str, Any],
    *,
    on: date | None = None,
    province: str | None = None,
    version: str | None = None,
) -> Decision:
    """Decide with a rule; raises ``UnknownRule`` or ``InputError`` naming the key. Same question, same answer, always."""
    chosen = get(name, version)
    given: Any = reading.read_inputs(chosen.inputs, inputs)
    day = day_of(chosen, given, on)
    place = place_of(chosen, given, province)
    params = Params(day, place)
    try:
        with decimal.localcontext(prec=DIGITS):
            outcome = chosen.function(given, params)
    except NotInForce as missing:
        raise not_in_force(chosen, missing) from None
    basis = collect_basis(params, outcome, chosen)
    marks = [row.mark for row in params.used] or [source.mark for source in basis]
    return Decision(
        rule=chosen.name,
        version=f"{chosen.version}+{parameters.digest(chosen.tables, day, place, chosen.prefix)}",
        status=weakest(marks),
        on=day,
        province=place,
        inputs=echo(given),
        result=plain(outcome.result),
        basis=basis,
        lines=outcome.lines,
        outcome=outcome.result,
    )


def day_of(chosen: Rule, given: Any, on: date | None) -> date:
    day = getattr(given, chosen.on_key) if chosen.on_key else None
    if isinstance(day, datetime):
        day = day.date()
    return day or on or today()


def place_of(chosen: Rule, given: Any, province: str | None) -> str:
    text = getattr(given, chosen.province_key) if chosen.province_key else None
    if text is not None:
        return parameters.place_code(text, chosen.province_key)
    return parameters.place_code(province) if province else parameters.NATION


def not_in_force(chosen: Rule, missing: NotInForce) -> InputError:
    where = parameters.provinces().get(missing.place[:2] + "0000", "全国") if missing.place else "全国"
    return InputError(
        chosen.on_key or "on",
        f"{missing.on} 在{where}没有收录有效的数值（{missing.name}）",
        f"no number is in force on {missing.on} in {missing.place or 'the nation'} ({missing.name})",
    )


def collect_basis(params: Params, outcome: Outcome, chosen: Rule) -> tuple[Basis, ...]:
    found = [Basis(*row.citation) for row in params.used]
    found.extend(outcome.basis)
    return tuple(dict.fromkeys(found)) or chosen.basis
