"""项目台账."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "projects.registry"
    label = "registry"
    verbose_name = _("项目台账")
