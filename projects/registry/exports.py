"""Columns of the project list for Excel: constant memory, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.registry.models import Project, ProjectTier
from projects.registry.states import STATES
from projects.registry.types import plan_kind_label, type_label

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First signs of a text that a spreadsheet may run as a formula."""


@dataclass(frozen=True)
class ExportColumn:
    """One column: title, width in characters, and how its value follows from a row of ``queries.export_rows``."""

    title: Any
    width: int
    value: Callable[[dict[str, Any]], Any]


def choice(choices: Iterable[tuple[str, Any]], key: str) -> Callable[[dict[str, Any]], str]:
    labels = dict(choices)
    return lambda row: str(labels.get(row[key], row[key] or ""))


COLUMNS: tuple[ExportColumn, ...] = (
    ExportColumn(gettext_lazy("项目代码"), 26, lambda row: row["code"] or ""),
    ExportColumn(gettext_lazy("项目名称"), 40, lambda row: row["name"]),
    ExportColumn(gettext_lazy("生产建设单位"), 34, lambda row: row["unit__name"] or ""),
    ExportColumn(gettext_lazy("统一社会信用代码"), 22, lambda row: row["unit__uscc"] or ""),
    ExportColumn(gettext_lazy("行业类别"), 16, lambda row: type_label(row["type_no"])),
    ExportColumn(gettext_lazy("建设性质"), 10, choice(Project.Nature.choices, "nature")),
    ExportColumn(gettext_lazy("项目类别"), 12, choice(Project.Category.choices, "category")),
    ExportColumn(gettext_lazy("布局"), 8, choice(Project.Layout.choices, "layout")),
    ExportColumn(gettext_lazy("立项级别"), 16, choice(Project.Level.choices, "approval_level")),
    ExportColumn(gettext_lazy("涉及县（市、区）"), 30, lambda row: "、".join(row["places"])),
    ExportColumn(gettext_lazy("方案审批部门"), 24, lambda row: row["authority__name"]),
    ExportColumn(gettext_lazy("永久占地（hm²）"), 14, lambda row: row["permanent_ha"]),
    ExportColumn(gettext_lazy("临时占地（hm²）"), 14, lambda row: row["temporary_ha"]),
    ExportColumn(gettext_lazy("挖方（m³）"), 16, lambda row: row["excavation_m3"]),
    ExportColumn(gettext_lazy("填方（m³）"), 16, lambda row: row["fill_m3"]),
    ExportColumn(gettext_lazy("方案种类"), 22, lambda row: plan_kind_label(row["plan_kind"])),
    ExportColumn(gettext_lazy("批准文号"), 26, lambda row: row["plan_number"]),
    ExportColumn(gettext_lazy("批准日期"), 12, lambda row: row["plan_approved_on"]),
    ExportColumn(gettext_lazy("实际开工"), 12, lambda row: row["started_on"]),
    ExportColumn(gettext_lazy("实际完工"), 12, lambda row: row["completed_on"]),
    ExportColumn(gettext_lazy("投产使用"), 12, lambda row: row["in_use_on"]),
    ExportColumn(gettext_lazy("状态"), 12, lambda row: STATES.label(row["state"])),
    ExportColumn(gettext_lazy("风险等级"), 10, lambda row: tier_text(row["tier__tier"])),
)


def tier_text(tier: int | None) -> str:
    """The risk tier for people; an unassessed project says so."""
    if tier is None:
        return _("未评估")
    return {"none": _("无"), "low": _("低"), "medium": _("中"), "high": _("高")}[ProjectTier.NAMES[tier]]


def neutral(text: str) -> str:
    """A text that no spreadsheet runs: a risky first sign gets an apostrophe before it."""
    return f"'{text}" if text.startswith(RISKY) else text


def write_xlsx(rows: Iterable[dict[str, Any]], columns: Iterable[ExportColumn] = COLUMNS) -> IO[bytes]:
    """The rows as a workbook in a temporary file, open at its beginning; memory does not grow with the rows."""
    held = list(columns)
    target = tempfile.TemporaryFile(suffix=".xlsx")
    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    )
    sheet = book.add_worksheet(_("项目"))
    head = book.add_format({"bold": True, "bg_color": "#e7eef5", "border": 1, "text_wrap": True, "valign": "vcenter"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 2)
    for at, column in enumerate(held):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, str(column.title), head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for at, column in enumerate(held):
            write_cell(sheet, last, at, column.value(row), day)
    sheet.autofilter(0, 0, last, len(held) - 1)
    book.close()
    target.seek(0)
    return target


def write_cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, float(value))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, neutral(str(value)))
