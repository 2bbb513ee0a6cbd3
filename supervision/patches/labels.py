"""Names for people: findings, views of photographs, what is said about the evidence, the lines behind a class."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from supervision.cases import violations
from supervision.patches import rules
from supervision.patches.models import Class, Patch, Round

CLEAN_FINDINGS = [
    (rules.NONE, gettext_lazy("未见明显违规")),
    (rules.EXEMPT, gettext_lazy("可不编报方案")),
    (rules.NOT_CONSTRUCTION, gettext_lazy("非生产建设扰动")),
]
FINDING_CODES = ("V01", "V02", "V03", "V04", "V05", "V06", "V07", "V08", "V09", "V15", "V16", "V18")
"""Violations that a visit to a patch can find."""
VIEWS = [
    ("whole", gettext_lazy("全景")),
    ("board", gettext_lazy("标牌或出入口")),
    ("worst", gettext_lazy("最严重处")),
    ("panorama", gettext_lazy("航拍全景")),
    ("other", gettext_lazy("其他")),
]


def findings() -> list[tuple[str, Any]]:
    """Choices of a verification."""
    return [*((code, violations.label(code)) for code in FINDING_CODES), *CLEAN_FINDINGS]


def finding_label(code: str) -> str:
    return str(dict(CLEAN_FINDINGS).get(code) or (violations.label(code) if code else ""))


def view_label(code: str) -> str:
    return str(dict(VIEWS).get(code, code))


def flag_text(flag: rules.Flag) -> str:
    """One sentence about the evidence."""
    known = {
        "too_few": _(
            "合格的现场照片只有 %(value)d 张，至少需要 %(least)d 张（200 米内或朝向图斑、在本期时间内拍摄）。"
        ),
        "view_missing": _("缺少合格的“%(text)s”照片。"),
        "panorama_missing": _("认定合规须有至少 1 张航拍全景，或写明不能航拍的原因。"),
        "no_position": _("第 %(photo)d 张照片没有位置，不计入。"),
        "too_far": _("第 %(photo)d 张照片拍摄点距图斑 %(value).0f 米，且朝向不经过图斑，不计入。"),
        "no_time": _("第 %(photo)d 张照片没有拍摄时间，不计入。"),
        "outside_round": _("第 %(photo)d 张照片不在本期时间内拍摄，不计入。"),
        "duplicate": _("第 %(photo)d 张照片与前面的照片是同一个文件，不计入。"),
        "reused": _("第 %(photo)d 张照片已用于其他图斑。"),
        "gallery": _("第 %(photo)d 张照片由相册导入。"),
        "looks_away": _("第 %(photo)d 张照片的朝向（%(value).0f°）不经过图斑。"),
    }
    return known[flag.code] % {
        "value": flag.value,
        "photo": flag.photo,
        "text": view_label(flag.text),
        "least": rules.LEAST_PHOTOS,
    }


def lines(patch: Patch, round_: Round) -> list[str]:
    """Why the patch has its class: the numbers of the overlay in sentences."""
    said = [
        _(
            "面积 %(area).4f hm²，按图斑质心所在 3° 带计算；影像日期 %(day)s，像元 %(pixel)s m，位置容差 %(tolerance)s m。"
        )
        % {
            "area": patch.area_ha,
            "day": round_.image_date,
            "pixel": f"{round_.pixel_m.normalize():f}",
            "tolerance": f"{round_.tolerance_m.normalize():f}",
        }
    ]
    if patch.klass == Class.BELOW:
        return [*said, _("面积小于最小图斑面积，只登记，不下发。")]
    name = str(patch.range.project) if patch.range is not None else ""
    if patch.klass == Class.SCHEMATIC:
        said.append(_("只与示意性范围（%(name)s）重叠：示意性范围不能计算超出面积，须由人判断。") % {"name": name})
    elif patch.klass in (Class.COMPLIANT, Class.EXCESS):
        said.append(_("与影像日期有效的防治责任范围（%(name)s）重叠。") % {"name": name})
    elif patch.klass == Class.RELOCATED:
        said.append(
            _("与任何有效范围都不重叠；距“%(name)s”的范围 %(metres).2f m，行业不矛盾，且该范围内没有图斑。")
            % {"name": name, "metres": patch.distance_m or 0}
        )
    elif patch.klass == Class.UNAPPROVED:
        said.append(_("与任何有效范围都不重叠，附近也没有可能变更而来的范围。"))
    if patch.excess_ha is not None:
        said.append(
            _("范围外面积 %(raw).4f hm²；扣除影像误差（容差）后 %(beyond).4f hm²。")
            % {"raw": patch.excess_ha, "beyond": patch.excess_beyond_tolerance_ha or 0}
        )
    if patch.klass == Class.COMPLIANT and patch.excess_ha:
        said.append(_("容差外的超出面积不大于允许值，判为合规。"))
    return said
