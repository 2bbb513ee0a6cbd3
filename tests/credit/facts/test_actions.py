"""Credit facts: recorded once from the outbox, confirmed, objected, repaired by the rule's periods, hidden when over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from conservation.accounts.models import UnitStanding
from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.history import outbox
from conservation.history.models import Event, Outbox
from conservation.notices.models import Notice
from credit.facts import access, actions
from credit.facts.models import Fact
from supervision.cases.actions import open_clue
from supervision.cases.models import Case

NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)


def payload(world: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    """What the cases room tells of a decision."""
    case = Case.objects.filter(unit=world.unit).first() or open_clue(
        world.people["case_officer"],
        violation="V01",
        party_unit=world.unit,
        party_name=world.unit.name,
        authority=world.province,
        project_id=None,
        project_name="湘江大道北延工程",
        areas=["43", "4301", "430121"],
        facts={},
        source_type="",
        source_id="",
        documents=[],
        now=NOW,
    )
    told = {"case": case.pk, "unit_id": world.unit.pk, "number": "湘水罚决〔2026〕1号", "decided_on": "2026-05-06"}
    return {**told, "document": "", **changes}


@pytest.fixture
def fact(world: SimpleNamespace) -> Fact:
    outbox.publish("case.decided", payload(world), now=NOW)
    outbox.deliver()
    return Fact.objects.get()


def test_a_decided_case_becomes_one_fact_however_often_it_is_heard(world: SimpleNamespace, fact: Fact) -> None:
    outbox.publish("case.decided", payload(world), now=NOW)
    outbox.deliver()
    assert Fact.objects.count() == 1
    assert not Outbox.objects.filter(delivered_at__isnull=True).exists()
    assert (fact.code, fact.grade_class, fact.state) == ("penalty", "general", "recorded")
    assert fact.hidden_from == date(2027, 5, 6)
    assert fact.earliest_repair_on is None or fact.earliest_repair_on >= date(2026, 8, 6)
    assert Notice.objects.filter(user=world.filer, subject_type="credit_fact").count() == 1
    assert Event.objects.filter(subject_type="credit_fact", act="facts.record").count() == 1


def test_the_unit_standing_follows_its_facts(world: SimpleNamespace, fact: Fact) -> None:
    standing = UnitStanding.objects.get(unit=world.unit)
    assert standing.open_facts == 1
    assert standing.simulated
    actions.withdraw(world.people["leader"], fact.pk, reason="决定被撤销", now=NOW)
    standing.refresh_from_db()
    assert (standing.open_facts, standing.grade) == (0, "unrated")


@pytest.mark.parametrize("missing", ["unit_id", "number"])
def test_without_unit_or_document_number_there_is_no_fact(world: SimpleNamespace, missing: str) -> None:
    outbox.publish("case.decided", payload(world, **{missing: None}), now=NOW)
    outbox.deliver()
    assert not Fact.objects.exists()


def test_a_unit_objects_with_a_reason_only(world: SimpleNamespace, fact: Fact) -> None:
    with pytest.raises(Refused) as refused:
        actions.object_to(world.filer, fact.pk, reason=" ", now=NOW)
    assert refused.value.faults[0].key == "reason"
    assert actions.object_to(world.filer, fact.pk, reason="事实不符", now=NOW).state == "objected"
    with pytest.raises(Conflict):
        actions.object_to(world.filer, fact.pk, reason="再说一次", now=NOW)


def test_strangers_see_nothing_and_filers_cannot_confirm(world: SimpleNamespace, fact: Fact) -> None:
    for stranger in (world.stranger, world.other_filer, world.other_city_people["leader"]):
        assert not access.visible_to(stranger).exists()
        with pytest.raises(NotFound):
            actions.confirm(stranger, fact.pk, now=NOW)
    with pytest.raises(Forbidden):
        actions.confirm(world.filer, fact.pk, now=NOW)
    with pytest.raises(Forbidden):
        actions.confirm(world.people["auditor"], fact.pk, now=NOW)


def test_a_repair_waits_for_duty_and_least_period(world: SimpleNamespace, fact: Fact) -> None:
    leader = world.people["leader"]
    actions.confirm(leader, fact.pk, now=NOW)
    early = NOW + timedelta(days=30)
    with pytest.raises(Refused) as refused:
        actions.repair(leader, fact.pk, fulfilled_on=date(2026, 6, 1), now=early)
    assert refused.value.faults[0].rule == "credit-repair"
    fact.refresh_from_db()
    assert (fact.state, fact.fulfilled_on) == ("confirmed", None)
    late = datetime(2026, 8, 6, 2, 0, tzinfo=UTC)
    assert actions.repair(leader, fact.pk, fulfilled_on=date(2026, 6, 1), now=late).state == "repaired"


def test_publicity_ends_on_its_day(world: SimpleNamespace, fact: Fact) -> None:
    assert actions.expire(now=datetime(2027, 5, 5, 2, 0, tzinfo=UTC)) == 0
    assert actions.expire(now=datetime(2027, 5, 6, 2, 0, tzinfo=UTC)) == 1
    fact.refresh_from_db()
    assert fact.state == "expired"


def test_pages_and_acts(world: SimpleNamespace, fact: Fact, client: Any) -> None:
    client.force_login(world.people["leader"])
    assert fact.title in client.get("/credit/").content.decode()
    assert client.get(f"/credit/{fact.pk}/").status_code == 200
    answer = client.post(f"/credit/{fact.pk}/confirm/", {"reason": "核对无误"})
    assert answer.status_code == 302
    again = client.post(f"/credit/{fact.pk}/confirm/", {"reason": "再核对"})
    assert again.status_code == 409
    client.force_login(world.other_filer)
    assert client.get(f"/credit/{fact.pk}/").status_code == 404


def test_a_duty_is_not_fulfilled_tomorrow(world: SimpleNamespace, fact: Fact) -> None:
    leader = world.people["leader"]
    actions.confirm(leader, fact.pk, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.repair(leader, fact.pk, fulfilled_on=date(2026, 9, 1), now=datetime(2026, 8, 30, 2, 0, tzinfo=UTC))
    assert refused.value.faults[0].key == "fulfilled_on"
