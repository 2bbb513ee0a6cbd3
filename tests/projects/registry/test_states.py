"""The life cycle of a project is held by the database, whatever path is taken."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from projects.registry.models import Project
from projects.registry.states import STATES

pytestmark = pytest.mark.django_db


def test_a_project_begins_as_registered(world, project):
    copy = Project.objects.get(pk=project.pk)
    copy.pk, copy.code, copy.state = None, None, "in_use"
    with pytest.raises(DatabaseError, match="invalid first state"), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.parametrize("source", sorted(STATES.states))
def test_table_and_trigger_agree(world, project, source):
    """Every pair of states is tried by update(): exactly the table's pairs pass."""
    reach(project, source)
    allowed = set(STATES.pairs())
    for target in STATES.states:
        if target == source:
            continue
        try:
            with transaction.atomic():
                Project.objects.filter(pk=project.pk).update(state=target)
                transaction.set_rollback(True)
            passed = True
        except DatabaseError:
            passed = False
        assert passed == ((source, target) in allowed), (source, target)


def reach(project, wanted):
    """Take the project to a state along permitted pairs."""
    paths = {project.state: []}
    queue = [project.state]
    while queue:
        state = queue.pop(0)
        for before, after in STATES.pairs():
            if before == state and after not in paths:
                paths[after] = [*paths[state], after]
                queue.append(after)
    for state in paths[wanted]:
        Project.objects.filter(pk=project.pk).update(state=state)


def test_raw_sql_is_held_too(world, project):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_project SET state = 'in_use' WHERE id = %s", [project.pk])
