"""Parts that a plan needs besides its table: the text, annexes, drawings, commitment — each under its condition.

Source: 办水保〔2023〕177号 points 14, 31 and 32 (read in the text: a missing part is a fault); the 2026 template (second-hand:
a missing part is a hint); 办水保〔2020〕160号 for the commitment system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

BOOK = ("report_book",)
PLANS = ("report_book", "report_form")
COMMITTED = ("report_form", "registration_form")
"""Kinds under the commitment system (承诺制)."""


@dataclass(frozen=True)
class Situation:
    """What the conditions ask about."""

    key_zone: bool = False
    spoil_sites: bool = False
    borrow: bool = False
    purchased: bool = False
    worst_grade: int = 0
    social_use: bool = False
    violation: bool = False


@dataclass(frozen=True)
class Part:
    """One part: code, name, condition in words, kinds of plan, and the condition itself; ``hard`` is a fault when
    missing, otherwise a hint."""

    code: str
    label: Any
    kinds: tuple[str, ...]
    hard: bool
    basis: str
    condition: Any = ""
    when: Callable[[Situation], bool] = lambda given: True

    def needed(self, kind: str, given: Situation) -> bool:
        return kind in self.kinds and self.when(given)


P177 = "办水保〔2023〕177号"
P232 = "办水保函〔2026〕232号"
P160 = "办水保〔2020〕160号"
P53 = "水利部令第53号"

PARTS: tuple[Part, ...] = (
    Part("P0", _("水土保持方案文本"), (*PLANS, "registration_form"), True, P53),
    Part("C1", _("生产建设单位承诺书（法定代表人签字）"), COMMITTED, True, P160),
    Part("C2", _("省级专家库专家签署的意见"), ("report_form",), True, "水保〔2019〕160号"),
    Part("A1", _("项目立项或相关支撑性文件"), PLANS, True, P177),
    Part(
        "A2",
        _("不可避让论证情况及结论"),
        BOOK,
        False,
        P232,
        _("无法避让重点预防区、重点治理区或水土流失严重、生态脆弱区"),
        lambda given: given.key_zone,
    ),
    Part(
        "A3",
        _("相关管理部门及土地权属单位（个人）确认意见"),
        PLANS,
        True,
        P177,
        _("设取土场、弃渣场或永久占地外临时堆土场"),
        lambda given: given.spoil_sites,
    ),
    Part("A4", _("外购土石方支撑材料"), PLANS, False, P232, _("外购土石方"), lambda given: given.purchased),
    Part(
        "A5",
        _("地质勘察报告结论"),
        BOOK,
        True,
        P177,
        _("4级及以上弃渣场"),
        lambda given: 0 < given.worst_grade <= 4,
    ),
    Part(
        "A6",
        _("弃渣综合利用或表土再利用支撑性材料"),
        PLANS,
        True,
        P177,
        _("涉及综合利用"),
        lambda given: given.social_use,
    ),
    Part(
        "A7",
        _("水行政主管部门处理意见"),
        BOOK,
        True,
        P177,
        _("涉及水土保持违法违规"),
        lambda given: given.violation,
    ),
    Part("F1", _("项目地理位置图"), PLANS, True, P177),
    Part("F2", _("项目区水系图"), BOOK, True, P177),
    Part("F3", _("项目区土壤侵蚀图"), BOOK, True, P177),
    Part("F4", _("水土流失防治责任范围图"), PLANS, True, P177),
    Part("F5", _("工程总体（平面）布置图"), BOOK, True, P177),
    Part("F6", _("监测点布置图"), BOOK, True, P177),
    Part("F7", _("防治责任范围内林草植被分布图"), BOOK, False, P232),
    Part("F8", _("表土资源调查点位布设图"), BOOK, False, P232),
    Part("F9", _("项目区表土分布与剥离范围图"), PLANS, False, P232),
    Part("F10", _("分区防治措施总体布局图"), PLANS, True, P177),
    Part("F11", _("典型设计图"), PLANS, True, P177),
    Part(
        "F12",
        _("取土场和弃渣场位置图（含地形、影像、下游至少1 km）"),
        PLANS,
        True,
        P177,
        _("设取土场、弃渣场、临时堆土场"),
        lambda given: given.spoil_sites,
    ),
    Part("F13", _("竖向布置图"), BOOK, False, P232),
    Part(
        "S1",
        _("弃渣场失事影响专题分析报告"),
        BOOK,
        False,
        P232,
        _("弃渣场位于沟谷、山区、丘陵或周边及下游有敏感因素"),
        lambda given: given.spoil_sites,
    ),
)
BY_CODE = {one.code: one for one in PARTS}
CHOICES = [(one.code, one.label) for one in PARTS]


def needed(kind: str, given: Situation) -> list[Part]:
    """The parts that a plan of this kind needs in this situation."""
    return [one for one in PARTS if one.needed(kind, given)]


def missing(kind: str, given: Situation, covered: Iterable[str]) -> list[Part]:
    """The needed parts that no file covers."""
    held = set(covered)
    return [one for one in needed(kind, given) if one.code not in held]
