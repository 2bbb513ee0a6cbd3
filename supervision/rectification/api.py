"""API of rectification items: read, and the same acts as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, parsers, permissions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from supervision.rectification import access, actions
from supervision.rectification.models import Item, Recheck


class ItemSerializer(serializers.ModelSerializer[Item]):
    unit_name = serializers.CharField(source="unit.name", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Item
        fields = [
            "id", "number", "project", "unit", "unit_name", "authority", "problem", "severity", "violation", "requirement",
            "ordered_on", "deadline", "first_deadline", "extended", "extension_asked_at", "extension_reason", "source_type",
            "source_id", "facts", "state", "state_label", "plan", "planned_at", "answer", "submitted_at", "overdue_at",
            "closed_at", "case_id", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)
    uploads = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class RectificationReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class DeadlineSerializer(RectificationReasonSerializer):
    deadline = serializers.DateField()


class RecheckSerializer(serializers.Serializer[Any]):
    second_officer = serializers.IntegerField()
    manner = serializers.ChoiceField(choices=Recheck.Manner.choices)
    note = serializers.CharField(max_length=4000)
    checked_at = serializers.DateTimeField(required=False)


class ItemViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Item]):
    lookup_value_regex = r"\d{1,18}"
    """整改事项."""

    access_rule = "signed_in"
    permission_classes = [permissions.IsAuthenticated]
    parser_classes = [parsers.JSONParser, parsers.MultiPartParser, parsers.FormParser]
    serializer_class = ItemSerializer
    filterset_fields = ["state", "problem", "severity", "violation", "project", "unit"]
    queryset = Item.objects.none()

    def get_queryset(self) -> QuerySet[Item]:
        return access.visible_to(self.request.user).select_related("unit")

    def _act(
        self, request: Request, pk: str, serializer: type[serializers.Serializer[Any]], function: Any
    ) -> Response:
        data = serializer(data=request.data)
        data.is_valid(raise_exception=True)
        return Response(ItemSerializer(function(request.user, pk, **data.validated_data)).data)

    @extend_schema(request=AnswerSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """报送整改方案."""
        return self._act(request, pk, AnswerSerializer, actions.plan)

    @extend_schema(request=AnswerSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """报送整改结果（附佐证材料）."""
        return self._act(request, pk, AnswerSerializer, actions.submit)

    @extend_schema(request=RectificationReasonSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"], url_path="ask-extension")
    def ask_extension(self, request: Request, pk: str) -> Response:
        """申请延期."""
        return self._act(request, pk, RectificationReasonSerializer, actions.ask_extension)

    @extend_schema(request=DeadlineSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        """延长整改期限."""
        return self._act(request, pk, DeadlineSerializer, actions.extend)

    @extend_schema(request=RecheckSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def return_(self, request: Request, pk: str) -> Response:
        """复核不合格退回."""
        return self._act(request, pk, RecheckSerializer, actions.return_)

    @extend_schema(request=RecheckSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """复核销号."""
        return self._act(request, pk, RecheckSerializer, actions.close)

    @extend_schema(request=RectificationReasonSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, pk: str) -> Response:
        """移送立案."""
        return self._act(request, pk, RectificationReasonSerializer, actions.escalate)

    @extend_schema(request=DeadlineSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """重新整改."""
        return self._act(request, pk, DeadlineSerializer, actions.reopen)
