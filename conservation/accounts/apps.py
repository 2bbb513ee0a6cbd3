"""用户与单位."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "conservation.accounts"
    label = "accounts"
    verbose_name = _("用户与单位")

    def ready(self) -> None:
        from conservation.accounts.queries import authorities_managed_by, people_visible_to, units_visible_to
        from conservation.history.acting import label_acts
        from conservation.history.subjects import Subject, register

        register(Subject("unit", "accounts.Unit", _("单位"), units_visible_to, "portal:unit"))
        register(
            Subject("authority", "accounts.Authority", _("主管部门"), authorities_managed_by, "accounts:authority")
        )
        register(Subject("person", "accounts.User", _("人员"), people_visible_to, "accounts:person"))
        label_acts(
            {
                "accounts.create_unit": _("单位建档"),
                "accounts.update_unit": _("修改单位资料"),
                "accounts.create_authority": _("机关建档"),
                "accounts.update_authority": _("修改机关资料"),
                "accounts.enrol": _("登记人员"),
                "accounts.appoint": _("增加任职"),
                "accounts.end_membership": _("终止任职"),
                "accounts.update_profile": _("修改个人资料"),
                "accounts.create_first_administrator": _("设立首位管理员"),
            }
        )
