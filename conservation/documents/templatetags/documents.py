"""Template tags of documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.conf import settings
from django.db.models import QuerySet

from conservation.documents.models import Document
from conservation.documents.queries import sees_secondary

register = template.Library()


@register.simple_tag(takes_context=True)
def openable(context: Any, documents: Iterable[Document]) -> list[Document]:
    """Of the documents of a subject that the page shows: those this person may open."""
    if isinstance(documents, QuerySet):
        documents = documents.select_related("created_by")
    request = context.get("request")
    whole = sees_secondary(getattr(request, "user", None))
    return [one for one in documents if whole or one.volume == Document.Volume.MAIN]


@register.simple_tag
def upload_limit() -> int:
    """Largest single upload in whole MB."""
    return settings.UPLOAD_MAX_BYTES // 1024**2


@register.filter
def file_icon(document: Document) -> str:
    """Name of the icon of a document."""
    kinds = {"application/pdf": "file-type-pdf", "application/zip": "file-zip", "text/csv": "file-type-csv"}
    if document.media_type.startswith("image/"):
        return "photo"
    return kinds.get(document.media_type, "file")
