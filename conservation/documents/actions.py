"""What people do with documents beyond uploading them: opening a paper of the secondary volume is an act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from conservation import clock
from conservation.documents.models import Document
from conservation.documents.queries import may_read
from conservation.errors import NotFound
from conservation.history import subjects
from conservation.history.acting import Acting, record


def reveal(actor: Any, document_id: Any, *, now: datetime | None = None, reason: str = "") -> Document:
    """Open a paper of the secondary volume (副卷): recorded in the history of the subject it belongs to.

    Raises ``NotFound`` when there is none or the actor may not read it.
    """
    document = Document.objects.filter(pk=document_id).first()
    if document is None or not may_read(actor, document):
        raise NotFound("id", _("没有这份文件，或您无权查看。"))
    with transaction.atomic():
        subject = subjects.find(actor, document.subject_type, document.subject_id)
        if subject is not None:
            one = Acting(actor, "documents.reveal", subject, now or clock.now(), reason)
            one.note(document=str(document.pk), title=document.title, volume=document.volume)
            one.attach(document)
            record(one)
    return document
