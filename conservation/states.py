"""Life cycles as data.

A room's ``states.py`` holds one ``StateTable``. The same table feeds the guard in the actions, the database triggers
(``triggers``), the buttons on the page (``events_for``) and the diagram in the documents (``mermaid``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pgtrigger
from django.utils.translation import gettext as _

from conservation.errors import Conflict


@dataclass(frozen=True)
class Transition:
    """One permitted change: ``event`` takes an object from any of ``sources`` to ``target``.

    ``roles`` are the roles that may do it ("system" for jobs), ``document`` the kind of paper it needs or makes,
    ``timer`` the statutory timer it starts, ``basis`` the article it rests on.
    """

    event: str
    sources: tuple[str, ...]
    target: str
    label: Any
    roles: tuple[str, ...] = ()
    document: str = ""
    timer: str = ""
    basis: str = ""


@dataclass(frozen=True)
class StateTable:
    """A life cycle: states with labels (code → text), the first state(s) and the permitted transitions."""

    name: str
    states: dict[str, Any]
    initial: tuple[str, ...]
    transitions: tuple[Transition, ...]
    colours: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.transitions:
            for state in (*one.sources, one.target):
                if state not in self.states:
                    raise ValueError(f"{self.name}: unknown state {state} in {one.event}")

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return list(self.states.items())

    def label(self, state: str) -> str:
        return str(self.states.get(state, state))

    def find(self, state: str, event: str) -> Transition:
        """The transition of this event from this state; raises ``Conflict`` when the table has none."""
        for one in self.transitions:
            if one.event == event and state in one.sources:
                return one
        raise Conflict(
            "state",
            _("当前状态“%(state)s”不能办理“%(event)s”。")
            % {"state": self.label(state), "event": self.event_label(event)},
            rule=self.name,
        )

    def event_label(self, event: str) -> str:
        return next((str(one.label) for one in self.transitions if one.event == event), event)

    def events_from(self, state: str) -> list[Transition]:
        return [one for one in self.transitions if state in one.sources]

    def final(self) -> set[str]:
        """States that nothing leaves."""
        return set(self.states) - {source for one in self.transitions for source in one.sources}

    def pairs(self) -> list[tuple[str, str]]:
        """Every permitted (from, to) pair with a real change, sorted."""
        return sorted({(s, one.target) for one in self.transitions for s in one.sources if s != one.target})

    def triggers(self, field_name: str = "state") -> list[pgtrigger.Trigger]:
        """Database triggers: only the table's transitions, and only its first states on insert."""
        allowed = ", ".join(f"'{state}'" for state in self.initial)
        return [
            pgtrigger.FSM(
                name=f"{self.name}_fsm",
                field=field_name,
                transitions=self.pairs(),
            ),
            pgtrigger.Trigger(
                name=f"{self.name}_initial",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=pgtrigger.Func(
                    f"IF NEW.{field_name} NOT IN ({allowed}) THEN "
                    f"RAISE EXCEPTION 'invalid first state % of {self.name}', NEW.{field_name}; END IF; RETURN NEW;"
                ),
            ),
        ]

    def mermaid(self) -> str:
        """State diagram in mermaid's notation."""
        lines: list[str] = ["stateDiagram-v2"]
        lines += [f"    [*] --> {state}" for state in self.initial]
        lines += [f"    {s} --> {one.target}: {one.label}" for one in self.transitions for s in one.sources]
        lines += [f"    {state} --> [*]" for state in sorted(self.final())]
        return "\n".join(lines)


def sources(*states: str) -> tuple[str, ...]:
    return states


def without(table_states: Iterable[str], *left_out: str) -> tuple[str, ...]:
    """All states but the ones named."""
    return tuple(state for state in table_states if state not in left_out)
