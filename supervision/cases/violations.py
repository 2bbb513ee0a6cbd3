"""违法行为种类 violations V01–V19: names, the duty and the liability they rest on, and what is ordered.

Amounts and bands are not here: they are the rulebook's (``penalty-range``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

LAW = "《中华人民共和国水土保持法》"


@dataclass(frozen=True)
class Violation:
    """``act`` is the wording of the case title, ``order`` the kind of order (see ``ORDERS``), ``demand`` its wording.

    ``measure`` names the fact that the fine is computed from: area_ha, volume_m3, fee or nothing.
    """

    code: str
    label: Any
    act: str
    duty: str
    liability: str
    order: str
    demand: str
    measure: str = ""
    suspends: bool = False


ORDERS = {
    "stop_complete": _("停止违法行为，限期补办手续"),
    "stop_use": _("停止生产或者使用，直至验收合格"),
    "stop_clear": _("停止违法行为，限期清理"),
    "stop": _("停止违法行为，采取补救措施"),
    "treat": _("限期治理"),
    "pay": _("限期缴纳"),
    "correct": _("限期改正"),
}

_COMPLETE = "立即停止违法行为，并在规定期限内补办水土保持方案审批手续"
_TREAT = "在规定期限内采取水土保持措施，治理水土流失"
_CORRECT = "在规定期限内改正"

ALL = (
    Violation("V01", _("未批先建"), "未经批准水土保持方案擅自开工建设", "第二十五条第一款、第二十六条",
              "第五十三条第（一）项", "stop_complete", _COMPLETE, "area_ha"),
    Violation("V02", _("未批先变"), "水土保持方案发生重大变更未经批准擅自实施", "第二十五条第三款",
              "第五十三条第（二）项、第（三）项", "stop_complete",
              "立即停止违法行为，并在规定期限内补办水土保持方案变更审批手续", "area_ha"),
    Violation("V03", _("乱弃、未批先弃"), "在水土保持方案确定的专门存放地以外倾倒砂石土", "第二十八条", "第五十五条",
              "stop_clear", "立即停止违法行为，并在规定期限内清理倾倒的砂、石、土、矸石、尾矿、废渣", "volume_m3"),
    Violation("V04", _("未验先投"), "水土保持设施未经验收擅自投产使用", "第二十七条", "第五十四条", "stop_use",
              "停止生产或者使用，直至水土保持设施验收合格", "area_ha", True),
    Violation("V05", _("超出防治责任范围"), "超出水土流失防治责任范围扰动地表", "第二十五条、第三十八条", "第五十六条",
              "treat", "停止超范围扰动，" + _TREAT, "area_ha"),
    Violation("V06", _("未按方案实施措施"), "未按批准的水土保持方案实施水土保持措施", "第二十五条、第二十七条、第三十八条",
              "第五十六条", "treat", _TREAT, "area_ha"),
    Violation("V07", _("弃渣场未防护"), "弃渣场未采取拦挡、排水等防护措施", "第二十八条、第三十八条", "第五十六条",
              "treat", _TREAT, "volume_m3"),
    Violation("V08", _("表土未剥离保护"), "未剥离、保存和利用表土", "第三十八条", "", "correct", _CORRECT, "area_ha"),
    Violation("V09", _("造成水土流失不治理"), "造成水土流失不进行治理", "第三十二条第一款", "第五十六条", "treat", _TREAT,
              "area_ha"),
    Violation("V10", _("不缴补偿费"), "拒不缴纳水土保持补偿费", "第三十二条第二款", "第五十七条", "pay",
              "在规定期限内缴纳水土保持补偿费", "fee"),
    Violation("V11", _("未监测、缺报季报"), "未开展水土保持监测或者未按规定报送监测情况", "第四十一条", "", "correct",
              _CORRECT),
    Violation("V12", _("监测、验收弄虚作假"), "在水土保持监测或者设施验收中弄虚作假", "第二十七条、第四十一条", "",
              "correct", _CORRECT),
    Violation("V13", _("未开展水土保持监理"), "未按规定开展水土保持监理", "第二十七条", "", "correct", _CORRECT),
    Violation("V14", _("未开展水土保持设计"), "未按规定开展水土保持后续设计", "第二十七条", "", "correct", _CORRECT),
    Violation("V15", _("禁止区取土挖砂采石"), "在崩塌、滑坡危险区或者泥石流易发区取土、挖砂、采石", "第十七条第二款",
              "第四十八条", "stop", "立即停止违法行为，采取补救措施", "volume_m3"),
    Violation("V16", _("生态脆弱区擅自建设"), "在水土流失严重、生态脆弱地区擅自开展生产建设活动", "第十八条", "", "stop",
              "立即停止违法行为，采取补救措施", "area_ha"),
    Violation("V17", _("阻碍监督检查"), "阻碍水土保持监督检查", "第四十五条", "", "correct", _CORRECT),
    Violation("V18", _("破坏水土保持设施"), "破坏或者侵占水土保持设施", "第十九条", "", "correct",
              "停止破坏行为，恢复水土保持设施"),
    Violation("V19", _("骗取许可、违背承诺"), "以欺骗手段取得水土保持方案行政许可或者违背承诺", "第二十五条", "", "correct",
              _CORRECT),
)  # fmt: skip

BY_CODE = {one.code: one for one in ALL}
CHOICES = [(one.code, one.label) for one in ALL]


def label(code: str) -> str:
    """The name of a violation for people; the code itself when it is unknown."""
    found = BY_CODE.get(code)
    return f"{code} {found.label}" if found else code
