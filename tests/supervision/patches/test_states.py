"""The life cycles are held by the database too."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError

from supervision.patches.models import Patch, Round, Verification
from supervision.patches.states import ROUND_STATES, STATES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("model", "table", "name"), [(Patch, STATES, "G3"), (Round, ROUND_STATES, "")])
def test_triggers_hold_the_table(issued, model, table, name: str) -> None:
    row = model.objects.filter(number=name).get() if name else issued
    allowed = set(table.pairs())
    for target in table.states:
        if target == row.state:
            continue
        try:
            with transaction.atomic():
                model.objects.filter(pk=row.pk).update(state=target)
                transaction.set_rollback(True)
            passed = True
        except DatabaseError:
            passed = False
        assert passed == ((row.state, target) in allowed), target


def test_first_state(issued) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patches_patch (round_id, number, geom, area_ha, klass, county_code, areas, kind, change, address, focus, "
            "attributes, finding, state, created_at) SELECT round_id, 'X', geom, area_ha, klass, county_code, areas, kind, change, "
            "address, focus, attributes, finding, 'confirmed', created_at FROM patches_patch LIMIT 1"
        )


def test_single_part(issued) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE patches_patch SET geom = ST_Multi(ST_Union(geom, ST_Translate(geom, 1, 0))) WHERE number = 'G3'"
        )


def test_verifications_are_append_only(suspected) -> None:
    for change in (lambda: Verification.objects.update(finding="none"), lambda: Verification.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_every_state_can_be_reached_and_left() -> None:
    targets = {one.target for one in STATES.transitions}
    assert set(STATES.states) - targets == {"extracted"}
    assert STATES.final() == {"split"}
