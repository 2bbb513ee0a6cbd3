"""违法案件."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "supervision.cases"
    label = "cases"
    verbose_name = _("违法案件")
