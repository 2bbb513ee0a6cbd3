"""Where each of the 17 indicators comes from, and the SQL that fetches it.

``SOURCES`` is shown on the risk page. What no room knows yet is declared in the plan filing; what nobody has
declared is a gap (null). Aliases: ``p`` project, ``f`` its facts, ``s`` its spoil sites taken together, ``u`` the
standing of its unit. ``%(season)s`` is the season of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

WORKING = "('under_construction', 'suspended')"
NO_REPORT_DUE = f"p.plan_kind <> 'report_book' OR p.state NOT IN {WORKING}"


@dataclass(frozen=True)
class Source:
    """``room`` names who knows it, ``note`` how; ``sql`` gives the value in the rule's natural unit, null for a gap."""

    room: Any
    note: Any
    sql: str


SOURCES: dict[str, Source] = {
    "W1": Source(
        _("项目台账·弃渣场"),
        _("最严重一处的级别；方案已批而未设弃渣场为 0；尚无方案为缺数"),
        "CASE WHEN s.worst IS NOT NULL THEN s.worst WHEN p.plan_kind <> '' THEN 0 END",
    ),
    "W2": Source(_("扰动图斑·现场核查"), _("核查认定的场外弃渣量；未认定为 0"), "coalesce(f.dumped_m3, 0)"),
    "W3": Source(_("方案申报"), _("申报的裸露边坡最大高度"), "f.bare_slope_m"),
    "W4": Source(_("方案申报、弃渣场"), _("申报的弃方；未申报取各弃渣场之和"), "coalesce(f.spoil_10k_m3, s.volume)"),
    "D1": Source(
        _("扰动图斑、项目台账"),
        _("最近一期图斑面积；无图斑时，在建项目取占地面积，未开工为 0"),
        f"coalesce(f.disturbed_ha, CASE WHEN p.state IN {WORKING} THEN p.permanent_ha + p.temporary_ha "
        "WHEN p.state IN ('registered', 'plan_approved') THEN 0 END)",
    ),
    "D2": Source(
        _("扰动图斑"),
        _("超出范围面积÷扰动面积；无图斑时，未开工为 0，其余为缺数"),
        "CASE WHEN f.disturbed_ha > 0 THEN coalesce(f.excess_ha, 0) / f.disturbed_ha "
        "WHEN f.disturbed_ha = 0 OR p.state IN ('registered', 'plan_approved') THEN 0 END",
    ),
    "D3": Source(_("项目台账"), _("挖填总量"), "(p.excavation_m3 + p.fill_m3) / 10000"),
    "N1": Source(_("方案申报"), _("申报的平均坡度"), "f.mean_slope_deg"),
    "N2": Source(
        _("日历、气象预警"),
        _("按评估日所在月份；有暴雨红色预警时为汛期加预警"),
        "CASE WHEN f.storm_red THEN 'flood_storm' ELSE %(season)s END",
    ),
    "N3": Source(_("方案申报"), _("申报的背景侵蚀强度"), "f.background_erosion"),
    "E1": Source(_("方案申报"), _("申报的下游最近敏感目标距离"), "f.sensitive_m"),
    "E2": Source(_("方案申报"), _("申报涉及的重点预防区、重点治理区"), "f.key_zone"),
    "E3": Source(_("方案申报"), _("申报的距河湖管理范围距离，在内为 0"), "f.river_m"),
    "M1": Source(
        _("监测季报"),
        _("上季度三色；依法不需报送季报的按 0 级；应报而无记录为缺数"),
        f"coalesce(f.last_colour, CASE WHEN {NO_REPORT_DUE} THEN 'green' END)",
    ),
    "M2": Source(_("整改"), _("逾期未整改项数"), "coalesce(f.overdue_rectifications, 0)"),
    "M3": Source(_("信用"), _("生产建设单位的信用等级（模拟）；未评价为 unrated"), "coalesce(u.grade, 'unrated')"),
    "M4": Source(
        _("监测季报"),
        _("季报迟报天数；依法不需报送季报的为 0；应报而无记录为缺数"),
        f"coalesce(f.report_late_days, CASE WHEN {NO_REPORT_DUE} THEN 0 END)",
    ),
}

OVERRIDES: dict[str, str] = {
    "dumped_with_harm": "coalesce(f.dumped_with_harm, false)",
    "unstable_site": "coalesce(s.unstable, false)",
    "red_twice": "coalesce(f.red_twice, false)",
    "storm_red": "coalesce(f.storm_red, false)",
}
"""Facts behind the rule's overrides; the storm also needs the level that the rule's table names."""
FLOOD_MONTHS = frozenset(range(4, 10))
"""April to September: product default for the flood season (汛期), as the local rules that were read have it."""


def season_of(month: int) -> str:
    return "flood" if month in FLOOD_MONTHS else "dry"
