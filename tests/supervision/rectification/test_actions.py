"""Acts on rectification items, from the order to closing or a case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from conservation.accounts.roles import AUDITOR, CASE_OFFICER, INSPECTOR, LEADER
from conservation.deadlines import actions as deadlines
from conservation.deadlines.models import Timer
from conservation.documents.models import Document
from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.history import outbox
from conservation.history.models import Outbox
from conservation.notices.models import Notice
from projects.registry.models import ProjectFacts
from supervision.cases.models import Case
from supervision.rectification import actions, problems
from supervision.rectification.models import Item
from tests.supervision.rectification.conftest import DEADLINE, NOW, order, paper

pytestmark = pytest.mark.django_db


def keys(refused) -> set[str]:
    return {fault.key for fault in refused.value.faults}


def fresh(item) -> Item:
    item.refresh_from_db()
    return item


def after(days: int) -> datetime:
    return NOW + timedelta(days=days)


def submitted(world, item, days: int = 5) -> Item:
    return actions.submit(world.filer, item.pk, text="已恢复植被", uploads=[paper()], now=after(days))


# --- order ---------------------------------------------------------------------------------------------------------------
def test_order_makes_paper_timer_and_notice(world, item) -> None:
    assert (item.number, item.state, item.severity, item.deadline) == ("湘水整改〔2026〕1号", "open", "S", DEADLINE)
    document = Document.objects.get(subject_type="rectification", kind=actions.ORDER)
    assert (document.media_type, document.number) == ("application/pdf", item.number)
    assert not document.facts["problems"]
    timer = Timer.objects.get(subject_type="rectification", subject_id=str(item.pk))
    assert (timer.code, timer.unit, timer.state) == ("T17", world.unit, "running")
    assert Notice.objects.filter(user=world.filer, subject_type="rectification").count() == 1
    assert Outbox.objects.filter(topic="rectification.ordered").count() == 1


def test_numbers_have_no_gap(world, project, item) -> None:
    with pytest.raises(Refused):
        order(world, project, deadline=NOW.date())
    assert order(world, project).number == "湘水整改〔2026〕2号"


def test_deadline_from_the_list(world, project) -> None:
    found = order(world, project, deadline=None, problem="DEV-14")
    assert found.deadline == date(2026, 8, 25)


def test_order_names_every_fault(world, project) -> None:
    with pytest.raises(Refused) as refused:
        order(
            world, project, unit=project.unit, problem="XXX", violation="V99", areas=["43"], deadline=date(2020, 1, 1)
        )
    assert keys(refused) == {"problem", "violation", "deadline"}


def test_only_officers_of_the_place_order(world, project) -> None:
    for user in (world.filer, world.people[AUDITOR], world.other_city_people[INSPECTOR]):
        with pytest.raises(Forbidden):
            actions.order(
                user, project=project, unit=project.unit, authority=world.province, areas=project.areas, problem="DEV-12",
                source_type="project", source_id=1, now=NOW,
            )  # fmt: skip


# --- the firm answers ------------------------------------------------------------------------------------------------------
def test_plan_then_submit_then_close(world, item) -> None:
    actions.plan(world.filer, item.pk, text="九月一日前恢复植被", now=after(2))
    assert fresh(item).state == "planned"
    submitted(world, item)
    assert fresh(item).state == "submitted"
    assert not Timer.objects.filter(state="running", subject_type="rectification").exists()
    inspector = world.people[INSPECTOR]
    actions.close(inspector, item.pk, second_officer=world.second_inspector, note="现场复核合格", now=after(7))
    assert fresh(item).state == "closed"
    assert item.rechecks.get().passed
    assert Document.objects.filter(kind=actions.RECHECK).count() == 1
    assert Outbox.objects.filter(topic="rectification.closed").count() == 1


def test_submit_needs_evidence_and_text(world, item) -> None:
    with pytest.raises(Refused) as refused:
        actions.submit(world.filer, item.pk, text="已整改", now=after(1))
    assert keys(refused) == {"uploads"}
    with pytest.raises(Refused):
        actions.submit(world.filer, item.pk, text=" ", uploads=[paper()], now=after(1))
    assert fresh(item).state == "open"


def test_a_strangers_item_looks_missing(world, item) -> None:
    for user in (world.other_filer, world.other_city_people[INSPECTOR], world.stranger):
        with pytest.raises(NotFound):
            actions.plan(user, item.pk, text="x", now=after(1))
    with pytest.raises(Forbidden):
        actions.plan(world.people[INSPECTOR], item.pk, text="x", now=after(1))


# --- re-check --------------------------------------------------------------------------------------------------------------
def test_closing_needs_two_officers(world, item) -> None:
    submitted(world, item)
    inspector = world.people[INSPECTOR]
    for second in (inspector, world.people[CASE_OFFICER], None, 0):
        with pytest.raises(Refused) as refused:
            actions.close(inspector, item.pk, second_officer=second, note="合格", now=after(6))
        assert "second_officer" in keys(refused)
    assert fresh(item).state == "submitted"


def test_return_before_the_deadline_lets_the_period_run_on(world, item) -> None:
    submitted(world, item)
    actions.return_(
        world.people[INSPECTOR], item.pk, second_officer=world.second_inspector, note="植被未成活", now=after(8)
    )
    assert (fresh(item).state, item.deadline) == ("returned", DEADLINE)
    assert Timer.objects.filter(state="running", subject_type="rectification").count() == 1
    submitted(world, item, 12)
    assert fresh(item).state == "submitted"


def test_return_after_the_deadline_is_overdue_at_once(world, item, project) -> None:
    submitted(world, item, 30)
    actions.return_(
        world.people[INSPECTOR], item.pk, second_officer=world.second_inspector, note="未整改", now=after(40)
    )
    assert fresh(item).state == "overdue"
    assert ProjectFacts.objects.get(project=project).overdue_rectifications == 1


# --- time -------------------------------------------------------------------------------------------------------------------
def test_extension_once_before_the_deadline(world, item) -> None:
    actions.ask_extension(world.filer, item.pk, reason="连续降雨", now=after(10))
    with pytest.raises(Conflict):
        actions.ask_extension(world.filer, item.pk, reason="再申请", now=after(10))
    with pytest.raises(Refused):
        actions.extend(world.people[LEADER], item.pk, deadline=DEADLINE, reason="同意", now=after(11))
    actions.extend(world.people[LEADER], item.pk, deadline=date(2026, 9, 30), reason="同意", now=after(11))
    assert (fresh(item).deadline, item.first_deadline, item.extended) == (date(2026, 9, 30), DEADLINE, True)
    assert list(Timer.objects.order_by("id").values_list("state", flat=True)) == ["void", "running"]
    assert Timer.objects.get(state="running").due_at.date() == date(2026, 9, 30)
    with pytest.raises(Conflict, match="一次"):
        actions.extend(world.people[LEADER], item.pk, deadline=date(2026, 10, 30), reason="再延", now=after(12))


def test_no_extension_after_the_deadline(world, item) -> None:
    with pytest.raises(Conflict, match="已过"):
        actions.extend(world.people[LEADER], item.pk, deadline=date(2026, 10, 30), reason="同意", now=after(40))


def test_the_patrol_makes_it_overdue(world, item, project) -> None:
    late = datetime(2026, 9, 11, 2, 0, tzinfo=UTC)
    assert deadlines.check(late - timedelta(days=1))["breached"] == 0
    assert deadlines.check(late)["breached"] == 1
    outbox.deliver()
    assert (fresh(item).state, item.overdue_at is not None) == ("overdue", True)
    assert ProjectFacts.objects.get(project=project).overdue_rectifications == 1
    assert Outbox.objects.get(topic="rectification.overdue").payload["item"] == item.pk
    assert deadlines.check(late)["breached"] == 0
    submitted(world, item, 33)
    assert ProjectFacts.objects.get(project=project).overdue_rectifications == 0


def test_not_overdue_while_the_answer_waits(world, item) -> None:
    submitted(world, item)
    assert actions.mark_overdue(item.pk, now=after(60)) is None
    assert fresh(item).state == "submitted"


# --- case --------------------------------------------------------------------------------------------------------------------
def test_escalation_hands_over_copies(world, item, project) -> None:
    inspector = world.people[INSPECTOR]
    with pytest.raises(Conflict):
        actions.escalate(inspector, item.pk, now=after(5))
    actions.mark_overdue(item.pk, now=after(35))
    actions.escalate(inspector, item.pk, now=after(36))
    case = Case.objects.get()
    assert (fresh(item).state, item.case_id) == ("escalated", case.pk)
    assert (case.violation, case.unit, case.source_type, case.source_id) == (
        "V05",
        world.unit,
        "rectification",
        str(item.pk),
    )
    assert case.facts["area_ha"] == 2.5
    assert Document.objects.filter(subject_type="case", subject_id=str(case.pk), sha256__in=Document.objects.filter(
        subject_type="rectification").values("sha256")).exists()  # fmt: skip
    assert ProjectFacts.objects.get(project=project).overdue_rectifications == 1
    outbox.publish("case.closed", {"case": case.pk, "number": "x", "unit_id": None}, now=after(90))
    outbox.deliver()
    assert fresh(item).state == "closed"
    assert ProjectFacts.objects.get(project=project).overdue_rectifications == 0


def test_what_is_no_violation_becomes_no_case(world, project) -> None:
    item = order(world, project, problem="DEV-19", violation="")
    actions.mark_overdue(item.pk, now=after(60))
    with pytest.raises(Conflict, match="没有对应"):
        actions.escalate(world.people[INSPECTOR], item.pk, now=after(61))


def test_reopened_within_twelve_months(world, item) -> None:
    submitted(world, item)
    inspector = world.people[INSPECTOR]
    actions.close(inspector, item.pk, second_officer=world.second_inspector, note="合格", now=after(7))
    with pytest.raises(Conflict, match="十二个月"):
        actions.reopen(inspector, item.pk, deadline=date(2027, 10, 1), reason="反弹", now=after(400))
    actions.reopen(inspector, item.pk, deadline=date(2027, 3, 1), reason="反弹", now=after(180))
    assert (fresh(item).state, item.deadline) == ("reopened", date(2027, 3, 1))


@pytest.mark.parametrize(
    ("first", "second", "months"),
    [
        (date(2026, 8, 17), date(2027, 8, 17), 12),
        (date(2026, 8, 17), date(2027, 8, 16), 11),
        (date(2026, 12, 31), date(2027, 1, 30), 0),
    ],
)
def test_months_between(first, second, months) -> None:
    assert actions.months_between(first, second) == months


def test_the_list_of_problems_is_sound() -> None:
    from supervision.cases.violations import BY_CODE

    table = problems.table()
    assert len(table) == 42
    for one in table.values():
        assert one.severity in Item.Severity.values and one.days > 0 and one.requirement and one.mark == "unverified"
        assert one.violation in BY_CODE or not one.violation
    assert problems.for_violation("V01").code == "DEV-01"
    assert problems.label("DEV-01") == "DEV-01 未批先建"


def test_two_officers_at_once_one_wins(world, item) -> None:
    submitted(world, item)
    inspector = world.people[INSPECTOR]
    actions.close(inspector, item.pk, second_officer=world.second_inspector, note="合格", now=after(7))
    with pytest.raises(Conflict, match="最近一次办理"):
        actions.return_(world.second_inspector, item.pk, second_officer=inspector, note="不合格", now=after(7))
