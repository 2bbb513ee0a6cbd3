"""信用信息."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    name = "credit.facts"
    label = "facts"
    verbose_name = _("信用信息")
