"""API of the history: the events of one subject."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated

from conservation.api import KeysetPagination
from conservation.errors import NotFound
from conservation.history import queries, subjects
from conservation.history.models import Event


class EventSerializer(serializers.ModelSerializer[Event]):
    class Meta:
        model = Event
        fields = (
            "seq", "act", "actor_name", "authority_name", "from_state", "to_state", "reason", "data", "documents",
            "occurred_at", "recorded_at", "prev_hash", "hash",
        )  # fmt: skip
        read_only_fields = fields


class EventPages(KeysetPagination):
    ordering = "-seq"


@extend_schema(
    parameters=[
        OpenApiParameter("subject_type", OpenApiTypes.STR, OpenApiParameter.PATH),
        OpenApiParameter("subject_id", OpenApiTypes.STR, OpenApiParameter.PATH),
    ]
)
class EventList(generics.ListAPIView[Event]):
    """The history of one subject that the caller may see, newest first."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = EventSerializer
    pagination_class = EventPages
    queryset = Event.objects.none()

    def get_queryset(self) -> QuerySet[Event]:
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        kind, pk = self.kwargs["subject_type"], self.kwargs["subject_id"]
        found = subjects.find(self.request.user, kind, pk)
        if found is None:
            raise NotFound("id", "not found")
        return queries.read_by(self.request.user, found)
