"""Risk tiers over the months, what units and inspectors do about them, and what becomes of credit facts."""

from __future__ import annotations

from datetime import timedelta

from conservation import clock
from conservation.accounts import roles
from conservation.accounts.models import Authority
from credit.facts import actions as facts
from credit.facts.models import Fact
from portal.demo import papers, people
from portal.demo.stage import Scene, Stage, deliver
from supervision.risk import actions as risk
from supervision.risk import consequences, tiering
from supervision.risk.models import FollowUp

RUNS = (150, 90, 60, 30, 14, 7)
"""Days before today of the tierings that are lived through; the last is today's."""


def tiers(stage: Stage) -> Scene:
    """The nightly tiering on some days."""
    for days in RUNS:
        day = stage.today - timedelta(days=days)
        moment = stage.ago(days, 2)
        yield moment
        consequences.lapse(now=moment)
        tiering.tier_all(as_of=day, now=moment)


def final_tier(stage: Stage) -> None:
    """Today's tiering, which sees everything."""
    deliver()
    consequences.lapse(now=stage.now)
    found = tiering.tier_all(as_of=stage.today, now=stage.now)
    stage.made["assessed"] = found["assessed"]
    for name, number in found["tiers"].items():
        stage.made[f"tier_{name}"] = number


def follow_ups(stage: Stage, days: int) -> Scene:
    """Some days before today, part of the open follow-ups is dealt with."""
    moment = stage.ago(days, 15)
    yield moment
    rng = stage.rng(f"follow-ups{days}")
    rows = FollowUp.objects.filter(state__in=("open", "overdue")).select_related("project", "unit").order_by("id")
    for one in rows:
        if rng.random() < 0.45:
            continue
        filer = people.filer(stage, one.unit) if one.unit else None
        if one.kind == "reminder" and filer is not None:
            risk.acknowledge(filer, one.pk, now=moment)
        elif one.kind == "self_check" and filer is not None:
            photo = papers.photo(
                112.5, 27.8 + one.pk / 1000, moment - timedelta(hours=3), "whole", azimuth=180, note="自查"
            )
            risk.add_photo(filer, one.pk, photo, now=moment)
            risk.answer(filer, one.pk, answer="已逐项自查，临时苫盖已补齐，排水沟已清淤。", now=moment)
            if rng.random() < 0.5:
                risk.accept(inspector(stage, one), one.pk, finding="自查属实", now=moment)
        elif one.kind == "visit":
            visited = clock.day_of(moment)
            risk.visit(
                inspector(stage, one), one.pk, visited_on=visited, finding="现场措施基本到位，已口头提醒。", now=moment
            )


def inspector(stage: Stage, one: FollowUp) -> object:
    code = one.project.counties[0]
    return people.staff(stage, stage.offices.get(code, stage.offices["430000"]), roles.INSPECTOR)


def credit(stage: Stage) -> Scene:
    """A fortnight ago the facts so far were looked through: confirmed, objected to, one withdrawn."""
    moment = stage.ago(14, 16)
    yield moment
    deliver()
    rows = Fact.objects.filter(state="recorded").select_related("unit").order_by("id")
    for at, fact in enumerate(rows):
        if at % 3 == 0:
            facts.confirm(approver(stage, fact), fact.pk, reason="与文书核对无误", now=moment)
        elif at % 7 == 1:
            facts.object_to(people.filer(stage, fact.unit), fact.pk, reason="整改已完成，请求核实", now=moment)
        elif at == 5:
            facts.withdraw(approver(stage, fact), fact.pk, reason="文书认定的单位有误", now=moment)
    stage.made["credit_facts"] = Fact.objects.count()


def approver(stage: Stage, fact: Fact) -> object:
    """An approver whose division covers the fact."""
    code = max((one for one in fact.areas), key=len, default="43").ljust(6, "0")
    office: Authority = stage.offices.get(code, stage.offices["430000"])
    return people.staff(stage, office, roles.APPROVER)
