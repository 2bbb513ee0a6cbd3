"""Liveness, readiness, metrics."""

from __future__ import annotations

import pytest

from conservation import health

pytestmark = pytest.mark.django_db


def test_liveness_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert answer.status_code == 200 and answer.content == b"ok\n"


def test_readiness(client, monkeypatch):
    monkeypatch.setitem(health.CHECKS, "worker", lambda: True)
    answer = client.get("/readyz")
    assert answer.status_code == 200 and answer.json()["ready"] is True
    assert set(answer.json()["checks"]) == {"database", "broker", "storage", "worker"}


@pytest.mark.parametrize("part", ["database", "broker", "storage", "worker"])
def test_what_is_not_ready_is_named_without_details(client, monkeypatch, part):
    def fail() -> bool:
        raise RuntimeError("a password in a message")

    monkeypatch.setitem(health.CHECKS, "worker", lambda: True)
    monkeypatch.setitem(health.CHECKS, part, fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["checks"][part] == "failed"
    assert b"password" not in answer.content


def test_a_worker_that_does_not_answer(settings, monkeypatch):
    monkeypatch.setattr(health.app.control, "ping", lambda **kwargs: [])
    assert health.worker() is False


def test_metrics_are_not_public(client, settings):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.8").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.8", headers={"Authorization": "Bearer "}).status_code == 403
    settings.METRICS_TOKEN = "secret-token"
    answer = client.get("/metrics", REMOTE_ADDR="10.0.0.8", headers={"Authorization": "Bearer secret-token"})
    assert answer.status_code == 200 and b"django_http" in answer.content
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.8", headers={"Authorization": "Bearer x"}).status_code == 403
