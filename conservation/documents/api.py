"""API of documents: what belongs to a subject, and the bytes."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from conservation.api import KeysetPagination
from conservation.documents import actions, queries
from conservation.documents.models import Document
from conservation.documents.views import file_response
from conservation.errors import NotFound, Refused


class DocumentSerializer(serializers.ModelSerializer[Document]):
    class Meta:
        model = Document
        fields = (
            "id", "subject_type", "subject_id", "kind", "title", "number", "filename", "media_type", "size", "sha256",
            "volume", "generated", "pages", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class DocumentPages(KeysetPagination):
    ordering = ("-created_at", "-id")  # type: ignore[assignment]


@extend_schema(
    parameters=[
        OpenApiParameter("subject_type", str, required=True, description="plan, case, project …"),
        OpenApiParameter("subject_id", str, required=True),
    ]
)
class DocumentList(generics.ListAPIView[Document]):
    """Documents of one subject that the caller may open."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = DocumentSerializer
    pagination_class = DocumentPages
    queryset = Document.objects.none()

    def get_queryset(self) -> QuerySet[Document]:
        subject_type = self.request.query_params.get("subject_type", "")
        subject_id = self.request.query_params.get("subject_id", "")
        if getattr(self, "swagger_fake_view", False):
            return Document.objects.none()
        if not subject_type or not subject_id:
            raise Refused("subject_type", "subject_type / subject_id")
        return queries.readable_of(self.request.user, subject_type, subject_id)


class DocumentDetail(generics.RetrieveAPIView[Document]):
    """One document's card."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = DocumentSerializer
    queryset = Document.objects.all()

    def get_object(self) -> Document:
        document = super().get_object()
        if not queries.may_read(self.request.user, document):
            raise NotFound("id", "not found")
        return document


class DocumentContent(APIView):
    """The bytes. A paper of the secondary volume is opened by POST, which is recorded."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: Any) -> FileResponse:
        document = Document.objects.filter(pk=pk, volume=Document.Volume.MAIN).first()
        if document is None or not queries.may_read(request.user, document):
            raise NotFound("id", "not found")
        return file_response(document, download=True)

    @extend_schema(request=None, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def post(self, request: Request, pk: Any) -> FileResponse:
        return file_response(actions.reveal(request.user, pk), download=True)
