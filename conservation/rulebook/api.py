"""API of the rulebook: list, describe, decide. Open to everybody; nothing is stored."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conservation.errors import NotFound, Refused
from conservation.rulebook import describe, registry
from conservation.rulebook.inputs import read_date
from conservation.rulebook.registry import UnknownRule
from conservation.rulebook.values import InputError

PROBLEM = inline_serializer(
    "RuleProblem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "faults": inline_serializer(
            "RuleFault",
            {"key": serializers.CharField(), "message": serializers.CharField(), "rule": serializers.CharField()},
            many=True,
        ),
    },
)
BASIS = inline_serializer(
    "RuleBasis",
    {
        "document": serializers.CharField(),
        "article": serializers.CharField(),
        "mark": serializers.ChoiceField(["verified", "secondary", "unverified", "product"]),
    },
    many=True,
)
RULE = inline_serializer(
    "Rule",
    {
        "rule": serializers.CharField(),
        "version": serializers.CharField(),
        "title": serializers.CharField(),
        "title_en": serializers.CharField(),
        "summary": serializers.CharField(),
        "summary_en": serializers.CharField(),
        "family": serializers.CharField(),
        "status": serializers.CharField(),
        "basis": BASIS,
        "schema": serializers.CharField(),
        "inputs": serializers.JSONField(),
        "result": serializers.JSONField(),
        "example": serializers.JSONField(),
    },
)
QUESTION = inline_serializer(
    "RuleQuestion",
    {
        "inputs": serializers.JSONField(help_text="输入，结构见规则的 inputs"),
        "on": serializers.DateField(required=False, help_text="适用法律的日期"),
        "province": serializers.CharField(required=False, help_text="省级行政区代码或名称"),
    },
)
ANSWER = inline_serializer(
    "RuleAnswer",
    {
        "rule": serializers.CharField(),
        "version": serializers.CharField(),
        "status": serializers.CharField(),
        "on": serializers.DateField(),
        "province": serializers.CharField(allow_null=True),
        "inputs": serializers.JSONField(),
        "result": serializers.JSONField(),
        "basis": BASIS,
        "lines": serializers.ListField(child=serializers.JSONField()),
    },
)
NAME = OpenApiParameter("rule", OpenApiTypes.STR, OpenApiParameter.PATH, description="规则名称，如 plan-kind")
QUESTION_KEYS = {"inputs", "on", "province"}


def refused(caught: InputError, name: str = "") -> Refused:
    return Refused(caught.key, caught.message, rule=name)


def found(name: str) -> registry.Rule:
    try:
        return registry.get(name)
    except UnknownRule as unknown:
        raise NotFound(unknown.key, unknown.message) from None


class Open(APIView):
    """Everybody may ask; answers are computed, never stored."""

    permission_classes = [AllowAny]
    access_rule = "public"


class RulesView(Open):
    @extend_schema(operation_id="rules_list", summary="规则清单", responses=inline_serializer("Rules", {
        "rules": inline_serializer("RuleItem", dict(RULE.fields), many=True),
    }))  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response({"rules": [describe.rule(one) for one in registry.all_rules()]})


class RuleView(Open):
    @extend_schema(
        operation_id="rules_retrieve",
        summary="一条规则，附某日某地有效的数值",
        parameters=[
            NAME,
            OpenApiParameter("on", OpenApiTypes.DATE, description="日期，默认今天"),
            OpenApiParameter("province", OpenApiTypes.STR, description="省级行政区代码或名称"),
        ],
        responses={200: RULE, 400: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, rule: str) -> Response:
        chosen = found(rule)
        try:
            text = request.query_params.get("on")
            on = read_date(text, "on") if text else registry.today()
            return Response(describe.rule(chosen, on=on, province=request.query_params.get("province", "")))
        except InputError as caught:
            raise refused(caught, rule) from None


class DecideView(Open):
    @extend_schema(
        operation_id="rules_decide",
        summary="用规则判定",
        parameters=[NAME],
        request=QUESTION,
        responses={200: ANSWER, 400: PROBLEM, 404: PROBLEM},
        examples=[OpenApiExample("plan-kind", {"inputs": {"area_ha": 5, "earthwork_m3": 20000}}, request_only=True)],
    )
    def post(self, request: Request, rule: str) -> Response:
        chosen = found(rule)
        try:
            question = read_question(request.data)
            decision = registry.decide(
                chosen.name, question["inputs"], on=question["on"], province=question["province"]
            )
        except InputError as caught:
            raise refused(caught, rule) from None
        return Response(decision.as_dict())


def read_question(data: Any) -> dict[str, Any]:
    """``{"inputs": {…}, "on"?, "province"?}``; raises ``InputError``."""
    if not isinstance(data, dict):
        raise InputError("inputs", "请求体应为 JSON 对象", "the body must be a JSON object")
    for key in data:
        if key not in QUESTION_KEYS:
            raise InputError(str(key), "未知的键", "unknown key")
    if "inputs" not in data:
        raise InputError("inputs", "缺少此项", "is missing")
    province = data.get("province")
    if province is not None and not isinstance(province, str):
        raise InputError("province", "类型应为 string", "must be a string")
    on = read_date(data["on"], "on") if data.get("on") is not None else None
    return {"inputs": data["inputs"], "on": on, "province": province}
