"""期限."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeadlinesConfig(AppConfig):
    name = "conservation.deadlines"
    label = "deadlines"
    verbose_name = _("期限")

    def ready(self) -> None:
        from conservation.deadlines.queries import visible_to
        from conservation.history.acting import label_acts
        from conservation.history.subjects import Subject, register

        register(Subject("timer", "deadlines.Timer", _("期限"), visible_to, "deadlines:detail"))
        label_acts(
            {
                "deadlines.start": _("期限起算"),
                "deadlines.stop": _("期限了结"),
                "deadlines.void": _("期限撤销"),
                "deadlines.pause": _("中止计时"),
                "deadlines.resume": _("恢复计时"),
                "deadlines.extend": _("延长期限"),
                "deadlines.recompute": _("重算暂估日期"),
                "deadlines.breach": _("超期认定"),
                "deadlines.pass": _("期间届满"),
            }
        )
