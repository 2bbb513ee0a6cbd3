"""The ledger of an authority as a table: its columns, the template to fill in, and reading Excel and CSV.

Row numbers are those a person sees in the sheet: the head is row 1.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation.errors import Refused
from conservation.regions.models import Division
from projects.registry import intake
from projects.registry.intake import Column
from projects.registry.types import PLAN_KINDS

MOST_ROWS = 500_000
WORKS = (
    ("registered", gettext_lazy("未开工")),
    ("under_construction", gettext_lazy("施工")),
    ("suspended", gettext_lazy("停工")),
    ("completed", gettext_lazy("完工")),
    ("in_use", gettext_lazy("已投产使用")),
)
COLUMNS: tuple[Column, ...] = (
    *intake.COLUMNS,
    Column("unit_name", gettext_lazy("生产建设单位"), required=True, length=120),
    Column("uscc", gettext_lazy("统一社会信用代码"), length=18),
    Column("plan_kind", gettext_lazy("方案种类"), "choice", choices=tuple(PLAN_KINDS.items())),
    Column("plan_number", gettext_lazy("批准文号"), length=80),
    Column("plan_approved_on", gettext_lazy("批准日期"), "date"),
    Column("works", gettext_lazy("建设状态"), "choice", choices=WORKS),
    Column("started_on", gettext_lazy("实际开工"), "date"),
    Column("completed_on", gettext_lazy("实际完工"), "date"),
    Column("in_use_on", gettext_lazy("投产使用"), "date"),
)
EXTRA = COLUMNS[len(intake.COLUMNS) :]
ALIASES = {
    "建设单位": "unit_name",
    "信用代码": "uscc",
    "投资项目代码": "code",
    "涉及县": "counties",
    "县": "counties",
    "方案批准文号": "plan_number",
    "方案批复文号": "plan_number",
    "批复文号": "plan_number",
    "方案批准日期": "plan_approved_on",
    "批复日期": "plan_approved_on",
}


@dataclass(frozen=True)
class LedgerRow:
    """One row: its number in the sheet and its values by column key."""

    number: int
    values: dict[str, Any]


def read(content: bytes, filename: str) -> list[LedgerRow]:
    """Rows of an .xlsx or .csv; raises ``Refused`` (key ``file``) when it is neither or its head is unknown."""
    rows = sheet_rows(content) if content[:2] == b"PK" else csv_rows(content)
    head = next(rows, None)
    if head is None:
        raise Refused("file", _("文件是空的。"))
    keys = head_keys(head)
    found = []
    for number, cells in enumerate(rows, start=2):
        values = {key: cells[at] for at, key in keys.items() if at < len(cells)}
        if any(value not in (None, "") for value in values.values()):
            found.append(LedgerRow(number, values))
        if len(found) > MOST_ROWS:
            raise Refused("file", _("行数超过 %(most)d 行，请分批导入。") % {"most": MOST_ROWS})
    if not found:
        raise Refused("file", _("表中没有数据行。"))
    return found


def sheet_rows(content: bytes) -> Iterator[list[Any]]:
    """Rows of the first sheet of a workbook."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as broken:
        raise Refused("file", _("工作簿无法读取：%(why)s") % {"why": str(broken)[:120]}) from None
    return iter(rows)


def csv_rows(content: bytes) -> Iterator[list[Any]]:
    """Rows of a CSV in UTF-8 or GB 18030, comma or tab."""
    if b"\0" in content[:4096]:
        raise Refused("file", _("文件既不是 Excel（.xlsx）也不是 CSV。"))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused("file", _("CSV 的编码既不是 UTF-8 也不是 GB 18030。"))
    first = text.split("\n", 1)[0]
    return iter(csv.reader(io.StringIO(text), delimiter="\t" if first.count("\t") > first.count(",") else ","))


def head_keys(head: list[Any]) -> dict[int, str]:
    """Place of each known column by its title or key; the required ones must be there."""
    titles = {str(column.title): column.key for column in COLUMNS} | {column.key: column.key for column in COLUMNS}
    titles |= {title.split("（")[0]: key for title, key in list(titles.items())} | ALIASES
    found: dict[int, str] = {}
    for at, cell in enumerate(head):
        text = str(cell or "").replace("*", "").strip()
        key = titles.get(text) or titles.get(text.split("（")[0].split("(")[0])
        if key and key not in found.values():
            found[at] = key
    missing = [str(column.title) for column in COLUMNS if column.required and column.key not in found.values()]
    if missing:
        raise Refused("file", _("表头缺少这些列：%(titles)s。") % {"titles": "、".join(missing)})
    return found


def write_template(path: str | Path) -> None:
    """Write the form to fill in: head, one example, lists of permitted values, and a sheet of divisions."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet(_("台账"))
    lists = book.add_worksheet(_("可用值"))
    must = book.add_format({"bold": True, "bg_color": "#fbe3d6", "border": 1})
    may = book.add_format({"bold": True, "bg_color": "#e7eef5", "border": 1})
    text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(COLUMNS):
        title = f"{column.title}*" if column.required else str(column.title)
        width = max(12, len(title) * 2 + 2)
        sheet.set_column(at, at, width, text if column.kind in ("project_code", "counties", "date") else None)
        sheet.write_string(0, at, title, must if column.required else may)
        sheet.write_string(1, at, EXAMPLE.get(column.key, ""))
        if column.choices:
            lists.write_string(0, at, str(column.title), may)
            for row, (_code, label) in enumerate(column.choices, start=1):
                lists.write_string(row, at, str(label))
            letter = xlsxwriter.utility.xl_col_to_name(at)
            source = f"='{lists.get_name()}'!${letter}$2:${letter}${len(column.choices) + 1}"
            sheet.data_validation(1, at, 100_000, at, {"validate": "list", "source": source})
    divisions = book.add_worksheet(_("行政区划"))
    divisions.set_column(1, 1, 40)
    divisions.write_row(0, 0, [_("代码"), _("名称")], may)
    held = Division.objects.current().filter(leaf=True).order_by("code").values_list("code", "full_name")
    for row, (code, name) in enumerate(held, start=1):
        divisions.write_string(row, 0, code)
        divisions.write_string(row, 1, name)
    book.close()


EXAMPLE = {
    "code": "2404-430121-04-01-123456",
    "name": "（示例，导入前请删除本行）",
    "type_no": "公路工程",
    "nature": "新建",
    "category": "建设类",
    "layout": "线型",
    "approval_level": "县级",
    "counties": "430121",
    "permanent_ha": "8.5",
    "temporary_ha": "0.5",
    "excavation_m3": "60000",
    "fill_m3": "40000",
    "planned_start_on": "2026-09-01",
    "unit_name": "某某公路建设有限公司",
    "plan_kind": "水土保持方案报告书",
    "plan_number": "长县水〔2026〕1号",
    "plan_approved_on": "2026-05-06",
    "works": "未开工",
}
