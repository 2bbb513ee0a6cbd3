"""文书与文件."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "conservation.documents"
    label = "documents"
    verbose_name = _("文书与文件")

    def ready(self) -> None:
        from conservation.documents import checks  # noqa: F401
        from conservation.history.acting import label_acts

        label_acts({"documents.reveal": _("查阅副卷材料")})
