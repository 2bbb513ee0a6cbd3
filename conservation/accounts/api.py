"""API of accounts: tokens, who I am, and the register of units."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from knox.auth import TokenAuthentication
from knox.models import get_token_model
from rest_framework import generics, serializers, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from conservation.accounts import actions, queries, roles
from conservation.accounts.models import Unit
from conservation.api import KeysetPagination
from conservation.errors import Forbidden


class LockedOut(Forbidden):
    """Too many wrong passwords: the name is locked for a while."""

    status = 429
    title = "locked out"


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False, write_only=True)


TokenAnswer = inline_serializer(
    "Token", {"token": serializers.CharField(), "expiry": serializers.DateTimeField(allow_null=True)}
)


class TokenView(APIView):
    """POST: a token for user name and password. DELETE: give the token of this request back."""

    access_rule = "public"
    throttle_classes = [AnonRateThrottle]

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    def get_authenticators(self) -> list[Any]:
        request = getattr(self, "request", None)
        return [] if request is not None and request.method == "POST" else [TokenAuthentication()]

    @extend_schema(request=SignInSerializer, responses={201: TokenAnswer, 403: OpenApiResponse(description="refused")})
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        # the lock-out (axes) stands among the backends: a locked name gets no user, whatever the password
        user = authenticate(request._request, **given.validated_data)
        if getattr(request._request, "axes_locked_out", False):
            request._request.axes_locked_out = False  # type: ignore[attr-defined]  # answered here, not by its page
            raise LockedOut("username", _("多次失败，账号暂时锁定，请稍后再试。"))
        if user is None or not user.is_active:
            raise Forbidden("username", _("用户名或密码不正确。"))
        made, token = get_token_model().objects.create(user=user)
        user_logged_in.send(sender=type(user), request=request._request, user=user)
        return Response({"token": token, "expiry": made.expiry}, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        request.auth.delete()  # type: ignore[union-attr]
        return Response(status=status.HTTP_204_NO_CONTENT)


class MembershipSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    role_label = serializers.SerializerMethodField()
    authority = serializers.CharField(source="authority_id", allow_null=True)
    unit = serializers.CharField(source="unit_id", allow_null=True)
    office = serializers.SerializerMethodField()

    def get_role_label(self, membership: Any) -> str:
        return str(roles.LABELS[membership.role])

    def get_office(self, membership: Any) -> str:
        return str(membership.authority or membership.unit)


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    memberships = MembershipSerializer(many=True, source="memberships_today")


class MeView(APIView):
    """Who I am and for whom I act today."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user).data)


class UnitSerializer(serializers.ModelSerializer[Unit]):
    class Meta:
        model = Unit
        fields = (
            "id", "name", "uscc", "kind", "legal_representative", "contact", "phone", "address", "division_code",
        )  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "uscc": {"validators": []}
        }  # the action checks the code and names its fault


@extend_schema(parameters=[OpenApiParameter("q", str, description="part of the name, or the code's beginning"),
                           OpenApiParameter("kind", str)])  # fmt: skip
class UnitList(generics.ListCreateAPIView[Unit]):
    """The register of units in the caller's scope; POST enters one."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = UnitSerializer
    pagination_class = KeysetPagination
    queryset = Unit.objects.none()

    def get_queryset(self) -> QuerySet[Unit]:
        params = self.request.query_params
        return queries.find_units(
            queries.units_visible_to(self.request.user), params.get("q", ""), params.get("kind", "")
        )

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = actions.create_unit(self.request.user, serializer.validated_data)


class UnitDetail(generics.RetrieveUpdateAPIView[Unit]):
    """One unit; PATCH changes its card."""

    access_rule = "signed_in"
    permission_classes = [IsAuthenticated]
    serializer_class = UnitSerializer
    queryset = Unit.objects.none()
    http_method_names = ["get", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Unit]:
        return queries.units_visible_to(self.request.user)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = actions.update_unit(self.request.user, serializer.instance.pk, serializer.validated_data)
