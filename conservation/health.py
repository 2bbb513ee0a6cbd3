"""For machines that watch: liveness, readiness, metrics."""

from __future__ import annotations

import ipaddress
import os
import secrets
import uuid
from collections.abc import Callable
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from conservation.celery import app
from conservation.web import public

WORKER_ANSWERS_WITHIN = 1.0
"""Seconds a worker has to answer."""


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@public
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker, storage and worker: 200 when all are ready, otherwise 503. Says which, not why."""
    found = {name: ready(check) for name, check in CHECKS.items()}
    return JsonResponse(
        {"ready": all(found.values()), "checks": {name: "ok" if good else "failed" for name, good in found.items()}},
        status=200 if all(found.values()) else 503,
    )


def ready(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever is wrong, it is not ready
        return False


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def broker() -> bool:
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
        return bool(client.ping())


def storage() -> bool:
    """The folder of documents takes a file."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".ready-{os.getpid()}-{uuid.uuid4().hex}"
    probe.write_bytes(b"ok")
    probe.unlink()
    return True


def worker() -> bool:
    return bool(app.control.ping(timeout=WORKER_ANSWERS_WITHIN, limit=1))


CHECKS = {"database": database, "broker": broker, "storage": storage, "worker": worker}


@public
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics: for this machine itself, or with the token of METRICS_TOKEN."""
    if not (from_here(request) or with_token(request)):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain; charset=utf-8")
    return ExportToDjangoView(request)


def from_here(request: HttpRequest) -> bool:
    """Asked from loopback and not through a proxy, which would also stand there."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def with_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
