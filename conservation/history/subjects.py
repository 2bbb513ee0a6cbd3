"""Subjects: the kinds of thing that have a history, documents and timers.

Each room registers its own in ``AppConfig.ready``; the ground floor asks here who may see a subject, what it is
called and where its page is, and so needs to import no room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.urls import reverse


@dataclass(frozen=True)
class Subject:
    """``code`` names the kind ("plan"), ``visible_to`` scopes it, ``url_name`` is its page (argument: pk).

    ``acts_for(user, obj)`` gives the acts whose history this person may read, None for all: a party to a case reads
    what was done towards it, not the authority's own deliberation. ``narrow`` says that not everybody of an office in
    whose area it lies may see it.
    """

    code: str
    model: str
    label: Any
    visible_to: Callable[[Any], QuerySet[Any]]
    url_name: str
    acts_for: Callable[[Any, Any], frozenset[str] | None] | None = None
    narrow: bool = False


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    _subjects[subject.code] = subject


def get(code: str) -> Subject | None:
    return _subjects.get(code)


def all_subjects() -> list[Subject]:
    return sorted(_subjects.values(), key=lambda one: one.code)


def code_of(obj: Model) -> str:
    """The subject code of an object; raises ``LookupError`` for an unregistered model."""
    for subject in _subjects.values():
        if apps.get_model(subject.model) is type(obj):
            return subject.code
    raise LookupError(f"{type(obj).__name__} is no registered subject")


def find(user: Any, code: str, pk: str) -> Model | None:
    """The object when it exists and the user may see it."""
    subject = get(code)
    if subject is None:
        return None
    try:
        return subject.visible_to(user).filter(pk=pk).first()
    except (ValueError, ValidationError):
        return None


def url_of(code: str, pk: Any) -> str:
    subject = get(code)
    return reverse(subject.url_name, args=[pk]) if subject else ""
