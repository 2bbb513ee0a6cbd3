"""plan-kind: which conservation document a project needs (水土保持方案类别). Order 53 article 7, provincial layers first."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import arg

Kind = Literal["report_book", "report_form", "registration_form", "none"]
KINDS = {
    "report_book": ("报告书", "report book"),
    "report_form": ("报告表", "report form"),
    "registration_form": ("登记表", "registration form"),
    "none": ("不需编报", "no document"),
}


@dataclass(frozen=True, kw_only=True)
class PlanKindIn:
    area_ha: Decimal = arg("征占地面积（永久与临时）", "occupied land, permanent and temporary", unit="ha")
    earthwork_m3: Decimal = arg("挖填土石方总量", "excavation plus fill", unit="m3")
    in_assessed_zone: bool = arg("位于已完成区域评估的园区", "inside an assessed zone", default=False)


@dataclass(frozen=True, kw_only=True)
class PlanKindOut:
    kind: Kind = arg("方案类别", "kind of document")


def limits(params: Params, size: str) -> tuple[Decimal, Decimal]:
    return params.number(f"plan-kind.{size}_area_ha"), params.number(f"plan-kind.{size}_earthwork_m3")


def reaches(given: PlanKindIn, area: Decimal, earthwork: Decimal) -> bool:
    return given.area_ha >= area or given.earthwork_m3 >= earthwork


def reached_line(given: PlanKindIn, kind: str, area: Decimal, earthwork: Decimal, article: str) -> Line:
    title, title_en = KINDS[kind]
    return Line(
        f"征占地 {given.area_ha:f} ha（限值 {area:f} ha）或挖填 {given.earthwork_m3:f} m³（限值 {earthwork:f} m³）"
        f"达到{title}的限值，限值本数计入",
        f"area {given.area_ha:f} ha (limit {area:f}) or earthwork {given.earthwork_m3:f} m³ (limit {earthwork:f}) "
        f"reaches the limit of a {title_en}, the limit itself included",
        article,
    )


def zone_kind(given: PlanKindIn, params: Params) -> tuple[str, tuple[Line, ...]] | None:
    """The province's own rule inside an assessed zone, where there is one."""
    named = params.rows("parameters", name="plan-kind.zone_kind")
    if named:
        row = params.use(named[0])
        line = Line(
            "已完成区域评估的园区内，平整好的土地上的项目填报登记表；不属于此情形的，应按园区外的限值办理",
            "in an assessed zone a project on levelled land files a registration form; others follow the limits outside",
            f"{row.document}{row.article}",
            "product",
        )
        return row["value"], (line,)
    if params.rows("parameters", name="plan-kind.zone_book_area_ha"):
        area, earthwork = limits(params, "zone_book")
        kind = "report_book" if reaches(given, area, earthwork) else "report_form"
        line = Line(
            f"区域评估范围内，{area:f} ha 或 {earthwork:f} m³ 以上编报告书，其余编报告表",
            f"in an assessed zone a report book from {area:f} ha or {earthwork:f} m³, otherwise a report form",
        )
        return kind, (line,)
    return None


@rule(
    name="plan-kind",
    title="方案类别判定",
    title_en="Kind of conservation plan",
    summary="按征占地面积和挖填土石方总量判定应编报告书、报告表、登记表或不需编报。",
    summary_en="Report book, report form, registration form or none, by occupied land and earthwork.",
    family="plan",
    inputs=PlanKindIn,
    result=PlanKindOut,
    basis=(Basis("生产建设项目水土保持方案管理办法（水利部令第53号）", "第七条"),),
    tables=("parameters",),
    example={"area_ha": 5, "earthwork_m3": 20000},
)
def plan_kind(given: PlanKindIn, params: Params) -> Outcome:
    if given.in_assessed_zone:
        found = zone_kind(given, params)
        if found:
            return Outcome(PlanKindOut(kind=found[0]), found[1])  # type: ignore[arg-type]
    lines: list[Line] = []
    extra: tuple[Basis, ...] = ()
    book = limits(params, "book")
    form = limits(params, "form")
    below = params.row("parameters", name="plan-kind.below_kind")
    if reaches(given, *book):
        kind = "report_book"
        lines.append(reached_line(given, kind, *book, f"{below.document}{below.article}"))
    elif reaches(given, *form):
        kind = "report_form"
        lines.append(reached_line(given, kind, *form, f"{below.document}{below.article}"))
    else:
        kind = below["value"]
        lines.append(below_line(kind, *form))
    if given.in_assessed_zone and kind in ("report_book", "report_form"):
        extra = (Basis("水保〔2019〕160号；办水保〔2020〕235号", "区域评估", "secondary"),)
        lines.append(
            Line(
                "已完成区域评估的园区内的项目实行承诺制",
                "projects in an assessed zone use the commitment system",
                "区域评估",
            )
        )
    return Outcome(PlanKindOut(kind=kind), tuple(lines), extra)  # type: ignore[arg-type]


def below_line(kind: str, area: Decimal, earthwork: Decimal) -> Line:
    title, title_en = KINDS[kind]
    tail, tail_en = "", ""
    if kind == "none":
        tail, tail_en = "，但仍应按技术标准防治水土流失（水土保持法第三十二条）", "; soil loss must still be prevented"
    return Line(
        f"征占地不足 {area:f} ha 且挖填不足 {earthwork:f} m³：{title}{tail}",
        f"below {area:f} ha and below {earthwork:f} m³: {title_en}{tail_en}",
    )
