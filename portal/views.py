"""Pages of the roof."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conservation.web import public, signed_in


@public
def home(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The role home after sign-in, the public front page before."""
    return render(request, "portal/front.html")


@signed_in
def search(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/front.html")


@signed_in
def project(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "portal/front.html")


@signed_in
def project_tab(request: HttpRequest, pk: int, tab: str) -> HttpResponse:
    return render(request, "portal/front.html")


@signed_in
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "portal/front.html")
