"""Life cycles of a remote-sensing round (遥感监管期次) and of a disturbance patch (SM-PATCH, 扰动图斑).

A patch is a clue, never a violation: only a field verification can make it one (自然资发〔2023〕258号).
"""

from django.utils.translation import gettext_lazy as _

from conservation.accounts.roles import INSPECTOR, LEADER, REMOTE_SENSING, SYSTEM
from conservation.states import StateTable, Transition

ROUND_STATES = StateTable(
    name="patches_round",
    states={"open": _("入库中"), "issued": _("已下发"), "closed": _("已结束")},
    initial=("open",),
    transitions=(
        Transition("issue", ("open", "issued"), "issued", _("下发"), (REMOTE_SENSING, LEADER)),
        Transition("close", ("issued",), "closed", _("结束本期"), (REMOTE_SENSING, LEADER)),
    ),
    colours={"open": "secondary", "issued": "blue", "closed": "green"},
)

STATES = StateTable(
    name="patches_patch",
    states={
        "extracted": _("已提取"),
        "classified": _("已判别"),
        "issued": _("已下发"),
        "field_check": _("现场核查中"),
        "split": _("已分割"),
        "excluded": _("已排除"),
        "compliant": _("认定合规"),
        "suspected": _("核查疑似违法"),
        "confirmed": _("认定违法"),
        "handling": _("查处中"),
        "supervised": _("督办"),
        "rect_done": _("整改完成"),
        "cancelled": _("已销号"),
        "reopened": _("重新启用"),
    },
    initial=("extracted", "classified"),
    transitions=(
        Transition("classify", ("extracted", "classified"), "classified", _("合规性判别"), (SYSTEM, REMOTE_SENSING)),
        Transition("issue", ("classified",), "issued", _("下发"), (REMOTE_SENSING, LEADER)),
        Transition("claim", ("issued", "reopened"), "field_check", _("认领核查"), (INSPECTOR,)),
        Transition("split", ("field_check",), "split", _("分割"), (INSPECTOR, REMOTE_SENSING)),
        Transition("exclude", ("field_check",), "excluded", _("排除"), (INSPECTOR,), document="patch_photo"),
        Transition(
            "recognise_compliant", ("field_check", "suspected"), "compliant", _("认定合规"), (INSPECTOR,),
            document="patch_evidence",
        ),
        Transition("suspect", ("field_check",), "suspected", _("现场核查：疑似违法"), (INSPECTOR,), document="patch_photo"),
        Transition(
            "confirm", ("suspected",), "confirmed", _("认定违法"), (INSPECTOR, LEADER),
            basis="水土保持法 第四十三条",
        ),
        Transition("handle", ("confirmed",), "handling", _("交付查处"), (INSPECTOR, LEADER), document="rectification_order"),
        Transition("supervise", ("handling",), "supervised", _("逾期督办"), (SYSTEM,)),
        Transition("rectified", ("handling", "supervised"), "rect_done", _("整改完成"), (SYSTEM,)),
        Transition(
            "cancel", ("excluded", "compliant", "rect_done"), "cancelled", _("审核销号"), (LEADER, REMOTE_SENSING)
        ),
        Transition(
            "send_back", ("excluded", "compliant"), "field_check", _("退回重新核查"), (LEADER, REMOTE_SENSING)
        ),
        Transition(
            "reopen", ("cancelled", "rect_done"), "reopened", _("重新启用"), (SYSTEM, REMOTE_SENSING, LEADER)
        ),
    ),
    colours={
        "extracted": "secondary",
        "classified": "secondary",
        "issued": "azure",
        "field_check": "blue",
        "split": "secondary",
        "excluded": "secondary",
        "compliant": "green",
        "suspected": "yellow",
        "confirmed": "red",
        "handling": "orange",
        "supervised": "red",
        "rect_done": "teal",
        "cancelled": "green",
        "reopened": "yellow",
    },
)  # fmt: skip

UNISSUED = ("extracted", "classified")
"""States that only the authority of the round sees."""
SETTLED = ("excluded", "compliant", "confirmed", "handling", "supervised", "rect_done", "cancelled")
"""States in which a patch has been recognised (认定) one way or the other."""
TO_UNIT = ("confirmed", "handling", "supervised", "rect_done", "cancelled")
"""States in which the unit of the project sees its patch."""
