"""Pages of the roof."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conservation.web import public


@public
def home(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The role home after sign-in, the public front page before."""
    return render(request, "portal/front.html")
