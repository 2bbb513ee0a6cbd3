"""Forms of the patches room: they parse; the actions decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation import clock
from conservation.accounts.models import Authority, User
from projects.registry.types import CHOICES as TYPE_CHOICES
from supervision.patches import access, labels
from supervision.patches.actions.handling import officers_beside
from supervision.patches.models import ISSUED_CLASSES, Class, Patch, Round
from supervision.patches.queries import GROUPS
from supervision.patches.states import STATES
from supervision.rectification import problems

GROUP_LABELS = {
    "to_verify": gettext_lazy("待核查"),
    "to_handle": gettext_lazy("待认定、待查处"),
    "to_audit": gettext_lazy("待审核销号"),
}
EMPTY = ("", gettext_lazy("全部"))


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; cleaned to a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        single = super().clean
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given and self.required:
            single(None, initial)
        return [single(one, initial) for one in given]


class FilterForm(forms.Form):
    """Filters of the list, kept in the address."""

    q = forms.CharField(label=gettext_lazy("图斑编号或项目名称"), required=False, max_length=80)
    round = forms.ChoiceField(label=gettext_lazy("期次"), required=False)
    klass = forms.ChoiceField(
        label=gettext_lazy("合规性"), required=False,
        choices=[EMPTY, ("suspected", gettext_lazy("全部疑似")), *Class.choices],
    )  # fmt: skip
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[EMPTY, *GROUP_LABELS.items(), *STATES.choices]
    )
    place = forms.CharField(label=gettext_lazy("行政区划代码"), required=False, max_length=6)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds = access.rounds_visible_to(user).order_by("-image_date", "-pk")[:100]
        self.fields["round"].choices = [EMPTY, *((str(one.pk), one.name) for one in rounds)]  # type: ignore[attr-defined]


assert set(GROUP_LABELS) == set(GROUPS)


class RoundForm(forms.ModelForm):
    """A new round."""

    authority = forms.ModelChoiceField(Authority.objects.none(), label=gettext_lazy("组织机关"))
    tolerance_m = forms.DecimalField(
        label=gettext_lazy("位置容差（米）"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("不填为像元大小的 2 倍。"),
    )

    class Meta:
        model = Round
        fields = [
            "authority", "code", "name", "year", "period", "image_date", "image_before", "pixel_m", "tolerance_m",
            "verify_days", "recognise_days", "handle_days",
        ]  # fmt: skip
        widgets = {"image_date": forms.DateInput(), "image_before": forms.DateInput()}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = access.authorities_for(user, *access.ROUND_PERMITS["create_round"])
        offices = Authority.objects.filter(pk__in=ids).order_by("pk")
        self.fields["authority"].queryset = offices  # type: ignore[attr-defined]
        self.initial.setdefault("authority", ids[0] if ids else None)
        self.initial.setdefault("year", clock.today().year)

    def validate_unique(self) -> None:
        """Left to the action."""


class RoundEditForm(forms.ModelForm):
    """Parameters and due days of a round."""

    class Meta:
        model = Round
        fields = [
            "name", "image_date", "image_before", "pixel_m", "tolerance_m", "verify_days", "recognise_days", "handle_days",
        ]  # fmt: skip
        widgets = {"image_date": forms.DateInput(), "image_before": forms.DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.state != "open":
            for name in ("image_date", "image_before", "pixel_m", "tolerance_m"):
                del self.fields[name]
            titles = {"verify_due": _("核查截止日"), "recognise_due": _("认定截止日"), "handle_due": _("查处截止日")}
            for name, title in titles.items():
                self.fields[name] = forms.DateField(
                    label=title, initial=getattr(self.instance, name), widget=forms.DateInput()
                )


class ImportForm(forms.Form):
    """A vector file of patches."""

    file = forms.FileField(
        label=gettext_lazy("矢量文件"),
        help_text=gettext_lazy("shapefile 压缩包（zip）、GeoJSON、GeoPackage、KML/KMZ；图斑编号列 QDNM 必须有。"),
    )
    crs = forms.CharField(
        label=gettext_lazy("坐标系（EPSG）"), required=False, max_length=20,
        help_text=gettext_lazy("文件没有坐标系时填写，如 4490、4547。"),
    )  # fmt: skip
    encoding = forms.ChoiceField(
        label=gettext_lazy("属性编码"), required=False,
        choices=[("", gettext_lazy("自动识别")), ("GBK", "GBK"), ("UTF-8", "UTF-8")],
    )  # fmt: skip
    layer = forms.CharField(label=gettext_lazy("图层"), required=False, max_length=120)
    map = forms.CharField(
        label=gettext_lazy("字段对应"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("列名不同时每行一条，如 QDNM=图斑号。"),
    )  # fmt: skip

    def clean_map(self) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for line in self.cleaned_data["map"].splitlines():
            if not line.strip():
                continue
            field, sign, column = line.partition("=")
            if not sign or not field.strip() or not column.strip():
                raise forms.ValidationError(_("每行一条，写成 字段=列名：%(line)s") % {"line": line[:60]})
            pairs[field.strip()] = column.strip()
        return pairs


class IssueForm(forms.Form):
    """Which classes are issued."""

    classes = forms.MultipleChoiceField(
        label=gettext_lazy("下发的类别"), widget=forms.CheckboxSelectMultiple,
        choices=[one for one in Class.choices if one[0] != Class.BELOW], initial=list(ISSUED_CLASSES),
    )  # fmt: skip


class ReasonForm(forms.Form):
    """An act that needs a reason."""

    reason = forms.CharField(label=gettext_lazy("理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class OptionalReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("说明"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CompliantForm(ReasonForm):
    uploads = FilesField(
        label=gettext_lazy("证明材料"), help_text=gettext_lazy("方案批复、变更批复等（PDF、图片、Word、zip）。")
    )


class PhotoForm(forms.Form):
    """One photograph; what the file itself says goes before what the device sends."""

    view = forms.ChoiceField(label=gettext_lazy("照片类别"), choices=labels.VIEWS)
    photo = forms.FileField(
        label=gettext_lazy("拍照"), required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png", "capture": "environment"}),
    )  # fmt: skip
    album = forms.FileField(
        label=gettext_lazy("或从相册、无人机存储卡选取"), required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )  # fmt: skip
    lon = forms.FloatField(label=gettext_lazy("经度"), required=False, widget=forms.NumberInput(attrs={"step": "any"}))
    lat = forms.FloatField(label=gettext_lazy("纬度"), required=False, widget=forms.NumberInput(attrs={"step": "any"}))
    azimuth = forms.FloatField(
        label=gettext_lazy("方位角（°）"), required=False, widget=forms.NumberInput(attrs={"step": "any"})
    )
    taken_at = forms.DateTimeField(label=gettext_lazy("拍摄时间"), required=False, widget=forms.DateTimeInput())

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not found.get("photo") and not found.get("album"):
            self.add_error("photo", _("请拍照或选取照片。"))
        return found

    def arguments(self) -> dict[str, Any]:
        """For ``add_photo``."""
        found = dict(self.cleaned_data)
        photo, album = found.pop("photo"), found.pop("album")
        return {"upload": photo or album, "gallery": not photo, **found}


class VerifyForm(forms.Form):
    """The visit: who, when, what was found, whose works."""

    finding = forms.ChoiceField(label=gettext_lazy("核查结论"))
    second_officer = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("另一名核查人"))
    visited_at = forms.DateTimeField(label=gettext_lazy("到场时间"), widget=forms.DateTimeInput())
    description = forms.CharField(
        label=gettext_lazy("现场情况"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )
    project = forms.IntegerField(
        label=gettext_lazy("已有项目编号"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("项目台账中的编号；叠加已关联时可不填。"),
    )
    new_project_name = forms.CharField(label=gettext_lazy("现场建档：项目名称"), required=False, max_length=200)
    new_project_type = forms.TypedChoiceField(
        label=gettext_lazy("现场建档：行业类别"), required=False, coerce=int, empty_value=None,
        choices=[("", "—"), *TYPE_CHOICES],
    )  # fmt: skip
    unit_name = forms.CharField(label=gettext_lazy("生产建设单位"), required=False, max_length=120)
    unit_uscc = forms.CharField(label=gettext_lazy("统一社会信用代码"), required=False, max_length=18)
    land_ha = forms.DecimalField(
        label=gettext_lazy("实测扰动面积（hm²）"), required=False, min_value=0, max_digits=12, decimal_places=4
    )
    earthwork_m3 = forms.DecimalField(
        label=gettext_lazy("挖填总量（m³）"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    dumped_m3 = forms.DecimalField(
        label=gettext_lazy("场外弃渣量（m³）"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    harm = forms.BooleanField(label=gettext_lazy("已造成或可能造成水土流失危害"), required=False)
    no_fly_reason = forms.CharField(
        label=gettext_lazy("不能航拍的原因"), required=False, max_length=200,
        help_text=gettext_lazy("认定合规而没有航拍全景时填写。"),
    )  # fmt: skip

    def __init__(self, *args: Any, patch: Patch, user: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finding"].choices = [("", "—"), *labels.findings()]  # type: ignore[attr-defined]
        second = self.fields["second_officer"]
        second.queryset = officers_beside(user, patch.areas, clock.day_of(now))  # type: ignore[attr-defined]
        self.initial.setdefault("visited_at", now.astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M"))

    def arguments(self) -> dict[str, Any]:
        """For ``verify``."""
        found = dict(self.cleaned_data)
        name, type_no = found.pop("new_project_name"), found.pop("new_project_type")
        if name:
            found["new_project"] = {"name": name, "type_no": type_no}
        return found


class LinkForm(forms.Form):
    project = forms.IntegerField(label=gettext_lazy("项目编号"), min_value=1)
    confirm = forms.BooleanField(label=gettext_lazy("确认更改已有的关联"), required=False)


class OrderForm(forms.Form):
    """Order of rectification; what is left empty comes from the list of problems."""

    problem = forms.ChoiceField(label=gettext_lazy("问题"))
    deadline = forms.DateField(
        label=gettext_lazy("整改期限"),
        required=False,
        widget=forms.DateInput(),
        help_text=gettext_lazy("不填按问题清单的建议天数。"),
    )
    requirement = forms.CharField(
        label=gettext_lazy("整改要求"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000,
        help_text=gettext_lazy("不填按问题清单。"),
    )  # fmt: skip

    def __init__(self, *args: Any, patch: Patch | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["problem"].choices = problems.choices()  # type: ignore[attr-defined]
        listed = problems.for_violation(patch.finding) if patch else None
        if listed:
            self.initial.setdefault("problem", listed.code)


class SplitForm(ReasonForm):
    """Splitting by a vector file of the parts."""

    file = forms.FileField(label=gettext_lazy("分割后的图斑（GeoJSON、zip、KML、GeoPackage）"))
    crs = forms.CharField(label=gettext_lazy("坐标系（EPSG）"), required=False, max_length=20)
