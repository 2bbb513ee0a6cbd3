"""Forms of the risk room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from supervision.risk.models import FollowUp


class FilterForm(forms.Form):
    q = forms.CharField(label=_("项目名称"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("措施"), required=False, choices=[("", _("全部")), *FollowUp.Kind.choices])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *FollowUp.STATES.choices])
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    photos = forms.ImageField(label=_("现场照片（带定位）"), required=False)
    answer = forms.CharField(
        label=_("自查结果"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000, required=False
    )


class FindingForm(forms.Form):
    finding = forms.CharField(
        label=_("意见"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False
    )


class VisitForm(FindingForm):
    visited_on = forms.DateField(label=_("检查日期"), widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ["visited_on", "finding"]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000)


class NothingForm(forms.Form):
    pass


FORMS: dict[str, type[forms.Form]] = {
    "acknowledge": NothingForm,
    "answer": AnswerForm,
    "send_back": FindingForm,
    "accept": FindingForm,
    "visit": VisitForm,
    "withdraw": ReasonForm,
}
