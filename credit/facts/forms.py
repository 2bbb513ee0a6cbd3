"""Forms of the credit facts room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from credit.facts.models import Fact


class FilterForm(forms.Form):
    q = forms.CharField(label=_("单位名称"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("open", _("公示期内")), *Fact.STATES.choices],
    )
    unit = forms.IntegerField(required=False, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )


class RepairForm(ReasonForm):
    fulfilled_on = forms.DateField(label=_("义务履行日期"), widget=forms.DateInput(attrs={"type": "date"}))
