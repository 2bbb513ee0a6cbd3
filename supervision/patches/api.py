"""API of rounds and patches: the same actions and permissions as the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, parsers, permissions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from conservation.accounts.models import Authority
from conservation.errors import Refused
from conservation.jobs import runner
from supervision.patches import access, actions, labels, queries, rules
from supervision.patches.models import ISSUED_CLASSES, Class, Patch, Round, Verification


class RoundSerializer(serializers.ModelSerializer[Round]):
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Round
        fields = [
            "id", "code", "name", "level", "year", "period", "image_date", "image_before", "pixel_m", "tolerance_m",
            "authority", "verify_days", "recognise_days", "handle_days", "issued_on", "verify_due", "recognise_due",
            "handle_due", "state", "state_label", "classified_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewRoundSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    authority = serializers.PrimaryKeyRelatedField(queryset=Authority.objects.all())
    year = serializers.IntegerField()
    period = serializers.IntegerField(required=False, default=1)
    image_date = serializers.DateField()
    image_before = serializers.DateField(required=False, allow_null=True, default=None)
    pixel_m = serializers.DecimalField(max_digits=6, decimal_places=2, required=False, default=Decimal("2"))
    tolerance_m = serializers.DecimalField(
        max_digits=7, decimal_places=2, required=False, allow_null=True, default=None
    )
    verify_days = serializers.IntegerField(required=False, default=30)
    recognise_days = serializers.IntegerField(required=False, default=15)
    handle_days = serializers.IntegerField(required=False, default=45)


class EditRoundSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    image_date = serializers.DateField(required=False)
    image_before = serializers.DateField(required=False, allow_null=True)
    pixel_m = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    tolerance_m = serializers.DecimalField(max_digits=7, decimal_places=2, required=False)
    verify_days = serializers.IntegerField(required=False)
    recognise_days = serializers.IntegerField(required=False)
    handle_days = serializers.IntegerField(required=False)
    verify_due = serializers.DateField(required=False)
    recognise_due = serializers.DateField(required=False)
    handle_due = serializers.DateField(required=False)


class ImportSerializer(serializers.Serializer[Any]):
    file = serializers.FileField()
    layer = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    encoding = serializers.CharField(required=False, allow_blank=True, default="", max_length=20)
    crs = serializers.CharField(required=False, allow_blank=True, default="", max_length=20)
    map = serializers.DictField(child=serializers.CharField(max_length=60), required=False, default=dict)


class ImportStartedSerializer(serializers.Serializer[Any]):
    run = serializers.UUIDField()
    state = serializers.CharField()


class IssueSerializer(serializers.Serializer[Any]):
    classes = serializers.MultipleChoiceField(
        choices=Class.choices, required=False, default=lambda: {str(one) for one in ISSUED_CLASSES}
    )


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class PatchSerializer(serializers.ModelSerializer[Patch]):
    class_label = serializers.CharField(source="get_klass_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Patch
        fields = [
            "id", "round", "number", "area_ha", "klass", "class_label", "excess_ha", "excess_beyond_tolerance_ha", "range",
            "distance_m", "project", "county_code", "industry", "kind", "change", "address", "focus", "finding", "state",
            "state_label", "claimed_by", "issued_at", "verified_at", "parent", "created_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class PhotoSerializer(serializers.Serializer[Any]):
    file = serializers.FileField()
    view = serializers.ChoiceField(choices=labels.VIEWS)
    lon = serializers.FloatField(required=False, allow_null=True, default=None)
    lat = serializers.FloatField(required=False, allow_null=True, default=None)
    azimuth = serializers.FloatField(required=False, allow_null=True, default=None)
    taken_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    gallery = serializers.BooleanField(required=False, default=False)


class NewProjectSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    type_no = serializers.IntegerField(min_value=1, max_value=36)


class VerifySerializer(serializers.Serializer[Any]):
    finding = serializers.CharField(max_length=16)
    second_officer = serializers.IntegerField()
    visited_at = serializers.DateTimeField()
    description = serializers.CharField(max_length=4000)
    project = serializers.IntegerField(required=False, allow_null=True, default=None)
    new_project = NewProjectSerializer(required=False, allow_null=True, default=None)
    unit_name = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    unit_uscc = serializers.CharField(required=False, allow_blank=True, default="", max_length=18)
    land_ha = serializers.DecimalField(max_digits=12, decimal_places=4, required=False, allow_null=True, default=None)
    earthwork_m3 = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, allow_null=True, default=None
    )
    dumped_m3 = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, allow_null=True, default=None
    )
    harm = serializers.BooleanField(required=False, default=False)
    no_fly_reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class VerificationSerializer(serializers.ModelSerializer[Verification]):
    class Meta:
        model = Verification
        fields = [
            "id", "patch", "officer", "second_officer", "visited_at", "finding", "description", "project", "unit", "land_ha",
            "earthwork_m3", "dumped_m3", "harm", "no_fly_reason", "photos", "flags", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class CompliantSerializer(ReasonSerializer):
    uploads = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class LinkSerializer(ReasonSerializer):
    project = serializers.IntegerField(min_value=1)
    confirm = serializers.BooleanField(required=False, default=False)


class OrderSerializer(ReasonSerializer):
    problem = serializers.CharField(required=False, allow_blank=True, default="", max_length=8)
    requirement = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    deadline = serializers.DateField(required=False, allow_null=True, default=None)


class SplitSerializer(ReasonSerializer):
    parts = serializers.ListField(child=serializers.DictField(), min_length=2, max_length=200)


class HandedOverSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField(allow_null=True)


class Base(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    lookup_value_regex = r"\d{1,18}"
    access_rule = "signed_in"
    permission_classes = [permissions.IsAuthenticated]
    parser_classes = [parsers.JSONParser, parsers.MultiPartParser, parsers.FormParser]

    def read(self, request: Request, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        data = serializer(data=request.data)
        data.is_valid(raise_exception=True)
        return dict(data.validated_data)


class RoundViewSet(Base):
    """遥感监管期次."""

    serializer_class = RoundSerializer
    filterset_fields = ["code", "year", "state", "authority"]
    queryset = Round.objects.none()

    def get_queryset(self) -> QuerySet[Round]:
        return access.rounds_visible_to(self.request.user)

    @extend_schema(request=NewRoundSerializer, responses={201: RoundSerializer})
    def create(self, request: Request) -> Response:
        """建立期次."""
        made = actions.create_round(request.user, **self.read(request, NewRoundSerializer))
        return Response(RoundSerializer(made).data, status=201)

    @extend_schema(request=EditRoundSerializer, responses=RoundSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """修改参数与期限."""
        return Response(
            RoundSerializer(actions.edit_round(request.user, pk, self.read(request, EditRoundSerializer))).data
        )

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["get"])
    def progress(self, request: Request, pk: str) -> Response:
        """进度：按类别、按县."""
        round_ = self.get_object()
        return Response({
            **queries.progress_of([round_])[round_.pk],
            "classes": queries.counts(request.user, round_, "klass"),
            "states": queries.counts(request.user, round_, "state"),
            "counties": queries.counties_of(request.user, round_),
        })  # fmt: skip

    @extend_schema(request={"multipart/form-data": ImportSerializer}, responses={202: ImportStartedSerializer})
    @action(detail=True, methods=["post"], url_path="import")
    def import_file(self, request: Request, pk: str) -> Response:
        """图斑入库（作业）."""
        given = self.read(request, ImportSerializer)
        run = actions.start_import(request.user, pk, given.pop("file"), given)
        return Response({"run": str(run.pk), "state": run.state}, status=202)

    @extend_schema(request=None, responses={202: ImportStartedSerializer})
    @action(detail=True, methods=["post"])
    def classify(self, request: Request, pk: str) -> Response:
        """重新判别（作业）."""
        round_ = self.get_object()
        if not access.can_round(request.user, "classify", round_):
            actions.classify(request.user, pk)  # says why not
        run = runner.start(request.user, "patches.classify", {"round_id": round_.pk, "actor": request.user.pk})
        return Response({"run": str(run.pk), "state": run.state}, status=202)

    @extend_schema(request=IssueSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """下发."""
        return Response(actions.issue_round(request.user, pk, **self.read(request, IssueSerializer)))

    @extend_schema(request=ReasonSerializer, responses=RoundSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """结束本期."""
        return Response(
            RoundSerializer(actions.close_round(request.user, pk, **self.read(request, ReasonSerializer))).data
        )


class PatchViewSet(Base):
    """扰动图斑."""

    serializer_class = PatchSerializer
    filterset_fields = ["round", "klass", "state", "county_code", "project", "finding"]
    queryset = Patch.objects.none()

    def get_queryset(self) -> QuerySet[Patch]:
        return access.visible_to(self.request.user).defer("geom", "geom_3857", "attributes")

    def _patch(self, patch: Patch) -> Response:
        return Response(PatchSerializer(patch).data)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["get"])
    def shapes(self, request: Request, pk: str) -> Response:
        """图斑、范围、照片位置的 GeoJSON（CGCS2000 经纬度）."""
        return Response(queries.map_of(request.user, self.get_object()))

    @extend_schema(responses=VerificationSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_fields=[], pagination_class=None)
    def verifications(self, request: Request, pk: str) -> Response:
        """现场核查记录."""
        found = self.get_object().verifications.order_by("-pk")
        return Response(VerificationSerializer(found, many=True).data)

    @extend_schema(request=None, responses=PatchSerializer)
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: str) -> Response:
        """认领核查."""
        return self._patch(actions.claim(request.user, pk))

    @extend_schema(request={"multipart/form-data": PhotoSerializer}, responses={201: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["post"])
    def photos(self, request: Request, pk: str) -> Response:
        """上传现场照片."""
        given = self.read(request, PhotoSerializer)
        document = actions.add_photo(request.user, pk, given.pop("file"), **given)
        return Response({"document": str(document.pk), "sha256": document.sha256, "facts": document.facts}, status=201)

    @extend_schema(request=VerifySerializer, responses={201: VerificationSerializer})
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """记录现场核查."""
        visit = actions.verify(request.user, pk, **self.read(request, VerifySerializer))
        return Response(VerificationSerializer(visit).data, status=201)

    @extend_schema(request=ReasonSerializer, responses=PatchSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """单独下发."""
        return self._patch(actions.issue(request.user, pk, **self.read(request, ReasonSerializer)))

    @extend_schema(request=ReasonSerializer, responses=PatchSerializer)
    @action(detail=True, methods=["post"])
    def exclude(self, request: Request, pk: str) -> Response:
        """排除."""
        return self._patch(actions.exclude(request.user, pk, **self.read(request, ReasonSerializer)))

    @extend_schema(request=CompliantSerializer, responses=PatchSerializer)
    @action(detail=True, methods=["post"], url_path="recognise-compliant")
    def recognise_compliant(self, request: Request, pk: str) -> Response:
        """认定合规（理由、证明材料）."""
        return self._patch(actions.recognise_compliant(request.user, pk, **self.read(request, CompliantSerializer)))

    @extend_schema(request=ReasonSerializer, responses=PatchSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """认定违法."""
        return self._patch(actions.confirm(request.user, pk, **self.read(request, ReasonSerializer)))

    @extend_schema(request=OrderSerializer, responses={201: HandedOverSerializer})
    @action(detail=True, methods=["post"])
    def order(self, request: Request, pk: str) -> Response:
        """下达限期整改通知书."""
        item = actions.order(request.user, pk, **self.read(request, OrderSerializer))
        return Response({"id": item.pk, "number": item.number}, status=201)

    @extend_schema(request=ReasonSerializer, responses={201: HandedOverSerializer})
    @action(detail=True, methods=["post"], url_path="open-case")
    def open_case(self, request: Request, pk: str) -> Response:
        """直接移送立案."""
        case = actions.open_case(request.user, pk, **self.read(request, ReasonSerializer))
        return Response({"id": case.pk, "number": case.number}, status=201)

    @extend_schema(request=LinkSerializer, responses=PatchSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: str) -> Response:
        """关联项目；改关联须 confirm."""
        given = self.read(request, LinkSerializer)
        return self._patch(actions.link(request.user, pk, given.pop("project"), **given))

    @extend_schema(request=SplitSerializer, responses={201: PatchSerializer(many=True)})
    @action(detail=True, methods=["post"], filterset_fields=[], pagination_class=None)
    def split(self, request: Request, pk: str) -> Response:
        """分割."""
        given = self.read(request, SplitSerializer)
        made = actions.split(request.user, pk, given["parts"], reason=given["reason"])
        return Response(PatchSerializer(made, many=True).data, status=201)

    @extend_schema(request=ReasonSerializer, responses=PatchSerializer)
    @action(detail=True, methods=["post"], url_path="(?P<event>cancel|send-back|reopen)")
    def settle(self, request: Request, pk: str, event: str) -> Response:
        """审核销号、退回重新核查、重新启用."""
        functions = {"cancel": actions.cancel, "send-back": actions.send_back, "reopen": actions.reopen}
        if event not in functions:
            raise Refused("event", _("没有这种办理。"))
        return self._patch(functions[event](request.user, pk, **self.read(request, ReasonSerializer)))


assert rules.VIEWS == tuple(code for code, _label in labels.VIEWS)
