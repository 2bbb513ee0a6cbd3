"""项目台账."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "projects.registry"
    label = "registry"
    verbose_name = _("项目台账")

    def ready(self) -> None:
        from conservation.accounts import reach
        from conservation.history import acting, subjects
        from projects.registry import access, tasks  # noqa: F401

        subjects.register(
            subjects.Subject("project", "registry.Project", _("项目"), access.visible_to, "portal:project")
        )
        reach.add(access.units_at_work)
        acting.label_acts(
            {
                "registry.register": _("登记项目"),
                "registry.update": _("更正项目登记"),
                "registry.add_range": _("提交防治责任范围"),
                "registry.name_unit": _("查明生产建设单位"),
                "registry.create_from_field": _("现场建档"),
                "registry.import_projects": _("导入项目台账"),
                "registry.import_ranges": _("导入防治责任范围"),
                "registry.approve_plan": _("方案获批"),
                "registry.plan_not_required": _("判定不需编报方案"),
                "registry.revoke_plan": _("方案批准被撤销"),
                "registry.start": _("开工"),
                "registry.suspend": _("停工"),
                "registry.resume": _("复工"),
                "registry.complete": _("完工"),
                "registry.use": _("投产使用"),
                "registry.cancel": _("取消项目"),
            }
        )
