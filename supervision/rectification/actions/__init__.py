"""Acts on rectification items: order, plan, answer, re-check, extension, lapse, escalation (整改流程).

Basis: 水利部令第53号 第二十八条 (plan and completion in time); closing needs evidence, a re-check by two officers and its record.
"""

from supervision.rectification.actions.answering import ask_extension, plan, submit
from supervision.rectification.actions.checking import (
    close,
    close_with_case,
    escalate,
    extend,
    mark_overdue,
    months_between,
    reopen,
    return_,
)
from supervision.rectification.actions.common import EVIDENCE, FACT_LABELS, ORDER, PLAN, RECHECK, TIMER
from supervision.rectification.actions.ordering import order

__all__ = [
    "EVIDENCE",
    "FACT_LABELS",
    "ORDER",
    "PLAN",
    "RECHECK",
    "TIMER",
    "ask_extension",
    "close",
    "close_with_case",
    "escalate",
    "extend",
    "mark_overdue",
    "months_between",
    "order",
    "plan",
    "reopen",
    "return_",
    "submit",
]
