"""Life cycle of a project (SM-PROJ): from registration through the three simultaneities (三同时)."""

from django.utils.translation import gettext_lazy as _

from conservation.accounts.roles import FILER, INSPECTOR, SYSTEM
from conservation.states import StateTable, Transition

STATES = StateTable(
    name="registry_project",
    states={
        "registered": _("已登记"),
        "plan_approved": _("方案已批"),
        "under_construction": _("施工中"),
        "suspended": _("停工"),
        "completed": _("完工"),
        "in_use": _("已投产使用"),
        "cancelled": _("已取消"),
    },
    initial=("registered",),
    transitions=(
        Transition(
            "approve_plan", ("registered",), "plan_approved", _("方案批准"), (SYSTEM,), basis="水土保持法 第26条"
        ),
        Transition("plan_changed", ("plan_approved",), "plan_approved", _("方案变更获批"), (SYSTEM,)),
        Transition("plan_of_running_works", ("under_construction",), "under_construction", _("补批方案"), (SYSTEM,)),
        Transition("plan_of_running_works", ("suspended",), "suspended", _("补批方案"), (SYSTEM,)),
        Transition("plan_of_running_works", ("completed",), "completed", _("补批方案"), (SYSTEM,)),
        Transition("plan_of_running_works", ("in_use",), "in_use", _("补批方案"), (SYSTEM,)),
        Transition("plan_revoked", ("plan_approved",), "registered", _("方案批准被撤销"), (SYSTEM,)),
        Transition(
            "start",
            ("registered", "plan_approved"),
            "under_construction",
            _("开工"),
            (FILER, INSPECTOR),
            basis="水土保持法 第26条",
        ),
        Transition("suspend", ("under_construction",), "suspended", _("停工"), (FILER, INSPECTOR)),
        Transition("resume", ("suspended",), "under_construction", _("复工"), (FILER, INSPECTOR)),
        Transition("complete", ("under_construction", "suspended"), "completed", _("完工"), (FILER, INSPECTOR)),
        Transition(
            "use",
            ("completed", "under_construction"),
            "in_use",
            _("投产使用"),
            (FILER, INSPECTOR),
            basis="水土保持法 第27条",
        ),
        Transition("cancel", ("registered", "plan_approved"), "cancelled", _("取消"), (FILER,)),
    ),
    colours={
        "registered": "secondary",
        "plan_approved": "azure",
        "under_construction": "blue",
        "suspended": "yellow",
        "completed": "teal",
        "in_use": "green",
        "cancelled": "secondary",
    },
)
