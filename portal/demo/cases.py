"""Cases in every state, taken there by the procedure's own acts, and what the credit room makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from conservation import clock
from conservation.accounts import roles
from conservation.accounts.access import areas_of
from conservation.rulebook.workdays import default_calendar
from portal.demo import people
from portal.demo.stage import Scene, Stage
from portal.demo.works import Works
from supervision.cases import actions
from supervision.cases.models import Case
from supervision.cases.walk import Cast, Walker


@dataclass(frozen=True)
class Way:
    """One case: where it rests, the violation, how many days ago the clue came up, notes for the walk."""

    goal: str
    violation: str
    ago: int
    notes: tuple[tuple[str, Any], ...] = ()


WAYS = (
    Way("clue", "V05", 3),
    Way("clue", "V01", 1),
    Way("not_filed", "V05", 16),
    Way("filed", "V06", 8),
    Way("transferred", "V18", 22),
    Way("investigated", "V01", 16),
    Way("ordered", "V01", 24),
    Way("complied", "V01", 45),
    Way("lapsed", "V01", 62),
    Way("proposed", "V04", 22),
    Way("noticed", "V04", 26),
    Way("hearing", "V04", 32, (("hearing", True),)),
    Way("heard", "V04", 70, (("hearing", True),)),
    Way("discussed", "V04", 60),
    Way("decided", "V03", 64, (("defence", True),)),
    Way("no_penalty", "V06", 30),
    Way("dismissed", "V05", 34),
    Way("served", "V04", 66),
    Way("performed", "V03", 90),
    Way("closed", "V01", 170),
    Way("archived", "V03", 190, (("defence", True),)),
    Way("archived", "V01", 240),
    Way("archived", "V04", 210, (("hearing", True),)),
)
FACTS: dict[str, dict[str, Any]] = {
    "V03": {"volume_m3": 3200, "measures": "none", "hazard": True, "erosion_caused": True},
    "V18": {},
}
SHORT = {
    "V01": (("clue", 4), ("filed", 10), ("investigated", 20), ("ordered", 30), ("lapsed", 75), ("noticed", 95)),
    "V03": (("clue", 4), ("filed", 10), ("investigated", 20), ("noticed", 30), ("served", 60), ("archived", 130)),
    "V05": (("clue", 4), ("filed", 10), ("investigated", 20), ("ordered", 30), ("complied", 60)),
}
"""How far a case that came from elsewhere has got after so many days, by violation (V02 as V01, others as V05)."""


class OfficeHours(Walker):
    """Acts on working days only."""

    def later(self, days: int) -> None:
        super().later(days)
        while not default_calendar().is_workday(clock.day_of(self.now)):
            super().later(1)


class TooLate(Exception):
    """The step would reach beyond the present."""


def scenes(stage: Stage, works: Iterable[Works]) -> list[Scene]:
    """Cases that came from inspections, at the province, the city and the county with logins."""
    held = [one for one in works if one.unit is not None]
    rng = stage.rng("cases")
    found = []
    for at, way in enumerate(WAYS):
        one = held[int(rng.integers(len(held)))]
        code = ("430000", "430000", "430100", "430121")[at % 4]
        if code != "430000":
            near = [other for other in held if other.county.startswith(code.rstrip("0")[:4])]
            one = near[int(rng.integers(len(near)))] if near else one
        found.append(inspection(stage, way, code, one))
    return found


def inspection(stage: Stage, way: Way, code: str, works: Works) -> Scene:
    """A clue from an inspection, and its case."""
    moment = stage.ago(way.ago, 9)
    yield moment
    office = stage.offices[code]
    county = works.county if works.county.startswith(code.rstrip("0")) else "430121"
    case = actions.open_clue(
        people.staff(stage, office, roles.INSPECTOR), violation=way.violation, party_unit=works.unit,
        party_name=works.unit.name, authority=office, project_id=works.project.pk if works.project else None,
        project_name=works.name, areas=areas_of([county]),
        facts=FACTS.get(way.violation, {"area_ha": min(float(works.land), 12.0)}), source_type="inspection",
        source_id=f"演示{way.goal}{way.ago}", now=moment, reason="年度监督检查发现",
    )  # fmt: skip
    yield from scene(stage, case, way.goal, moment, dict(way.notes))


def scene(stage: Stage, case: Case, goal: str, moment: datetime, notes: dict[str, Any] | None = None) -> Scene:
    """Take a case step by step to its goal; a step that would reach beyond the present is left for people."""
    stage.made["cases"] += 1
    walker = OfficeHours(case, cast_of(stage, case), moment, notes=notes or {})
    if goal == "clue":
        return
    through = (notes or {}).get("end", "performed") if goal in ("closed", "archived") else goal
    while walker.case.state != goal:
        yield stage.after(walker.now, 1)
        passed = walker.case.state in (through, "closed")
        try:
            with transaction.atomic():
                getattr(walker, walker.case.state)(goal if passed else through)
                if walker.now > stage.now:
                    raise TooLate
        except TooLate:
            return


def cast_of(stage: Stage, case: Case) -> Cast:
    office = case.authority
    return Cast(
        officer=people.staff(stage, office, roles.CASE_OFFICER),
        second=people.staff(stage, office, roles.CASE_OFFICER, 2),
        leader=people.staff(stage, office, roles.LEADER),
        reviewer=people.staff(stage, office, roles.LEGAL_REVIEWER),
        chair=chair_of(stage, office),
    )


def chair_of(stage: Stage, office: Any) -> Any:
    """Who presides over a hearing: a legal reviewer who has not reviewed the case."""
    from conservation.accounts import actions as accounts
    from portal.demo.stage import SINCE

    key = f"chair-{office.division_code}"
    if key not in stage.people:
        stage.people[key] = accounts.enrol(
            None, username=key, role=roles.LEGAL_REVIEWER, name="听证主持人", authority=office, valid_from=SINCE,
            certificate_no=f"湘水执〔演示〕H{office.division_code}", now=stage.ago(680),
        )  # fmt: skip
    return stage.people[key]


def goal_of(rng: np.random.Generator, case: Case, moment: datetime, stage: Stage) -> str:
    """Where a case that began at a moment may stand today."""
    days = (stage.now - moment).days
    table = SHORT.get("V01" if case.violation == "V02" else case.violation, SHORT["V05"])
    reached = [goal for goal, least in table if days >= least * 1.25]
    return reached[int(rng.integers(max(0, len(reached) - 3), len(reached)))] if reached else "clue"
