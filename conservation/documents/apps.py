"""文书与文件."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "conservation.documents"
    label = "documents"
    verbose_name = _("文书与文件")
