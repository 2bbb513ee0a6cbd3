"""What a project's record must be: one table of columns reads values from form, API and ledger alike.

``read`` turns given values (text, numbers, dates, lists) into model values and names every fault at its key. Areas
are in hectares, volumes in cubic metres, dates ISO 8601 (spreadsheet dates are taken too).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation.errors import Faults
from conservation.regions.models import Division
from conservation.rulebook.registry import decide
from projects.registry.models import Project
from projects.registry.types import CHOICES as TYPE_CHOICES

SEPARATORS = re.compile(r"[、,，;；\s]+")
MISSING = (None, "", "\\", "/", "—", "-")
"""What people write where a field does not apply (办水保〔2018〕135号: "\\")."""


@dataclass(frozen=True)
class Column:
    """One column of the record: key (model field), title, kind of value, and whether it must be given."""

    key: str
    title: Any
    kind: str = "text"
    required: bool = False
    length: int = 200
    digits: int = 12
    places: int = 4
    choices: tuple[tuple[Any, Any], ...] = ()


def _choices(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple(pairs)


COLUMNS: tuple[Column, ...] = (
    Column("code", gettext_lazy("项目代码"), "project_code", length=24),
    Column("name", gettext_lazy("项目名称"), required=True),
    Column("type_no", gettext_lazy("行业类别"), "choice", True, choices=_choices(TYPE_CHOICES)),
    Column("nature", gettext_lazy("建设性质"), "choice", choices=_choices(Project.Nature.choices)),
    Column("category", gettext_lazy("项目类别"), "choice", choices=_choices(Project.Category.choices)),
    Column("layout", gettext_lazy("布局"), "choice", choices=_choices(Project.Layout.choices)),
    Column("approval_level", gettext_lazy("立项级别"), "choice", True, choices=_choices(Project.Level.choices)),
    Column("counties", gettext_lazy("涉及县（市、区）"), "counties", True),
    Column("permanent_ha", gettext_lazy("永久占地（hm²）"), "decimal", True),
    Column("temporary_ha", gettext_lazy("临时占地（hm²）"), "decimal", True),
    Column("excavation_m3", gettext_lazy("挖方（m³）"), "decimal", True, digits=14, places=2),
    Column("fill_m3", gettext_lazy("填方（m³）"), "decimal", True, digits=14, places=2),
    Column("planned_start_on", gettext_lazy("计划开工"), "date"),
    Column("planned_completion_on", gettext_lazy("计划完工"), "date"),
)
BY_KEY = {one.key: one for one in COLUMNS}


@dataclass
class Places:
    """Divisions by code and by full name: counties, and cities without counties."""

    by_code: dict[str, str]
    by_name: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, codes: Iterable[str]) -> Places:
        """Only the given codes (one project's)."""
        found = Division.objects.current().filter(code__in=list(codes), leaf=True)
        return cls(dict(found.values_list("code", "full_name")))

    @classmethod
    def all(cls) -> Places:
        """Every leaf in force, by code and by full name (a ledger's)."""
        codes = dict(Division.objects.current().filter(leaf=True).values_list("code", "full_name"))
        return cls(codes, {name: code for code, name in codes.items()})

    def code(self, text: str) -> str | None:
        """The code of a county given by code or by full name."""
        return text if text in self.by_code else self.by_name.get(text)


def split_codes(value: Any) -> list[str]:
    """Counties as a list of texts: a list stays, a text is split at 、 , ; and blanks."""
    if value in MISSING:
        return []
    items = SEPARATORS.split(str(value).strip()) if isinstance(value, str | int | float) else list(value)
    return list(dict.fromkeys(str(one).strip().removesuffix(".0") for one in items if str(one).strip()))


def read(
    given: Mapping[str, Any], places: Places, faults: Faults, *, row: int | None = None, partial: bool = False
) -> dict[str, Any]:
    """Read the columns of one project. With ``partial`` only what is given is read (an update)."""
    found: dict[str, Any] = {}
    for column in COLUMNS:
        if partial and column.key not in given:
            continue
        value = given.get(column.key)
        if isinstance(value, str):
            value = value.strip()
        if value in MISSING or value == []:
            if column.required:
                faults.add(column.key, _("缺少“%(title)s”。") % {"title": column.title}, row=row)
            elif partial and column.kind in ("project_code", "date"):
                found[column.key] = None
            continue
        count = len(faults.found)
        answer = READERS[column.kind](column, value, places, faults, row)
        if len(faults.found) == count:
            found[column.key] = answer
    check_together(found, faults, row=row)
    return found


def check_together(found: Mapping[str, Any], faults: Faults, *, row: int | None = None) -> None:
    """What several columns say together."""
    start, end = found.get("planned_start_on"), found.get("planned_completion_on")
    if start and end and end < start:
        faults.add("planned_completion_on", _("计划完工日期早于计划开工日期。"), row=row)
    sizes = [found.get(key) for key in ("permanent_ha", "temporary_ha", "excavation_m3", "fill_m3")]
    if all(size is not None for size in sizes) and not any(sizes):
        faults.add("permanent_ha", _("占地面积和土石方量不能都为零。"), row=row)


def read_text(column: Column, value: Any, places: Places, faults: Faults, row: int | None) -> str:
    text = str(value).strip()
    if len(text) > column.length:
        faults.add(
            column.key,
            _("“%(title)s”最多 %(most)d 个字。") % {"title": column.title, "most": column.length},
            row=row,
        )
    if "\0" in text:
        faults.add(column.key, _("“%(title)s”含有无法保存的字符。") % {"title": column.title}, row=row)
    return text


def read_project_code(column: Column, value: Any, places: Places, faults: Faults, row: int | None) -> str:
    text = str(value).strip()
    answer = decide("project-code", {"code": text}).result
    if not answer["valid"]:
        faults.add(
            column.key, _("项目代码不正确：%(why)s") % {"why": answer.get("reason") or text}, "project-code", row=row
        )
    return text


def read_decimal(column: Column, value: Any, places: Places, faults: Faults, row: int | None) -> Decimal:
    number = number_of(value)
    if number is None or not number.is_finite():
        faults.add(column.key, _("“%(title)s”不是数字。") % {"title": column.title}, row=row)
        return Decimal(0)
    if number < 0:
        faults.add(column.key, _("“%(title)s”不能为负数。") % {"title": column.title}, row=row)
    if abs(number) >= Decimal(10) ** (column.digits - column.places):
        faults.add(column.key, _("“%(title)s”数值过大。") % {"title": column.title}, row=row)
        return Decimal(0)
    return number.quantize(Decimal(1).scaleb(-column.places))


def number_of(value: Any) -> Decimal | None:
    """A number from text or number; None when it is none, or beyond any size. A thousands comma is allowed."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None
    return None if number.is_finite() and number.adjusted() > 30 else number


def read_date(column: Column, value: Any, places: Places, faults: Faults, row: int | None) -> date | None:
    day = day_of(value)
    if day is None:
        faults.add(column.key, _("“%(title)s”不是日期，应写作 2026-05-04。") % {"title": column.title}, row=row)
    return day


def day_of(value: Any) -> date | None:
    """A day from a date or from text: 2026-05-04, 2026/5/4, 2026.5.4, 2026年5月4日."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = re.fullmatch(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(:00)?)?", str(value).strip(), re.ASCII
    )
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return day if 1949 <= day.year <= 2200 else None


def read_choice(column: Column, value: Any, places: Places, faults: Faults, row: int | None) -> Any:
    text = str(value).strip().removesuffix(".0")
    for code, label in column.choices:
        if text == str(code) or text == str(label):
            return code
    allowed = "、".join(str(label) for _code, label in column.choices[:8])
    faults.add(
        column.key,
        _("“%(title)s”的值“%(value)s”不在允许的范围内（%(allowed)s…）。")
        % {"title": column.title, "value": text[:40], "allowed": allowed},
        row=row,
    )
    return None


def read_counties(column: Column, value: Any, places: Places, faults: Faults, row: int | None) -> list[str]:
    found = []
    for text in split_codes(value):
        code = places.code(text)
        if code is None:
            faults.add(column.key, _("没有县级行政区划“%(text)s”。") % {"text": text[:40]}, row=row)
        else:
            found.append(code)
    return sorted(set(found))


READERS = {
    "text": read_text,
    "project_code": read_project_code,
    "decimal": read_decimal,
    "date": read_date,
    "choice": read_choice,
    "counties": read_counties,
}
