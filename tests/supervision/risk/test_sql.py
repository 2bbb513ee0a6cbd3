"""The SQL of the risk index gives what the rule risk-tier gives, for any facts; and what is unknown keeps its level."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conservation.accounts.models import UnitStanding
from conservation.clock import now
from conservation.rulebook.registry import decide
from conservation.rulebook.rules import risk_tier as rules
from projects.registry.models import Project, ProjectFacts, ProjectTier, SpoilSite
from supervision.risk import sql, tiering
from supervision.risk.sources import OVERRIDES, SOURCES, season_of

pytestmark = pytest.mark.django_db

TABLE = rules.table(date(2026, 7, 1))
BY_CODE = {one.code: one for one in TABLE.indicators}
SUMMER, WINTER = date(2026, 7, 1), date(2026, 12, 1)
STATE_PATHS = {
    "registered": (),
    "plan_approved": ("plan_approved",),
    "under_construction": ("under_construction",),
    "suspended": ("under_construction", "suspended"),
    "in_use": ("under_construction", "in_use"),
}


def around(code: str, digits: int, most: str = "999999") -> st.SearchStrategy[Decimal]:
    """Numbers of an indicator: any, and just on, below and above the bounds of its steps."""
    unit = Decimal(1).scaleb(-digits)
    bounds = [step.bound for step in BY_CODE[code].steps if step.comparison != "else"]
    near = sorted({max(Decimal(0), bound + move) for bound in bounds for move in (-unit, Decimal(0), unit)})
    return st.one_of(st.sampled_from(near), st.decimals(0, most, places=digits))


def word(code: str) -> st.SearchStrategy[str]:
    return st.sampled_from([one for one, _level in BY_CODE[code].choices])


def gap(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


FACTS = st.fixed_dictionaries(
    {
        "bare_slope_m": gap(around("W3", 2, "9999")),
        "mean_slope_deg": gap(around("N1", 2, "90")),
        "background_erosion": gap(word("N3")),
        "sensitive_m": gap(around("E1", 1)),
        "river_m": gap(around("E3", 1)),
        "key_zone": gap(word("E2")),
        "spoil_10k_m3": gap(around("W4", 4)),
        "disturbed_ha": gap(around("D1", 4)),
        "excess_ha": gap(st.decimals(0, 100, places=4)),
        "dumped_m3": gap(around("W2", 2)),
        "dumped_with_harm": st.booleans(),
        "overdue_rectifications": st.integers(0, 5),
        "last_colour": gap(word("M1")),
        "red_twice": st.sampled_from([False, False, False, True]),
        "report_late_days": gap(st.integers(0, 90)),
        "storm_red": st.booleans(),
    }
)
SITES = st.lists(st.tuples(st.integers(1, 5), st.decimals(0, 2000, places=4), st.booleans()), max_size=3)
DRAWN = st.fixed_dictionaries(
    {
        "facts": gap(FACTS),
        "sites": SITES,
        "grade": gap(word("M3")),
        "state": st.sampled_from(sorted(STATE_PATHS)),
        "plan_kind": st.sampled_from(["", "report_book", "report_form"]),
        "excavation_m3": around("D3", 4, "5000").map(lambda volume: volume * 10_000),
    }
)


def make(world: SimpleNamespace, **changes: Any) -> Project:
    values = {
        "name": "试验项目", "unit": world.unit, "type_no": 1, "approval_level": "county", "authority": world.county,
        "counties": ["430121"], "areas": ["43", "4301", "430121"], "permanent_ha": 4, "temporary_ha": 1,
        "excavation_m3": 50_000, "fill_m3": 0, "created_at": now(), **changes,
    }  # fmt: skip
    return Project.objects.create(**values)


def put(project: Project, drawn: dict[str, Any]) -> None:
    """Give the project these facts, in place of what it had."""
    fresh = Project.objects.get(pk=project.pk)
    for state in STATE_PATHS[drawn["state"]] if fresh.state == "registered" else ():
        Project.objects.filter(pk=project.pk).update(state=state)
    Project.objects.filter(pk=project.pk).update(plan_kind=drawn["plan_kind"], excavation_m3=drawn["excavation_m3"])
    ProjectFacts.objects.filter(project=project).delete()
    if drawn["facts"] is not None:
        ProjectFacts.objects.create(project=project, **drawn["facts"])
    SpoilSite.objects.filter(project=project).delete()
    for grade, volume, unstable in drawn["sites"]:
        SpoilSite.objects.create(
            project=project,
            name="渣场",
            volume_10k_m3=volume,
            height_m=10,
            harm="none",
            grade=grade,
            unstable=unstable,
        )
    UnitStanding.objects.filter(unit_id=project.unit_id).delete()
    if drawn["grade"]:
        UnitStanding.objects.create(unit_id=project.unit_id, grade=drawn["grade"], updated_at=now())


def natural(project: Project, day: date) -> tuple[dict[str, Any], set[str]]:
    """The natural values and the override facts, by the sources' own SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({sql.inputs(day, 'p.id = %(pk)s')}) AS n",
            {"pk": project.pk, "low": project.pk, "high": project.pk},
        )
        names = [column.name for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
    return {code: row[code.lower()] for code in SOURCES}, {code for code in OVERRIDES if row[code]}


def expected(values: dict[str, Any], last: dict[str, Any], flags: set[str], day: date) -> Any:
    """What the rule says."""
    asked = {
        "indicators": {code: value for code, value in values.items() if value is not None},
        "last_known": {code: value for code, value in last.items() if value is not None},
        "overrides": sorted(flags),
    }
    return decide("risk-tier", asked, on=day).outcome


def stored(project: Project) -> dict[str, Any]:
    row = ProjectTier.objects.get(project=project)
    return {"tier": row.name, "index": row.index, **sql.unpack(row.levels, row.gaps, row.raised, row.assessed_on)}


def told(outcome: Any) -> dict[str, Any]:
    return {
        "tier": outcome.tier,
        "index": outcome.index,
        "levels": {line.indicator: line.level for line in outcome.lines},
        "gaps": list(outcome.gaps),
        "raised_by": list(outcome.raised_by),
    }


SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@SLOW
@given(first=DRAWN, second=DRAWN)
def test_stored_tier_is_the_rules(world: SimpleNamespace, first: dict[str, Any], second: dict[str, Any]) -> None:
    project = make(world)
    put(project, first)
    values, flags = natural(project, SUMMER)
    tiering.tier_all(as_of=SUMMER)
    assert stored(project) == told(expected(values, {}, flags, SUMMER))

    put(project, second)
    later, flags = natural(project, WINTER)
    tiering.tier_all(as_of=WINTER)
    assert stored(project) == told(expected(later, values, flags, WINTER))
    Project.objects.filter(pk=project.pk).delete()


def test_every_step_and_word_of_the_table(world: SimpleNamespace) -> None:
    """Each indicator alone, at each of its bounds and words, by the CASE made for it."""
    for indicator in TABLE.indicators:
        case = sql.place_case(indicator).replace(indicator.code.lower(), "v")
        levels = indicator.levels
        if indicator.choices:
            samples: list[Any] = [word for word, _level in indicator.choices]
        else:
            bounds = [step.bound for step in indicator.steps]
            samples = sorted(
                {max(Decimal(0), bound + move) for bound in bounds for move in map(Decimal, ("-.01", "0", ".01", "1"))}
            )
        for sample in samples:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {case} FROM (SELECT %s AS v) AS one", [sample])
                (place,) = cursor.fetchone()
            assert levels[place] == indicator.level(sample), (indicator.code, sample)


def test_levels_fit_their_bits() -> None:
    assert all(len(one.levels) <= 1 << sql.BITS for one in TABLE.indicators)
    assert all(one.levels[0] == 0 for one in TABLE.indicators), "a gap is level 0, at place 0"
    assert len(TABLE.indicators) * sql.BITS < 63
    assert all((one.points * level * 100) % 1 == 0 for one in TABLE.indicators for level in one.levels)
    assert set(SOURCES) == {one.code for one in TABLE.indicators}
    assert set(OVERRIDES) == {one.code for one in TABLE.overrides}
    assert sql.TIERS == tuple(TABLE.order) == ProjectTier.NAMES


def test_unknown_word_is_a_gap(world: SimpleNamespace) -> None:
    project = make(world)
    UnitStanding.objects.create(unit=world.unit, grade="?", updated_at=now())
    tiering.tier_all(as_of=SUMMER)
    assert "M3" in stored(project)["gaps"]


def test_seasons() -> None:
    assert [season_of(month) for month in (3, 4, 9, 10)] == ["dry", "flood", "flood", "dry"]
