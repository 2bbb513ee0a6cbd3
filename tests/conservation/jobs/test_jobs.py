"""Runs of jobs: done, refused, failed, cancelled, retried, taken once, given up when silent."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.urls import reverse

from conservation import clock
from conservation.errors import Conflict, Fault, NotFound, Refused
from conservation.jobs import runner
from conservation.jobs.models import Run, visible_to

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
calls: list[str] = []


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(runner, "_kinds", {})
    calls.clear()

    @runner.job("test.add", label="相加", url_name="jobs:detail")
    def add(progress, *, a, b):
        calls.append("add")
        progress(1, 2, "第一步")
        progress.log("记一行")
        return {"sum": a + b}

    @runner.job("test.refuse", label="拒绝")
    def refuse(progress):
        raise Refused.many([Fault("name", "名称为空", "R-1", 3), Fault("area", "面积为负")])

    @runner.job("test.fail", label="出错")
    def fail(progress):
        raise ZeroDivisionError("division by zero")

    @runner.job("test.long", label="很久")
    def long(progress):
        progress(1, 100)
        Run.objects.filter(pk=progress.run_id).update(cancel_asked=True)
        progress(2)
        raise AssertionError("not reached")


@pytest.fixture
def send(monkeypatch):
    """Runs wait instead of starting at once."""
    sent: list[str] = []
    monkeypatch.setattr(runner, "_send", lambda pk: sent.append(str(pk)))
    return sent


def test_done(world, send):
    run = runner.execute(runner.start(world.filer, "test.add", {"a": 1, "b": 2}).pk)
    assert (run.state, run.result, run.progress, run.total, run.step) == ("done", {"sum": 3}, 1, 2, "第一步")
    assert run.percent == 50 and run.log == "记一行\n" and run.finished_at


def test_sent_after_the_commit(world, send, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
        assert send == []
    assert send == [str(run.pk)]


def test_unknown_kind(world):
    with pytest.raises(LookupError):
        runner.start(world.filer, "test.nothing", {})


def test_refused_keeps_every_fault(world, send):
    run = runner.execute(runner.start(world.filer, "test.refuse", {}).pk)
    assert run.state == "refused"
    assert run.faults == [
        {"key": "name", "message": "名称为空", "rule": "R-1", "row": 3},
        {"key": "area", "message": "面积为负", "rule": ""},
    ]


def test_failed_keeps_the_trace_and_can_be_retried(world, send, caplog):
    run = runner.execute(runner.start(world.filer, "test.fail", {}).pk)
    assert run.state == "failed" and "ZeroDivisionError" in run.log
    again = runner.retry(world.filer, run.pk)
    assert again.state == "queued" and again.finished_at is None
    assert runner.execute(run.pk).state == "failed"


def test_a_done_run_is_not_retried_nor_cancelled(world, send):
    run = runner.execute(runner.start(world.filer, "test.add", {"a": 1, "b": 2}).pk)
    with pytest.raises(Conflict):
        runner.retry(world.filer, run.pk)
    with pytest.raises(Conflict):
        runner.cancel(world.filer, run.pk)


def test_a_queued_run_is_cancelled_at_once(world, send):
    run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    assert runner.cancel(world.filer, run.pk).state == "cancelled"
    assert runner.execute(run.pk).state == "cancelled" and calls == []
    assert runner.retry(world.filer, run.pk).state == "queued"
    assert runner.execute(run.pk).state == "done"


def test_a_running_run_ends_at_its_next_word(world, send):
    run = runner.execute(runner.start(world.filer, "test.long", {}).pk)
    assert run.state == "cancelled" and run.progress in (1, 2)


def test_an_executed_run_is_left_alone(world, send):
    run = runner.execute(runner.start(world.filer, "test.add", {"a": 1, "b": 2}).pk)
    runner.execute(run.pk)
    assert calls == ["add"]


def test_reap(world, send, caplog):
    waiting = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    silent = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    alive = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    Run.objects.filter(pk__in=[silent.pk, alive.pk]).update(state="running")
    Run.objects.filter(pk__in=[waiting.pk, silent.pk]).update(heartbeat_at=clock.now() - timedelta(hours=1))
    send.clear()
    assert runner.reap() == {"resent": 1, "lost": 1}
    assert send == [str(waiting.pk)]
    silent.refresh_from_db()
    alive.refresh_from_db()
    assert (silent.state, alive.state) == ("failed", "running")
    assert runner.retry(world.filer, silent.pk).state == "queued"


def test_the_database_holds_the_life_cycle(world, send):
    run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    with pytest.raises(Error), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(state="done")
    with pytest.raises(Error), transaction.atomic():
        Run.objects.create(kind="x", state="done", created_at=clock.now())


def test_who_sees_runs(world, send):
    run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    assert visible_to(world.filer).get() == run
    assert not visible_to(world.other_filer).exists()
    assert not visible_to(world.people["administrator"]).exists()  # not of its people
    with pytest.raises(NotFound):
        runner.cancel(world.other_filer, run.pk)
    with pytest.raises(NotFound):
        runner.retry(world.other_filer, run.pk)


def test_pages(client, world, send):
    run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    client.force_login(world.filer, backend=BACKEND)
    page = client.get(reverse("jobs:detail", args=[run.pk]))
    text = page.content.decode()
    assert page.status_code == 200 and 'hx-trigger="every 2s"' in text and "<html" in text
    part = client.get(reverse("jobs:detail", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'id="run"' in part
    runner.execute(run.pk)
    part = client.get(reverse("jobs:detail", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part and 'data-run-state="done"' in part and "查看结果" in part and "记一行" in part
    assert "相加" in client.get(reverse("jobs:list")).content.decode()
    client.force_login(world.other_filer, backend=BACKEND)
    assert client.get(reverse("jobs:detail", args=[run.pk])).status_code == 404
    assert str(run.pk) not in client.get(reverse("jobs:list")).content.decode()


def test_the_page_names_every_fault(client, world, send):
    run = runner.execute(runner.start(world.filer, "test.refuse", {}).pk)
    client.force_login(world.filer, backend=BACKEND)
    text = client.get(reverse("jobs:detail", args=[run.pk])).content.decode()
    assert "名称为空" in text and "R-1" in text and "<td>3</td>" in text and "面积为负" in text


def test_cancel_and_retry_by_page(client, world, send):
    run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    client.force_login(world.filer, backend=BACKEND)
    assert client.get(reverse("jobs:cancel", args=[run.pk])).status_code == 405
    assert client.post(reverse("jobs:cancel", args=[run.pk])).status_code == 302
    assert client.post(reverse("jobs:cancel", args=[run.pk])).status_code == 409
    assert client.post(reverse("jobs:retry", args=[run.pk])).status_code == 302
    run.refresh_from_db()
    assert run.state == "queued"


def test_list_pages_by_key(client, world, send):
    for number in range(55):
        runner.start(world.filer, "test.add", {"a": number, "b": 0}, now=clock.now() - timedelta(minutes=number // 2))
    client.force_login(world.filer, backend=BACKEND)
    first = client.get(reverse("jobs:list"))
    second = client.get(reverse("jobs:list"), {"after": first.context["page"]["next"]})
    seen = (
        {str(run.pk) for run, _label in first.context["runs"]},
        {str(run.pk) for run, _label in second.context["runs"]},
    )
    assert len(seen[0]) == 50 and len(seen[1]) == 5 and not seen[0] & seen[1]


def test_api(client, world, send):
    run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    client.force_login(world.filer, backend=BACKEND)
    assert [one["id"] for one in client.get("/api/v1/jobs/").json()["results"]] == [str(run.pk)]
    assert client.get(f"/api/v1/jobs/{run.pk}/").json()["state"] == "queued"
    assert client.post(f"/api/v1/jobs/{run.pk}/cancel/").json()["state"] == "cancelled"
    refused = client.post(f"/api/v1/jobs/{run.pk}/cancel/")
    assert refused.status_code == 409 and refused["Content-Type"] == "application/problem+json"
    assert client.post(f"/api/v1/jobs/{run.pk}/retry/").json()["state"] == "queued"
    client.force_login(world.other_filer, backend=BACKEND)
    assert client.get(f"/api/v1/jobs/{run.pk}/").status_code == 404
    assert client.post(f"/api/v1/jobs/{run.pk}/cancel/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_a_run_once(world, send):
    run = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        try:
            runner.execute(run.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.refresh_from_db()
    assert run.state == "done" and calls == ["add"]


def test_an_administrator_sees_the_runs_of_its_own_people(world, send):
    above = runner.start(world.people["inspector"], "test.add", {"a": 1, "b": 2})
    firm = runner.start(world.filer, "test.add", {"a": 1, "b": 2})
    nightly = runner.start(None, "test.add", {"a": 1, "b": 2})
    own = runner.start(world.city_people["inspector"], "test.add", {"a": 1, "b": 2})
    assert set(visible_to(world.city_people["administrator"])) == {own}
    assert set(visible_to(world.people["administrator"])) == {above, own}
    world.people["administrator"].is_superuser = True
    assert set(visible_to(world.people["administrator"])) == {above, firm, nightly, own}
