"""行政区划."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegionsConfig(AppConfig):
    name = "conservation.regions"
    label = "regions"
    verbose_name = _("行政区划")

    def ready(self) -> None:
        from conservation.history import acting, subjects
        from conservation.regions import access

        subjects.register(
            subjects.Subject(
                code="division-load",
                model="regions.DivisionLoad",
                label=_("区划图层装载"),
                visible_to=access.visible_to,
                url_name="regions:load",
            )
        )
        acting.label_acts({"regions.load_divisions": _("装载区划图层")})
