"""Life cycle of what a tier makes the portal do: a reminder, a self-check, a visit (credit_remote_risk C1, product)."""

from django.utils.translation import gettext_lazy as _

from conservation.accounts.roles import FILER, INSPECTOR, LEADER, SYSTEM
from conservation.states import StateTable, Transition

STATES = StateTable(
    name="risk_followup",
    states={
        "open": _("待办"),
        "answered": _("已回复"),
        "overdue": _("逾期未回复"),
        "done": _("已办结"),
        "withdrawn": _("已撤回"),
    },
    initial=("open",),
    transitions=(
        Transition("answer", ("open", "overdue"), "answered", _("回复自查结果"), (FILER,)),
        Transition("acknowledge", ("open", "overdue"), "done", _("知悉"), (FILER,)),
        Transition("send_back", ("answered",), "open", _("退回补充"), (INSPECTOR,)),
        Transition("accept", ("answered",), "done", _("认可自查"), (INSPECTOR,)),
        Transition("visit", ("open", "overdue", "answered"), "done", _("记录现场检查"), (INSPECTOR,)),
        Transition("lapse", ("open",), "overdue", _("逾期"), (SYSTEM,)),
        Transition("withdraw", ("open", "overdue", "answered"), "withdrawn", _("撤回"), (LEADER, SYSTEM)),
    ),
    colours={"open": "yellow", "answered": "azure", "overdue": "red", "done": "green", "withdrawn": "secondary"},
)
OPEN = ("open", "answered", "overdue")
EVENTS = {
    "reminder": ("acknowledge", "lapse", "withdraw"),
    "self_check": ("answer", "send_back", "accept", "visit", "lapse", "withdraw"),
    "visit": ("visit", "lapse", "withdraw"),
}
"""Which events make sense for which kind of follow-up."""
