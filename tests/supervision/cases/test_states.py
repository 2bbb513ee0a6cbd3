"""Table and triggers agree; no sequence of events leaves the table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.cases import access, rules
from supervision.cases.facts import edges_of
from supervision.cases.labels import ACTS
from supervision.cases.models import Case
from supervision.cases.states import STATES
from supervision.cases.steps import ACT_OF

DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
FACTS = st.builds(
    rules.CaseFacts, state=st.sampled_from(sorted(STATES.states)), today=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    officers=st.sampled_from([(), ((1, True),), ((1, True), (2, True)), ((1, True), (2, False))]), limitation_until=DAYS,
    clue_on=DAYS, order_first=st.none() | st.booleans(), finable=st.booleans(), order_issued_on=DAYS, order_served_on=DAYS,
    order_deadline=DAYS, complicated=st.booleans(), legal_reviewed_on=DAYS, legal_passed=st.none() | st.booleans(),
    hearing_due=st.booleans(), notice_served_on=DAYS, hearing_offer_served_on=DAYS,
    defence=st.sampled_from(["none", "waived", "made"]), defence_due_on=DAYS, defence_rechecked_on=DAYS, hearing_due_on=DAYS,
    hearing_waived=st.booleans(), hearing_requested=st.booleans(), hearing_on=DAYS, hearing_earliest_on=DAYS,
    hearing_notice_served_on=DAYS, hearing_held_on=DAYS, collective_due=st.booleans(), collective_on=DAYS,
    decide_due_on=DAYS, decision_served=st.booleans(), paid=st.booleans(), rectified=st.booleans(),
)  # fmt: skip


def test_every_event_has_an_act_with_a_name() -> None:
    events = {one.event for one in STATES.transitions} - {"perform"}
    assert events == set(ACT_OF)
    assert set(ACT_OF.values()) <= set(ACTS)
    assert all(access.roles_of(act) for act in access.EVENT_OF)


@given(FACTS)
@settings(max_examples=300)
def test_next_steps_are_edges_of_the_table(facts: rules.CaseFacts) -> None:
    for step in rules.next_steps(facts, edges_of(facts.state)):
        assert STATES.find(facts.state, step.event).target == step.target
        assert step.allowed is not bool(step.why_not)
        for reason in step.why_not:
            assert reason.text % reason.params and reason.rule


@given(FACTS)
@settings(max_examples=500)
def test_no_decision_without_what_the_law_demands(facts: rules.CaseFacts) -> None:
    """Whatever the facts: an allowed decision had two certified officers, its notice, its rights and its discussion."""
    for step in rules.next_steps(facts, edges_of(facts.state)):
        if step.event == "decide" and step.allowed:
            assert len(facts.officers) == 2 and all(certified for _pk, certified in facts.officers)
            assert facts.notice_served_on is not None and facts.notice_served_on <= facts.today
            assert facts.hearing_offer_served_on or not facts.hearing_due
            assert facts.collective_on or not (facts.collective_due or facts.complicated)
            assert facts.legal_passed is not False
            assert facts.defence != "none" or facts.defence_due_on is None or facts.today > facts.defence_due_on
            assert facts.decide_due_on is None or facts.today <= facts.decide_due_on
        if step.event == "propose" and step.allowed:
            assert facts.state == "lapsed" or not facts.order_first
        if step.event == "lapse" and step.allowed:
            assert facts.order_served_on and (facts.order_deadline is None or facts.today > facts.order_deadline)


@given(st.lists(st.sampled_from(sorted({one.event for one in STATES.transitions})), max_size=40))
@settings(max_examples=300)
def test_random_events_never_leave_the_table(events: list[str]) -> None:
    state, pairs = "clue", set(STATES.pairs())
    for event in events:
        found = [one for one in STATES.events_from(state) if one.event == event]
        if found:
            assert found[0].target == state or (state, found[0].target) in pairs
            state = found[0].target
    assert state in STATES.states


@pytest.mark.django_db
def test_triggers_hold_against_update_and_insert(clue: Any) -> None:
    case = clue()
    for state in STATES.states:
        if state == "clue" or ("clue", state) in STATES.pairs():
            continue
        with pytest.raises(DatabaseError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(state=state)
    with pytest.raises(DatabaseError), transaction.atomic():
        Case.objects.create(title="x", violation="V01", party_name="x", authority=case.authority, areas=["43"], state="decided",
                            source_type="x", created_at=case.created_at, updated_at=case.created_at)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("columns", [
    {"fine": -1}, {"fine": 1}, {"fine": 10**7}, {"officer2": "officer1"}, {"legal_reviewer": "officer1"},
    {"hearing_chair": "officer2"}, {"number": None}, {"notice_served_at": None}, {"decided_at": None},
    {"decided_at": -400}, {"surcharge": 10**7}, {"defended_at": None, "defence": "made"},
])  # fmt: skip
def test_constraints_hold(taken_to: Any, columns: dict[str, Any]) -> None:
    case = taken_to("decided")
    values = {
        name: getattr(case, value) if isinstance(value, str) and value.startswith("officer")
        else case.decided_at + timedelta(days=value) if name == "decided_at" and value else value
        for name, value in columns.items()
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**values)


@pytest.mark.django_db
def test_rows_are_tracked(taken_to: Any) -> None:
    from django.apps import apps

    case = taken_to("filed")
    rows = apps.get_model("cases", "CaseRow").objects.filter(pgh_obj_id=case.pk)
    assert rows.order_by("pgh_id").last().state == "filed" and rows.count() >= 2
