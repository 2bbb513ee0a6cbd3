"""API of credit facts: read, and the four acts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, permissions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from credit.facts import access, actions
from credit.facts.models import Fact


class FactSerializer(serializers.ModelSerializer[Fact]):
    unit_name = serializers.CharField(source="unit.name", read_only=True)

    class Meta:
        model = Fact
        fields = [
            "id",
            "unit",
            "unit_name",
            "code",
            "title",
            "grade_class",
            "state",
            "source_type",
            "source_id",
            "document",
            "document_number",
            "happened_on",
            "published_on",
            "earliest_repair_on",
            "hidden_from",
            "fulfilled_on",
        ]
        read_only_fields = fields


class FactReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class FactRepairSerializer(FactReasonSerializer):
    fulfilled_on = serializers.DateField()


class FactViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Fact]):
    """信用事实."""

    lookup_value_regex = r"\d{1,18}"

    access_rule = "signed_in"
    permission_classes = [permissions.IsAuthenticated]
    serializer_class = FactSerializer
    filterset_fields = ["unit", "state", "code"]
    queryset = Fact.objects.none()

    def get_queryset(self) -> QuerySet[Fact]:
        return access.visible_to(self.request.user).select_related("unit")

    def _act(self, request: Request, pk: str, serializer: type[FactReasonSerializer], function: Any) -> Response:
        data = serializer(data=request.data)
        data.is_valid(raise_exception=True)
        return Response(FactSerializer(function(request.user, pk, **data.validated_data)).data)

    @action(detail=True, methods=["post"], serializer_class=FactReasonSerializer)
    def confirm(self, request: Request, pk: str) -> Response:
        """审核确认."""
        return self._act(request, pk, FactReasonSerializer, actions.confirm)

    @action(detail=True, methods=["post"], serializer_class=FactReasonSerializer, url_path="object")
    def object_to(self, request: Request, pk: str) -> Response:
        """提出异议."""
        return self._act(request, pk, FactReasonSerializer, actions.object_to)

    @action(detail=True, methods=["post"], serializer_class=FactReasonSerializer)
    def withdraw(self, request: Request, pk: str) -> Response:
        """撤销."""
        return self._act(request, pk, FactReasonSerializer, actions.withdraw)

    @action(detail=True, methods=["post"], serializer_class=FactRepairSerializer)
    def repair(self, request: Request, pk: str) -> Response:
        """信用修复."""
        return self._act(request, pk, FactRepairSerializer, actions.repair)
