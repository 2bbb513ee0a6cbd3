"""Next lawful steps of a case: pure functions over frozen facts.

``next_steps`` is used by the page (checklist), the actions (refusal), the API and the dossier alike, so that what a page offers is
what an action accepts. Sources: 行政处罚法 (2021) and 水土保持法 (2010) as cited at each step.

Reasons carry a message in Chinese and its parameters; the caller translates them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


def gettext_noop(text: str) -> str:
    """Marks a message for the translation catalogue; the boundary translates it."""
    return text


@dataclass(frozen=True)
class Edge:
    """One permitted transition of the state table: event, target, label-free."""

    event: str
    target: str
    basis: str = ""
    document: str = ""


@dataclass(frozen=True)
class Reason:
    """Why a step is not lawful yet: the field it stands at, the message and its parameters, the rule."""

    key: str
    text: str
    rule: str
    params: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class Step:
    """One step out of the present state. ``allowed`` is true when ``why_not`` is empty."""

    event: str
    allowed: bool
    why_not: tuple[Reason, ...]
    basis: str
    target: str = ""
    document: str = ""


@dataclass(frozen=True)
class CaseFacts:
    """What the law asks of a case, with ``today`` in Shanghai. Days are None while the step has not been taken."""

    state: str
    today: date
    officers: tuple[tuple[int, bool], ...] = ()
    """(user id, holds a certificate) of each officer."""
    limitation_until: date | None = None
    clue_on: date | None = None
    order_first: bool | None = None
    finable: bool = True
    order_issued_on: date | None = None
    order_served_on: date | None = None
    order_deadline: date | None = None
    proposed_fine: Decimal | None = None
    complicated: bool = False
    legal_reviewed_on: date | None = None
    legal_passed: bool | None = None
    hearing_due: bool = False
    notice_served_on: date | None = None
    hearing_offer_served_on: date | None = None
    defence: str = "none"
    defence_due_on: date | None = None
    defence_rechecked_on: date | None = None
    hearing_due_on: date | None = None
    hearing_waived: bool = False
    hearing_requested: bool = False
    hearing_on: date | None = None
    hearing_earliest_on: date | None = None
    hearing_notice_served_on: date | None = None
    hearing_held_on: date | None = None
    collective_due: bool = False
    collective_on: date | None = None
    decide_due_on: date | None = None
    decision_served: bool = False
    paid: bool = False
    rectified: bool = False


OFFICERS = "行政处罚法 第42条、第55条"
LIMITATION = "行政处罚法 第36条"
ORDER = "水土保持法 第53条"
NOTICE = "行政处罚法 第44条、第62条"
DEFENCE = "行政处罚法 第45条、第62条"
HEARING = "行政处罚法 第63条、第64条"
COLLECTIVE = "行政处罚法 第57条；水利部令第55号"
LEGAL = "行政处罚法 第58条"
NINETY = "行政处罚法 第60条"
SERVICE = "行政处罚法 第61条"
PERFORMANCE = "行政处罚法 第66条、第67条、第72条"
CLOSING = "水利部令第55号 结案"


def two_officers(facts: CaseFacts) -> list[Reason]:
    if len({number for number, _certified in facts.officers}) < 2:
        return [Reason("officers", gettext_noop("须由两名以上办案人员办理。"), OFFICERS)]
    if not all(certified for _number, certified in facts.officers):
        return [Reason("officers", gettext_noop("办案人员须持有有效的行政执法证件。"), OFFICERS)]
    return []


def filing(facts: CaseFacts) -> list[Reason]:
    if facts.limitation_until and facts.clue_on and facts.clue_on > facts.limitation_until:
        return [
            Reason(
                "occurred_on",
                gettext_noop("违法行为至发现时已超过处罚时效（%(day)s 届满），不得立案处罚。"),
                LIMITATION,
                {"day": facts.limitation_until.isoformat()},
            )
        ]
    return []


def ordering_first(facts: CaseFacts) -> list[Reason]:
    if facts.order_first is False:
        return [Reason("order", gettext_noop("该违法行为可以直接处罚，责令改正与处罚并行。"), ORDER)]
    return two_officers(facts)


def ordering_beside(facts: CaseFacts) -> list[Reason]:
    if facts.order_first:
        return [Reason("order", gettext_noop("该违法行为须先责令限期改正，逾期不改正的方可处罚。"), ORDER)]
    return two_officers(facts)


def order_served(facts: CaseFacts) -> list[Reason]:
    if facts.order_issued_on is None:
        return [Reason("order", gettext_noop("尚未下达责令通知书。"), ORDER)]
    if facts.order_served_on is None:
        return [Reason("order_served_at", gettext_noop("责令通知书尚未送达。"), ORDER)]
    return []


def order_lapsed(facts: CaseFacts) -> list[Reason]:
    found = order_served(facts)
    if not found and facts.order_deadline is not None and facts.today <= facts.order_deadline:
        found = [
            Reason(
                "order_deadline",
                gettext_noop("责令期限到 %(day)s 届满，届满前不得认定逾期。"),
                ORDER,
                {"day": facts.order_deadline.isoformat()},
            )
        ]
    return found


def proposing(facts: CaseFacts) -> list[Reason]:
    found = two_officers(facts)
    if not facts.finable:
        found.append(Reason("proposed_fine", gettext_noop("法律未对该违法行为设定罚款。"), "penalty-range"))
    if facts.order_first and facts.state != "lapsed":
        found.append(Reason("order", gettext_noop("须先责令限期改正并送达，逾期未改正方可提出处罚。"), ORDER))
    return found


def notifying(facts: CaseFacts) -> list[Reason]:
    if facts.proposed_fine is None:
        return [Reason("proposed_fine", gettext_noop("尚未提出处罚建议。"), NOTICE)]
    return two_officers(facts)


def notice_served(facts: CaseFacts) -> list[Reason]:
    if facts.notice_served_on is None:
        return [Reason("notice_served_at", gettext_noop("行政处罚事先告知书尚未送达。"), NOTICE)]
    if facts.hearing_due and facts.hearing_offer_served_on is None:
        return [Reason("hearing_offer_served_at", gettext_noop("听证告知书尚未送达。"), HEARING)]
    if facts.today < facts.notice_served_on:
        return [Reason("notice_served_at", gettext_noop("事先告知书的公告送达期尚未届满。"), NOTICE)]
    return []


def asking_for_hearing(facts: CaseFacts) -> list[Reason]:
    found = notice_served(facts)
    if found:
        return found
    if facts.hearing_offer_served_on is None:
        return [Reason("hearing", gettext_noop("本案未告知听证权利，不属于法定听证范围。"), HEARING)]
    if facts.hearing_due_on and facts.today > facts.hearing_due_on:
        return [
            Reason(
                "hearing_requested_at",
                gettext_noop("申请听证的期限已于 %(day)s 届满。"),
                HEARING,
                {"day": facts.hearing_due_on.isoformat()},
            )
        ]
    return []


def hearing_ready(facts: CaseFacts) -> list[Reason]:
    if facts.hearing_on is None:
        return [Reason("hearing_on", gettext_noop("尚未通知听证的时间、地点。"), HEARING)]
    if facts.hearing_notice_served_on is None:
        return [Reason("hearing_notice_served_at", gettext_noop("听证通知书尚未送达。"), HEARING)]
    found = []
    if facts.hearing_earliest_on and facts.hearing_on < facts.hearing_earliest_on:
        found.append(
            Reason(
                "hearing_on",
                gettext_noop("听证须在通知送达七个工作日之后举行，最早为 %(day)s。"),
                HEARING,
                {"day": facts.hearing_earliest_on.isoformat()},
            )
        )
    if facts.today < facts.hearing_on:
        found.append(
            Reason(
                "hearing_on",
                gettext_noop("听证定于 %(day)s 举行，尚未到期。"),
                HEARING,
                {"day": facts.hearing_on.isoformat()},
            )
        )
    return found


def rights_exercised(facts: CaseFacts) -> list[Reason]:
    """Notice served; statement and defence made and re-checked, waived, or the period over; hearing likewise."""
    found = notice_served(facts)
    if found:
        return found
    if facts.defence == "made" and facts.defence_rechecked_on is None:
        found.append(Reason("defence_recheck", gettext_noop("当事人的陈述申辩尚未复核。"), DEFENCE))
    if facts.defence == "none" and facts.defence_due_on and facts.today <= facts.defence_due_on:
        found.append(
            Reason(
                "defence",
                gettext_noop("陈述申辩期限到 %(day)s 届满，当事人未书面放弃。"),
                DEFENCE,
                {"day": facts.defence_due_on.isoformat()},
            )
        )
    return found + hearing_exercised(facts)


def hearing_exercised(facts: CaseFacts) -> list[Reason]:
    if facts.hearing_offer_served_on is None or facts.hearing_waived or facts.hearing_held_on:
        return []
    if facts.hearing_requested:
        return [Reason("hearing", gettext_noop("当事人已申请听证，须先举行听证。"), HEARING)]
    if facts.hearing_due_on and facts.today <= facts.hearing_due_on:
        return [
            Reason(
                "hearing",
                gettext_noop("申请听证的期限到 %(day)s 届满，当事人未书面放弃。"),
                HEARING,
                {"day": facts.hearing_due_on.isoformat()},
            )
        ]
    return []


def deciding(facts: CaseFacts) -> list[Reason]:
    found = two_officers(facts) + rights_exercised(facts) + legally_reviewed(facts)
    if (facts.collective_due or facts.complicated) and facts.collective_on is None:
        found.append(Reason("collective_at", gettext_noop("本案须经机关负责人集体讨论决定。"), COLLECTIVE))
    return found + within_time(facts)


def legally_reviewed(facts: CaseFacts) -> list[Reason]:
    if facts.legal_passed is False:
        return [Reason("legal_review", gettext_noop("法制审核未通过，须按审核意见纠正后再审。"), LEGAL)]
    if not (facts.complicated or facts.hearing_held_on):
        return []
    after = facts.hearing_held_on or date.min
    if facts.legal_reviewed_on is None or facts.legal_reviewed_on < after:
        return [Reason("legal_review", gettext_noop("经听证或者疑难复杂的案件，决定前须经法制审核。"), LEGAL)]
    return []


def within_time(facts: CaseFacts) -> list[Reason]:
    if facts.decide_due_on and facts.today > facts.decide_due_on:
        return [
            Reason(
                "decided_at",
                gettext_noop("办案期限已于 %(day)s 届满，须先办理延期审批。"),
                NINETY,
                {"day": facts.decide_due_on.isoformat()},
            )
        ]
    return []


def performing(facts: CaseFacts) -> list[Reason]:
    found = []
    if not facts.paid:
        found.append(Reason("paid_amount", gettext_noop("罚款及加处罚款尚未缴清。"), PERFORMANCE))
    if facts.order_issued_on and not facts.rectified:
        found.append(Reason("rectified_at", gettext_noop("责令改正的事项尚未复查合格。"), PERFORMANCE))
    return found


def closing(facts: CaseFacts) -> list[Reason]:
    found = []
    if facts.state in ("no_penalty", "dismissed") and not facts.decision_served:
        found.append(Reason("served_at", gettext_noop("决定书尚未送达。"), SERVICE))
    if facts.state == "no_penalty" and facts.order_issued_on and not facts.rectified:
        found.append(Reason("rectified_at", gettext_noop("责令改正的事项尚未复查合格。"), CLOSING))
    return found


GUARDS: Mapping[str, Callable[[CaseFacts], list[Reason]]] = MappingProxyType(
    {
        "file": filing,
        "investigate": two_officers,
        "order": ordering_first,
        "order_beside": ordering_beside,
        "comply": order_served,
        "lapse": order_lapsed,
        "propose": proposing,
        "notify": notifying,
        "defend": notice_served,
        "waive": notice_served,
        "request_hearing": asking_for_hearing,
        "call_hearing": two_officers,
        "hear": hearing_ready,
        "discuss": rights_exercised,
        "decide": deciding,
        "spare": two_officers,
        "dismiss": two_officers,
        "perform": performing,
        "close": closing,
    }
)
"""What each event needs besides its state; an event that is not named needs nothing more."""


def next_steps(facts: CaseFacts, edges: tuple[Edge, ...]) -> list[Step]:
    """Every step out of the present state, allowed or with the reasons why not yet. ``edges`` are those of the state."""
    return [step_of(facts, edge) for edge in edges]


def step_of(facts: CaseFacts, edge: Edge) -> Step:
    guard = GUARDS.get(edge.event)
    reasons = tuple(guard(facts)) if guard else ()
    return Step(edge.event, not reasons, reasons, edge.basis, edge.target, edge.document)


# --- the fine ------------------------------------------------------------------------------------------------------
def fine_fault(fine: Decimal, minimum: Decimal | None, maximum: Decimal | None, key: str) -> Reason | None:
    """A fine must lie inside the range that the rulebook computed; yuan."""
    if minimum is None or maximum is None:
        return Reason(key, gettext_noop("尚未计算裁量幅度，不能确定罚款。"), "penalty-range")
    if minimum <= fine <= maximum:
        return None
    return Reason(
        key,
        gettext_noop("罚款 %(fine)s 元不在裁量幅度 %(minimum)s—%(maximum)s 元之内。"),
        "penalty-range",
        {"fine": f"{fine:.2f}", "minimum": f"{minimum:.2f}", "maximum": f"{maximum:.2f}"},
    )


def heavier_fault(fine: Decimal, notified: Decimal | None, defended: bool) -> Reason | None:
    """No heavier fine than the one notified; after a defence it would also punish the defence (art. 45)."""
    if notified is None or fine <= notified:
        return None
    if defended:
        text = gettext_noop("不得因当事人陈述申辩而加重处罚：告知的罚款为 %(notified)s 元。")
        return Reason("fine", text, DEFENCE, {"notified": f"{notified:.2f}"})
    text = gettext_noop("罚款高于事先告知的 %(notified)s 元，未经重新告知不得加重。")
    return Reason("fine", text, NOTICE, {"notified": f"{notified:.2f}"})


def lighter_range(then: tuple[Decimal, Decimal] | None, today: tuple[Decimal, Decimal]) -> bool:
    """True when the law of the day of the act is to be used: old law, unless the new one is lighter (art. 37)."""
    return then is not None and (then[1], then[0]) <= (today[1], today[0])
