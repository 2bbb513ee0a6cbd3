"""Registering projects and adding ranges: what is refused, and where the fault stands."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from conservation.errors import Conflict, Forbidden, NotFound, Refused
from conservation.history.models import Event, Outbox
from projects.registry import actions
from projects.registry.models import Project, ProjectFacts, ResponsibilityRange
from tests.projects.conftest import CHANGSHA_COUNTY, YUEYANG, record, square

pytestmark = pytest.mark.django_db


def keys(caught: Any) -> set[str]:
    return {fault.key for fault in caught.value.faults}


def test_register_finds_the_authority_and_writes_history(world, project):
    assert project.authority == world.county
    assert project.areas == ["43", "4301", "430121"]
    event = Event.objects.get(subject_type="project", subject_id=str(project.pk))
    assert (event.act, event.actor, event.to_state) == ("registry.register", world.filer, "registered")


def test_register_names_every_fault_at_once(world):
    with pytest.raises(Refused) as caught:
        actions.register(
            world.filer,
            record(
                code="2404-43012-04-01-123456",
                name="",
                counties=["430199"],
                permanent_ha="-1",
                fill_m3="many",
                planned_completion_on="2020-01-01",
                type_no=77,
            ),
        )
    wanted = {"code", "name", "counties", "permanent_ha", "fill_m3", "planned_completion_on", "type_no"}
    assert keys(caught) == wanted
    assert not Project.objects.exists()


def test_register_refuses_a_wrong_credit_code(world):
    unit = world.unit
    unit.uscc = unit.uscc[:-1] + ("A" if unit.uscc[-1] != "A" else "B")
    unit.save()
    with pytest.raises(Refused) as caught:
        actions.register(world.filer, record())
    assert keys(caught) == {"unit"}
    assert caught.value.faults[0].rule == "credit-code"


def test_a_project_code_is_registered_once(world, project):
    with pytest.raises(Refused) as caught:
        actions.register(world.filer, record(name="另一个"))
    assert keys(caught) == {"code"}


def test_a_firm_registers_only_for_itself(world):
    with pytest.raises(Forbidden):
        actions.register(world.filer, record(unit=world.other_unit.pk))


def test_update_keeps_competence_after_approval(world, project):
    Project.objects.filter(pk=project.pk).update(plan_number="长县水〔2026〕1号")
    with pytest.raises(Refused) as caught:
        actions.update(world.filer, project.pk, {"approval_level": "city"})
    assert keys(caught) == {"approval_level"}
    changed = actions.update(world.filer, project.pk, {"name": "黄花机场连接线工程（一期）"})
    assert changed.name.endswith("（一期）")


def test_update_moves_to_the_competent_authority(world, project):
    changed = actions.update(world.filer, project.pk, {"counties": ["430121", "430102"]})
    assert changed.authority == world.city
    assert changed.areas == ["43", "4301", "430102", "430121"]


def test_range_drawn_inside_the_county(world, range_draft):
    assert (range_draft.version, range_draft.state, range_draft.source) == (1, "draft", "drawn")
    assert range_draft.area_ha == pytest.approx(9, abs=0.05)
    assert range_draft.document.kind == "range_vector"
    range_draft.refresh_from_db()
    assert range_draft.geom_3857 is not None


def test_range_outside_the_division_is_refused_naming_it(world, project):
    with pytest.raises(Refused) as caught:
        actions.add_range(world.filer, project.pk, geometry=square(*YUEYANG))
    assert keys(caught) == {"geometry"}
    assert "岳阳" in str(caught.value) and "长沙县水利局" in str(caught.value)
    assert not ResponsibilityRange.objects.exists()


def test_range_in_another_county_of_the_division_is_refused(world):
    wide = actions.register(world.filer, record(approval_level="province", code=None))
    assert wide.authority == world.province
    with pytest.raises(Refused) as caught:
        actions.add_range(world.filer, wide.pk, geometry=square(*YUEYANG))
    assert "不在项目所填的涉及县" in str(caught.value)


def test_range_of_another_size_is_told_not_refused(world, project):
    found = actions.add_range(world.filer, project.pk, geometry=square(*CHANGSHA_COUNTY, 500))
    assert any("占地面积" in note for note in found.notes)


@pytest.mark.parametrize("text", ["no json", "{}", '{"type": "Point", "coordinates": [113.2, 28.3]}'])
def test_what_is_no_polygon_is_refused_at_the_geometry(world, project, text):
    with pytest.raises(Refused) as caught:
        actions.add_range(world.filer, project.pk, geometry=text)
    assert keys(caught) == {"geometry"}


def test_a_stranger_sees_no_project(world, project):
    with pytest.raises(NotFound):
        actions.add_range(world.other_filer, project.pk, geometry=square(*CHANGSHA_COUNTY))
    with pytest.raises(Forbidden):
        actions.add_range(world.people["auditor"], project.pk, geometry=square(*CHANGSHA_COUNTY))


def test_versions_follow_each_other_and_one_is_in_force(world, project, range_draft):
    second = actions.add_range(world.filer, project.pk, geometry=json.dumps(square(*CHANGSHA_COUNTY)))
    assert second.version == 2
    from datetime import date

    actions.approve_plan(
        project, number="长县水〔2026〕1号", kind="report_book", day=date(2026, 5, 6), range=range_draft
    )
    actions.approve_plan(project, number="长县水〔2026〕2号", kind="report_book", day=date(2026, 6, 6), range=second)
    range_draft.refresh_from_db()
    second.refresh_from_db()
    assert (range_draft.state, str(range_draft.valid_to)) == ("superseded", "2026-06-06")
    assert (second.state, second.valid_to) == ("in_force", None)


def test_approve_plan_fills_project_sites_and_facts(world, project, range_draft):
    from datetime import date

    site = {"name": "1号弃渣场", "volume_10k_m3": "60", "height_m": "30", "harm": "slight", "lon": 113.2, "lat": 28.3}
    approved = actions.approve_plan(
        project,
        number="长县水〔2026〕1号",
        kind="report_book",
        day=date(2026, 5, 6),
        range=range_draft,
        spoil_sites=[site],
        facts={"bare_slope_m": "12", "key_zone": "none"},
    )
    assert (approved.state, approved.plan_kind) == ("plan_approved", "report_book")
    stored = approved.spoil_sites.get()
    assert (stored.grade, stored.approved) == (4, True)
    assert ProjectFacts.objects.get(project=project).bare_slope_m == 12
    assert Outbox.objects.filter(topic="project.plan_approved").count() == 1


def test_works_do_not_start_without_a_plan(world, project):
    with pytest.raises(Refused) as caught:
        actions.start_works(world.filer, project.pk)
    assert "第26条" in caught.value.faults[0].rule
    started = actions.start_works(world.people["inspector"], project.pk)
    assert started.state == "under_construction"
    assert Outbox.objects.get(topic="project.started").payload["approved"] is False


def test_works_go_their_way(world, project):
    from datetime import date

    actions.approve_plan(project, number="长县水〔2026〕1号", kind="report_form", day=date(2026, 5, 6))
    actions.start_works(world.filer, project.pk)
    actions.suspend(world.filer, project.pk, reason="汛期停工")
    actions.resume(world.filer, project.pk)
    actions.complete(world.filer, project.pk)
    done = actions.put_to_use(world.filer, project.pk)
    assert done.state == "in_use" and done.completed_on and done.in_use_on
    with pytest.raises(Conflict):
        actions.suspend(world.filer, project.pk)


def test_a_project_found_in_the_field(world):
    found = actions.create_from_field(world.people["inspector"], name="无名采石场", counties=["430121"], type_no=19)
    assert (found.source, found.unit, found.authority) == ("field", None, world.county)
    named = actions.name_unit(world.people["inspector"], found.pk, world.other_unit)
    assert named.unit == world.other_unit
    with pytest.raises(Forbidden):
        actions.create_from_field(world.filer, name="x", counties=["430121"], type_no=19)


def test_use_does_not_lie_before_completion(world: SimpleNamespace, project: Any) -> None:
    inspector, at = world.people["inspector"], datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    actions.start_works(inspector, project.pk, on=date(2026, 6, 1), now=at)
    actions.complete(inspector, project.pk, on=date(2026, 10, 10), now=at)
    with pytest.raises(Refused) as refused:
        actions.put_to_use(inspector, project.pk, on=date(2026, 10, 1), now=at)
    assert refused.value.faults[0].key == "on"


def test_importing_reaches_as_far_as_the_importing_role(world: SimpleNamespace) -> None:
    from conservation.accounts.models import Membership
    from projects.registry.actions.imports import importing_prefixes
    from tests.world import SINCE

    reviewer = world.city_people["reviewer"]
    Membership.objects.create(user=reviewer, authority=world.province, role="auditor", valid_from=SINCE)
    assert importing_prefixes(reviewer) == {"4301"}


def test_a_unit_does_not_move_works_out_of_sight(world: SimpleNamespace) -> None:
    found = actions.create_from_field(
        world.city_people["inspector"], name="现场发现的工程", counties=["430121"], type_no=1, unit=world.unit
    )
    with pytest.raises(Refused) as refused:
        actions.update(world.filer, found.pk, {"counties": ["430681"], "permanent_ha": "5"})
    assert {fault.key for fault in refused.value.faults} == {"counties"}
    assert actions.update(world.filer, found.pk, {"permanent_ha": "5"}).permanent_ha == 5
