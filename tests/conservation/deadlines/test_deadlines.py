"""Timers on a subject: the rule's days as moments, pauses, extension, warning, breach."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from conservation.clock import SHANGHAI
from conservation.deadlines import actions, law, queries
from conservation.deadlines.models import Timer
from conservation.deadlines.templatetags.deadlines import describe
from conservation.errors import Conflict, NotFound, Refused
from conservation.history.models import Event, Outbox
from conservation.notices.models import Notice
from conservation.rulebook.workdays import Pause, due

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def at(month: int, day: int, hour: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI)


def begin(world, code: str = "T02", moment: datetime | None = None, **more) -> Timer:
    return actions.start(code, world.unit, at=moment or at(3, 2), authority=world.province, **more)


def test_the_rule_gives_the_end(world):
    timer = begin(world)
    assert timer.due_at == end_of(due("T02", date(2026, 3, 2)).due)
    assert (timer.label, timer.unit_of_time, timer.length, timer.provisional) == ("报告书审批决定", "WD", 10, False)
    assert "令第53号" in timer.basis and timer.mark == "verified"
    assert timer.started_at < timer.warn_at < timer.due_at
    assert Event.objects.get(act="deadlines.start").to_state == "running"


def test_the_start_is_a_day_in_shanghai(world):
    late = datetime(2026, 3, 2, 17, tzinfo=UTC)  # already the third in Shanghai
    assert begin(world, moment=late).due_at == end_of(due("T02", date(2026, 3, 3)).due)


def test_hours_run_from_the_moment(world):
    timer = begin(world, "T38", at(3, 2, 15))
    assert timer.due_at == at(3, 3, 15) and timer.unit_of_time == "hour"


def test_a_decision_due_on_the_spot(world):
    timer = begin(world, "T04")
    assert timer.due_at == end_of(date(2026, 3, 2))


def test_one_of_a_code_runs_at_a_time(world):
    begin(world)
    with pytest.raises(Conflict):
        begin(world)
    actions.stop(world.unit, "T02", at=at(3, 4))
    assert begin(world).pk


@pytest.mark.parametrize(
    ("code", "more"),
    [("T99", {}), ("T28", {}), ("T49", {}), ("T17", {}), ("T02", {"length": 5}), ("T36", {"variant": "x"})],
)
def test_what_the_rule_refuses_is_refused(world, code, more):
    with pytest.raises(Refused):
        begin(world, code, **more)
    assert Timer.objects.count() == 0


def test_a_length_given_by_the_act_survives_pauses(world):
    timer = begin(world, "T17", length=20)
    actions.pause(world.unit, "T17", at=at(3, 5), reason="台风")
    timer = actions.resume(world.unit, "T17", at=at(3, 9))
    wanted = due("T17", date(2026, 3, 2), [Pause(date(2026, 3, 5), date(2026, 3, 9))], 20).due
    assert timer.due_at == end_of(wanted) and timer.length == 20


def test_pause_and_resume_move_the_end(world):
    before = begin(world).due_at
    paused = actions.pause(world.unit, "T02", at=at(3, 4), reason="委托技术评审")
    assert paused.state == "paused"
    assert actions.check(at(12, 1))["breached"] == 0
    timer = actions.resume(world.unit, "T02", at=at(4, 1))
    assert timer.state == "running" and timer.due_at > before
    assert timer.due_at == end_of(due("T02", date(2026, 3, 2), [Pause(date(2026, 3, 4), date(2026, 4, 1))]).due)
    with pytest.raises(Conflict):
        actions.resume(world.unit, "T02", at=at(4, 2))


def test_pauses_need_a_reason_and_a_timer(world):
    begin(world)
    with pytest.raises(Refused):
        actions.pause(world.unit, "T02", at=at(3, 4), reason=" ")
    with pytest.raises(NotFound):
        actions.pause(world.unit, "T03", at=at(3, 4), reason="评审")
    actions.pause(world.unit, "T02", at=at(3, 4), reason="评审")
    with pytest.raises(Conflict):
        actions.pause(world.unit, "T02", at=at(3, 5), reason="评审")


def test_extension_once_with_reason_before_the_end(world):
    begin(world)
    leader = world.people["leader"]
    with pytest.raises(Refused):
        actions.extend(world.unit, "T02", at=at(3, 5), actor=leader, reason="")
    timer = actions.extend(world.unit, "T02", at=at(3, 5), actor=leader, reason="项目复杂")
    assert timer.extended and timer.length == 20
    assert timer.due_at == end_of(due("T02", date(2026, 3, 2), extended=True).due)
    event = Event.objects.get(act="deadlines.extend")
    assert event.actor == leader and event.reason == "项目复杂"
    with pytest.raises(Conflict):
        actions.extend(world.unit, "T02", at=at(3, 6), actor=leader, reason="再延")


def test_no_extension_after_the_end_or_without_law(world):
    begin(world)
    with pytest.raises(Conflict):
        actions.extend(world.unit, "T02", at=at(6, 1), actor=None, reason="晚了")
    begin(world, "T01")
    with pytest.raises(Refused):
        actions.extend(world.unit, "T01", at=at(3, 3), actor=None, reason="没有规定")
    assert not Timer.objects.get(code="T01").extended


def test_extension_with_a_total_given_by_the_approving_paper(world):
    begin(world, "T24")
    with pytest.raises(Refused):
        actions.extend(world.unit, "T24", at=at(3, 5), actor=None, reason="案情复杂")
    timer = actions.extend(world.unit, "T24", at=at(3, 5), actor=None, reason="案情复杂", length=150)
    assert timer.length == 150 and timer.due_at == end_of(date(2026, 7, 30))


def test_warned_once_breached_once(world, django_capture_on_commit_callbacks):
    timer = begin(world, unit=world.unit)
    assert actions.check(timer.warn_at - timedelta(seconds=1)) == {"open": 1, "warned": 0, "breached": 0}
    assert actions.check(timer.warn_at) == {"open": 1, "warned": 1, "breached": 0}
    assert actions.check(timer.warn_at) == {"open": 1, "warned": 0, "breached": 0}
    assert actions.check(timer.due_at)["breached"] == 0
    late = timer.due_at + timedelta(seconds=1)
    assert actions.check(late) == {"open": 1, "warned": 0, "breached": 1}
    assert actions.check(late)["breached"] == 0
    row = Outbox.objects.get(topic="deadline.breached")
    assert row.payload == {"code": "T02", "subject_type": "unit", "subject_id": str(world.unit.pk), "timer": timer.pk}
    told = set(Notice.objects.values_list("user__username", "title"))
    assert {name for name, _title in told} == {"filer", "province_reviewer", "province_approver"}
    assert Notice.objects.count() == 6
    stopped = actions.stop(world.unit, "T02", at=late + timedelta(days=1))
    assert stopped.breached_at == late and describe(stopped, late)["text"] == "逾期办结"


def test_a_resumed_timer_is_warned_again(world):
    timer = begin(world)
    actions.check(timer.warn_at)
    actions.pause(world.unit, "T02", at=timer.warn_at, reason="评审")
    moved = actions.resume(world.unit, "T02", at=at(5, 6))
    assert moved.warned_at is None
    assert actions.check(moved.warn_at)["warned"] == 1


def test_stopped_too_late_is_a_breach_although_nobody_checked(world):
    timer = begin(world)
    assert actions.stop(world.unit, "T02", at=timer.due_at + timedelta(days=3)).breached_at == timer.due_at
    assert actions.stop(world.unit, "T02", at=at(9, 1)) is None


def test_a_window_passes_and_is_no_breach(world):
    timer = begin(world, "T22", on_due="hearing.window_closed")
    assert actions.check(timer.due_at + timedelta(seconds=1))["breached"] == 0
    timer.refresh_from_db()
    assert timer.state == "stopped" and timer.breached_at is None
    assert set(Outbox.objects.values_list("topic", flat=True)) == {"deadline.passed", "hearing.window_closed"}
    assert describe(timer, at(12, 1))["text"] == "期间已满"


def test_void_and_stop_all(world):
    begin(world)
    begin(world, "T01")
    assert actions.void(world.unit, "T01", at=at(3, 3), reason="撤回").state == "void"
    assert actions.stop_all(world.unit, at=at(3, 3)) == 1
    assert actions.check(at(12, 1)) == {"open": 0, "warned": 0, "breached": 0}


def test_provisional_dates_are_marked_and_recomputed(world, monkeypatch):
    timer = begin(world, moment=at(12, 28, year=2031))
    assert timer.provisional
    assert actions.recompute_provisional(now=at(12, 29, year=2031)) == 0
    known = law.ask("T02", timer.started_at)

    def published(*args, **kwargs):
        from dataclasses import replace

        return replace(known, provisional=False, due_at=known.due_at + timedelta(days=1))

    monkeypatch.setattr(law, "ask", published)
    assert actions.recompute_provisional(now=at(12, 30, year=2031)) == 1
    timer.refresh_from_db()
    assert not timer.provisional and timer.due_at == known.due_at + timedelta(days=1)
    assert Event.objects.filter(act="deadlines.recompute").count() == 1


def test_nothing_is_left_when_the_act_fails(world):
    with pytest.raises(RuntimeError), transaction.atomic():
        begin(world)
        raise RuntimeError
    assert Timer.objects.count() == 0


def test_countdown_words(world):
    timer = begin(world)
    assert describe(timer, timer.due_at - timedelta(days=3))["text"] == "还有 3 天"
    assert describe(timer, timer.due_at - timedelta(hours=1)) == {"text": "今天届满", "colour": "yellow"}
    assert describe(timer, timer.due_at + timedelta(days=2)) == {"text": "超期 2 天", "colour": "red"}
    hours = begin(world, "T38", at(3, 2, 15))
    assert describe(hours, at(3, 3, 12))["text"] == "还有 3 小时"


def test_who_sees_what(world):
    mine = begin(world)
    city = actions.start("T02", world.other_unit, at=at(3, 2), authority=world.city)
    duty = actions.start("T17", world.other_unit, at=at(3, 2), unit=world.unit, length=10)
    inspector = world.people["inspector"]
    assert set(queries.visible_to(inspector)) == {mine, city}
    assert set(queries.running_for(inspector)) == {mine}
    assert set(queries.visible_to(world.city_people["leader"])) == {city}
    assert set(queries.running_for(world.filer)) == {duty}
    assert not queries.visible_to(world.other_filer).exists() and not queries.visible_to(world.stranger).exists()
    assert set(queries.of(world.other_unit)) == {city, duty}


def test_pages(client, world, django_assert_max_num_queries):
    timer = begin(world)
    actions.pause(world.unit, "T02", at=at(3, 4), reason="委托技术评审")
    for code in ("T01", "T03", "T05", "T06"):
        begin(world, code)
    client.force_login(world.people["reviewer"], backend=BACKEND)
    with django_assert_max_num_queries(14):
        page = client.get(reverse("deadlines:list"))
    text = page.content.decode()
    assert page.status_code == 200 and "委托技术评审" in text and text.count("data-timer") == 5
    for state in ("soon", "breached", "paused", "closed", "nonsense"):
        assert client.get(reverse("deadlines:list"), {"state": state, "scope": "all"}).status_code == 200
    detail = client.get(reverse("deadlines:detail", args=[timer.pk]))
    assert detail.status_code == 200 and "中止计时" in detail.content.decode()
    client.force_login(world.other_filer, backend=BACKEND)
    assert client.get(reverse("deadlines:detail", args=[timer.pk])).status_code == 404
    assert client.get("/api/v1/deadlines/").json()["results"] == []


def test_pages_by_key(world):
    for number, unit in enumerate((world.unit, world.other_unit)):
        for code in ("T01", "T03", "T05"):
            actions.start(code, unit, at=at(3, 2 + number), authority=world.province)
    found = queries.own(world.people["reviewer"])
    first = queries.page_of(found, "", closed=False, size=4)
    second = queries.page_of(found, first["next"], closed=False, size=4)
    assert [len(first["rows"]), len(second["rows"])] == [4, 2] and second["next"] == ""
    assert not set(first["rows"]) & set(second["rows"])
    assert queries.page_of(found, "nonsense", closed=False)["rows"]


def test_api(client, world):
    begin(world)
    client.force_login(world.people["reviewer"], backend=BACKEND)
    found = client.get("/api/v1/deadlines/", {"subject_type": "unit", "subject_id": world.unit.pk}).json()["results"]
    assert found[0]["code"] == "T02" and found[0]["pauses"] == []


def command(*args: str) -> dict:
    out = StringIO()
    call_command("check_deadlines", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_command(world):
    begin(world)
    assert command("--as-of", "2026-03-03") == {"open": 1, "warned": 0, "breached": 0}
    assert command("--as-of", "2026-06-01T00:00:00+08:00") == {"open": 1, "warned": 0, "breached": 1}
    with pytest.raises(CommandError) as caught:
        command("--as-of", "gestern")
    assert caught.value.returncode == 2
