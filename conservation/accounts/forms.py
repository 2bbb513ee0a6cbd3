"""Forms of people, units and authorities."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conservation.accounts import codes, roles
from conservation.accounts.models import Authority, Unit, User
from conservation.accounts.queries import authorities_managed_by, units_managed_by


class UnitForm(forms.ModelForm):
    class Meta:
        model = Unit
        fields = ("name", "uscc", "kind", "legal_representative", "contact", "phone", "address", "division_code")

    def __init__(self, *args: Any, own_only: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["uscc"].help_text = _("18 位，按 GB 32100 校验；境外单位等没有代码的可空。")
        if own_only:
            for name in ("name", "uscc", "kind", "division_code"):
                self.fields[name].disabled = True

    def clean_uscc(self) -> str | None:
        code = codes.normal(self.cleaned_data.get("uscc"))
        fault = codes.fault_of(code) if code else None
        if fault:
            raise forms.ValidationError(_("统一社会信用代码不正确：%(fault)s。"), params={"fault": fault})
        return code


class AuthorityForm(forms.ModelForm):
    class Meta:
        model = Authority
        fields = ("name", "mark", "level", "division_code", "parent", "collecting_bank", "address")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Authority.objects.order_by(  # type: ignore[attr-defined]
            "division_code", "name"
        )
        for name in ("collecting_bank", "address"):
            self.fields[name].required = False


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name", "email", "phone")
        labels = {"email": _("电子邮箱")}


class EnrolForm(forms.Form):
    """A new person, or one more role for a known one (by user name)."""

    username = forms.CharField(
        label=_("用户名"), max_length=150, help_text=_("已有账号的填其用户名，只增加任职；新账号的密码由本人设置。")
    )
    name = forms.CharField(label=_("姓名"), max_length=60, required=False)
    email = forms.EmailField(label=_("电子邮箱"), required=False)
    phone = forms.CharField(label=_("电话"), max_length=30, required=False)
    certificate_no = forms.CharField(label=_("执法证号"), max_length=40, required=False)
    authority = forms.ModelChoiceField(label=_("主管部门"), queryset=Authority.objects.none(), required=False)
    unit_search = forms.CharField(
        label=_("单位"), max_length=120, required=False, help_text=_("单位全称或统一社会信用代码；机关人员不填。")
    )
    role = forms.ChoiceField(label=_("角色"), choices=list(roles.LABELS.items()))
    valid_from = forms.DateField(label=_("任职起"), required=False, widget=forms.DateInput())

    def __init__(self, *args: Any, actor: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.actor = actor
        offices = authorities_managed_by(actor).order_by("division_code", "name")
        self.fields["authority"].queryset = offices  # type: ignore[attr-defined]
        if not offices.exists():  # a unit's own people enrol colleagues
            del self.fields["authority"], self.fields["certificate_no"]
            self.fields["role"].choices = list(roles.UNIT_ROLES.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text = (data.get("unit_search") or "").strip()
        data["unit"] = None
        if text:
            units = units_managed_by(self.actor)
            data["unit"] = units.filter(uscc=text.upper()).first() or units.filter(name=text).first()
            if data["unit"] is None:
                self.add_error("unit_search", _("没有找到这个单位，请先建档。"))
        elif data.get("authority") is None and not self.errors:
            self.add_error("unit_search", _("请选择主管部门或填写单位。"))
        return data
