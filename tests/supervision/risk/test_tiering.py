"""The tiering: what changes is decided, recorded and followed up once; what does not is left alone."""

from __future__ import annotations

import io
import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from conservation.clock import now
from conservation.errors import Conflict, Refused
from conservation.history.models import Event
from conservation.notices.models import Notice
from conservation.rulebook import store
from conservation.rulebook.models import StoredDecision
from projects.registry.models import Project, ProjectFacts, ProjectTier, SpoilSite
from supervision.risk import tiering
from supervision.risk.models import Contact, FollowUp, TierRun

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)
CALM = {
    "bare_slope_m": 1, "mean_slope_deg": 2, "background_erosion": "slight", "sensitive_m": 9000, "river_m": 9000,
    "key_zone": "none", "spoil_10k_m3": 0, "disturbed_ha": 0, "last_colour": "green", "report_late_days": 0,
}  # fmt: skip


def make(world: SimpleNamespace, **changes: Any) -> Project:
    values = {
        "name": "平静的项目", "unit": world.unit, "type_no": 1, "approval_level": "county", "authority": world.county,
        "counties": ["430121"], "areas": ["43", "4301", "430121"], "permanent_ha": 1, "temporary_ha": 0,
        "excavation_m3": 500, "fill_m3": 0, "plan_kind": "report_form", "created_at": now(), **changes,
    }  # fmt: skip
    project = Project.objects.create(**values)
    ProjectFacts.objects.create(project=project, **CALM)
    return project


def mark_dangerous(project: Project) -> None:
    ProjectFacts.objects.filter(project=project).update(dumped_m3=9000, dumped_with_harm=True)


def followed(project: Project) -> dict[str, int]:
    return {
        "decisions": StoredDecision.objects.filter(subject_type="project", subject_id=project.pk).count(),
        "events": Event.objects.filter(subject_type="project", subject_id=project.pk, act="risk.tier").count(),
        "follow_ups": FollowUp.objects.filter(project=project).count(),
        "contacts": Contact.objects.filter(project=project).count(),
    }


def test_no_risk_is_left_alone(world: SimpleNamespace) -> None:
    project = make(world)
    result = tiering.tier_all(as_of=DAY)
    assert result["tiers"] == {"none": 1, "low": 0, "medium": 0, "high": 0}
    assert ProjectTier.objects.get(project=project).tier == 0
    assert followed(project) == {"decisions": 0, "events": 0, "follow_ups": 0, "contacts": 0}


def test_raised_and_lowered_each_once(world: SimpleNamespace) -> None:
    project = make(world)
    tiering.tier_all(as_of=DAY)
    mark_dangerous(project)
    result = tiering.tier_all(as_of=DAY)
    assert (result["assessed"], result["raised"], result["lowered"]) == (1, 1, 0)
    assert followed(project) == {"decisions": 1, "events": 1, "follow_ups": 1, "contacts": 1}
    visit = FollowUp.objects.get(project=project)
    assert (visit.kind, visit.tier, visit.state, visit.due_on) == ("visit", 3, "open", date(2026, 11, 16))
    event = Event.objects.get(act="risk.tier")
    assert (event.data["from"], event.data["to"], event.seq) == ("none", "high", event.seq)
    assert Notice.objects.filter(user=world.filer).count() == 1

    assert tiering.tier_all(as_of=DAY)["raised"] == 0
    assert followed(project) == {"decisions": 1, "events": 1, "follow_ups": 1, "contacts": 1}

    ProjectFacts.objects.filter(project=project).update(dumped_m3=0, dumped_with_harm=False)
    result = tiering.tier_all(as_of=DAY)
    assert (result["raised"], result["lowered"]) == (0, 1)
    assert followed(project) == {"decisions": 2, "events": 2, "follow_ups": 1, "contacts": 1}
    visit.refresh_from_db()
    assert visit.state == "withdrawn" and visit.closed_at is not None


def test_second_run_writes_no_row(world: SimpleNamespace) -> None:
    for _number in range(3):
        mark_dangerous(make(world))
    tiering.tier_all(as_of=DAY)

    def versions() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT project_id, xmin::text, ctid::text FROM registry_projecttier ORDER BY 1")
            return cursor.fetchall()

    before = versions()
    tiering.tier_all(as_of=date(2026, 11, 3))
    assert versions() == before


def test_decisions_replay(world: SimpleNamespace) -> None:
    project = make(world)
    SpoilSite.objects.create(project=project, name="渣场", volume_10k_m3=60, height_m=30, harm="slight", grade=2)
    ProjectFacts.objects.filter(project=project).update(
        bare_slope_m=18, sensitive_m=250, spoil_10k_m3=60, disturbed_ha="7.3", excess_ha="1.1", key_zone="national"
    )
    tiering.tier_all(as_of=DAY)
    ProjectFacts.objects.filter(project=project).update(sensitive_m=None, bare_slope_m=None, red_twice=True)
    tiering.tier_all(as_of=DAY)
    kept = list(StoredDecision.objects.order_by("id"))
    assert len(kept) == 2
    assert kept[1].inputs["last_levels"] == {"W3": 0.75, "E1": 0.75}
    assert [store.difference(one) for one in kept] == [None, None]
    assert kept[1].reasoning()


def test_many_at_once_follow_the_same_way(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supervision.risk.consequences.MANY", 2)
    projects = [make(world) for _number in range(5)]
    for project in projects:
        mark_dangerous(project)
    result = tiering.tier_all(as_of=DAY, chunk=3)
    assert result["tiers"]["high"] == 5
    assert all(followed(one) == {"decisions": 1, "events": 1, "follow_ups": 1, "contacts": 1} for one in projects)


def test_cancelled_and_foreign_projects_stay_out(world: SimpleNamespace) -> None:
    make(world)
    Project.objects.filter(pk=make(world).pk).update(state="cancelled")
    make(world, counties=["110101"], areas=["11", "1101", "110101"])
    assert tiering.tier_all(as_of=DAY, province="430000")["assessed"] == 1
    assert tiering.tier_all(as_of=DAY)["assessed"] == 2
    assert [run.prefix for run in TierRun.objects.order_by("id")] == ["43", ""]


def test_unknown_province_is_refused(world: SimpleNamespace) -> None:
    with pytest.raises(Refused):
        tiering.tier_all(province="Hunan")
    assert not TierRun.objects.exists()


def test_empty_portal(world: SimpleNamespace) -> None:
    result = tiering.tier_all(as_of=DAY)
    assert result["assessed"] == 0 and result["tiers"] == {"none": 0, "low": 0, "medium": 0, "high": 0}


def test_two_tierings_do_not_meet(world: SimpleNamespace) -> None:
    known = connection.settings_dict
    address = {"dbname": known["NAME"], "user": known["USER"], "password": known["PASSWORD"]}
    with psycopg.connect(host=known["HOST"], port=known["PORT"], **address) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [tiering.LOCK])
        with pytest.raises(Conflict):
            tiering.tier_all(as_of=DAY)
    assert tiering.tier_all(as_of=DAY)["assessed"] == 0


# --- the command ------------------------------------------------------------------------------------------------
def command(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("tier_risks", *arguments, stdout=out, stderr=err)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_command_answers_in_json(world: SimpleNamespace) -> None:
    make(world)
    code, out, err = command("--as-of", "2026-11-02", "--province", "430000", "--json")
    answer = json.loads(out)
    assert (code, err) == (0, "")
    assert set(answer) == {"assessed", "tiers", "raised", "lowered", "seconds"}
    assert answer["assessed"] == 1 and set(answer["tiers"]) == {"none", "low", "medium", "high"}
    assert command("--as-of", "2026-11-02")[0] == 0


@pytest.mark.parametrize("wrong", [("--as-of", "2026-02-30"), ("--as-of", "today"), ("--province", "43")])
def test_command_wrong_call(world: SimpleNamespace, wrong: tuple[str, str]) -> None:
    code, out, err = command(*wrong, "--json")
    assert code == 2 and out == "" and wrong[0].strip("-").split("-")[0] in err


def test_command_refused_while_another_runs(world: SimpleNamespace) -> None:
    known = connection.settings_dict
    address = {"dbname": known["NAME"], "user": known["USER"], "password": known["PASSWORD"]}
    with psycopg.connect(host=known["HOST"], port=known["PORT"], **address) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [tiering.LOCK])
        code, out, err = command("--json")
    assert code == 1 and out == "" and err
