"""整改."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RectificationConfig(AppConfig):
    name = "supervision.rectification"
    label = "rectification"
    verbose_name = _("整改")

    def ready(self) -> None:
        from conservation.history import outbox
        from conservation.history.acting import label_acts
        from conservation.history.subjects import Subject, register
        from supervision.rectification import access, listeners

        register(
            Subject("rectification", "rectification.Item", _("整改事项"), access.visible_to, "rectification:detail")
        )
        label_acts(access.ACTS)
        outbox.listen("deadline.breached", "rectification.lapse", listeners.deadline_breached)
        outbox.listen("case.closed", "rectification.case_closed", listeners.case_closed)
