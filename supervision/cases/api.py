"""API of the case room: list, detail with the next lawful steps, every step, documents, export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from conservation import clock
from conservation.api import KeysetPagination
from conservation.documents import queries as documents
from conservation.errors import Fault, NotFound, Refused
from supervision.cases import access, actions, queries
from supervision.cases import jobs as case_jobs
from supervision.cases.dossier import INTERNAL
from supervision.cases.forms import FORMS, StepForm
from supervision.cases.labels import ACTS
from supervision.cases.models import Case
from supervision.cases.steps import shown_steps


class CaseRowSerializer(serializers.ModelSerializer[Case]):
    """A case in a list."""

    state_label = serializers.SerializerMethodField()
    violation_label = serializers.CharField(read_only=True)
    authority_name = serializers.CharField(source="authority.name", read_only=True)

    class Meta:
        model = Case
        fields = [
            "id", "number", "title", "state", "state_label", "violation", "violation_label", "party_kind", "party_name",
            "unit", "project", "project_name", "authority", "authority_name", "areas", "fine", "decision_number", "filed_at",
            "decided_at", "served_at", "closed_at", "created_at", "updated_at",
        ]  # fmt: skip

    def get_state_label(self, case: Case) -> str:
        return Case.STATES.label(case.state)


class CaseSerializer(CaseRowSerializer):
    """A case with everything; what the authority deliberates is left out for the party."""

    steps = serializers.SerializerMethodField()
    documents = serializers.SerializerMethodField()

    class Meta(CaseRowSerializer.Meta):
        fields = "__all__"  # type: ignore[assignment]

    def get_steps(self, case: Case) -> list[dict[str, Any]]:
        user = self.context["request"].user
        if not access.sees_inside(user, case):
            return []
        return [one.as_dict() for one in shown_steps(user, case, clock.today())]

    def get_documents(self, case: Case) -> list[dict[str, Any]]:
        found = documents.readable_of(self.context["request"].user, "case", str(case.pk)).order_by(
            "kind", "created_at", "id"
        )
        return [
            {"id": str(one.pk), "kind": one.kind, "title": one.title, "number": one.number, "volume": one.volume,
             "sha256": one.sha256, "size": one.size, "created_at": one.created_at}
            for one in found
        ]  # fmt: skip

    def to_representation(self, instance: Case) -> dict[str, Any]:
        found = super().to_representation(instance)
        if not access.sees_inside(self.context["request"].user, instance):
            for key in (*INTERNAL, "proposed_fine", "range_minimum", "range_maximum", "range_tier", "facts"):
                found.pop(key, None)
        return found


def serializer_of(act: str) -> type[serializers.Serializer[Any]]:
    """The request body of a step for the schema, from its form."""
    kinds: list[tuple[type[forms.Field], type[serializers.Field[Any, Any, Any, Any]]]] = [
        (forms.FileField, serializers.FileField), (forms.ModelChoiceField, serializers.IntegerField),
        (forms.TypedChoiceField, serializers.BooleanField), (forms.BooleanField, serializers.BooleanField),
        (forms.DateTimeField, serializers.DateTimeField), (forms.DateField, serializers.DateField),
        (forms.DecimalField, serializers.FloatField),
    ]  # fmt: skip
    fields: dict[str, Any] = {}
    for name, field in FORMS[act].base_fields.items():
        made = next((target for source, target in kinds if isinstance(field, source)), serializers.CharField)
        fields[name] = made(required=field.required, help_text=str(field.label))
    return type(f"Case{''.join(part.title() for part in act.split('_'))}", (serializers.Serializer,), fields)


class ExportSerializer(serializers.Serializer[Any]):
    volume = serializers.ChoiceField(choices=["both", "main", "secondary"], default="both")


class ExportStartedSerializer(serializers.Serializer[Any]):
    run = serializers.UUIDField()


class CaseViewSet(viewsets.ReadOnlyModelViewSet[Case]):
    """Cases: what the person may see, and the steps of the procedure."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    pagination_class = KeysetPagination
    parser_classes = [JSONParser, FormParser, MultiPartParser]
    filter_backends: list[Any] = []
    queryset = Case.objects.none()
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> Any:
        found = queries.filtered(self.request.user, self.request.query_params if self.action == "list" else {})
        return found.select_related("officer1", "officer2")

    def get_serializer_class(self) -> Any:
        return CaseRowSerializer if self.action == "list" else CaseSerializer

    @extend_schema(parameters=[
        OpenApiParameter(name, OpenApiTypes.STR) for name in ("q", "state", "violation", "unit", "project")
    ])  # fmt: skip
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        for key in ("unit", "project"):
            if request.query_params.get(key) and queries.number(request.query_params[key]) is None:
                raise Refused(key, _("须是整数。"))
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(CaseSerializer(self.visible(), context={"request": request}).data)

    def visible(self) -> Case:
        case = access.visible_to(self.request.user).filter(pk=self.kwargs["pk"]).first()
        if case is None:
            raise NotFound("id", _("没有这个案件，或您无权查看。"))
        return case

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="CaseStep", serializers=[serializer_of(act) for act in FORMS], resource_type_field_name=None
        ),
        responses=CaseSerializer,
        description="Take one step of the procedure: " + ", ".join(f"`{act}`" for act in FORMS),
    )
    @action(detail=True, methods=["post"], url_path=r"(?P<act>(?!export\b)[a-z_]+)", url_name="act")
    def act(self, request: Request, pk: Any = None, act: str = "") -> Response:
        """Take one step; the body has the fields of the step."""
        if act not in FORMS:
            raise Http404
        case = self.visible()
        form = FORMS[act](body_of(request, act), request.FILES, case=case)
        if not form.is_valid():
            raise Refused.many(form_faults(form))
        getattr(actions, act)(request.user, case.pk, **form.arguments())
        fresh = access.visible_to(request.user).get(pk=case.pk)
        return Response(CaseSerializer(fresh, context={"request": request}).data)

    @extend_schema(request=ExportSerializer, responses={202: ExportStartedSerializer})
    @action(detail=True, methods=["post"], url_path="export", url_name="export")
    def export(self, request: Request, pk: Any = None) -> Response:
        """Start a dossier export; its progress is the job's."""
        body = ExportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = case_jobs.start_export(request.user, self.visible(), body.validated_data["volume"])
        return Response({"run": str(run.pk)}, status=status.HTTP_202_ACCEPTED)


def body_of(request: Request, act: str) -> Any:
    """The body as the form reads it: JSON true/false as words, ``facts`` unfolded; unknown keys are refused."""
    data = request.data
    if isinstance(data, QueryDict):
        return data
    if not isinstance(data, Mapping):
        raise Refused("body", _("须是 JSON 对象。"))
    flat = {**{key: value for key, value in data.items() if key != "facts"}, **(data.get("facts") or {})}
    known = FORMS[act].base_fields
    unknown = [Fault(str(key), _("“%(act)s”没有这个字段。") % {"act": ACTS[act]}) for key in flat if key not in known]
    if unknown:
        raise Refused.many(unknown)
    words: dict[str, Any] = {}
    for key, value in flat.items():
        field = known[key]
        if isinstance(value, bool) and not isinstance(field, forms.BooleanField):
            value = "true" if value else "false"
        words[key] = "" if value is None else value
    return words


def form_faults(form: StepForm) -> list[Fault]:
    return [Fault(key, str(text)) for key, found in form.errors.items() for text in found]
