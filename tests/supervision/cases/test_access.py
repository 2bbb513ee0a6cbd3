"""Who sees and does what: one matrix, and what the party may not see."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conservation.accounts import roles
from conservation.documents import queries as documents
from supervision.cases import access
from supervision.cases.models import Case

SEES = {roles.CASE_OFFICER, roles.LEGAL_REVIEWER, roles.LEADER, roles.AUDITOR, roles.INSPECTOR, roles.REMOTE_SENSING}
DOES = {
    "file_case": {roles.CASE_OFFICER, roles.LEADER},
    "record_investigation": {roles.CASE_OFFICER},
    "legal_review": {roles.LEGAL_REVIEWER},
    "decide": {roles.CASE_OFFICER, roles.LEADER},
    "export": {roles.CASE_OFFICER, roles.LEADER, roles.AUDITOR},
    "close": {roles.CASE_OFFICER, roles.LEADER},
}


@pytest.mark.parametrize("role", sorted(roles.AUTHORITY_ROLES))
def test_matrix(taken_to: Any, world: SimpleNamespace, role: str) -> None:
    case = taken_to("served")
    mine, city, other = world.people[role], world.city_people[role], world.other_city_people[role]
    assert access.visible_to(mine).filter(pk=case.pk).exists() is (role in SEES)
    assert access.visible_to(city).filter(pk=case.pk).exists() is (role in SEES)
    assert not access.visible_to(other).exists()
    for act, allowed in DOES.items():
        assert access.can(mine, act, case) is (role in allowed), (role, act)
        assert access.can(other, act, case) is False
        if act != "export":
            assert access.can(city, act, case) is False, "only the handling authority takes steps"


def test_party_sees_its_case_from_filing_on(clue: Any, taken_to: Any, world: SimpleNamespace) -> None:
    waiting = clue("V03")
    assert not access.visible_to(world.filer).filter(pk=waiting.pk).exists()
    case = taken_to("decided")
    assert access.visible_to(world.filer).filter(pk=case.pk).exists()
    assert not access.visible_to(world.other_filer).exists() and not access.visible_to(world.stranger).exists()
    assert not access.visible_to(None).exists()
    assert not access.sees_inside(world.filer, case)
    papers = documents.readable(world.filer, documents.of(case))
    assert papers.exists() and not papers.exclude(volume="main").exists()
    assert not any(access.can(world.filer, act, case) for act in access.EVENT_OF)


def test_empty_scope_sees_nothing(taken_to: Any, world: SimpleNamespace) -> None:
    taken_to("filed")
    assert Case.objects.exists() and not access.visible_to(world.stranger).exists()
