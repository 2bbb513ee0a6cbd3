"""API of the risk room: a project's tier with its reasoning, follow-ups with their acts, and a run on demand."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, permissions, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.registry.access import visible_to as visible_projects
from supervision.risk import access, actions, queries
from supervision.risk.models import FollowUp


class LineSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField()
    level = serializers.DecimalField(max_digits=4, decimal_places=2)
    points = serializers.DecimalField(max_digits=4, decimal_places=0)
    score = serializers.DecimalField(max_digits=6, decimal_places=2)
    gap = serializers.BooleanField()
    source = serializers.CharField(source="source.room")  # type: ignore[assignment]


class TierSerializer(serializers.Serializer[Any]):
    tier = serializers.CharField(source="name")
    index = serializers.DecimalField(max_digits=5, decimal_places=2)
    as_of = serializers.DateField()
    gaps = serializers.ListField(child=serializers.CharField())
    raised_by = serializers.ListField(child=serializers.CharField())
    lines = LineSerializer(many=True)


class StartTieringSerializer(serializers.Serializer[Any]):
    province = serializers.CharField(required=False, allow_blank=True, default="", max_length=6)


class TieringStartedSerializer(serializers.Serializer[Any]):
    run = serializers.UUIDField()


class FollowUpSerializer(serializers.ModelSerializer[FollowUp]):
    project_name = serializers.CharField(source="project.name", read_only=True)

    class Meta:
        model = FollowUp
        fields = [
            "id",
            "project",
            "project_name",
            "unit",
            "kind",
            "tier",
            "state",
            "opened_on",
            "due_on",
            "answer",
            "finding",
            "visited_on",
            "closed_at",
        ]
        read_only_fields = fields


class FollowUpActSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(required=False, allow_blank=True)
    finding = serializers.CharField(required=False, allow_blank=True)
    visited_on = serializers.DateField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True)


class ProjectTierView(APIView):
    """项目风险等级及其理由."""

    access_rule = "signed_in"
    permission_classes = [permissions.IsAuthenticated]

    @extend_schema(responses=TierSerializer)
    def get(self, request: Request, pk: int) -> Response:
        project = get_object_or_404(visible_projects(request.user), pk=pk)
        found = queries.explain(project)
        if found is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(TierSerializer(found).data)


class TierRunView(APIView):
    """立即分级."""

    access_rule = "signed_in"
    permission_classes = [permissions.IsAuthenticated]

    @extend_schema(request=StartTieringSerializer, responses={202: TieringStartedSerializer})
    def post(self, request: Request) -> Response:
        data = StartTieringSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        run = actions.start_tiering(request.user, province=data.validated_data["province"])
        return Response({"run": str(run.pk)}, status=status.HTTP_202_ACCEPTED)


class FollowUpViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[FollowUp]):
    """分级措施."""

    lookup_value_regex = r"\d{1,18}"

    access_rule = "signed_in"
    permission_classes = [permissions.IsAuthenticated]
    serializer_class = FollowUpSerializer
    filterset_fields = ["kind", "state", "project"]
    queryset = FollowUp.objects.none()

    def get_queryset(self) -> QuerySet[FollowUp]:
        return access.visible_to(self.request.user).select_related("project")

    @extend_schema(request=FollowUpActSerializer, responses=FollowUpSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="(?P<event>acknowledge|answer|send_back|accept|visit|withdraw)",
    )
    def act(self, request: Request, pk: str, event: str) -> Response:
        """办理：acknowledge, answer, send_back, accept, visit, withdraw."""
        data = FollowUpActSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        wanted = {
            "acknowledge": (),
            "answer": ("answer",),
            "send_back": ("finding",),
            "accept": ("finding",),
            "visit": ("visited_on", "finding"),
            "withdraw": ("reason",),
        }[event]
        missing = [key for key in wanted if key not in data.validated_data and key != "finding"]
        if missing:
            raise serializers.ValidationError({key: [_("必填")] for key in missing})
        facts = {key: data.validated_data.get(key, "") for key in wanted}
        return Response(FollowUpSerializer(getattr(actions, event)(request.user, int(pk), **facts)).data)
