"""风险分级."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskConfig(AppConfig):
    name = "supervision.risk"
    label = "risk"
    verbose_name = _("风险分级")

    def ready(self) -> None:
        from conservation.history import subjects
        from conservation.history.acting import label_acts
        from supervision.risk import access, actions  # noqa: F401  (actions registers the job)

        subjects.register(
            subjects.Subject("follow_up", "risk.FollowUp", _("分级措施"), access.visible_to, "risk:detail")
        )
        label_acts(
            {
                "risk.tier": _("风险分级"),
                "risk.acknowledge": _("知悉提醒"),
                "risk.answer": _("回复自查结果"),
                "risk.add_photo": _("上传自查照片"),
                "risk.send_back": _("退回补充"),
                "risk.accept": _("认可自查"),
                "risk.visit": _("记录现场检查"),
                "risk.withdraw": _("撤回措施"),
            }
        )
