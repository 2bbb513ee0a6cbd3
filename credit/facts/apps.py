"""信用信息."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    name = "credit.facts"
    label = "facts"
    verbose_name = _("信用信息")

    def ready(self) -> None:
        from conservation.history import subjects
        from conservation.history.acting import label_acts
        from credit.facts import access, listeners

        listeners.register()
        subjects.register(
            subjects.Subject("credit_fact", "facts.Fact", _("信用事实"), access.visible_to, "facts:detail")
        )
        label_acts(
            {
                "facts.record": _("归集信用事实"),
                "facts.confirm": _("审核确认"),
                "facts.object": _("提出异议"),
                "facts.withdraw": _("撤销信用事实"),
                "facts.repair": _("信用修复"),
                "facts.expire": _("公示期满"),
            }
        )
