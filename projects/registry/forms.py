"""Forms of the registry. They only carry what was typed; ``intake`` and the actions judge it and name the faults."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conservation.accounts.access import scope_of
from conservation.accounts.models import Authority, Unit
from conservation.accounts.roles import FILER
from projects.registry import intake
from projects.registry.models import Project, ResponsibilityRange
from projects.registry.states import STATES
from projects.registry.types import CHOICES as TYPE_CHOICES
from projects.registry.types import PLAN_KINDS

VECTOR = ".zip,.geojson,.json,.gpkg,.kml,.kmz"


class Lenient(forms.Form):
    """Shows what must be given, but leaves the judging of what was sent to the action, so that one pass names all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        if self.is_bound:
            for field in self.fields.values():
                field.required = False


def number(label: Any, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=30, widget=widget, **kwargs)


class ProjectForm(Lenient):
    """登记项目: the columns of ``intake.COLUMNS``."""

    unit = forms.ChoiceField(label=_("生产建设单位"))
    name = forms.CharField(label=_("项目名称"), max_length=400)
    code = forms.CharField(
        label=_("项目代码"),
        required=False,
        max_length=60,
        help_text=_("投资项目在线审批监管平台的 24 位代码，如 2404-430121-04-01-123456；没有的可空。"),
    )
    type_no = forms.ChoiceField(label=_("行业类别"), choices=[("", "")] + [(str(n), t) for n, t in TYPE_CHOICES])
    nature = forms.ChoiceField(label=_("建设性质"), choices=Project.Nature.choices)
    category = forms.ChoiceField(label=_("项目类别"), choices=Project.Category.choices)
    layout = forms.ChoiceField(label=_("布局"), choices=Project.Layout.choices)
    approval_level = forms.ChoiceField(
        label=_("立项级别"),
        choices=[("", ""), *Project.Level.choices],
        help_text=_("审批、核准或备案机关的级别；方案由同级水行政主管部门审批，跨区域的由共同的上一级审批。"),
    )
    counties = forms.CharField(
        label=_("涉及县（市、区）"),
        widget=forms.TextInput(attrs={"data-divisions": "", "autocomplete": "off"}),
        help_text=_("县级行政区划代码，用顿号分开；可在下面按名称查找并加入。"),
    )
    permanent_ha = number(_("永久占地（hm²）"))
    temporary_ha = number(_("临时占地（hm²）"))
    excavation_m3 = number(_("挖方（m³）"))
    fill_m3 = number(_("填方（m³）"))
    planned_start_on = forms.CharField(label=_("计划开工"), required=False, widget=forms.DateInput())
    planned_completion_on = forms.CharField(label=_("计划完工"), required=False, widget=forms.DateInput())

    SIZES = ("permanent_ha", "temporary_ha", "excavation_m3", "fill_m3")

    def __init__(self, *args: Any, user: Any, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if project is not None:
            del self.fields["unit"]
        else:
            own = scope_of(user).unit_roles.get(FILER, frozenset())
            units = list(Unit.objects.filter(pk__in=own).order_by("name").values_list("pk", "name"))
            self.fields["unit"].choices = units  # type: ignore[attr-defined]
        for key in self.SIZES:
            self.fields[key].widget.attrs["data-size"] = ""

    @staticmethod
    def initial_of(project: Project) -> dict[str, Any]:
        found = {column.key: getattr(project, column.key) for column in intake.COLUMNS}
        found["counties"] = "、".join(project.counties)
        for key in ("planned_start_on", "planned_completion_on"):
            found[key] = found[key].isoformat() if found[key] else ""
        return found


class RangeForm(Lenient):
    """提交范围: a vector file or what was drawn."""

    kind = forms.ChoiceField(label=_("范围类型"), choices=ResponsibilityRange.Kind.choices)
    file = forms.FileField(
        label=_("矢量文件"),
        required=False,
        widget=forms.FileInput(attrs={"accept": VECTOR}),
        help_text=_(
            "Shapefile（打包为 zip）、GeoJSON、GeoPackage 或 KML；坐标系 CGCS2000，地理坐标或 3° 带投影均可。"
        ),
    )
    crs = forms.CharField(
        label=_("坐标系（EPSG）"),
        required=False,
        max_length=10,
        help_text=_("文件没有声明坐标系时填写，如 4490、4526。"),
    )
    encoding = forms.ChoiceField(
        label=_("属性编码"),
        required=False,
        choices=[("", _("自动识别")), ("GBK", "GBK"), ("UTF-8", "UTF-8")],
    )
    layer = forms.CharField(label=_("图层"), required=False, max_length=100, help_text=_("文件含多个图层时填写名称。"))
    geometry = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-drawn": ""}))


class WorksForm(Lenient):
    """开工、停工等: the day and the reason."""

    on = forms.CharField(label=_("日期"), required=False, widget=forms.DateInput(), help_text=_("空为今天。"))
    reason = forms.CharField(
        label=_("说明"), required=False, widget=forms.Textarea(attrs={"rows": "3"}), max_length=2000
    )


class UnitForm(Lenient):
    """查明单位: by credit code and name."""

    name = forms.CharField(label=_("单位名称"), max_length=120)
    uscc = forms.CharField(label=_("统一社会信用代码"), required=False, max_length=18)
    reason = forms.CharField(label=_("依据"), widget=forms.Textarea(attrs={"rows": "3"}), max_length=2000)


class ImportForm(Lenient):
    """导入台账."""

    file = forms.FileField(label=_("台账文件"), widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}))


class ImportRangesForm(Lenient):
    """批量导入范围."""

    file = forms.FileField(label=_("矢量文件"), widget=forms.FileInput(attrs={"accept": VECTOR}))
    kind = forms.ChoiceField(label=_("范围类型"), choices=ResponsibilityRange.Kind.choices)
    crs = forms.CharField(label=_("坐标系（EPSG）"), required=False, max_length=10)
    encoding = forms.ChoiceField(
        label=_("属性编码"), required=False, choices=[("", _("自动识别")), ("GBK", "GBK"), ("UTF-8", "UTF-8")]
    )
    layer = forms.CharField(label=_("图层"), required=False, max_length=100)
    map = forms.CharField(
        label=_("字段对应"),
        required=False,
        max_length=300,
        help_text=_("如 code=XMDM plan_number=PFWH；不填则按通用名称识别（项目代码、批准文号、RP_NUM 等）。"),
    )


class FilterForm(forms.Form):
    """The filters of the list, as they stand in the address."""

    q = forms.CharField(label=_("查找"), required=False, max_length=80)
    place = forms.CharField(label=_("行政区划"), required=False, max_length=6)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *STATES.choices])
    type_no = forms.ChoiceField(
        label=_("行业类别"), required=False, choices=[("", _("全部"))] + [(str(n), t) for n, t in TYPE_CHOICES]
    )
    tier = forms.ChoiceField(
        label=_("风险等级"),
        required=False,
        choices=[
            ("", _("全部")),
            ("3", _("高")),
            ("2", _("中")),
            ("1", _("低")),
            ("0", _("无")),
            ("unrated", _("未评估")),
        ],
    )
    plan_kind = forms.ChoiceField(
        label=_("方案"),
        required=False,
        choices=[("", _("全部")), ("missing", _("没有批准的方案")), *PLAN_KINDS.items()],
    )
    order = forms.ChoiceField(
        label=_("排序"),
        required=False,
        choices=[("-id", _("最近登记")), ("id", _("最早登记")), ("name", _("名称")), ("-tier", _("风险等级"))],
    )
    authority = forms.CharField(required=False, widget=forms.HiddenInput())
    unit = forms.CharField(required=False, widget=forms.HiddenInput())

    @staticmethod
    def authority_name(pk: int | None) -> str:
        found = Authority.objects.filter(pk=pk).values_list("name", flat=True).first() if pk else ""
        return found or ""
