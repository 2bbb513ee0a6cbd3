"""Life cycle of a rectification item (SM-RECT, 整改), one per problem, from the order to closing (销号)."""

from django.utils.translation import gettext_lazy as _

from conservation.accounts.roles import CASE_OFFICER, FILER, INSPECTOR, LEADER, SYSTEM
from conservation.states import StateTable, Transition

STATES = StateTable(
    name="rectification_item",
    states={
        "open": _("待整改"),
        "planned": _("整改中"),
        "submitted": _("待复核"),
        "returned": _("退回整改"),
        "overdue": _("逾期"),
        "escalated": _("已移送立案"),
        "closed": _("已销号"),
        "reopened": _("重新整改"),
    },
    initial=("open",),
    transitions=(
        Transition(
            "plan", ("open", "reopened"), "planned", _("报送整改方案"), (FILER,), basis="水利部令第53号 第二十八条"
        ),
        Transition(
            "submit",
            ("open", "planned", "returned", "overdue", "reopened"),
            "submitted",
            _("报送整改结果"),
            (FILER,),
            document="rectification_evidence",
            basis="水利部令第53号 第二十八条",
        ),
        Transition("return", ("submitted",), "returned", _("复核不合格退回"), (INSPECTOR,)),
        Transition("close", ("submitted",), "closed", _("复核销号"), (INSPECTOR,), document="rectification_recheck"),
        Transition("extend", ("open",), "open", _("延长期限"), (INSPECTOR, LEADER), timer="T17"),
        Transition("extend", ("planned",), "planned", _("延长期限"), (INSPECTOR, LEADER), timer="T17"),
        Transition("extend", ("reopened",), "reopened", _("延长期限"), (INSPECTOR, LEADER), timer="T17"),
        Transition(
            "lapse", ("open", "planned", "returned", "reopened"), "overdue", _("逾期"), (SYSTEM,), timer="T17"
        ),
        Transition(
            "escalate", ("overdue", "returned"), "escalated", _("移送立案"), (INSPECTOR, CASE_OFFICER, LEADER),
            basis="水土保持法 第五十三条至第五十七条",
        ),
        Transition("case_closed", ("escalated",), "closed", _("随案件办结销号"), (SYSTEM,)),
        Transition("reopen", ("closed",), "reopened", _("问题反弹，重新整改"), (INSPECTOR,)),
    ),
    colours={
        "open": "blue",
        "planned": "azure",
        "submitted": "yellow",
        "returned": "orange",
        "overdue": "red",
        "escalated": "purple",
        "closed": "green",
        "reopened": "orange",
    },
)  # fmt: skip

LATE = ("overdue", "escalated")
"""States that count as overdue for the project's facts (M2)."""
RUNNING = ("open", "planned", "returned", "reopened")
"""States in which the unit has to act and the deadline runs."""
