"""Life cycle of a violation case (SM-CASE): clue, filing, investigation, order, notice, decision, closing.

An event that keeps the state (serving, extending, recording) stands in the table too, so that the table alone says
what is possible when. What a step needs besides the state is in ``rules.py``.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from conservation.accounts.roles import CASE_OFFICER, INSPECTOR, LEADER, LEGAL_REVIEWER, REMOTE_SENSING
from conservation.states import StateTable, Transition

OFFICER = (CASE_OFFICER,)
HEAD = (CASE_OFFICER, LEADER)
BEFORE_DECISION = (
    "filed",
    "investigated",
    "ordered",
    "lapsed",
    "proposed",
    "noticed",
    "hearing",
    "heard",
    "discussed",
)
UNDECIDED = ("investigated", "lapsed", "proposed", "noticed", "heard", "discussed")


def staying(
    event: str, states: tuple[str, ...], label: Any, roles: tuple[str, ...], document: str = "", basis: str = ""
) -> tuple[Transition, ...]:
    """An event that leaves the state as it is, in each of these states."""
    return tuple(Transition(event, (state,), state, label, roles, document=document, basis=basis) for state in states)


STATES = StateTable(
    name="cases_case",
    states={
        "clue": _("线索"),
        "not_filed": _("不予立案"),
        "filed": _("已立案"),
        "investigated": _("调查终结"),
        "ordered": _("责令限期中"),
        "complied": _("已按期改正"),
        "lapsed": _("逾期未改正"),
        "proposed": _("拟处罚"),
        "noticed": _("已事先告知"),
        "hearing": _("听证程序中"),
        "heard": _("已听证"),
        "discussed": _("已集体讨论"),
        "decided": _("已决定处罚"),
        "no_penalty": _("决定不予处罚"),
        "dismissed": _("违法事实不成立"),
        "served": _("决定已送达"),
        "performed": _("已履行"),
        "transferred": _("已移送"),
        "closed": _("已结案"),
        "archived": _("已归档"),
    },
    initial=("clue",),
    transitions=(
        Transition("not_file", ("clue",), "not_filed", _("不予立案"), HEAD, "B02", basis="行政处罚法 第54条"),
        Transition("file", ("clue",), "filed", _("立案"), HEAD, "A01", timer="T24", basis="行政处罚法 第54条"),
        *staying("assign", BEFORE_DECISION, _("指派办案人员"), HEAD, basis="行政处罚法 第42条"),
        Transition(
            "investigate", ("filed",), "investigated", _("调查终结"), OFFICER, "B03", basis="行政处罚法 第54—57条"
        ),
        Transition(
            "order",
            ("filed", "investigated"),
            "ordered",
            _("责令限期改正（先责令后处罚）"),
            OFFICER,
            "A04",
            timer="T17",
            basis="水土保持法 第53条；行政处罚法 第28条",
        ),
        *staying("order", ("ordered",), _("重新下达责令通知"), OFFICER, "A04", basis="行政处罚法 第28条"),
        *staying(
            "order_beside",
            ("filed", "investigated", "proposed", "noticed"),
            _("责令改正（与处罚并行）"),
            OFFICER,
            "A04",
            basis="行政处罚法 第28条",
        ),
        Transition("comply", ("ordered",), "complied", _("认定已按期改正"), OFFICER, "A21", basis="水土保持法 第53条"),
        Transition("lapse", ("ordered",), "lapsed", _("认定逾期未改正"), OFFICER, "A21", basis="水土保持法 第53条"),
        *staying("serve", (*BEFORE_DECISION, "no_penalty", "dismissed"), _("送达文书"), OFFICER, "A03"),
        Transition(
            "propose",
            ("investigated", "lapsed"),
            "proposed",
            _("提出处罚建议"),
            OFFICER,
            "B04",
            basis="行政处罚法 第34条、第57条",
        ),
        *staying(
            "review",
            ("proposed", "noticed", "heard", "discussed"),
            _("法制审核"),
            (LEGAL_REVIEWER,),
            "B05",
            basis="行政处罚法 第58条",
        ),
        Transition(
            "notify",
            ("proposed",),
            "noticed",
            _("行政处罚事先告知"),
            OFFICER,
            "A05",
            timer="T21",
            basis="行政处罚法 第44条、第63条",
        ),
        *staying("defend", ("noticed",), _("记录陈述申辩"), OFFICER, "A07", basis="行政处罚法 第45条"),
        *staying("waive", ("noticed",), _("记录放弃陈述申辩"), OFFICER, "A07", basis="行政处罚法 第45条"),
        Transition(
            "request_hearing", ("noticed",), "hearing", _("受理听证申请"), OFFICER, "A08", basis="行政处罚法 第64条"
        ),
        *staying("call_hearing", ("hearing",), _("通知听证"), OFFICER, "A08", basis="行政处罚法 第64条"),
        Transition("hear", ("hearing",), "heard", _("举行听证"), OFFICER, "A08", basis="行政处罚法 第63—65条"),
        Transition(
            "discuss", ("noticed", "heard"), "discussed", _("负责人集体讨论"), HEAD, "B07", basis="行政处罚法 第57条"
        ),
        Transition(
            "decide",
            ("noticed", "heard", "discussed"),
            "decided",
            _("作出处罚决定"),
            HEAD,
            "A02",
            timer="T25",
            basis="行政处罚法 第57条、第59条、第60条",
        ),
        Transition(
            "spare", UNDECIDED, "no_penalty", _("决定不予处罚"), HEAD, "A02", basis="行政处罚法 第33条、第57条"
        ),
        Transition("dismiss", UNDECIDED, "dismissed", _("违法事实不能成立"), HEAD, "A02", basis="行政处罚法 第57条"),
        Transition(
            "serve_decision",
            ("decided",),
            "served",
            _("送达处罚决定"),
            OFFICER,
            "A03",
            timer="T27",
            basis="行政处罚法 第61条",
        ),
        *staying("extend", BEFORE_DECISION, _("延长办案期限"), HEAD, "B06", basis="行政处罚法 第60条"),
        *staying("pay", ("served",), _("登记缴款"), OFFICER, "A20", basis="行政处罚法 第67条、第72条"),
        *staying(
            "rectify",
            ("proposed", "noticed", "discussed", "decided", "served", "no_penalty"),
            _("记录整改复查"),
            OFFICER,
            "A21",
            basis="行政处罚法 第28条",
        ),
        Transition("perform", ("served",), "performed", _("认定履行完毕"), OFFICER, basis="行政处罚法 第66条"),
        Transition(
            "transfer",
            ("clue", "filed", "investigated"),
            "transferred",
            _("移送"),
            HEAD,
            "B11",
            basis="行政处罚法 第27条；国务院令第310号",
        ),
        Transition(
            "close",
            ("complied", "performed", "no_penalty", "dismissed", "transferred"),
            "closed",
            _("结案"),
            HEAD,
            "B12",
            basis="水利部令第55号",
        ),
        Transition("archive", ("closed",), "archived", _("归档"), HEAD, "A00", basis="行政处罚法 第47条"),
    ),
    colours={
        "clue": "secondary",
        "not_filed": "secondary",
        "filed": "blue",
        "investigated": "blue",
        "ordered": "yellow",
        "complied": "green",
        "lapsed": "orange",
        "proposed": "orange",
        "noticed": "orange",
        "hearing": "purple",
        "heard": "purple",
        "discussed": "purple",
        "decided": "red",
        "no_penalty": "teal",
        "dismissed": "teal",
        "served": "red",
        "performed": "green",
        "transferred": "azure",
        "closed": "green",
        "archived": "secondary",
    },
)

CLUE_ROLES = (CASE_OFFICER, INSPECTOR, REMOTE_SENSING, LEADER)
"""Who may hand a clue to the case room."""
