"""Download of documents. Nothing is served by name or path: only by id, after asking who sees the subject."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from conservation.documents import actions, store
from conservation.documents.models import Document
from conservation.documents.queries import may_read
from conservation.documents.types import SHOWN_INLINE
from conservation.web import signed_in

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "connect-src": ["'none'"],
    "worker-src": ["'none'"],
    "form-action": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'"],
    "object-src": ["'self'"],
    "frame-ancestors": ["'none'"],
}
"""Content policy of a served file: the browser's own viewer works, nothing inside the file runs."""


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest, pk: uuid.UUID) -> Any:
    """The file itself; a paper of the secondary volume asks first, since opening it is recorded (POST)."""
    document = Document.objects.filter(pk=pk).first()
    if document is None or not may_read(request.user, document):
        raise Http404
    if document.volume != Document.Volume.MAIN:
        if request.method != "POST":
            return render(request, "documents/reveal.html", {"document": document})
        actions.reveal(request.user, document.pk)
    return file_response(document, download="download" in request.GET)


def file_response(document: Document, *, download: bool = False) -> FileResponse:
    """The bytes with their own media type; only PDF, JPEG and PNG are shown in place."""
    try:
        file = store.open_bytes(document)
    except FileNotFoundError:
        raise Http404 from None
    inline = document.media_type in SHOWN_INLINE and not download
    response = FileResponse(
        file, as_attachment=not inline, filename=document.filename, content_type=document.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response._csp_replace = POLICY  # type: ignore[attr-defined]
    response["Content-Length"] = str(document.size)
    return response
