"""API of the registry: the same queries and actions as the pages."""

from __future__ import annotations

import re
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_gis.fields import GeometryField

from conservation.documents import store
from conservation.errors import Forbidden, NotFound, Refused
from conservation.jobs import runner
from projects.registry import access, actions, queries
from projects.registry.actions.ranges import VECTOR_TYPES
from projects.registry.actions.works import EVENTS
from projects.registry.models import Project, ResponsibilityRange, SpoilSite
from projects.registry.queries import Filters

MOST = 500
FILTERS = [
    OpenApiParameter("q", str, description="two or more characters of the name, a code, or an approval number"),
    OpenApiParameter("place", str, description="GB/T 2260 code of province, city or county"),
    OpenApiParameter("state", str),
    OpenApiParameter("type_no", int),
    OpenApiParameter("tier", str, description="0 to 3, or unrated"),
    OpenApiParameter("plan_kind", str, description="report_book, report_form, …, or missing"),
    OpenApiParameter("authority", int),
    OpenApiParameter("unit", int),
    OpenApiParameter("order", str, enum=list(queries.ORDERS)),
    OpenApiParameter("after", str, description="token of the next page"),
    OpenApiParameter("before", str, description="token of the previous page"),
    OpenApiParameter("page_size", int, description=f"at most {MOST}"),
]


class ProjectRowSerializer(serializers.Serializer[dict[str, Any]]):
    """A row of the list."""

    id = serializers.IntegerField()
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    type_no = serializers.IntegerField()
    state = serializers.CharField()
    plan_kind = serializers.CharField()
    plan_number = serializers.CharField()
    plan_approved_on = serializers.DateField(allow_null=True)
    permanent_ha = serializers.DecimalField(12, 4)
    temporary_ha = serializers.DecimalField(12, 4)
    unit = serializers.IntegerField(source="unit_id", allow_null=True)
    unit_name = serializers.CharField(source="unit__name", allow_null=True)
    tier = serializers.IntegerField(source="tier__tier", allow_null=True)
    places = serializers.ListField(child=serializers.CharField())


class ProjectPageSerializer(serializers.Serializer[dict[str, Any]]):
    results = ProjectRowSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class RangeSerializer(serializers.ModelSerializer[ResponsibilityRange]):
    """One version of a range; the geometry in EPSG:4490."""

    geometry = GeometryField(source="geom", read_only=True)

    class Meta:
        model = ResponsibilityRange
        fields = (
            "id", "version", "kind", "state", "source", "area_ha", "notes", "valid_from", "valid_to", "document",
            "geometry",
        )  # fmt: skip
        read_only_fields = fields


class SpoilSiteSerializer(serializers.ModelSerializer[SpoilSite]):
    class Meta:
        model = SpoilSite
        fields = ("id", "name", "volume_10k_m3", "height_m", "harm", "grade", "approved", "unstable")
        read_only_fields = fields


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project."""

    unit_name = serializers.CharField(source="unit.name", default=None, read_only=True)
    authority_name = serializers.CharField(source="authority.name", read_only=True)
    spoil_sites = SpoilSiteSerializer(many=True, read_only=True)

    class Meta:
        model = Project
        fields = (
            "id", "code", "name", "unit", "unit_name", "type_no", "nature", "category", "layout", "approval_level",
            "authority", "authority_name", "counties", "permanent_ha", "temporary_ha", "excavation_m3", "fill_m3",
            "planned_start_on", "planned_completion_on", "started_on", "completed_on", "in_use_on", "plan_kind",
            "plan_number", "plan_approved_on", "state", "source", "created_at", "spoil_sites",
        )  # fmt: skip
        read_only_fields = fields


class ProjectInSerializer(serializers.Serializer[dict[str, Any]]):
    """What a project is registered with; the action reads and judges it."""

    unit = serializers.IntegerField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_blank=True)
    code = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    type_no = serializers.IntegerField(required=False)
    nature = serializers.CharField(required=False)
    category = serializers.CharField(required=False)
    layout = serializers.CharField(required=False)
    approval_level = serializers.CharField(required=False)
    counties = serializers.ListField(child=serializers.CharField(), required=False)
    permanent_ha = serializers.CharField(required=False)
    temporary_ha = serializers.CharField(required=False)
    excavation_m3 = serializers.CharField(required=False)
    fill_m3 = serializers.CharField(required=False)
    planned_start_on = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    planned_completion_on = serializers.CharField(required=False, allow_null=True, allow_blank=True)


class RangeInSerializer(serializers.Serializer[dict[str, Any]]):
    """A vector file, or GeoJSON in EPSG:4490."""

    file = serializers.FileField(required=False)
    geometry = serializers.JSONField(required=False)
    kind = serializers.ChoiceField(ResponsibilityRange.Kind.choices, default="exact")
    layer = serializers.CharField(required=False, allow_blank=True)
    encoding = serializers.CharField(required=False, allow_blank=True)
    crs = serializers.CharField(required=False, allow_blank=True)


class WorksInSerializer(serializers.Serializer[dict[str, Any]]):
    on = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True)


class ImportInSerializer(serializers.Serializer[dict[str, Any]]):
    file = serializers.FileField()


class ImportRunSerializer(serializers.Serializer[dict[str, Any]]):
    run = serializers.UUIDField()
    url = serializers.CharField()


def project_of(request: Request, pk: int) -> Project:
    found = access.visible_to(request.user).select_related("unit", "authority").filter(pk=pk).first()
    if found is None:
        raise NotFound("id", "no such project")
    return found


class Door(APIView):
    """What every route of this room shares."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]


class ProjectList(Door):
    """Projects the caller may see, by keyset pages; POST registers one."""

    @extend_schema(parameters=FILTERS, responses=ProjectPageSerializer, operation_id="projects_list")
    def get(self, request: Request) -> Response:
        params = request.query_params
        size = params.get("page_size") or ""
        page = queries.project_list(
            request.user,
            Filters.of(params),
            after=params.get("after"),
            before=params.get("before"),
            size=max(1, min(MOST, int(size))) if re.fullmatch(r"[0-9]{1,6}", size) else queries.PAGE,
        )
        return Response(
            ProjectPageSerializer({"results": page.rows, "next": page.next, "previous": page.previous}).data
        )

    @extend_schema(request=ProjectInSerializer, responses={201: ProjectSerializer}, operation_id="projects_register")
    def post(self, request: Request) -> Response:
        project = actions.register(request.user, body(request))
        return Response(ProjectSerializer(project).data, status=status.HTTP_201_CREATED)


def body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent."""
    if not isinstance(request.data, dict):
        raise Refused("body", "a JSON object is expected")
    return {**request.data}


class ProjectDetail(Door):
    """One project."""

    @extend_schema(responses=ProjectSerializer, operation_id="projects_read")
    def get(self, request: Request, pk: int) -> Response:
        return Response(ProjectSerializer(project_of(request, pk)).data)

    @extend_schema(request=ProjectInSerializer, responses=ProjectSerializer, operation_id="projects_update")
    def patch(self, request: Request, pk: int) -> Response:
        project_of(request, pk)
        data = body(request)
        reason = str(data.pop("reason", ""))
        return Response(ProjectSerializer(actions.update(request.user, pk, data, reason=reason)).data)


class ProjectRanges(Door):
    """Versions of a project's responsibility range; POST adds one from a file or GeoJSON."""

    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(responses=RangeSerializer(many=True), operation_id="projects_ranges")
    def get(self, request: Request, pk: int) -> Response:
        found = project_of(request, pk).ranges.order_by("-version")[:MOST]
        return Response(RangeSerializer(found, many=True).data)

    @extend_schema(request=RangeInSerializer, responses={201: RangeSerializer}, operation_id="projects_add_range")
    def post(self, request: Request, pk: int) -> Response:
        given = RangeInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        found = actions.add_range(
            request.user,
            pk,
            upload=data.get("file"),
            geometry=data.get("geometry"),
            kind=data["kind"],
            layer=data.get("layer") or None,
            encoding=data.get("encoding") or None,
            crs=data.get("crs") or None,
        )
        return Response(RangeSerializer(found).data, status=status.HTTP_201_CREATED)


class ProjectWorks(Door):
    """start, suspend, resume, complete, use, cancel."""

    @extend_schema(
        request=WorksInSerializer,
        responses=ProjectSerializer,
        parameters=[OpenApiParameter("event", str, OpenApiParameter.PATH, enum=list(EVENTS))],
        operation_id="projects_works",
    )
    def post(self, request: Request, pk: int, event: str) -> Response:
        project_of(request, pk)
        if event not in EVENTS:
            raise NotFound("event", "no such event")
        given = WorksInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        arguments: dict[str, Any] = {"reason": data.get("reason", "")}
        if event != "cancel":
            arguments["on"] = data.get("on")
        return Response(ProjectSerializer(EVENTS[event](request.user, pk, **arguments)).data)


class ProjectImport(Door):
    """Import a ledger (.xlsx, .csv); answers with the run that does it."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=ImportInSerializer, responses={202: ImportRunSerializer}, operation_id="projects_import")
    def post(self, request: Request) -> Response:
        return start_import(request, "registry.import_projects", ("xlsx", "csv"), access.may_import(request.user))


class RangeImport(Door):
    """Import responsibility ranges from a vector file; answers with the run that does it."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=ImportInSerializer, responses={202: ImportRunSerializer}, operation_id="ranges_import")
    def post(self, request: Request) -> Response:
        return start_import(request, "registry.import_ranges", VECTOR_TYPES, access.may_import_ranges(request.user))


def start_import(request: Request, kind: str, allow: tuple[str, ...], allowed: bool) -> Response:
    """Keep the file and queue its import."""
    if not allowed:
        raise Forbidden("actor", "not permitted", rule=kind)
    document = store.save_upload(
        request.user, request.FILES.get("file"), kind="import", title=kind, subject=None, allow=allow
    )
    run = runner.start(request.user, kind, {"document": str(document.pk), "actor": request.user.pk})
    answer = {"run": run.pk, "url": reverse("jobs:detail", args=[run.pk])}
    return Response(ImportRunSerializer(answer).data, status=status.HTTP_202_ACCEPTED)
