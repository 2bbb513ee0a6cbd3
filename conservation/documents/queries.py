"""Reading documents: who sees the subject sees its documents; the secondary volume only the authority."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from conservation.accounts.access import scope_of
from conservation.accounts.models import as_user
from conservation.accounts.roles import AUTHORITY_ROLES
from conservation.documents.models import Document
from conservation.history import subjects


def of(subject: Any) -> QuerySet[Document]:
    """Every document of a subject, oldest first, both volumes: the caller shows it through ``readable``."""
    return Document.objects.filter(subject_type=subjects.code_of(subject), subject_id=str(subject.pk)).order_by(
        "created_at", "id"
    )


def sees_secondary(user: Any) -> bool:
    """The secondary volume (副卷) is the authority's own."""
    return scope_of(user).has(*AUTHORITY_ROLES)


def readable(user: Any, documents: QuerySet[Document]) -> QuerySet[Document]:
    """Of the documents of a subject that the user sees: those the user may open."""
    return documents if sees_secondary(user) else documents.filter(volume=Document.Volume.MAIN)


def may_read(user: Any, document: Document) -> bool:
    """Whether the user may open this document."""
    person = as_user(user)
    if person is None:
        return False
    if not document.subject_type:
        return document.created_by_id == person.pk
    subject = subjects.find(person, document.subject_type, document.subject_id)
    if subject is None:
        return False
    return document.volume == Document.Volume.MAIN or sees_inside(person, document.subject_type, subject)


def sees_inside(user: Any, subject_type: str, subject: Any) -> bool:
    """Whether the person reads this subject as the authority, not as its party, whatever it is elsewhere."""
    kind = subjects.get(subject_type)
    party = kind is not None and kind.acts_for is not None and kind.acts_for(user, subject) is not None
    return sees_secondary(user) and not party


def readable_of(user: Any, subject_type: str, subject_id: str) -> QuerySet[Document]:
    """The documents of one subject that the user may open."""
    subject = subjects.find(user, subject_type, subject_id)
    if subject is None:
        return Document.objects.none()
    found = of(subject)
    return found if sees_inside(user, subject_type, subject) else found.filter(volume=Document.Volume.MAIN)


def visible_to(user: Any, subject_type: str | None = None) -> QuerySet[Document]:
    """Every document the user may open, as one query; ``subject_type`` narrows it to one kind of subject."""
    person = as_user(user)
    if person is None:
        return Document.objects.none()
    condition = Q(subject_type="", created_by=person) if not subject_type else Q(pk__in=[])
    for subject in subjects.all_subjects():
        if subject_type and subject.code != subject_type:
            continue
        ids = subject.visible_to(person).order_by().annotate(document_key=Cast("pk", TextField()))
        condition |= Q(subject_type=subject.code, subject_id__in=ids.values("document_key"))
    return readable(person, Document.objects.filter(condition))
