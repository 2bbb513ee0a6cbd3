"""扰动图斑."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatchesConfig(AppConfig):
    name = "supervision.patches"
    label = "patches"
    verbose_name = _("扰动图斑")
