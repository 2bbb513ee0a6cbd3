"""Life cycle of a credit fact (SM-CRD, first part): recorded from a document, confirmed, repaired or withdrawn."""

from django.utils.translation import gettext_lazy as _

from conservation.accounts.roles import APPROVER, FILER, LEADER, SYSTEM
from conservation.states import StateTable, Transition

STATES = StateTable(
    name="facts_fact",
    states={
        "recorded": _("已归集"),
        "objected": _("异议中"),
        "confirmed": _("已审核"),
        "repaired": _("已修复"),
        "expired": _("公示期满"),
        "withdrawn": _("已撤销"),
    },
    initial=("recorded",),
    transitions=(
        Transition("confirm", ("recorded", "objected"), "confirmed", _("审核确认"), (APPROVER, LEADER)),
        Transition("object", ("recorded", "confirmed"), "objected", _("提出异议"), (FILER,)),
        Transition("withdraw", ("recorded", "objected", "confirmed"), "withdrawn", _("撤销"), (APPROVER, LEADER)),
        Transition(
            "repair", ("confirmed",), "repaired", _("信用修复"), (APPROVER, LEADER), basis="国办发〔2025〕22号"
        ),
        Transition("expire", ("recorded", "confirmed"), "expired", _("公示期满"), (SYSTEM,)),
    ),
    colours={
        "recorded": "yellow",
        "objected": "orange",
        "confirmed": "red",
        "repaired": "green",
        "expired": "secondary",
        "withdrawn": "secondary",
    },
)
OPEN = ("recorded", "objected", "confirmed")
"""States in which a fact counts against its unit."""
