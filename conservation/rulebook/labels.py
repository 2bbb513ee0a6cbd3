"""Words for people: what codes among inputs and results are called, in Chinese and English (field → code → words)."""

from __future__ import annotations

from typing import Any

Words = tuple[str, str]

HARM: dict[str, Words] = {
    "serious": ("严重", "serious"),
    "fairly_serious": ("较严重", "fairly serious"),
    "not_serious": ("不严重", "not serious"),
    "slight": ("较轻", "slight"),
    "ordinary": ("一般危害", "ordinary"),
    "none": ("无危害", "none"),
}
LABELS: dict[str, dict[str, Words]] = {
    "kind": {
        "report_book": ("报告书", "report book"),
        "report_form": ("报告表", "report form"),
        "registration_form": ("登记表", "registration form"),
        "none": ("不需编报方案", "no plan needed"),
        "Myz": ("植被破坏型一般扰动地表 Myz", "vegetation destroyed, Myz"),
        "Myd": ("地表翻扰型一般扰动地表 Myd", "ground turned, Myd"),
        "Mkw": ("上方无来水工程开挖面 Mkw", "cut face without inflow, Mkw"),
        "Mky": ("上方有来水工程开挖面 Mky", "cut face with inflow, Mky"),
        "Mdw": ("上方无来水工程堆积体 Mdw", "heap without inflow, Mdw"),
    },
    "harm": HARM,
    "party": {"unit": ("单位", "unit"), "person": ("个人", "person")},
    "measures": {
        "full": ("防护措施到位", "full"),
        "partial": ("部分防护措施", "partial"),
        "none": ("未采取防护措施", "none"),
    },
    "tier": {
        "minor": ("轻微", "minor"),
        "general": ("一般", "general"),
        "serious": ("较重", "serious"),
        "grave": ("严重", "grave"),
        "none": ("无风险", "none"),
        "low": ("低风险", "low"),
        "medium": ("中风险", "medium"),
        "high": ("高风险", "high"),
    },
    "procedure": {
        "simple": ("简易程序", "simple"),
        "ordinary": ("普通程序", "ordinary"),
        "none": ("不罚款", "no fine"),
    },
    "basin": {"yellow_river": ("黄河流域", "Yellow River")},
    "class": {
        "minor": ("轻微失信", "minor"),
        "general": ("一般失信", "general"),
        "serious": ("严重失信", "serious"),
        "compliant": ("合规", "compliant"),
        "suspected_unapproved": ("疑似未批先建", "suspected built before approval"),
        "suspected_excess": ("疑似超出防治责任范围", "suspected excess of the range"),
        "suspected_relocated": ("疑似建设地点变更", "suspected change of place"),
        "schematic": ("已批（示意性范围）", "approved, schematic range"),
        "below_threshold": ("小于最小图斑面积", "below the smallest patch"),
    },
    "colour": {"green": ("绿色", "green"), "yellow": ("黄色", "yellow"), "red": ("红色", "red")},
    "period": {"construction": ("施工期", "construction"), "design_year": ("设计水平年", "design year")},
    "intensity": {
        "slight": ("微度", "slight"),
        "light": ("轻度", "light"),
        "moderate": ("中度", "moderate"),
        "strong": ("强烈", "strong"),
        "very_strong": ("极强烈", "very strong"),
        "severe": ("剧烈", "severe"),
    },
    "grade": {
        "none": ("无雨", "none"),
        "light": ("小雨", "light"),
        "moderate": ("中雨", "moderate"),
        "heavy": ("大雨", "heavy"),
        "storm": ("暴雨", "storm"),
        "severe_storm": ("大暴雨", "severe storm"),
        "extreme_storm": ("特大暴雨", "extreme storm"),
    },
    "unit": {
        "WD": ("工作日", "working days"),
        "CD": ("自然日", "calendar days"),
        "month": ("月", "months"),
        "year": ("年", "years"),
        "hour": ("小时", "hours"),
    },
    "base": {
        "land_general": ("一般性生产建设项目（面积，m²）", "general project, land in m²"),
        "land_mining_construction": ("矿产资源建设期（面积，m²）", "mining, construction period, m²"),
        "oil_gas_well": ("油气生产井占地（m²·年）", "oil and gas well, m² a year"),
        "mining_output": ("矿产开采量（t 或 m³）", "mining output, t or m³"),
        "material_taking": ("取土、挖砂、采石（m³）", "taking earth, sand, stone, m³"),
        "spoil_discharge": ("排放废弃土、石、渣（m³）", "discharging spoil, m³"),
    },
    "zone": {
        "northeast_black_soil": ("东北黑土区", "northeast black soil"),
        "northern_wind_sand": ("北方风沙区", "northern wind and sand"),
        "northern_rocky_mountain": ("北方土石山区", "northern rocky mountains"),
        "northwest_loess_plateau": ("西北黄土高原区", "northwest loess plateau"),
        "southern_red_soil": ("南方红壤区", "southern red soil"),
        "southwest_purple_soil": ("西南紫色土区", "southwest purple soil"),
        "southwest_karst": ("西南岩溶区", "southwest karst"),
        "qinghai_tibet_plateau": ("青藏高原区", "Qinghai-Tibet plateau"),
    },
    "N2": {
        "dry": ("非汛期", "dry season"),
        "flood": ("汛期", "flood season"),
        "flood_storm": ("汛期且十日内有暴雨预警", "flood season with a storm warning"),
    },
    "E2": {
        "none": ("不在重点区", "none"),
        "provincial": ("省级重点区", "provincial key zone"),
        "national": ("国家级重点区或生态脆弱区", "national key zone or fragile area"),
    },
    "M1": {
        "green": ("绿色", "green"),
        "yellow": ("黄色", "yellow"),
        "red": ("红色", "red"),
        "missing": ("应报未报", "due and missing"),
    },
    "M3": {"unrated": ("未评级", "unrated")},
    "overrides": {
        "dumped_with_harm": ("已认定未批先弃且造成危害", "confirmed dumping with harm"),
        "unstable_site": ("1、2 级弃渣场稳定性问题未消除", "unstable spoil site of grade 1 or 2"),
        "red_twice": ("连续两季红色", "red two quarters running"),
        "storm_red": ("暴雨红色预警", "red storm warning"),
    },
    "vetoes": {
        "harm": ("三年内严重水土流失或生态破坏", "serious harm within three years"),
        "c_two_years": ("前两年均为 C", "C in both years before"),
        "d_in_window": ("近三年内有 D", "D within three years"),
        "direct_d": ("直接评为 D 的事实", "a fact that gives D directly"),
    },
}
LABELS["raised_by"] = LABELS["overrides"]
LABELS["N3"] = LABELS["intensity"]
MARKS: dict[str, Words] = {
    "verified": ("已核实", "verified"),
    "secondary": ("二手来源", "secondary source"),
    "unverified": ("待核实", "to be confirmed"),
    "product": ("产品约定", "ours, not law"),
}
MARK_COLOURS = {"verified": "green", "secondary": "azure", "unverified": "orange", "product": "secondary"}
INDICATORS: dict[str, Words] = {
    "erosion_control_degree": ("水土流失治理度", "erosion control degree"),
    "soil_loss_control_ratio": ("土壤流失控制比", "soil loss control ratio"),
    "spoil_protection_rate": ("渣土防护率", "spoil protection rate"),
    "topsoil_protection_rate": ("表土保护率", "topsoil protection rate"),
    "vegetation_restoration_rate": ("林草植被恢复率", "vegetation restoration rate"),
    "vegetation_cover_rate": ("林草覆盖率", "vegetation cover rate"),
}
LABELS["indicator"] = INDICATORS


def words(field: str, code: Any, english: bool = False) -> str:
    """What a code of a field is called; the code itself where it has no other name."""
    found = LABELS.get(field, {}).get(str(code))
    return found[english] if found else str(code)


def mark(code: str, english: bool = False) -> str:
    found = MARKS.get(code)
    return found[english] if found else code
