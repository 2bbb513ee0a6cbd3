"""作业."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "conservation.jobs"
    label = "jobs"
    verbose_name = _("作业")

    def ready(self) -> None:
        from conservation.history.acting import label_acts
        from conservation.history.subjects import Subject, register
        from conservation.jobs.models import visible_to

        register(Subject("run", "jobs.Run", _("作业"), visible_to, "jobs:detail"))
        label_acts({"jobs.cancel": _("取消作业"), "jobs.retry": _("重试作业")})
