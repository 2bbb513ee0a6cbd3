"""credit-grade and credit-repair: simulated yearly grade (信用评价模拟) and periods of publicity and repair (信用修复).

The grade is the Ministry's act. What is computed here is a simulation and says so (``official`` is false) until a rulebook with
status ``verified`` is used. The vetoes on grade A are law (official question and answer of 2024-08-30 on 水保〔2023〕359号).
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from conservation.rulebook.inputs import read_inputs
from conservation.rulebook.parameters import DATA, Params
from conservation.rulebook.registry import Basis, InputError, Line, Outcome, rule
from conservation.rulebook.values import Number, arg
from conservation.rulebook.workdays import add_months

Grade = Literal["A", "B", "C", "D"]
LETTERS = "ABCD"
TENTH = Decimal("0.1")
VETO_BASIS = Basis(
    "水利部关于实施水土保持信用评价的意见（水保〔2023〕359号）；水利部 2024-08-30 问答", "不得评为 A 级的情形"
)
Year = Annotated[int, Number(minimum=Decimal(2000), maximum=Decimal(2200))]


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    grade: Grade = arg("等级", "grade")
    minimum: Decimal = arg("下限", "from")


@dataclass(frozen=True, kw_only=True)
class Item:
    code: str = arg("代码", "code")
    points: Decimal = arg("扣分", "points")
    title: str = arg("名称", "title", default="")
    cap: Decimal | None = arg("年度最多扣分", "cap of the year", default=None)
    direct_d: bool = arg("直接评为 D 级", "direct grade D", default=False)


@dataclass(frozen=True, kw_only=True)
class Rulebook:
    code: str = arg("代码", "code")
    status: Literal["draft", "fixture", "verified"] = arg("状态", "status", default="draft")
    base_score: Decimal = arg("基础分", "base score", default=Decimal(100))
    cutoffs: tuple[Cutoff, ...] = arg("等级下限，自高到低", "cut-offs, highest first")
    items: tuple[Item, ...] = arg("扣分项", "items", default=())
    not_a_window_years: Annotated[int, Number(minimum=Decimal(1), maximum=Decimal(10))] = arg(
        "不得评 A 的回溯年数", "years looked back for the veto", default=3
    )


@dataclass(frozen=True, kw_only=True)
class FactIn:
    code: str = arg("事实代码", "code")
    date: date = arg("日期", "date")
    document: str = arg("文书", "document")


@dataclass(frozen=True, kw_only=True)
class CreditIn:
    unit_kind: str = arg("单位类别（如 developer、plan、monitoring）", "kind of unit")
    year: Year = arg("评价年度", "year")
    facts: tuple[FactIn, ...] = arg("信用事实", "facts", default=())
    history: Mapping[int, Grade] = arg("以往年度等级", "grades of earlier years", default_factory=dict)
    harm_dates: tuple[date, ...] = arg("严重水土流失或生态破坏日期", "dates of serious harm", default=())
    rulebook: str | Rulebook | None = arg("评价规则（代码或内容）", "rulebook, code or content", default=None)


@dataclass(frozen=True, kw_only=True)
class CreditLine:
    code: str = arg("事实代码", "code")
    date: date = arg("日期", "date")
    document: str = arg("文书", "document")
    points: Decimal = arg("扣分", "points")
    before: Decimal = arg("扣分前", "before")
    after: Decimal = arg("扣分后", "after")
    note: str | None = arg("说明", "note", default=None, omit=True)


@dataclass(frozen=True, kw_only=True)
class CreditOut:
    score: Decimal = arg("得分", "score")
    grade: Grade = arg("等级", "grade")
    lines: tuple[CreditLine, ...] = arg("逐项", "lines")
    vetoes: tuple[str, ...] = arg("否决情形", "vetoes")
    official: bool = arg("正式评价", "official")
    rulebook: str = arg("评价规则", "rulebook")


@functools.cache
def packaged() -> Mapping[str, tuple[Rulebook, Basis]]:
    """The rulebooks of ``data/credit_rulebooks.toml`` by code."""
    cells = tomllib.loads((DATA / "credit_rulebooks.toml").read_text(encoding="utf-8"), parse_float=Decimal)
    return {
        one["code"]: (make_rulebook(one), Basis(one["document"], one["article"], one["mark"]))
        for one in cells["rulebooks"]
    }


def make_rulebook(cells: Mapping[str, Any]) -> Rulebook:
    names = ("code", "status", "base_score", "not_a_window_years", "items")
    cutoffs = [{"grade": grade, "minimum": bound} for grade, bound in cells["cutoffs"]]
    return read_inputs(Rulebook, {**{name: cells[name] for name in names}, "cutoffs": cutoffs})


def chosen_rulebook(given: str | Rulebook | None) -> tuple[Rulebook, Basis]:
    """The rulebook named or given; an inline one is never official."""
    if isinstance(given, Rulebook):
        bounds = [one.minimum for one in given.cutoffs]
        if not bounds or bounds != sorted(bounds, reverse=True) or bounds[-1] != 0:
            raise InputError("rulebook.cutoffs", "须自高到低排列，最后一项下限为 0", "must fall, and end with 0")
        return given, Basis("产品约定", f"评价规则 {given.code}", "product")
    found = packaged().get(given or "F1")
    if found is None:
        raise InputError(
            "rulebook", f"没有这个评价规则：{str(given)[:40]}", f"there is no such rulebook: {str(given)[:40]}"
        )
    return found


def deduct(given: CreditIn, book: Rulebook) -> tuple[Decimal, list[CreditLine], bool]:
    """Score after capped deductions, the lines, and whether a fact gives grade D directly.

    A fact counts in the year of its date; the same fact in the same document counts once.
    """
    items = {item.code: item for item in book.items}
    taken: dict[str, Decimal] = {}
    seen: set[tuple[str, str]] = set()
    score, direct, lines = book.base_score, False, []
    for index, fact in enumerate(given.facts):
        item = items.get(fact.code)
        if item is None:
            raise InputError(
                f"facts[{index}].code", f"评价规则 {book.code} 没有此代码", f"rulebook {book.code} has no such code"
            )
        if not fact.document.strip():
            raise InputError(f"facts[{index}].document", "每项扣分须有文书", "every deduction needs a document")
        points, note = item.points, None
        if fact.date.year != given.year:
            points, note = Decimal(0), "不在评价年度"
        elif (fact.code, fact.document) in seen:
            points, note = Decimal(0), "同一文书同一事实只计一次"
        else:
            seen.add((fact.code, fact.document))
            direct = direct or item.direct_d
            room = points if item.cap is None else max(Decimal(0), item.cap - taken.get(fact.code, Decimal(0)))
            if room < points:
                points, note = room, "已达年度上限"
            taken[fact.code] = taken.get(fact.code, Decimal(0)) + points
        after = max(Decimal(0), score - points)
        lines.append(
            CreditLine(
                code=fact.code,
                date=fact.date,
                document=fact.document,
                points=points,
                before=score,
                after=after,
                note=note,
            )
        )
        score = after
    return score.quantize(TENTH, ROUND_HALF_UP), lines, direct


def vetoes_on_a(given: CreditIn, book: Rulebook) -> list[str]:
    """Why this year's grade cannot be A."""
    year, window = given.year, book.not_a_window_years
    found = []
    if any(year - window < one.year <= year for one in given.harm_dates):
        found.append("harm")
    if given.history.get(year - 1) == "C" and given.history.get(year - 2) == "C":
        found.append("c_two_years")
    if any(given.history.get(year - back) == "D" for back in range(1, window + 1)):
        found.append("d_in_window")
    return found


VETOES = {
    "harm": ("三年内发生严重水土流失或生态破坏", "serious soil loss or damage within three years"),
    "c_two_years": ("前两年均为 C 级", "C in both of the two years before"),
    "d_in_window": ("近三年内有 D 级", "D in one of the last three years"),
    "direct_d": ("直接评为 D 级的事实", "a fact that gives D directly"),
}


@rule(
    name="credit-grade",
    title="信用等级模拟",
    title_en="Simulated credit grade",
    summary="按信用事实扣分得年度分和等级，并适用不得评为 A 级的情形；正式等级由水利部评定，此处为模拟。",
    summary_en="Yearly score and grade from facts, with the vetoes on A; the official grade is the Ministry's, this simulates.",
    family="credit",
    inputs=CreditIn,
    result=CreditOut,
    basis=(VETO_BASIS, Basis("产品约定（水保〔2023〕359号附件未取得）", "模拟规则 F1", "product")),
    example={"unit_kind": "developer", "year": 2026, "facts": [{"code": "DEV-18", "date": "2026-05-03", "document": "通知〔2026〕3号"}],
             "history": {"2025": "B"}, "harm_dates": []},
)  # fmt: skip
def credit_grade(given: CreditIn, params: Params) -> Outcome:
    book, source = chosen_rulebook(given.rulebook)
    if not given.unit_kind.strip():
        raise InputError("unit_kind", "缺少单位类别", "is missing")
    for year in given.history:
        if year >= given.year:
            raise InputError(f"history.{year}", "以往年度须早于评价年度", "must lie before the year evaluated")
    score, lines, direct = deduct(given, book)
    grade: str = next(one.grade for one in book.cutoffs if score >= one.minimum)
    vetoes = vetoes_on_a(given, book)
    words = [Line(f"得分 {score}，对应等级 {grade}", f"score {score}: grade {grade}", source.article, source.mark)]
    for code in vetoes:
        words.append(Line(f"不得评为 A 级：{VETOES[code][0]}", f"not A: {VETOES[code][1]}", VETO_BASIS.document))
    if vetoes and grade == "A":
        grade = "B"
    if direct:
        grade = "D"
        vetoes.append("direct_d")
        words.append(Line(VETOES["direct_d"][0], VETOES["direct_d"][1], source.article, source.mark))
    official = book.status == "verified" and not isinstance(given.rulebook, Rulebook)
    if not official:
        words.append(Line("模拟结果，不是水利部评定的等级", "a simulation, not the Ministry's grade", mark="product"))
    result = CreditOut(
        score=score,
        grade=grade,  # type: ignore[arg-type]
        lines=tuple(lines),
        vetoes=tuple(vetoes),
        official=official,
        rulebook=book.code,
    )
    return Outcome(result, tuple(words), (VETO_BASIS, source))


# --- repair --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class RepairIn:
    class_: Literal["minor", "general", "serious"] = arg("失信信息类别", "class", key="class")
    published_on: date = arg("公示日期", "published on")
    fulfilled_on: date | None = arg("义务履行日期", "duty fulfilled on", default=None)


@dataclass(frozen=True, kw_only=True)
class RepairOut:
    earliest_repair: date = arg("最早可修复日", "earliest repair")
    hidden_from: date = arg("停止公示日", "hidden from")


@rule(
    name="credit-repair",
    title="信用修复期限",
    title_en="Credit repair",
    summary="轻微失信最长公示三个月，一般三个月至一年，严重一年至三年；最短公示期满且履行义务后可以修复。",
    summary_en="Minor at most 3 months, general 3 months to 1 year, serious 1 to 3 years; repair after the least period.",
    family="credit",
    inputs=RepairIn,
    result=RepairOut,
    basis=(Basis("国务院办公厅关于进一步完善信用修复制度的实施方案（国办发〔2025〕22号）", "失信信息公示期"),),
    tables=("parameters",),
    on_key="published_on",
    example={"class": "general", "published_on": "2025-07-01"},
)
def credit_repair(given: RepairIn, params: Params) -> Outcome:
    least = int(params.number(f"credit-repair.{given.class_}_minimum_months"))
    most = int(params.number(f"credit-repair.{given.class_}_maximum_months"))
    end = add_months(given.published_on, most)
    earliest = max(add_months(given.published_on, least), given.fulfilled_on or given.published_on)
    article = "国办发〔2025〕22号"
    lines = [
        Line(
            f"最短公示 {least} 个月、最长 {most} 个月：{end} 起不再公示",
            f"publicity of at least {least} and at most {most} months: hidden from {end}",
            article,
        )
    ]
    if given.fulfilled_on is None:
        lines.append(Line("修复以履行义务为前提", "repair also needs the duty to be fulfilled", article))
    if earliest > end:
        earliest = end
        lines.append(
            Line(
                "义务履行晚于公示期满，公示期满即停止公示", "fulfilled after the end of publicity", article, "product"
            )
        )
    return Outcome(RepairOut(earliest_repair=earliest, hidden_from=end), tuple(lines))
