"""API of timers: what runs for the caller."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated

from conservation.api import KeysetPagination
from conservation.deadlines import queries
from conservation.deadlines.models import Pause, Timer


class PauseSerializer(serializers.ModelSerializer[Pause]):
    class Meta:
        model = Pause
        fields = ("from_at", "to_at", "reason")
        read_only_fields = fields


class TimerSerializer(serializers.ModelSerializer[Timer]):
    pauses = PauseSerializer(many=True, read_only=True)

    class Meta:
        model = Timer
        fields = (
            "id", "code", "label", "subject_type", "subject_id", "subject_label", "basis", "mark", "unit_of_time",
            "length", "extended", "started_at", "due_at", "provisional", "warn_at", "state", "warned_at",
            "breached_at", "stopped_at", "pauses",
        )  # fmt: skip
        read_only_fields = fields


class TimerPages(KeysetPagination):
    ordering = ("due_at", "id")  # type: ignore[assignment]


@extend_schema(
    parameters=[
        OpenApiParameter("subject_type", str, description="with subject_id: the timers of one subject"),
        OpenApiParameter("subject_id", str),
        OpenApiParameter("state", str, enum=["running", "paused", "stopped", "void"]),
    ]
)
class TimerList(generics.ListAPIView[Timer]):
    """Timers in the caller's scope, soonest first."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = TimerSerializer
    pagination_class = TimerPages
    queryset = Timer.objects.none()

    def get_queryset(self) -> QuerySet[Timer]:
        params = self.request.query_params
        wanted = {name: params[name] for name in ("subject_type", "subject_id", "state") if params.get(name)}
        return queries.visible_to(self.request.user).filter(**wanted).prefetch_related("pauses")
