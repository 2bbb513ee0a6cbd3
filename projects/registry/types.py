"""The 36 project categories (行业类别) of 办水保〔2018〕135号, annex: number, name, usual layout.

The layout (线型/点型) is not in the source; it only pre-fills the form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ProjectType:
    """One category; ``layout`` is the usual one, ``point`` or ``line``."""

    number: int
    key: str
    label: Any
    layout: str


TYPES: tuple[ProjectType, ...] = (
    ProjectType(1, "highway", _("公路工程"), "line"),
    ProjectType(2, "railway", _("铁路工程"), "line"),
    ProjectType(3, "water_transport_port_bridge", _("涉水交通工程"), "point"),
    ProjectType(4, "airport", _("机场工程"), "point"),
    ProjectType(5, "thermal_power", _("火电工程"), "point"),
    ProjectType(6, "nuclear_power", _("核电工程"), "point"),
    ProjectType(7, "wind_power", _("风电工程"), "point"),
    ProjectType(8, "power_transmission", _("输变电工程"), "line"),
    ProjectType(9, "other_power_incl_solar", _("其他电力工程"), "point"),
    ProjectType(10, "water_hub", _("水利枢纽工程"), "point"),
    ProjectType(11, "irrigation_district", _("灌区工程"), "point"),
    ProjectType(12, "water_diversion", _("引调水工程"), "line"),
    ProjectType(13, "dike", _("堤防工程"), "line"),
    ProjectType(14, "flood_storage_area", _("蓄滞洪区工程"), "point"),
    ProjectType(15, "other_small_water", _("其他小型水利工程"), "point"),
    ProjectType(16, "hydropower_hub", _("水电枢纽工程"), "point"),
    ProjectType(17, "open_pit_coal", _("露天煤矿"), "point"),
    ProjectType(18, "open_pit_metal", _("露天金属矿"), "point"),
    ProjectType(19, "open_pit_nonmetal", _("露天非金属矿"), "point"),
    ProjectType(20, "underground_coal", _("井采煤矿"), "point"),
    ProjectType(21, "underground_metal", _("井采金属矿"), "point"),
    ProjectType(22, "underground_nonmetal", _("井采非金属矿"), "point"),
    ProjectType(23, "oil_gas_extraction", _("油气开采工程"), "point"),
    ProjectType(24, "oil_gas_pipeline", _("油气管道工程"), "line"),
    ProjectType(25, "oil_gas_storage_processing", _("油气储存与加工工程"), "point"),
    ProjectType(26, "industrial_park", _("工业园区工程"), "point"),
    ProjectType(27, "urban_rail", _("城市轨道交通工程"), "line"),
    ProjectType(28, "urban_pipe_network", _("城市管网工程"), "line"),
    ProjectType(29, "real_estate", _("房地产工程"), "point"),
    ProjectType(30, "other_urban", _("其他城建工程"), "point"),
    ProjectType(31, "pulp_paper_forest", _("林浆纸一体化工程"), "point"),
    ProjectType(32, "agro_forest_development", _("农林开发工程"), "point"),
    ProjectType(33, "manufacturing", _("加工制造类项目"), "point"),
    ProjectType(34, "social_undertaking", _("社会事业类项目"), "point"),
    ProjectType(35, "information_industry", _("信息产业类项目"), "point"),
    ProjectType(36, "other", _("其它类型项目"), "point"),
)
BY_NUMBER = {one.number: one for one in TYPES}
CHOICES = [(one.number, one.label) for one in TYPES]
PLAN_KINDS: dict[str, Any] = {
    "report_book": _("水土保持方案报告书"),
    "report_form": _("水土保持方案报告表"),
    "registration_form": _("水土保持登记表"),
    "none": _("不需编报"),
}


def type_label(number: int | None) -> str:
    """The name of a category, or the number itself when the table has none."""
    known = BY_NUMBER.get(number or 0)
    return str(known.label) if known else str(number or "")


def plan_kind_label(kind: str) -> str:
    return str(PLAN_KINDS.get(kind, kind))
