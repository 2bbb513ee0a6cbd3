"""The life cycle of a filing is held by the database, whatever path is taken."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from projects.plans import access
from projects.plans.models import Plan
from projects.plans.states import OPEN, STATES

pytestmark = pytest.mark.django_db


def test_a_filing_begins_as_a_draft(world, draft):
    copy = Plan.objects.get(pk=draft.pk)
    copy.pk, copy.state, copy.kind, copy.number, copy.approval_number = None, "approved", "report_book", "n", "a"
    with pytest.raises(DatabaseError, match="invalid first state"), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.parametrize("source", sorted(STATES.states))
def test_table_and_trigger_agree(world, draft, source):
    """Every pair of states is tried by update(): exactly the table's pairs pass."""
    Plan.objects.filter(pk=draft.pk).update(kind="report_book", number="n", approval_number="a")
    reach(draft, source)
    allowed = set(STATES.pairs())
    for target in STATES.states:
        if target == source:
            continue
        try:
            with transaction.atomic():
                Plan.objects.filter(pk=draft.pk).update(state=target)
                transaction.set_rollback(True)
            passed = True
        except DatabaseError:
            passed = False
        assert passed == ((source, target) in allowed), (source, target)


def reach(plan, wanted):
    paths = {plan.state: []}
    queue = [plan.state]
    while queue:
        state = queue.pop(0)
        for before, after in STATES.pairs():
            if before == state and after not in paths:
                paths[after] = [*paths[state], after]
                queue.append(after)
    for state in paths[wanted]:
        Plan.objects.filter(pk=plan.pk).update(state=state)


def test_raw_sql_is_held_too(world, draft):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE plans_plan SET state = 'approved' WHERE id = %s", [draft.pk])


def test_an_approval_without_number_cannot_be_stored(world, draft):
    with pytest.raises(DatabaseError, match="plans_"), transaction.atomic():
        Plan.objects.filter(pk=draft.pk).update(state="submitted")


def test_open_states_are_those_before_a_decision():
    decided = {"approved", "effective", "refused", "revoked", "cancelled", "not_accepted", "withdrawn", "not_required"}
    assert set(OPEN) == set(STATES.states) - decided


def test_buttons_come_from_table_and_access(world, draft, officers):
    assert {one.event for one in access.events_for(world.filer, draft)} == {
        "submit",
        "close_as_not_required",
        "withdraw",
    }
    assert not access.events_for(officers.reviewer, draft)
    Plan.objects.filter(pk=draft.pk).update(state="submitted", kind="report_book")
    draft.refresh_from_db()
    assert {one.event for one in access.events_for(officers.reviewer, draft)} == {
        "accept",
        "not_accept",
        "return_for_correction",
    }
    assert {one.event for one in access.events_for(world.filer, draft)} == {"withdraw"}
    assert not access.events_for(officers.auditor, draft)
