"""Refusals: what a person or program is told when an act cannot be done.

A refusal names the field or the rule it comes from. Forms show it where it stands, the API returns it as problem
details (RFC 9457), commands print it with exit status 1 or 2. Nothing is half written: actions raise inside their
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One fault: ``key`` is the field or row it stands at, ``rule`` the rule or article it comes from."""

    key: str
    message: str
    rule: str = ""
    row: int | None = None

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"key": self.key, "message": str(self.message), "rule": self.rule}
        if self.row is not None:
            found["row"] = self.row
        return found


class Refused(Exception):
    """The act was refused and nothing was written. Holds one or more faults."""

    status = 400
    title = "refused"

    def __init__(self, key: str, message: str, rule: str = "", *, row: int | None = None):
        super().__init__(str(message))
        self.faults: list[Fault] = [Fault(key, message, rule, row)]

    @classmethod
    def many(cls, faults: Iterable[Fault]) -> Refused:
        """Build one refusal from several faults; the list must not be empty."""
        found = list(faults)
        refusal = cls(found[0].key, found[0].message, found[0].rule, row=found[0].row)
        refusal.faults = found
        return refusal

    def __str__(self) -> str:
        return "；".join(str(fault.message) for fault in self.faults)


class Forbidden(Refused):
    """The actor may not do this here."""

    status = 403
    title = "forbidden"


class NotFound(Refused):
    """No such object for this actor; a stranger's object looks exactly like a missing one."""

    status = 404
    title = "not found"


class Conflict(Refused):
    """Somebody else was first, or the state does not allow the event."""

    status = 409
    title = "conflict"


@dataclass
class Faults:
    """Collects faults so that one pass names them all: ``faults.add(...)``, then ``faults.refuse()``."""

    found: list[Fault] = field(default_factory=list)

    def add(self, key: str, message: str, rule: str = "", *, row: int | None = None) -> None:
        self.found.append(Fault(key, message, rule, row))

    def refuse(self) -> None:
        """Raise ``Refused`` when anything was found."""
        if self.found:
            raise Refused.many(self.found)
