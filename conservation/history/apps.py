"""历史记录."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HistoryConfig(AppConfig):
    name = "conservation.history"
    label = "history"
    verbose_name = _("历史记录")

    def ready(self) -> None:
        from conservation import checks  # noqa: F401
