"""Acts on rounds and patches; one function per thing a person or a job can do."""

from supervision.patches.actions.field import add_photo, claim, exclude, recognise_compliant, verify
from supervision.patches.actions.handling import cancel, confirm, link, open_case, order, reopen, send_back
from supervision.patches.actions.intake import import_file, start_import
from supervision.patches.actions.rounds import (
    classify,
    close_round,
    create_round,
    edit_round,
    issue,
    issue_round,
)
from supervision.patches.actions.splitting import split

__all__ = [
    "add_photo",
    "cancel",
    "claim",
    "classify",
    "close_round",
    "confirm",
    "create_round",
    "edit_round",
    "exclude",
    "import_file",
    "issue",
    "issue_round",
    "link",
    "open_case",
    "order",
    "recognise_compliant",
    "reopen",
    "send_back",
    "split",
    "start_import",
    "verify",
]
