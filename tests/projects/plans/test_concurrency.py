"""Two officers at once, and many numbers at once: nobody decides twice, no number is lost or given twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from conservation.errors import Conflict
from conservation.history.numbers import document_number
from projects.plans import actions
from projects.plans.models import Plan
from tests.projects.conftest import CLEAR

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls: Any) -> list[Any]:
    """Run calls in threads that begin at the same moment; the result or the exception of each."""
    barrier = threading.Barrier(len(calls))

    def run(call: Any) -> Any:
        try:
            barrier.wait(10)
            return call()
        except Exception as caught:
            return caught
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_officers_decide_at_once(world, ready, officers):
    actions.record_findings(officers.reviewer, ready.pk, {**CLEAR})
    from tests.world import person

    second = person("county_approver2", "approver", authority=world.county, name="第二人")
    found = together(
        lambda: actions.approve(officers.approver, ready.pk),
        lambda: actions.approve(second, ready.pk),
    )
    late = [one for one in found if isinstance(one, Conflict)]
    assert len(late) == 1, found
    assert "最近一次办理" in str(late[0])
    assert Plan.objects.get(pk=ready.pk).approval_number.endswith("1号")


def test_numbers_have_no_gap_and_no_twin(world):
    def one() -> str:
        with transaction.atomic():
            return document_number("湘水许可", "plan_decision", 2026)

    found = together(*[one] * 24)
    assert sorted(int(text.split("〕")[1][:-1]) for text in found) == list(range(1, 25))


def test_a_refused_decision_gives_its_number_back(world, ready, officers, monkeypatch):
    from projects.plans.actions import deciding

    def broken(act: Any) -> None:
        raise RuntimeError("storage is down")

    with monkeypatch.context() as patch:
        patch.setattr(deciding, "approve_project", broken)
        with pytest.raises(RuntimeError):
            actions.approve(officers.approver, ready.pk)
    assert actions.approve(officers.approver, ready.pk).approval_number.endswith("〕1号")
