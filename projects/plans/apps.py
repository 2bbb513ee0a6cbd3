"""水土保持方案."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "projects.plans"
    label = "plans"
    verbose_name = _("水土保持方案")

    def ready(self) -> None:
        from conservation.history import acting, outbox, subjects
        from projects.plans import access, listeners
        from projects.plans.states import STATES
        from projects.registry import reviewing

        subjects.register(
            subjects.Subject(
                "plan", "plans.Plan", _("水土保持方案"), access.visible_to, "plans:detail", access.acts_for
            )
        )
        reviewing.ask(access.under_review)
        acting.label_acts({f"plans.{one.event}": one.label for one in STATES.transitions})
        acting.label_acts(
            {
                "plans.create_draft": _("起草方案申报"),
                "plans.save_draft": _("填写方案申报"),
                "plans.attach": _("上传方案附件"),
            }
        )
        outbox.listen("project.started", "plans.works_started", listeners.works_started)
        outbox.listen("project.cancelled", "plans.project_cancelled", listeners.project_cancelled)
