"""API of plan filings: the same queries and actions as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conservation import clock
from conservation.errors import NotFound, Refused
from projects.plans import access, actions, characteristics, checks, queries
from projects.plans.models import Plan, ReviewFinding


class FindingSerializer(serializers.ModelSerializer[ReviewFinding]):
    class Meta:
        model = ReviewFinding
        fields = ("ground", "finding", "comment", "recorded_at")
        read_only_fields = fields


class PlanRowSerializer(serializers.ModelSerializer[Plan]):
    """A filing in a list."""

    project_name = serializers.CharField(source="project.name", read_only=True)
    unit_name = serializers.CharField(source="unit.name", read_only=True)
    authority_name = serializers.CharField(source="authority.name", read_only=True)

    class Meta:
        model = Plan
        fields: tuple[str, ...] = (
            "id", "project", "project_name", "unit", "unit_name", "authority", "authority_name", "purpose", "kind",
            "form_version", "state", "number", "approval_number", "refusal_number", "submitted_at", "accepted_at",
            "decided_at",
        )  # fmt: skip
        read_only_fields = fields


class PlanSerializer(PlanRowSerializer):
    """A filing with its table, sites and findings."""

    findings = serializers.SerializerMethodField()

    class Meta(PlanRowSerializer.Meta):
        fields = (
            *PlanRowSerializer.Meta.fields, "range", "fields", "spoil_sites", "published_on", "published_url",
            "committed_by", "expert_name", "correction_items", "review_body", "review_days", "review_opinion",
            "decision_reason", "delivered_at", "disclosed_at", "valid_until", "findings",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, plan: Plan) -> Any:
        """The review of the refusal grounds; empty for the applicant until it is decided."""
        if not access.sees_findings(self.context["user"], plan):
            return []
        return FindingSerializer(plan.findings.order_by("ground"), many=True).data


def written(plan: Plan, user: Any) -> Any:
    return PlanSerializer(plan, context={"user": user}).data


class PlanPageSerializer(serializers.Serializer[dict[str, Any]]):
    results = PlanRowSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SiteInSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(required=False, allow_blank=True)
    volume_10k_m3 = serializers.CharField(required=False, allow_blank=True)
    height_m = serializers.CharField(required=False, allow_blank=True)
    harm = serializers.ChoiceField(characteristics.HARMS, required=False, allow_blank=True)
    lon = serializers.CharField(required=False, allow_blank=True)
    lat = serializers.CharField(required=False, allow_blank=True)


class DraftInSerializer(serializers.Serializer[dict[str, Any]]):
    """What is filled in; what is left out stays."""

    table = serializers.DictField(
        required=False, help_text="characteristic table: key → value (areas hm², volumes 万m³)"
    )
    spoil_sites = SiteInSerializer(many=True, required=False)
    range = serializers.IntegerField(required=False, allow_null=True)
    published_on = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    published_url = serializers.CharField(required=False, allow_blank=True)
    committed_by = serializers.CharField(required=False, allow_blank=True)
    expert_name = serializers.CharField(required=False, allow_blank=True)


class NewInSerializer(serializers.Serializer[dict[str, Any]]):
    project = serializers.IntegerField()
    purpose = serializers.ChoiceField(Plan.Purpose.choices, default="new")


class PartInSerializer(serializers.Serializer[dict[str, Any]]):
    file = serializers.FileField()
    covers = serializers.ListField(child=serializers.CharField(), help_text="codes of the parts: P0, A1, F1, …")
    title = serializers.CharField(required=False, allow_blank=True)


class PartOutSerializer(serializers.Serializer[dict[str, Any]]):
    document = serializers.UUIDField()
    sha256 = serializers.CharField()
    covers = serializers.ListField(child=serializers.CharField())


class FaultSerializer(serializers.Serializer[dict[str, Any]]):
    key = serializers.CharField()
    message = serializers.CharField()
    rule = serializers.CharField(allow_blank=True)


class CheckSerializer(serializers.Serializer[dict[str, Any]]):
    kind = serializers.CharField(allow_blank=True)
    faults = FaultSerializer(many=True)
    hints = FaultSerializer(many=True)


class EventInSerializer(serializers.Serializer[dict[str, Any]]):
    """What an act needs: a reason, or what stands beside it here."""

    reason = serializers.CharField(required=False, allow_blank=True)
    items = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="return_for_correction: the one-time list"
    )
    body = serializers.CharField(required=False, help_text="start_technical_review: the review body")
    days = serializers.IntegerField(required=False, default=30, help_text="start_technical_review: at most 30")
    opinion = serializers.CharField(required=False, help_text="finish_technical_review: the opinion")


class OneFindingSerializer(serializers.Serializer[dict[str, Any]]):
    finding = serializers.ChoiceField(ReviewFinding.Finding.choices)
    comment = serializers.CharField(required=False, allow_blank=True, default="")


class FindingsInSerializer(serializers.Serializer[dict[str, Any]]):
    findings = serializers.DictField(child=OneFindingSerializer(), help_text="REF1 to REF6 → finding and comment")


def with_reason(act: Callable[..., Plan]) -> Callable[..., Plan]:
    return lambda user, pk, data: act(user, pk, reason=data.get("reason", ""))


EVENTS: dict[str, Callable[..., Plan]] = {
    "submit": with_reason(actions.submit),
    "withdraw": with_reason(actions.withdraw),
    "accept": with_reason(actions.accept),
    "not_accept": with_reason(actions.not_accept),
    "return_for_correction": lambda user, pk, data: actions.return_for_correction(
        user, pk, items=data.get("items", []), reason=data.get("reason", "")
    ),
    "start_technical_review": lambda user, pk, data: actions.start_technical_review(
        user, pk, body=data.get("body", ""), days=data["days"], reason=data.get("reason", "")
    ),
    "finish_technical_review": lambda user, pk, data: actions.finish_technical_review(
        user, pk, opinion=data.get("opinion", ""), reason=data.get("reason", "")
    ),
    "skip_technical_review": with_reason(actions.skip_technical_review),
    "extend": with_reason(actions.extend),
    "approve": with_reason(actions.approve),
    "refuse": with_reason(actions.refuse),
    "deliver": with_reason(actions.deliver),
    "publish": with_reason(actions.publish),
    "revoke": with_reason(actions.revoke),
}


def plan_of(request: Request, pk: int) -> Plan:
    related = ("project", "unit", "authority", "range")
    found = access.visible_to(request.user).select_related(*related).filter(pk=pk).first()
    if found is None:
        raise NotFound("id", "no such filing")
    return found


class Door(APIView):
    """What every route of this room shares."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]


class PlanList(Door):
    """Filings the caller may see, newest first; POST begins one."""

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("q", "state", "kind", "after", "before")],
        responses=PlanPageSerializer,
        operation_id="plans_list",
    )
    def get(self, request: Request) -> Response:
        params = request.query_params
        page = queries.plan_list(request.user, queries.Filters.of(params), params.get("after"), params.get("before"))
        return Response(PlanPageSerializer({"results": page.rows, "next": page.next, "previous": page.previous}).data)

    @extend_schema(request=NewInSerializer, responses={201: PlanSerializer}, operation_id="plans_create")
    def post(self, request: Request) -> Response:
        given = NewInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        plan = actions.create_draft(request.user, data["project"], purpose=data["purpose"])
        return Response(written(plan, request.user), status=status.HTTP_201_CREATED)


class PlanDetail(Door):
    """One filing; PATCH saves what is filled in."""

    @extend_schema(responses=PlanSerializer, operation_id="plans_read")
    def get(self, request: Request, pk: int) -> Response:
        return Response(written(plan_of(request, pk), request.user))

    @extend_schema(request=DraftInSerializer, responses=PlanSerializer, operation_id="plans_save")
    def patch(self, request: Request, pk: int) -> Response:
        plan_of(request, pk)
        if not isinstance(request.data, dict):
            raise Refused("body", "a JSON object is expected")
        known = {"table", "fields", *DraftInSerializer().fields}
        data = {key: value for key, value in request.data.items() if key in known}
        if "table" in data:
            data["fields"] = data.pop("table")
        return Response(written(actions.save_draft(request.user, pk, data), request.user))


class PlanCheck(Door):
    """What would be refused if the filing were submitted now."""

    @extend_schema(responses=CheckSerializer, operation_id="plans_check")
    def get(self, request: Request, pk: int) -> Response:
        checked = checks.check(plan_of(request, pk), on=clock.today())
        faults = [fault.as_dict() for fault in checked.faults.found]
        hints = [fault.as_dict() for fault in checked.hints]
        return Response({"kind": checked.kind, "faults": faults, "hints": hints})


class PlanParts(Door):
    """Attach a file that covers one or several parts."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=PartInSerializer, responses={201: PartOutSerializer}, operation_id="plans_attach")
    def post(self, request: Request, pk: int) -> Response:
        plan_of(request, pk)
        sent = request.POST
        codes = [code for text in sent.getlist("covers") for code in text.split(",") if code]
        document = actions.attach(
            request.user, pk, request.FILES.get("file"), covers=codes, title=sent.get("title", "")
        )
        answer = {"document": document.pk, "sha256": document.sha256, "covers": codes}
        return Response(PartOutSerializer(answer).data, status=status.HTTP_201_CREATED)


class PlanFindings(Door):
    """Record the review of the refusal grounds."""

    parser_classes = [JSONParser]

    @extend_schema(request=FindingsInSerializer, responses=PlanSerializer, operation_id="plans_findings")
    def post(self, request: Request, pk: int) -> Response:
        plan_of(request, pk)
        given = FindingsInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = actions.record_findings(request.user, pk, given.validated_data["findings"])
        return Response(written(plan, request.user))


class PlanEvent(Door):
    """One act of the life cycle."""

    @extend_schema(
        request=EventInSerializer,
        responses=PlanSerializer,
        parameters=[OpenApiParameter("event", str, OpenApiParameter.PATH, enum=list(EVENTS))],
        operation_id="plans_event",
    )
    def post(self, request: Request, pk: int, event: str) -> Response:
        plan_of(request, pk)
        if event not in EVENTS:
            raise NotFound("event", "no such event")
        given = EventInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(written(EVENTS[event](request.user, pk, given.validated_data), request.user))
