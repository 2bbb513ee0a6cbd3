"""扰动图斑."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatchesConfig(AppConfig):
    name = "supervision.patches"
    label = "patches"
    verbose_name = _("扰动图斑")

    def ready(self) -> None:
        from conservation.history import outbox
        from conservation.history.acting import label_acts
        from conservation.history.subjects import Subject, register
        from supervision.patches import access, listeners, tasks  # noqa: F401

        register(Subject("round", "patches.Round", _("遥感监管期次"), access.rounds_visible_to, "patches:round"))
        register(Subject("patch", "patches.Patch", _("扰动图斑"), access.visible_to, "patches:detail"))
        label_acts(access.ACTS)
        outbox.listen("rectification.closed", "patches.rectified", listeners.rectified)
        outbox.listen("rectification.overdue", "patches.supervise", listeners.overdue)
        outbox.listen("rectification.reopened", "patches.relapse", listeners.relapsed)
        outbox.listen("case.closed", "patches.case_closed", listeners.case_closed)
