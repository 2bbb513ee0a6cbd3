"""Acts on a case, one function each; see the modules for the stages of the procedure."""

from supervision.cases.actions.closing import archive, close, record_payment, record_rectification
from supervision.cases.actions.decision import collective_discussion, decide, dismiss, extend, no_penalty
from supervision.cases.actions.filing import (
    add_evidence,
    assign_officers,
    file_case,
    not_file,
    open_clue,
    transfer,
)
from supervision.cases.actions.hearing import call_hearing, hold_hearing, request_hearing
from supervision.cases.actions.investigation import record_investigation
from supervision.cases.actions.notice import (
    give_prior_notice,
    legal_review,
    propose_penalty,
    record_defence,
    record_waiver,
)
from supervision.cases.actions.ordering import issue_order, order_complied, order_lapsed
from supervision.cases.actions.serving import serve, serve_decision

__all__ = [
    "add_evidence", "archive", "assign_officers", "call_hearing", "close", "collective_discussion", "decide", "dismiss",
    "extend", "file_case", "give_prior_notice", "hold_hearing", "issue_order", "legal_review", "no_penalty", "not_file",
    "open_clue", "order_complied", "order_lapsed", "propose_penalty", "record_defence", "record_investigation",
    "record_payment", "record_rectification", "record_waiver", "request_hearing", "serve", "serve_decision", "transfer",
]  # fmt: skip
