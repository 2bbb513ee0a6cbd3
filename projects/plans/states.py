"""Life cycle of a plan filing (SM-PLAN): from the draft to approval or refusal, and what becomes of an approval."""

from django.utils.translation import gettext_lazy as _

from conservation.accounts.roles import APPROVER, FILER, LEADER, REVIEWER, SYSTEM
from conservation.states import StateTable, Transition

LICENSING = "行政许可法"
ORDER_53 = "水利部令第53号"

STATES = StateTable(
    name="plans_plan",
    states={
        "draft": _("草稿"),
        "submitted": _("已报送"),
        "correction": _("待补正"),
        "not_accepted": _("不予受理"),
        "withdrawn": _("已撤回"),
        "not_required": _("不需编报"),
        "accepted": _("已受理"),
        "tech_review": _("技术评审中"),
        "deciding": _("审查决定中"),
        "approved": _("准予许可"),
        "effective": _("已送达公开"),
        "refused": _("不予许可"),
        "revoked": _("已撤销"),
        "cancelled": _("已注销"),
    },
    initial=("draft",),
    transitions=(
        Transition(
            "submit", ("draft", "correction"), "submitted", _("报送"), (FILER,), timer="T01", basis="水土保持法 第25条"
        ),
        Transition(
            "close_as_not_required",
            ("draft", "correction"),
            "not_required",
            _("不需编报"),
            (FILER,),
            basis=ORDER_53,
        ),
        Transition(
            "return_for_correction",
            ("submitted",),
            "correction",
            _("一次告知补正"),
            (REVIEWER,),
            "补正通知书",
            basis=f"{LICENSING} 第32条",
        ),
        Transition(
            "not_accept",
            ("submitted",),
            "not_accepted",
            _("不予受理"),
            (REVIEWER,),
            "不予受理决定书",
            basis=f"{LICENSING} 第32条",
        ),
        Transition(
            "accept", ("submitted",), "accepted", _("受理"), (REVIEWER,), "受理通知书", "T02", f"{LICENSING} 第32条"
        ),
        Transition(
            "start_technical_review",
            ("accepted",),
            "tech_review",
            _("委托技术评审"),
            (REVIEWER,),
            "技术评审告知书",
            "T03",
            f"{LICENSING} 第45条",
        ),
        Transition(
            "finish_technical_review", ("tech_review",), "deciding", _("收到评审意见"), (REVIEWER,), "技术评审意见"
        ),
        Transition("skip_technical_review", ("accepted",), "deciding", _("不作技术评审"), (REVIEWER,)),
        Transition("record_findings", ("accepted",), "accepted", _("记录审查意见"), (REVIEWER,)),
        Transition("record_findings", ("tech_review",), "tech_review", _("记录审查意见"), (REVIEWER,)),
        Transition("record_findings", ("deciding",), "deciding", _("记录审查意见"), (REVIEWER,)),
        Transition("extend", ("deciding",), "deciding", _("延长期限"), (LEADER,), basis=ORDER_53),
        Transition("extend", ("accepted",), "accepted", _("延长期限"), (LEADER,), basis=ORDER_53),
        Transition(
            "approve",
            ("accepted", "deciding"),
            "approved",
            _("准予许可"),
            (APPROVER,),
            "准予行政许可决定书",
            "T05",
            "水土保持法 第25条",
        ),
        Transition(
            "refuse",
            ("accepted", "deciding"),
            "refused",
            _("不予许可"),
            (APPROVER,),
            "不予行政许可决定书",
            basis=f"{ORDER_53} 第15条",
        ),
        Transition(
            "withdraw",
            ("draft", "submitted", "correction", "accepted", "tech_review", "deciding"),
            "withdrawn",
            _("撤回"),
            (FILER,),
        ),
        Transition("deliver", ("approved",), "approved", _("送达"), (REVIEWER,), basis=f"{LICENSING} 第44条"),
        Transition("publish", ("approved",), "approved", _("公开"), (REVIEWER,), basis="政府信息公开条例 第26条"),
        Transition("take_effect", ("approved",), "effective", _("送达并公开"), (SYSTEM,)),
        Transition(
            "revoke",
            ("approved", "effective"),
            "revoked",
            _("撤销"),
            (LEADER,),
            "撤销行政许可决定书",
            basis=f"{LICENSING} 第69条",
        ),
        Transition(
            "cancel", ("approved", "effective"), "cancelled", _("注销"), (SYSTEM,), basis=f"{LICENSING} 第70条"
        ),
    ),
    colours={
        "draft": "secondary",
        "submitted": "azure",
        "correction": "yellow",
        "not_accepted": "red",
        "withdrawn": "secondary",
        "not_required": "secondary",
        "accepted": "blue",
        "tech_review": "indigo",
        "deciding": "purple",
        "approved": "green",
        "effective": "green",
        "refused": "red",
        "revoked": "red",
        "cancelled": "secondary",
    },
)
EDITABLE = ("draft", "correction")
"""States in which the unit may change the filing."""
OPEN = ("draft", "submitted", "correction", "accepted", "tech_review", "deciding")
"""States of a filing that is not decided: a project has at most one."""
REVIEWING = ("accepted", "tech_review", "deciding")
"""States in which the authority reviews."""
PENDING = ("submitted", *REVIEWING)
"""States in which the authority holds the filing: what its competence and the review rest on stays as it was filed."""
DECIDED = ("approved", "effective", "refused", "revoked", "cancelled")
"""States after a decision: its grounds are told to the applicant."""
