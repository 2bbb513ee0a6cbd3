"""What every API route shares: problem details, keyset pages and the access rule."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from conservation.errors import Refused
from conservation.web import unstorable


class KeysetPagination(CursorPagination):
    """Pages by key: the deep page costs what the first one costs."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "-id"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError, DataError):
            if self.cursor_query_param not in request.query_params:
                raise
            raise exceptions.NotFound(self.invalid_cursor_message) from None


def problem_details(caught: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as application/problem+json (RFC 9457), with the faults and their keys."""
    caught = unstorable(caught) or caught
    if isinstance(caught, Refused):
        return problem(caught.status, caught.title, str(caught), [fault.as_dict() for fault in caught.faults])
    response = exception_handler(caught, context)
    if response is None:
        return None
    faults = []
    if isinstance(caught, exceptions.ValidationError) and isinstance(response.data, dict):
        for key, messages in response.data.items():
            for message in messages if isinstance(messages, list) else [messages]:
                faults.append({"key": key, "message": str(message), "rule": ""})
    detail = "；".join(fault["message"] for fault in faults) or str(getattr(caught, "detail", caught))
    answer = problem(response.status_code, type(caught).__name__, detail, faults)
    for header, value in response.items():
        if header.lower() not in ("content-type", "content-length"):
            answer[header] = value
    return answer


def problem(status: int, title: str, detail: str, faults: list[dict[str, Any]]) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "faults": faults}
    return Response(body, status=status, content_type="application/problem+json")
