"""违法案件."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "supervision.cases"
    label = "cases"
    verbose_name = _("违法案件")

    def ready(self) -> None:
        from conservation.history import subjects
        from conservation.history.acting import label_acts
        from supervision.cases import access, jobs  # noqa: F401  (jobs register themselves)
        from supervision.cases.labels import ACTS

        subjects.register(
            subjects.Subject(
                "case", "cases.Case", _("违法案件"), access.visible_to, "cases:detail", access.acts_for, narrow=True
            )
        )
        label_acts({f"cases.{name}": label for name, label in ACTS.items()})
