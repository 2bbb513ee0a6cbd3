"""The next lawful steps as page and API show them: act, names, permission, reasons translated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from conservation.accounts import roles
from supervision.cases import access
from supervision.cases.actions.common import message
from supervision.cases.facts import steps_of
from supervision.cases.labels import ACTS
from supervision.cases.models import Case

ACT_OF = {event: act for act, event in access.EVENT_OF.items() if act != "add_evidence"} | {
    "order_beside": "issue_order"
}


@dataclass(frozen=True)
class Shown:
    """One step: ``allowed`` by the law, ``mine`` by permission, ``who`` may take it."""

    act: str
    event: str
    label: str
    allowed: bool
    mine: bool
    who: str
    basis: str
    document: str
    target: str
    target_label: str
    why_not: list[dict[str, str]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "act": self.act, "event": self.event, "label": self.label, "allowed": self.allowed, "permitted": self.mine,
            "basis": self.basis, "document": self.document, "target": self.target, "why_not": self.why_not,
        }  # fmt: skip


def shown_steps(user: Any, case: Case, today: date) -> list[Shown]:
    """Steps out of the present state: those that lead on first, allowed before blocked."""
    found = [shown(user, case, step) for step in steps_of(case, today)]
    return sorted(found, key=lambda one: (one.target == case.state, not one.allowed))


def shown(user: Any, case: Case, step: Any) -> Shown:
    act = ACT_OF[step.event]
    return Shown(
        act=act, event=step.event, label=str(ACTS[act]), allowed=step.allowed, mine=access.can(user, act, case),
        who="、".join(str(roles.LABELS[role]) for role in access.roles_of(act)), basis=step.basis, document=step.document,
        target=step.target, target_label=case.STATES.label(step.target),
        why_not=[{"key": one.key, "message": message(one), "rule": one.rule} for one in step.why_not],
    )  # fmt: skip
