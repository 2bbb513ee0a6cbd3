"""Forms of the plans room. They carry what was typed; the checks and the actions judge it and name the faults."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.plans import attachments, characteristics
from projects.plans.characteristics import Field
from projects.plans.models import Plan, ReviewFinding
from projects.plans.states import STATES
from projects.registry.forms import Lenient
from projects.registry.types import PLAN_KINDS

SPARE_SITES = 2
SITE_KEYS = ("name", "volume_10k_m3", "height_m", "harm", "lon", "lat")
COMMITMENT = ("published_on", "published_url", "committed_by", "expert_name")


class TableForm(Lenient):
    """The characteristic table and what stands beside it: one field a row of the table, by section."""

    range = forms.ChoiceField(label=_("选用的防治责任范围"), required=False)
    published_on = forms.CharField(label=_("公开起始日期"), required=False, widget=forms.DateInput())
    published_url = forms.CharField(label=_("公开网址"), required=False, max_length=300)
    committed_by = forms.CharField(label=_("承诺书签字的法定代表人"), required=False, max_length=60)
    expert_name = forms.CharField(label=_("出具意见的省级专家库专家"), required=False, max_length=60)

    def __init__(self, *args: Any, plan: Plan, version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        kind = plan.kind or "report_book"
        for one in characteristics.fields_of(version):
            self.fields[one.key] = field_of(one, kind)
        ranges = plan.project.ranges.filter(kind="exact").exclude(state="superseded").order_by("-version")
        self.fields["range"].choices = [("", _("没有选用"))] + [  # type: ignore[attr-defined]
            (str(one.pk), _("第 %(n)d 版，%(area)s hm²") % {"n": one.version, "area": one.area_ha})
            for one in ranges.defer("geom", "geom_3857")
        ]
        if self.is_bound:
            for field in self.fields.values():
                field.required = False

    def sections(self) -> list[dict[str, Any]]:
        """The fields by group, in the order of the table."""
        found: dict[str, list[Any]] = {}
        for one in characteristics.fields_of(self.version):
            found.setdefault(one.group, []).append(self[one.key])
        return [
            {"code": code, "label": label, "fields": found[code]}
            for code, label in characteristics.GROUPS.items()
            if code in found
        ]

    def commitment(self) -> list[Any]:
        return [self[key] for key in COMMITMENT]

    def table(self) -> dict[str, str]:
        """What was typed into the table."""
        keys = [one.key for one in characteristics.fields_of(self.version) if not one.auto]
        return {key: self.cleaned_data.get(key) or "" for key in keys}


def field_of(one: Field, kind: str) -> forms.Field:
    """The form field of a row of the table."""
    label = f"{one.label}（{one.unit}）" if one.unit else one.label
    required = one.needed(kind) and not one.auto
    if one.choices:
        return forms.ChoiceField(label=label, required=required, choices=[("", "—"), *one.choices])
    if one.kind == "long":
        return forms.CharField(
            label=label, required=required, max_length=4000, widget=forms.Textarea(attrs={"rows": "5"})
        )
    attrs = {"autocomplete": "off"}
    if one.kind == "number":
        attrs["inputmode"] = "decimal"
    if one.key in ("permanent_area", "temporary_area", "excavation", "fill"):
        attrs["data-size"] = ""
    if one.auto:
        attrs["readonly"] = "readonly"
    if one.kind == "month":
        attrs["placeholder"] = "2026-09"
    return forms.CharField(label=label, required=required, max_length=300, widget=forms.TextInput(attrs=attrs))


class SiteForm(forms.Form):
    """One spoil site (弃渣场)."""

    name = forms.CharField(label=_("名称"), required=False, max_length=80)
    volume_10k_m3 = forms.CharField(label=_("堆渣量（万m³）"), required=False, max_length=20)
    height_m = forms.CharField(label=_("最大堆高（m）"), required=False, max_length=20)
    harm = forms.ChoiceField(
        label=_("失事危害"), required=False, choices=[("", "—"), *characteristics.HARMS], initial=""
    )
    lon = forms.CharField(label=_("经度（°）"), required=False, max_length=20)
    lat = forms.CharField(label=_("纬度（°）"), required=False, max_length=20)


SiteFormSet = forms.formset_factory(SiteForm, extra=SPARE_SITES, max_num=200)


class NewForm(Lenient):
    purpose = forms.ChoiceField(label=_("申报类型"), choices=Plan.Purpose.choices)


class PartForm(Lenient):
    """A file and the parts that it covers."""

    file = forms.FileField(label=_("文件"), widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.png,.zip,.docx"}))
    title = forms.CharField(label=_("题名"), required=False, max_length=120)
    covers = forms.MultipleChoiceField(
        label=_("属于"),
        choices=[(code, f"{code} {label}") for code, label in attachments.CHOICES],
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("一个文件（如图册）可以同时覆盖几项。"),
    )


class ReasonForm(Lenient):
    reason = forms.CharField(
        label=_("理由或说明"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": "4"})
    )


class CorrectionForm(Lenient):
    items = forms.CharField(
        label=_("需要补正的全部内容"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": "8"}),
        help_text=_("一行一项，一次告知。"),
    )


class ReviewStartForm(Lenient):
    body = forms.CharField(label=_("技术评审机构"), max_length=120)
    days = forms.IntegerField(
        label=_("期限（工作日）"), initial=30, help_text=_("不超过 30 个工作日，不计入审批期限。")
    )


class ReviewEndForm(Lenient):
    opinion = forms.CharField(label=_("技术评审意见"), max_length=8000, widget=forms.Textarea(attrs={"rows": "6"}))
    file = forms.FileField(
        label=_("评审意见原件"), required=False, widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.png,.docx"})
    )


class FindingsForm(Lenient):
    """The six refusal grounds, each with finding and comment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in ReviewFinding.Ground.choices:
            self.fields[code] = forms.ChoiceField(
                label=f"{code} {label}",
                required=False,
                choices=ReviewFinding.Finding.choices,
                widget=forms.RadioSelect(),
            )
            self.fields[f"{code}_comment"] = forms.CharField(
                label=_("说明"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": "2"})
            )

    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[code], self[f"{code}_comment"]) for code in ReviewFinding.Ground.values]

    def findings(self) -> dict[str, dict[str, str]]:
        """What was said of each ground; a ground nobody touched is left out."""
        return {
            code: {"finding": self.cleaned_data[code], "comment": self.cleaned_data[f"{code}_comment"]}
            for code in ReviewFinding.Ground.values
            if self.cleaned_data.get(code)
        }


class FilterForm(forms.Form):
    q = forms.CharField(label=_("查找"), required=False, max_length=80)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *STATES.choices])
    kind = forms.ChoiceField(label=_("种类"), required=False, choices=[("", _("全部")), *PLAN_KINDS.items()])
