"""用户与单位."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "conservation.accounts"
    label = "accounts"
    verbose_name = _("用户与单位")
