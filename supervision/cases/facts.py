"""From a case's row to the frozen facts that the rules ask for, and to the parameters of the rulebook."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, overload

from conservation import clock
from conservation.rulebook.registry import Decision, decide
from conservation.rulebook.values import InputError
from supervision.cases import rules
from supervision.cases.models import Case
from supervision.cases.states import STATES

RULE_INPUTS = (
    "area_ha",
    "volume_m3",
    "measures",
    "hazard",
    "erosion_caused",
    "overdue_months",
    "fee",
    "cost",
    "basin",
)


@overload
def day(moment: datetime) -> date: ...
@overload
def day(moment: None) -> None: ...
def day(moment: datetime | None) -> date | None:
    """The day of a moment in Shanghai."""
    return clock.day_of(moment) if moment else None


def period_end(timer: str, start: date, **more: Any) -> date:
    """Last day of a statutory period that starts on a day (the day itself not counted)."""
    result = decide("deadline", {"timer": timer, "start": start.isoformat(), **more}).result
    return date.fromisoformat(result["due"][:10])


def facts_of(case: Case, today: date) -> rules.CaseFacts:
    """The facts of a case on a day."""
    hearing_notice = day(case.hearing_notice_served_at)
    due = [one for one in (case.decide_due_on, case.extended_until) if one]
    paid = case.paid_at is not None
    return rules.CaseFacts(
        state=case.state,
        today=today,
        officers=tuple((one.pk, bool(one.certificate_no)) for one in case.officers),
        limitation_until=period_end("T36", case.occurred_on) if case.state == "clue" and case.occurred_on else None,
        clue_on=day(case.created_at),
        order_first=case.order_first,
        finable=finable(case, today) if case.state in ("investigated", "lapsed") else True,
        order_issued_on=day(case.order_issued_at),
        order_served_on=day(case.order_served_at),
        order_deadline=case.order_deadline,
        proposed_fine=case.proposed_fine,
        complicated=case.complicated,
        legal_reviewed_on=day(case.legal_reviewed_at),
        legal_passed=case.legal_passed,
        hearing_due=case.hearing_due,
        notice_served_on=day(case.notice_served_at),
        hearing_offer_served_on=day(case.hearing_offer_served_at),
        defence=case.defence,
        defence_due_on=case.defence_due_on,
        defence_rechecked_on=day(case.defence_rechecked_at),
        hearing_due_on=case.hearing_due_on,
        hearing_waived=case.hearing_waived_at is not None,
        hearing_requested=case.hearing_requested_at is not None,
        hearing_on=day(case.hearing_on),
        hearing_earliest_on=earliest_hearing(hearing_notice) if case.state == "hearing" and hearing_notice else None,
        hearing_notice_served_on=hearing_notice,
        hearing_held_on=day(case.hearing_held_at),
        collective_due=case.collective_due,
        collective_on=day(case.collective_at),
        decide_due_on=max(due) if due else None,
        decision_served=case.served_at is not None,
        paid=paid or case.fine == 0,
        rectified=case.rectified_at is not None or case.order_complied_at is not None,
    )


def earliest_hearing(notice_served: date) -> date:
    """The first day on which the hearing may be held (行政处罚法 第64条第二项)."""
    return period_end("T23", notice_served)


def edges_of(state: str) -> tuple[rules.Edge, ...]:
    """The table's transitions out of a state, as the rules take them; ``perform`` follows by itself."""
    return tuple(
        rules.Edge(one.event, one.target, one.basis, one.document)
        for one in STATES.events_from(state)
        if one.event != "perform"
    )


def steps_of(case: Case, today: date) -> list[rules.Step]:
    """The next lawful steps of a case: the one list that page, action and API use.

    Of the two ways to order (before the fine, or beside it) only the one that fits the act is a step.
    """
    other = "order_beside" if case.order_first else "order"
    edges = tuple(one for one in edges_of(case.state) if one.event != other or case.order_first is None)
    if case.state == "ordered":
        edges = edges_of(case.state)
    return rules.next_steps(facts_of(case, today), edges)


# --- the range of the fine ------------------------------------------------------------------------------------------
def rule_inputs(case: Case) -> dict[str, Any]:
    given = {key: case.facts[key] for key in RULE_INPUTS if case.facts.get(key) not in (None, "")}
    return {"act": case.violation, "party": case.party_kind, **given}


def province_of(case: Case) -> str | None:
    """The province of the place of the act: its two-digit prefix among the areas."""
    return next((f"{code}0000" for code in case.areas if len(code) == 2), None)


def penalty_range(case: Case, today: date) -> Decision:
    """The range on the day of the act or today, whichever is lighter (行政处罚法 第37条)."""
    now = decide("penalty-range", rule_inputs(case), on=today, province=province_of(case))
    if case.occurred_on is None or case.occurred_on >= today:
        return now
    try:
        then = decide("penalty-range", rule_inputs(case), on=case.occurred_on, province=province_of(case))
    except InputError:
        return now
    before, after = bounds(then), bounds(now)
    return then if before and (after is None or rules.lighter_range(before, after)) else now


def bounds(decision: Decision) -> tuple[Decimal, Decimal] | None:
    """Minimum and maximum in yuan; None where the law sets no fine."""
    minimum, maximum = decision.result.get("minimum"), decision.result.get("maximum")
    if maximum in (None, "") or Decimal(maximum) <= 0:
        return None
    return Decimal(minimum or "0"), Decimal(maximum)


def finable(case: Case, today: date) -> bool:
    """Does the law set a fine for this act here?"""
    try:
        return bounds(penalty_range(case, today)) is not None
    except InputError:
        return False


def days_late(case: Case, paid_on: date) -> int:
    """Days after the end of the payment period."""
    return max(0, (paid_on - case.pay_due_on) // timedelta(days=1)) if case.pay_due_on else 0


def surcharge_on(case: Case, paid_on: date) -> Decimal:
    """Surcharge due on a day: 3 % a day, at most the fine (行政处罚法 第72条), by the rulebook."""
    late = days_late(case, paid_on)
    if not late or not case.fine:
        return Decimal(0)
    result = decide("fine-surcharge", {"fine": f"{case.fine:.2f}", "days": late}, on=paid_on).result
    return Decimal(result["amount"])
