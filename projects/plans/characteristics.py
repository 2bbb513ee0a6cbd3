"""The characteristic table (特性表) of a plan: the fields of the 2018 and the 2026 form.

Sources: GB 50433-2018 appendix B; 办水保函〔2026〕232号 table 1 (65 fields, in force from issue; from 2026-06-01 plans that
do not follow it are not accepted). Areas in hm², volumes in 万m³, money in 万元. ``auto`` fields come from the project's
record; ``risk`` fields are no part of the table but declared with it, for the risk index (product).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

CUT_OVER = date(2026, 6, 1)
"""Plans submitted from this day on follow the 2026 form (办水保函〔2026〕232号)."""
BOTH = (2018, 2026)


@dataclass(frozen=True)
class Field:
    """One field: key, label, group, kind (text, long, number, month, year, choice, credit), unit, and when it must be
    given: ``required``, for report books only where ``book_only``; ``versions`` are the forms that hold it."""

    key: str
    label: Any
    group: str
    kind: str = "text"
    unit: str = ""
    required: bool = False
    book_only: bool = False
    auto: bool = False
    versions: tuple[int, ...] = BOTH
    choices: tuple[tuple[str, Any], ...] = ()
    maximum: int | None = None

    def needed(self, kind: str) -> bool:
        """Must it be given in a plan of this kind?"""
        return self.required and not (self.book_only and kind != "report_book")


GROUPS: dict[str, Any] = {
    "project": _("项目概况"),
    "earthwork": _("占地与土石方"),
    "nature": _("自然与敏感区"),
    "loss": _("水土流失预测"),
    "targets": _("防治目标"),
    "measures": _("防治措施"),
    "cost": _("投资（万元）"),
    "people": _("编制单位与建设单位"),
    "risk": _("风险事实申报"),
}
INTENSITIES = (
    ("slight", _("微度")),
    ("light", _("轻度")),
    ("moderate", _("中度")),
    ("strong", _("强烈")),
    ("very_strong", _("极强烈")),
    ("severe", _("剧烈")),
)
LANDFORMS = (
    ("plain", _("平原")),
    ("tableland", _("台地、岗地")),
    ("hill", _("丘陵")),
    ("mountain", _("山地")),
    ("plateau", _("高原")),
    ("basin", _("盆地")),
)
ZONES = (
    ("northeast_black_soil", _("东北黑土区")),
    ("northern_wind_sand", _("北方风沙区")),
    ("northern_rocky_mountain", _("北方土石山区")),
    ("northwest_loess_plateau", _("西北黄土高原区")),
    ("southern_red_soil", _("南方红壤区")),
    ("southwest_purple_soil", _("西南紫色土区")),
    ("southwest_karst", _("西南岩溶区")),
    ("qinghai_tibet_plateau", _("青藏高原区")),
)
EROSION_TYPES = (("water", _("水力侵蚀")), ("wind", _("风力侵蚀")), ("freeze_thaw", _("冻融侵蚀")))
GRADES = (("1", _("一级")), ("2", _("二级")), ("3", _("三级")))
KEY_ZONES = (("none", _("不涉及")), ("provincial", _("省级重点区")), ("national", _("国家级重点区")))
HARMS = (
    ("none", _("无危害")),
    ("slight", _("较轻")),
    ("not_serious", _("不严重")),
    ("fairly_serious", _("较严重")),
    ("serious", _("严重")),
)
YES_NO = (("no", _("否")), ("yes", _("是")))

FIELDS: tuple[Field, ...] = (
    Field("project_name", _("项目名称"), "project", auto=True),
    Field("project_code", _("项目代码"), "project", auto=True, versions=(2026,)),
    Field("basin_agency", _("涉及流域管理机构"), "project"),
    Field("provinces", _("涉及省(自治区、直辖市)"), "project", auto=True),
    Field("cities_and_count", _("涉及地市和数量"), "project", auto=True),
    Field("counties_and_count", _("涉及县和数量"), "project", auto=True),
    Field("scale", _("项目规模"), "project", required=True),
    Field("total_investment", _("总投资"), "project", "number", unit="万元", required=True),
    Field("civil_investment", _("土建投资"), "project", "number", unit="万元"),
    Field("start_month", _("开工时间"), "project", "month", required=True),
    Field("completion_month", _("完工时间"), "project", "month", required=True),
    Field("design_year", _("设计水平年"), "project", "year", required=True),
    Field("land_area", _("工程占地"), "earthwork", "number", unit="hm²", required=True),
    Field("permanent_area", _("永久占地"), "earthwork", "number", unit="hm²", required=True),
    Field("temporary_area", _("临时占地"), "earthwork", "number", unit="hm²", required=True),
    Field("excavation", _("挖方"), "earthwork", "number", unit="万m³", required=True),
    Field(
        "excavation_topsoil",
        _("挖方-表土"),
        "earthwork",
        "number",
        unit="万m³",
        required=True,
        book_only=True,
        versions=(2026,),
    ),
    Field("fill", _("填方"), "earthwork", "number", unit="万m³", required=True),
    Field(
        "fill_topsoil",
        _("填方-表土"),
        "earthwork",
        "number",
        unit="万m³",
        required=True,
        book_only=True,
        versions=(2026,),
    ),
    Field("borrow", _("借方"), "earthwork", "number", unit="万m³", required=True),
    Field(
        "own_material_use",
        _("项目自身建材利用方"),
        "earthwork",
        "number",
        unit="万m³",
        required=True,
        versions=(2026,),
    ),
    Field("spoil", _("弃方"), "earthwork", "number", unit="万m³", required=True),
    Field("social_use", _("综合利用方"), "earthwork", "number", unit="万m³", required=True, versions=(2026,)),
    Field("sensitive_zones", _("涉及的重点预防区和重点治理区，水土流失严重、生态脆弱区名称"), "nature"),
    Field("landform", _("地貌类型"), "nature", "choice", required=True, book_only=True, choices=LANDFORMS),
    Field("swc_zone", _("涉及水土保持区划"), "nature", "choice", required=True, book_only=True, choices=ZONES),
    Field("erosion_type", _("土壤侵蚀类型"), "nature", "choice", choices=EROSION_TYPES),
    Field("erosion_intensity", _("土壤侵蚀强度"), "nature", "choice", required=True, choices=INTENSITIES),
    Field("responsibility_area", _("防治责任范围面积"), "earthwork", "number", unit="hm²", required=True),
    Field("tolerable_loss", _("容许土壤流失量"), "nature", "number", unit="t/(km²·a)"),
    Field("predicted_total_loss", _("土壤流失预测总量"), "loss", "number", unit="t", required=True, book_only=True),
    Field("predicted_new_loss", _("新增土壤流失量"), "loss", "number", unit="t"),
    Field("reducible_loss", _("可减少流失量"), "loss", "number", unit="t", versions=(2026,)),
    Field("standard_grade", _("水土流失防治标准执行等级"), "targets", "choice", required=True, choices=GRADES),
    Field("target_control_degree", _("水土流失治理度"), "targets", "number", unit="%", required=True, maximum=100),
    Field("target_ratio", _("土壤流失控制比"), "targets", "number", required=True),
    Field("target_spoil", _("渣土防护率"), "targets", "number", unit="%", required=True, maximum=100),
    Field("target_topsoil", _("表土保护率"), "targets", "number", unit="%", required=True, maximum=100),
    Field("target_restoration", _("林草植被恢复率"), "targets", "number", unit="%", required=True, maximum=100),
    Field("target_cover", _("林草覆盖率"), "targets", "number", unit="%", required=True, maximum=100),
    Field("zone_measures", _("防治措施及数量(按防治分区)"), "measures", "long", versions=(2026,)),
    Field("engineering_cost", _("投资-工程措施"), "cost", "number", unit="万元"),
    Field("vegetation_cost", _("投资-植物措施"), "cost", "number", unit="万元"),
    Field("temporary_cost", _("投资-临时措施"), "cost", "number", unit="万元"),
    Field("total_swc_cost", _("水土保持总投资"), "cost", "number", unit="万元", required=True),
    Field("monitoring_cost", _("监测措施费"), "cost", "number", unit="万元"),
    Field("independent_cost", _("独立费用"), "cost", "number", unit="万元"),
    Field("supervision_fee", _("监理费"), "cost", "number", unit="万元"),
    Field("compensation_fee", _("补偿费"), "cost", "number", unit="万元", required=True),
    Field("province_measure_cost", _("分省措施费"), "cost", unit="万元"),
    Field("province_compensation", _("分省补偿费"), "cost", unit="万元"),
    Field("plan_unit", _("方案编制单位"), "people", required=True),
    Field("plan_unit_legal_person", _("方案编制单位法定代表人"), "people"),
    Field("plan_unit_uscc", _("方案编制单位统一社会信用代码"), "people", "credit", versions=(2026,)),
    Field("plan_unit_address_postcode", _("方案编制单位地址/邮编"), "people", versions=(2026,)),
    Field("plan_unit_contact", _("方案编制单位联系人及电话"), "people", versions=(2026,)),
    Field("plan_unit_fax", _("方案编制单位传真"), "people", versions=(2026,)),
    Field("plan_unit_email", _("方案编制单位电子信箱"), "people", versions=(2026,)),
    Field("build_unit", _("建设单位"), "people", auto=True),
    Field("build_unit_legal_person", _("建设单位法定代表人"), "people", auto=True),
    Field("build_unit_uscc", _("建设单位统一社会信用代码"), "people", "credit", auto=True, versions=(2026,)),
    Field("build_unit_address_postcode", _("建设单位地址/邮编"), "people"),
    Field("build_unit_contact", _("建设单位联系人及电话"), "people", required=True),
    Field("build_unit_fax", _("建设单位传真"), "people"),
    Field("build_unit_email", _("建设单位电子信箱"), "people"),
    Field("engineering_measures", _("防治措施及工程量-工程措施"), "measures", "long", versions=(2018,)),
    Field("vegetation_measures", _("防治措施及工程量-植物措施"), "measures", "long", versions=(2018,)),
    Field("temporary_measures", _("防治措施及工程量-临时措施"), "measures", "long", versions=(2018,)),
    Field("key_zone", _("涉及重点预防区、重点治理区"), "risk", "choice", required=True, choices=KEY_ZONES),
    Field("bare_slope_m", _("最大裸露边坡高度"), "risk", "number", unit="m"),
    Field("mean_slope_deg", _("平均地面坡度"), "risk", "number", unit="°", maximum=90),
    Field("sensitive_m", _("下游最近敏感目标距离"), "risk", "number", unit="m"),
    Field("river_m", _("距河湖管理范围距离（范围内填 0）"), "risk", "number", unit="m"),
    Field("violation", _("是否涉及水土保持违法违规"), "risk", "choice", required=True, choices=YES_NO),
    Field("purchased", _("是否外购土石方"), "risk", "choice", choices=YES_NO),
)
BY_KEY = {one.key: one for one in FIELDS}
TARGETS = tuple(one.key for one in FIELDS if one.group == "targets" and one.kind == "number")


def version_on(day: date) -> int:
    """Which form holds for a plan submitted on a day."""
    return 2026 if day >= CUT_OVER else 2018


def fields_of(version: int) -> list[Field]:
    """The fields of a form, in the order of its table."""
    return [one for one in FIELDS if version in one.versions]


def label_of(key: str, value: Any) -> str:
    """A value for people: the label of a choice, else the value itself."""
    field = BY_KEY.get(key)
    if field is not None and field.choices:
        return str(dict(field.choices).get(value, value or ""))
    return str(value if value is not None else "")
