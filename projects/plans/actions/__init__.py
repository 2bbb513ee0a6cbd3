"""What people do with plan filings. Each function is one act in one transaction."""

from projects.plans.actions.acceptance import accept, not_accept, return_for_correction
from projects.plans.actions.after import cancel, deliver, publish, revoke
from projects.plans.actions.deciding import approve, refuse
from projects.plans.actions.filing import attach, create_draft, save_draft, submit, withdraw
from projects.plans.actions.review import (
    extend,
    finish_technical_review,
    record_findings,
    skip_technical_review,
    start_technical_review,
)

__all__ = [
    "accept",
    "approve",
    "attach",
    "cancel",
    "create_draft",
    "deliver",
    "extend",
    "finish_technical_review",
    "not_accept",
    "publish",
    "record_findings",
    "refuse",
    "return_for_correction",
    "revoke",
    "save_draft",
    "skip_technical_review",
    "start_technical_review",
    "submit",
    "withdraw",
]
