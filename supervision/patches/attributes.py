"""Attributes of uploaded patches (扰动图斑属性, exchange schema of the 区域监管 app): aliases, dictionaries, checks.

Column names are compared without case; ``mapping`` (FIELD=COLUMN) goes before the aliases. What is not read here is
kept with the patch as it came. Every fault names its row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.errors import Fault, Faults, Refused

ALIASES: dict[str, tuple[str, ...]] = {
    "number": ("QDNM", "TBBH", "TBID", "图斑编号", "图斑号", "NUMBER"),
    "kind": ("QTYPE", "TBLX", "图斑类型"),
    "change": ("QDTYPE", "BHLX", "变化类型"),
    "declared": ("BYD", "合规性", "扰动合规性"),
    "industry": ("PRO_TYPE", "HYLB", "INDUSTRY", "行业类别", "项目类型"),
    "area": ("QAREA", "扰动面积", "面积"),
    "county": ("XZQDM", "县级区划", "行政区划代码"),
    "address": ("ADDRESS", "地址", "位置"),
    "focus": ("ISFOCUS", "是否重点"),
    "project": ("PRNM", "PRID", "PRO_NAME", "RP_NUM", "项目名称", "项目代码"),
}
FIELD_NAMES = {name.upper(): field for field, names in ALIASES.items() for name in (field, *names)}

KINDS = {
    "spoil": ("01", "1", "弃土（渣）场", "弃土(渣)场", "弃渣场", "弃土场"),
    "borrow": ("02", "2", "取土（石）场", "取土(石)场", "取土场", "取料场"),
    "other": ("03", "3", "其他扰动", "其它扰动"),
    "not_construction": ("04", "4", "非生产建设项目"),
}
CHANGES = {
    "new": ("01", "1", "新增", "新建"),
    "wider": ("02", "2", "续建（范围扩大）", "续建(范围扩大)", "扰动范围扩大", "扩大"),
    "smaller": ("03", "3", "续建（范围缩小）", "续建(范围缩小)", "缩小"),
    "same": ("04", "4", "续建（范围不变）", "续建(范围不变)", "不变"),
    "done": ("05", "5", "完工"),
    "stopped": ("06", "6", "停工"),
}
INDUSTRIES = (
    "公路 铁路 涉水交通 机场 火电 核电 风电 输变电 其他电力 水利枢纽 灌区 引调水 堤防 蓄滞洪区 其他小型水利 水电枢纽 露天煤矿 "
    "露天金属矿 露天非金属矿 井采煤矿 井采金属矿 井采非金属矿 油气开采 油气管道 油气储存与加工 工业园区 城市轨道交通 城市管网 房地产 "
    "其他城建 林浆纸一体化 农林开发 加工制造类 社会事业类 信息产业类 其他行业"
).split()
"""The 36 values of PRO_TYPE, in the order of 办水保〔2018〕135号."""
YES = ("1", "是", "true", "y", "yes")
NUMBER_LENGTH = 30
ADDRESS_LENGTH = 100
AREA_DEVIATION = 0.05
"""Share by which a stated area may differ from the measured one before it is mentioned."""


def _dictionary(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {text: code for code, texts in table.items() for text in (code, *texts)}


KIND_OF = _dictionary(KINDS)
CHANGE_OF = _dictionary(CHANGES)
INDUSTRY_OF = {
    **{str(number): number for number in range(1, 37)},
    **{f"{number:02d}": number for number in range(1, 10)},
    **{name: number for number, name in enumerate(INDUSTRIES, 1)},
    **{f"{name}工程": number for number, name in enumerate(INDUSTRIES, 1)},
    **{f"{name}项目": number for number, name in enumerate(INDUSTRIES, 1)},
}


def columns_of(names: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """Which column of the file holds which field; raises ``Refused`` (key ``map``) for a mapping that fits nothing."""
    found: dict[str, str] = {}
    by_upper = {name.upper(): name for name in names}
    for field, aliases in ALIASES.items():
        for alias in (field, *aliases):
            if alias.upper() in by_upper:
                found[field] = by_upper[alias.upper()]
                break
    for given, column in (mapping or {}).items():
        known = FIELD_NAMES.get(given.strip().upper())
        if known is None:
            raise Refused("map", _("没有这个字段：%(name)s。可用：%(known)s。") % {
                "name": given, "known": "、".join(sorted({names[0] for names in ALIASES.values()}))})  # fmt: skip
        if column.strip().upper() not in by_upper:
            raise Refused("map", _("文件中没有这一列：%(name)s。") % {"name": column})
        found[known] = by_upper[column.strip().upper()]
    if "number" not in found:
        raise Refused(
            "map", _("文件中没有图斑编号列（QDNM）。现有列：%(names)s。可用字段对应指定，如 QDNM=列名。")
            % {"names": "、".join(names) or "—"}, rule="QDNM",
        )  # fmt: skip
    return found


def text_of(value: Any) -> str:
    """A value as text: whole numbers without their ``.0``, dates ISO, nothing as ''."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return re.sub(r"\s+", " ", str(value)).strip()


def plain(value: Any) -> Any:
    """A value for JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value.replace("\0", "") if isinstance(value, str) else value
    return text_of(value)


class Reader:
    """Reads the rows of one file; faults are collected, not raised."""

    def __init__(self, columns: dict[str, str], faults: Faults) -> None:
        self.columns = columns
        self.faults = faults
        kept = {columns.get(field, "") for field in ("area", "declared", "project", "county")}
        self.read = set(columns.values()) - kept

    def row(self, row: int, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The values of one row: number, kind, change, industry, address, focus, county, stated area, the rest."""
        return {
            "number": self._number(row, properties),
            "kind": self._coded(row, properties, "kind", KIND_OF, "other"),
            "change": self._coded(row, properties, "change", CHANGE_OF, ""),
            "industry": self._coded(row, properties, "industry", INDUSTRY_OF, None),
            "address": self._address(row, properties),
            "focus": self._text(properties, "focus").lower() in YES,
            "county": self._text(properties, "county"),
            "area": self._area(row, properties),
            "project": self._text(properties, "project"),
            "attributes": {name: plain(value) for name, value in properties.items() if name not in self.read},
        }

    def _text(self, properties: Mapping[str, Any], field: str) -> str:
        column = self.columns.get(field)
        return text_of(properties.get(column)) if column else ""

    def _fault(self, row: int, field: str, message: str) -> None:
        self.faults.add(self.columns.get(field, field), message, row=row)

    def _number(self, row: int, properties: Mapping[str, Any]) -> str:
        text = self._text(properties, "number")
        if not text:
            self._fault(row, "number", _("缺少图斑编号。"))
        elif len(text) > NUMBER_LENGTH:
            self._fault(row, "number", _("图斑编号超过 %(most)d 个字符。") % {"most": NUMBER_LENGTH})
        return text[:NUMBER_LENGTH]

    def _coded(
        self, row: int, properties: Mapping[str, Any], field: str, dictionary: Mapping[str, Any], default: Any
    ) -> Any:
        text = self._text(properties, field)
        if not text:
            return default
        if text not in dictionary:
            self._fault(row, field, _("不认识的值“%(text)s”。") % {"text": text[:40]})
        return dictionary.get(text, default)

    def _address(self, row: int, properties: Mapping[str, Any]) -> str:
        text = self._text(properties, "address")
        if len(text) > ADDRESS_LENGTH:
            self._fault(row, "address", _("地址超过 %(most)d 个字符。") % {"most": ADDRESS_LENGTH})
        return text[:ADDRESS_LENGTH]

    def _area(self, row: int, properties: Mapping[str, Any]) -> float | None:
        text = self._text(properties, "area")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < 0:
            self._fault(row, "area", _("面积“%(text)s”不是数。") % {"text": text[:40]})
            return None
        return value


def area_note(row: int, stated: float | None, measured: float) -> Fault | None:
    """A note when the stated area differs from the measured one."""
    if stated is None or abs(stated - measured) <= max(AREA_DEVIATION * measured, 0.01):
        return None
    return Fault(
        "QAREA",
        _("填报面积 %(stated).4f hm² 与图形面积 %(measured).4f hm² 不符，以图形为准。")
        % {"stated": stated, "measured": measured},
        row=row,
    )
