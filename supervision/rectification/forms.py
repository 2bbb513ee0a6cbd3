"""Forms of the rectification room: they parse; the actions decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from conservation import clock
from conservation.accounts.models import User
from conservation.accounts.roles import INSPECTOR
from supervision.rectification import problems
from supervision.rectification.models import Item, Recheck
from supervision.rectification.states import STATES

EMPTY = ("", gettext_lazy("全部"))
GROUP_LABELS = [
    ("to_do", gettext_lazy("整改中（全部）")),
    ("to_check", gettext_lazy("待复核")),
    ("late", gettext_lazy("逾期")),
]


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


def text(label: Any, rows: int = 4, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class FilterForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("文号、单位或项目"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[EMPTY, *GROUP_LABELS, *STATES.choices]
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("严重程度"), required=False, choices=[EMPTY, *Item.Severity.choices]
    )
    problem = forms.ChoiceField(label=gettext_lazy("问题"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["problem"].choices = [EMPTY, *problems.choices()]  # type: ignore[attr-defined]


class PlanForm(forms.Form):
    text = text(gettext_lazy("整改方案"), help_text=gettext_lazy("措施、责任人、时间安排。"))
    uploads = FilesField(label=gettext_lazy("附件"), required=False)


class SubmitForm(forms.Form):
    text = text(gettext_lazy("整改情况"))
    uploads = FilesField(
        label=gettext_lazy("佐证材料"),
        help_text=gettext_lazy("整改前后同一地点的照片、工程量、凭证等（PDF、图片、Office、zip）。"),
    )


class AskForm(forms.Form):
    reason = text(gettext_lazy("申请延期的理由"), 3)


class ExtendForm(forms.Form):
    deadline = forms.DateField(label=gettext_lazy("新的整改期限"), widget=forms.DateInput())
    reason = text(gettext_lazy("延期理由"), 3)


class RecheckForm(forms.Form):
    """The re-check of two officers."""

    second_officer = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("另一名复核人"))
    manner = forms.ChoiceField(label=gettext_lazy("复核方式"), choices=Recheck.Manner.choices)
    note = text(gettext_lazy("复核意见"), 3)

    def __init__(self, *args: Any, item: Item, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = ["000000", *(area.ljust(6, "0") for area in item.areas)]
        today = clock.today()
        self.fields["second_officer"].queryset = (  # type: ignore[attr-defined]
            User.objects.filter(
                memberships__role=INSPECTOR, memberships__authority__division_code__in=codes,
                memberships__valid_from__lte=today, is_active=True,
            )
            .exclude(memberships__valid_to__lt=today).exclude(pk=user.pk).exclude(certificate_no="")
            .distinct().order_by("name", "pk")
        )  # fmt: skip


class ReasonForm(forms.Form):
    reason = text(gettext_lazy("理由"), 3, required=False)


class ReopenForm(forms.Form):
    deadline = forms.DateField(label=gettext_lazy("整改期限"), widget=forms.DateInput())
    reason = text(gettext_lazy("问题反弹的情况"), 3)
