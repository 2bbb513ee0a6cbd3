"""deadline: when a statutory period ends (法定期限). Timers T01 to T51 that are periods; counting in ``workdays``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from conservation.rulebook import workdays
from conservation.rulebook.parameters import Params
from conservation.rulebook.registry import Basis, Line, Outcome, rule
from conservation.rulebook.values import Moment, Number, arg

UNIT_TITLES = {
    "WD": ("个工作日", "working days"),
    "CD": ("日", "calendar days"),
    "month": ("个月", "months"),
    "year": ("年", "years"),
    "hour": ("小时", "hours"),
}


@dataclass(frozen=True, kw_only=True)
class PauseIn:
    start: Moment = arg("暂停自", "from", key="from")
    end: Moment = arg("暂停至（含）", "to, included", key="to")
    reason: str = arg("原因", "reason")


@dataclass(frozen=True, kw_only=True)
class DeadlineIn:
    timer: str = arg("期限编号（T01–T51）", "timer")
    start: Moment = arg("起算日或时刻", "start")
    pauses: tuple[PauseIn, ...] = arg("暂停", "pauses", default=())
    length: Annotated[int, Number()] | None = arg(
        "期限长度（可另定的期限）", "length, where it is a parameter", default=None
    )
    extended: bool = arg("已批准延长", "extended", default=False)
    variant: str | None = arg("情形", "variant", default=None)


@dataclass(frozen=True, kw_only=True)
class DeadlineOut:
    due: Moment = arg("到期", "due")
    provisional: bool = arg("暂估（所涉年份的调休表尚未公布）", "provisional")
    unit: str = arg("单位", "unit")
    length: int = arg("长度（含延长）", "length with extension")
    shifted: bool = arg("因休息日顺延", "moved to the next working day")


@rule(
    name="deadline",
    title="法定期限",
    title_en="Statutory period",
    summary="按期限编号和起算日计算到期日：起算日不计入，暂停期间扣除，法律有规定的休息日顺延。",
    summary_en="When a period ends: the start is not counted, pauses are taken out, rest days shift the end only by statute.",
    family="time",
    inputs=DeadlineIn,
    result=DeadlineOut,
    basis=(
        Basis("中华人民共和国行政处罚法", "第八十五条"),
        Basis("中华人民共和国行政许可法", "第八十二条"),
        Basis("中华人民共和国行政强制法", "第六十九条"),
        Basis("中华人民共和国民事诉讼法", "第八十五条"),
    ),
    tables=("timers", "workday_adjustments"),
    on_key="start",
    example={"timer": "T02", "start": "2026-03-02"},
)
def deadline(given: DeadlineIn, params: Params) -> Outcome:
    chosen = workdays.timer(given.timer, given.variant)
    pauses = [workdays.Pause(one.start, one.end, one.reason) for one in given.pauses]
    found = workdays.due(given.timer, given.start, pauses, given.length, given.extended, given.variant)
    params.use(chosen.row)
    result = DeadlineOut(
        due=found.due, provisional=found.provisional, unit=found.unit, length=found.length, shifted=found.shifted
    )
    return Outcome(result, tuple(explain(chosen, given, found, pauses)))


def explain(
    chosen: workdays.Timer, given: DeadlineIn, found: workdays.Due, pauses: list[workdays.Pause]
) -> list[Line]:
    unit, unit_en = UNIT_TITLES[found.unit]
    article = f"{chosen.row.document}{chosen.row.article}"
    lines = [
        Line(
            f"{chosen.title}：自“{chosen.row['starts']}”起 {found.length} {unit}，起算日 {plain_day(given.start)} 不计入",
            f"{chosen.row['title_en']}: {found.length} {unit_en}, the start {plain_day(given.start)} not counted",
            article,
        )
    ]
    for pause in pauses:
        lines.append(
            Line(
                f"{plain_day(pause.start)} 至 {plain_day(pause.end)} 不计入：{pause.reason}",
                f"{plain_day(pause.start)} to {plain_day(pause.end)} not counted: {pause.reason}",
                mark="product",
            )
        )
    if chosen.row["note"]:
        lines.append(Line(chosen.row["note"], "see the note of the timer", article))
    if found.shifted:
        lines.append(
            Line(
                "末日是休息日，顺延至下一工作日", "the last day is a rest day: moved to the next working day", article
            )
        )
    if found.provisional:
        lines.append(
            Line(
                "期间涉及的年份调休安排尚未公布，日期为暂估",
                "the working days of a year it reaches are not published yet: provisional",
                "全国年节及纪念日放假办法",
                "product",
            )
        )
    lines.append(Line(f"到期：{plain_day(found.due)}", f"due: {plain_day(found.due)}"))
    return lines


def plain_day(moment: date) -> str:
    return moment.isoformat(sep=" ") if isinstance(moment, datetime) else moment.isoformat()
