"""API of jobs: list, one, cancel, retry."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conservation.api import KeysetPagination
from conservation.jobs import runner
from conservation.jobs.models import Run, visible_to


class RunSerializer(serializers.ModelSerializer[Run]):
    percent = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Run
        fields = (
            "id", "kind", "arguments", "state", "progress", "total", "percent", "step", "log", "result", "faults",
            "cancel_asked", "created_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class RunPages(KeysetPagination):
    ordering = ("-created_at", "-id")  # type: ignore[assignment]


class RunList(generics.ListAPIView[Run]):
    """The caller's runs, newest first."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = RunSerializer
    pagination_class = RunPages
    queryset = Run.objects.none()

    def get_queryset(self) -> QuerySet[Run]:
        return visible_to(self.request.user)


class RunDetail(generics.RetrieveAPIView[Run]):
    """One run with its log, faults and result."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = RunSerializer
    queryset = Run.objects.none()

    def get_queryset(self) -> QuerySet[Run]:
        return visible_to(self.request.user)


class RunCancel(APIView):
    """Ask a run to end; a queued one ends at once."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: Request, pk: Any) -> Response:
        return Response(RunSerializer(runner.cancel(request.user, pk)).data)


class RunRetry(APIView):
    """Queue a failed or cancelled run again."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: Request, pk: Any) -> Response:
        return Response(RunSerializer(runner.retry(request.user, pk)).data)
