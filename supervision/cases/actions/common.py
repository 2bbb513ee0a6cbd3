"""What every act on a case shares: the locked row with its guard, papers, numbers, people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conservation import clock
from conservation.accounts import roles
from conservation.accounts.access import holds_for_authority
from conservation.accounts.models import Membership, User
from conservation.documents import rendering
from conservation.documents.models import Document
from conservation.errors import Conflict, Fault, Refused
from conservation.history.acting import Acting, acting
from conservation.history.numbers import document_number
from conservation.notices import actions as notices
from supervision.cases import access, rules
from supervision.cases.facts import edges_of, facts_of
from supervision.cases.models import Case

NUMBER_SUFFIX = {"case": "罚立", "order": "责改", "notice": "罚告", "hearing": "听告", "decision": "罚决"}
"""What follows the authority's short mark in a document number (文号代字)."""
OVER = ("not_filed", "closed", "archived")
MARK_TAILS = ("行许", "许可", "许", "函", "字")


@contextmanager
def stepping(
    actor: Any,
    act: str,
    case_id: Any,
    event: str | Callable[[Case], str],
    *,
    now: datetime | None,
    reason: str = "",
) -> Iterator[Acting]:
    """Take one step of the procedure: row locked, permission, state and the law's guard asked, state moved.

    ``event`` may be a function of the case; "" is an act beside the procedure that keeps the state.
    """
    queryset = Case.objects.all() if actor is None else access.visible_to(actor)
    with acting(actor, f"cases.{act}", queryset, case_id, can=access.can, now=now, reason=reason) as one:
        case = one.target
        wanted = event(case) if callable(event) else event
        one.authority_name = case.authority.name
        if wanted:
            facts = facts_of(case, one.today)
            one.move(wanted)
            demand(facts, wanted)
        elif case.state in OVER:
            raise Conflict("state", _("案件已经了结，不能再补充材料。"))
        case.updated_at = one.now
        yield one


def demand(facts: rules.CaseFacts, event: str) -> None:
    """Refuse the event with every reason why it is not lawful yet."""
    for edge in edges_of(facts.state):
        if edge.event == event:
            refuse(rules.step_of(facts, edge).why_not)


def refuse(reasons: Any) -> None:
    """Raise ``Refused`` with the translated reasons; nothing when there are none."""
    faults = [Fault(one.key, message(one), one.rule) for one in reasons if one is not None]
    if faults:
        raise Refused.many(faults)


def message(reason: rules.Reason) -> str:
    return _(reason.text) % reason.params


# --- people ----------------------------------------------------------------------------------------------------------
def holder(case: Case, pk: Any, wanted: tuple[str, ...], key: str, on: date) -> User:
    """A person who holds one of the roles at the case's authority on the day; refused at ``key`` otherwise."""
    found = (
        Membership.objects.filter(user_id=pk, authority=case.authority, role__in=wanted, valid_from__lte=on)
        .exclude(valid_to__lt=on)
        .select_related("user")
        .order_by("id")
        .first()
        if pk
        else None
    )
    if found is None:
        names = "、".join(str(roles.LABELS[role]) for role in wanted)
        raise Refused(key, _("须是%(authority)s的%(roles)s。") % {"authority": case.authority.name, "roles": names})
    return found.user


def approver_of(one: Acting, approver_id: Any) -> User:
    """The head who approved the act: named, or the actor who is one."""
    case = one.target
    if approver_id in (None, ""):
        if one.actor is not None and holds_for_authority(one.actor, case.authority_id, roles.LEADER):
            return one.actor
        raise Refused("approver_id", _("须经机关负责人批准：请注明批准的负责人。"), rule="行政处罚法 第57条")
    return holder(case, approver_id, (roles.LEADER,), "approver_id", one.today)


def sheet(
    one: Acting,
    kind: str,
    title: str,
    sections: list[tuple[str, Any]],
    *,
    signers: Iterable[tuple[str, Any]] = (),
    volume: str = "",
    number: str = "",
) -> Document:
    """A form or record (审批表、笔录、报告): labelled sections and the people who sign."""
    rows = [[label, str(text)] for label, text in sections if text not in (None, "")]
    signed = [[label, str(name or "")] for label, name in signers]
    return paper(one, "record", kind, title, {"sections": rows, "signers": signed}, volume=volume, number=number)


def officer_lines(case: Case) -> list[tuple[str, str]]:
    return [("办案人员", f"{one}（执法证号 {one.certificate_no}）") for one in case.officers]


def people(*users: Any) -> list[dict[str, str]]:
    return [{"name": str(user), "certificate": user.certificate_no} for user in users if user is not None]


# --- numbers, moments, papers -------------------------------------------------------------------------------------
def official_number(case: Case, kind: str, year: int) -> str:
    """The next number of this kind of document, e.g. 湘水罚决〔2026〕3号; drawn in the act's transaction."""
    short = case.authority.mark
    for tail in MARK_TAILS:
        if short.endswith(tail) and len(short) > len(tail):
            short = short.removesuffix(tail)
            break
    return document_number(f"{short}{NUMBER_SUFFIX[kind]}", kind, year)


def not_later(moment: datetime, now: datetime, key: str) -> None:
    """A recorded moment cannot lie in the future."""
    if moment > now:
        raise Refused(key, _("时间不能晚于办理时间。"))


def not_before(moment: datetime, earlier: datetime | None, key: str, what: str) -> None:
    if earlier is not None and moment < earlier:
        raise Refused(key, _("时间不能早于%(what)s。") % {"what": what})


def need(key: str, value: str, text: str, rule: str = "") -> str:
    """A text that must be given."""
    if not (value or "").strip():
        raise Refused(key, text, rule)
    return value.strip()


def as_money(value: Any, key: str) -> Decimal:
    """An amount in yuan with at most two places, not negative."""
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise Refused(key, _("请填写金额。")) from None
    if not amount.is_finite() or not 0 <= amount < 10**12 or amount != amount.quantize(Decimal("0.01")):
        raise Refused(key, _("金额须为不小于零、最多两位小数的数。"))
    return amount


def chinese_day(value: Any) -> str:
    """2026年5月4日."""
    if value is None:
        return ""
    day = clock.day_of(value) if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_moment(value: datetime | None) -> str:
    """2026年5月4日 9时30分."""
    if value is None:
        return ""
    local = value.astimezone(clock.SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute}分"


def yuan(amount: Any) -> str:
    return f"{Decimal(amount):,.2f}" if amount is not None else ""


def common_data(case: Case) -> dict[str, Any]:
    """What each document of a case prints: organ, party, case, officers."""
    return {
        "authority": {
            "name": case.authority.name,
            "address": case.authority.address,
            "bank": case.authority.collecting_bank,
        },
        "case": {
            "number": case.number or "",
            "title": case.title,
            "violation": str(case.act.label),
            "act": case.act.act,
            "duty": case.act.duty,
            "liability": case.act.liability,
            "project": case.project_name,
            "findings": case.findings,
            "filed": chinese_day(case.filed_at),
        },
        "party": {
            "name": case.party_name,
            "code": case.party_code,
            "address": case.party_address,
            "representative": case.party_representative,
            "kind": case.party_kind,
        },
        "officers": people(*case.officers),
    }


def paper(
    one: Acting,
    template: str,
    kind: str,
    title: str,
    data: dict[str, Any] | None = None,
    *,
    number: str = "",
    volume: str = "",
) -> Document:
    """Render a document of the case, file it under its dossier code, and bind it to the act."""
    document = rendering.render(
        f"supervision/cases/print/{template}.typ",
        {**common_data(one.target), "title": title, "number": number, **(data or {})},
        actor=one.actor,
        kind=kind,
        title=title,
        subject=one.target,
        number=number,
        volume=volume or ("secondary" if kind.startswith("B") else "main"),
        now=one.now,
    )
    one.attach(document)
    return document


def tell_party(one: Acting, title: str, body: str = "", key: str = "") -> None:
    """A statutory notice to the party's people."""
    case = one.target
    if case.unit is not None:
        notices.tell_unit(
            case.unit, kind="statutory", title=title, body=body, subject=case, key=key and f"case:{case.pk}:{key}",
            now=one.now,
        )  # fmt: skip
