"""Clue, filing, officers, evidence, end of investigation, transfer (行政处罚法 第42条、第54—57条)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conservation.accounts import roles
from conservation.deadlines import actions as deadlines
from conservation.documents import store
from conservation.documents.models import Document
from conservation.errors import Conflict, Faults, Refused
from conservation.history.acting import Acting, creating
from conservation.notices import actions as notices
from conservation.rulebook.registry import decide
from conservation.rulebook.values import InputError
from supervision.cases import access, violations
from supervision.cases.actions.common import (
    approver_of,
    holder,
    need,
    officer_lines,
    official_number,
    sheet,
    stepping,
    tell_party,
)
from supervision.cases.facts import RULE_INPUTS, period_end, province_of, rule_inputs
from supervision.cases.models import Case

OFFICER_ROLES = (roles.CASE_OFFICER, roles.INSPECTOR)
EVIDENCE_KINDS = ("A08", "A10", "A11", "A14", "A15", "A16", "A17", "A18", "A19", "A20", "A21", "A22", "A23", "A24",
                  "A25", "A26", "B01", "B02", "B10", "B13")  # fmt: skip
"""Papers that people bring; the others are made by the steps."""


def open_clue(
    actor: Any,
    *,
    violation: str,
    party_unit: Any = None,
    party_name: str = "",
    authority: Any,
    project_id: Any = None,
    project_name: str = "",
    areas: list[str],
    facts: dict[str, Any] | None = None,
    source_type: str,
    source_id: Any = "",
    documents: Iterable[Document] = (),
    party_kind: str = "unit",
    occurred_on: date | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """Register a clue; the documents of the room it came from are copied into the case."""
    found = check_clue(violation, party_unit, party_name, areas, party_kind)
    with creating(
        actor, "cases.open_clue", can=access.can, within=SimpleNamespace(areas=areas), now=now, reason=reason
    ) as one:
        one.authority_name = authority.name if actor is None else ""
        try:
            with transaction.atomic():
                one.target = Case.objects.create(
                    violation=violation, title=f"{found}{violations.BY_CODE[violation].act}案"[:300],
                    party_kind=party_kind, unit=party_unit, party_name=found,
                    party_code=getattr(party_unit, "uscc", "") or "", party_address=getattr(party_unit, "address", ""),
                    party_representative=getattr(party_unit, "legal_representative", ""),
                    project_id=project_id, project_name=project_name, authority=authority, areas=sorted(set(areas)),
                    facts=clean_facts(facts or {}, strict=False), source_type=source_type, source_id=str(source_id or ""),
                    source_reason=reason, occurred_on=occurred_on, created_at=one.now, updated_at=one.now,
                )  # fmt: skip
        except IntegrityError as caught:
            if "cases_source_once" not in str(caught):
                raise
            raise Conflict("source_id", _("该来源的同一违法行为已经登记过线索。")) from None
        copies = [copy_document(one, document) for document in documents]
        one.attach(*copies)
        one.note(violation=violation, party=found, source=f"{source_type}:{source_id}", documents=len(copies))
        deadlines.start("T18", one.target, at=one.now, authority=authority)
        notices.tell_role(
            authority, [roles.CASE_OFFICER], kind="task", title=_("新的违法线索：%(title)s") % {"title": one.target.title},
            subject=one.target, key=f"case:{one.target.pk}:clue", now=one.now,
        )  # fmt: skip
    return one.target


def check_clue(violation: str, unit: Any, name: str, areas: list[str], party_kind: str) -> str:
    """The party's name; raises ``Refused`` naming each fault."""
    faults = Faults()
    found = (name or getattr(unit, "name", "") or "").strip()
    if violation not in violations.BY_CODE:
        faults.add("violation", _("没有这种违法行为代码。"))
    if not found:
        faults.add("party_name", _("请写明当事人。"))
    if not areas:
        faults.add("areas", _("请写明违法行为发生地。"))
    if party_kind not in Case.Party.values:
        faults.add("party_kind", _("当事人类别只能是单位或个人。"))
    elif party_kind == "person" and unit is not None:
        faults.add("party_kind", _("个人当事人不能关联单位。"))
    faults.refuse()
    return found[:200]


def copy_document(one: Acting, document: Document) -> Document:
    """The case's own copy of a paper of the room it came from: photographs as evidence, the rest as source papers."""
    picture = document.media_type.startswith("image/")
    return Document.objects.create(
        subject_type="case", subject_id=str(one.target.pk), kind="A14" if picture else "B01", title=document.title,
        number=document.number, filename=document.filename, media_type=document.media_type, size=document.size,
        sha256=document.sha256, volume="main" if picture else "secondary", generated=document.generated,
        pages=document.pages, facts={**document.facts, "copied_from": str(document.pk)}, created_by=document.created_by,
        created_at=document.created_at,
    )  # fmt: skip


def clean_facts(facts: dict[str, Any], *, strict: bool = True) -> dict[str, Any]:
    """Facts for the rulebook, empty ones left out; what is no input of the rule stays when it comes from another room."""
    unknown = [key for key in facts if key not in RULE_INPUTS]
    if strict and unknown:
        raise Refused(f"facts.{unknown[0]}", _("不认识的事实项：%(key)s") % {"key": unknown[0]})
    return {key: plain(key, value) for key, value in facts.items() if value not in (None, "")}


QUANTITIES = ("area_ha", "volume_m3", "overdue_months")


def plain(key: str, value: Any) -> Any:
    """JSON value of a fact: quantities as numbers, amounts of money as decimal strings."""
    if key in QUANTITIES and isinstance(value, (Decimal, str)):
        try:
            return float(value)
        except ValueError:
            raise Refused(f"facts.{key}", _("须是数。")) from None
    return value if isinstance(value, (bool, int, float, str, list, dict)) else str(value)


def not_file(actor: Any, case_id: Any, *, reason: str, approver_id: Any = None, now: datetime | None = None) -> Case:
    """Decide not to file: no violation, no jurisdiction, or the limitation period is over."""
    with stepping(actor, "not_file", case_id, "not_file", now=now, reason=reason) as one:
        need("reason", reason, _("请写明不予立案的理由。"), "行政处罚法 第54条")
        head = approver_of(one, approver_id)
        one.target.not_filed_at = one.now
        sheet(
            one, "B02", "不予立案审批表",
            [("案由", one.target.title), ("线索来源", source_text(one.target)), ("不予立案理由", reason)],
            signers=[("经办人", actor), ("负责人", head)],
        )  # fmt: skip
        deadlines.stop(one.target, "T18", at=one.now)
    return one.target


def source_text(case: Case) -> str:
    """Where the clue came from, in the official wording."""
    names = {"patch": "遥感监管图斑", "rectification": "逾期未整改事项", "inspection": "监督检查", "report": "群众举报",
             "transfer": "有关机关移送", "demo": "监督检查"}  # fmt: skip
    return "；".join(part for part in (names.get(case.source_type, case.source_type), case.source_reason) if part)


def file_case(
    actor: Any,
    case_id: Any,
    *,
    officer1_id: Any,
    officer2_id: Any,
    approver_id: Any = None,
    occurred_on: date | None = None,
    party_unit: Any = None,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """File the case: number, two certified officers, 90 days to decide (T24).

    ``occurred_on`` is the day of the act (of its end when it lasted), left empty while it goes on.
    """
    with stepping(actor, "file_case", case_id, keeping("file", occurred_on), now=now, reason=reason) as one:
        case = one.target
        head = approver_of(one, approver_id)
        set_officers(one, officer1_id, officer2_id)
        if party_unit is not None:
            adopt_party(case, party_unit)
        case.filed_at, case.filed_by = one.now, head
        case.number = official_number(case, "case", one.today.year)
        case.order_first = order_first(case, one.today)
        case.decide_due_on = period_end("T24", one.today)
        sheet(
            one, "A01", "立案审批表",
            [("立案号", case.number), ("案由", case.title), ("当事人", party_text(case)), ("案件来源", source_text(case)),
             ("涉案项目", case.project_name), ("涉嫌违法行为", f"{case.act.act}，涉嫌违反{violations.LAW}{case.act.duty}"),
             ("立案理由", reason or "有证据证明存在违法事实，依法应当给予行政处罚，属于本机关管辖，且在处罚时效之内")],
            signers=[*officer_lines(case), ("负责人审批", f"{head} 同意立案")], number=case.number,
        )  # fmt: skip
        sheet(
            one,
            "A11",
            "办案人员执法证件信息",
            [(str(user), f"执法证号 {user.certificate_no}") for user in case.officers],
        )
        deadlines.stop(case, "T18", at=one.now)
        deadlines.start("T24", case, at=one.now, authority=case.authority)
        one.note(number=case.number, officers=[user.pk for user in case.officers])
        one.publish(
            "case.filed", case=case.pk, number=case.number, unit_id=case.unit_id, project_id=case.project_id,
            violation=case.violation, filed_on=one.today.isoformat(),
        )  # fmt: skip
        tell_party(one, _("已对贵单位涉嫌违法行为立案：%(number)s") % {"number": case.number}, case.title, "filed")
    return case


def keeping(event: str, occurred_on: date | None) -> Any:
    """The event, after the day of the act has been put into the case, so that the guard sees it."""

    def choose(case: Case) -> str:
        if occurred_on is not None:
            case.occurred_on = occurred_on
        return event

    return choose


def adopt_party(case: Case, unit: Any) -> None:
    """Name the party once it is known."""
    case.unit, case.party_name, case.party_kind = unit, unit.name, Case.Party.UNIT
    case.party_code, case.party_address = unit.uscc or "", unit.address
    case.party_representative = unit.legal_representative
    case.title = f"{unit.name}{case.act.act}案"[:300]


def party_text(case: Case) -> str:
    parts = [case.party_name, case.party_code and f"统一社会信用代码 {case.party_code}",
             case.party_representative and f"法定代表人 {case.party_representative}", case.party_address]  # fmt: skip
    return "，".join(part for part in parts if part)


def order_first(case: Case, today: date) -> bool:
    """Must an order lapse before a fine? As the rulebook says; quantities that are not known yet do not matter here."""
    given = rule_inputs(case)
    for _attempt in range(len(RULE_INPUTS)):
        try:
            return bool(decide("penalty-range", given, on=today, province=province_of(case)).result["order_first"])
        except InputError as caught:
            if caught.key not in RULE_INPUTS or caught.key in given:
                break
            given[caught.key] = 1
    raise Refused("violation", _("规则库没有收录该违法行为的处罚规定。"), "penalty-range")


def set_officers(one: Acting, officer1_id: Any, officer2_id: Any) -> None:
    """Two different certified officers of the authority (行政处罚法 第42条)."""
    case, faults = one.target, Faults()
    found = []
    for key, pk in (("officer1_id", officer1_id), ("officer2_id", officer2_id)):
        try:
            found.append(holder(case, pk, OFFICER_ROLES, key, one.today))
        except Refused as refused:
            faults.found.extend(refused.faults)
    if len(found) == 2 and found[0].pk == found[1].pk:
        faults.add("officer2_id", _("两名办案人员不能是同一人。"), "行政处罚法 第42条")
    for key, user in zip(("officer1_id", "officer2_id"), found, strict=False):
        if not user.certificate_no:
            faults.add(key, _("%(name)s没有执法证号。") % {"name": user}, "行政处罚法 第42条")
        if user.pk in (case.legal_reviewer_id, case.hearing_chair_id):
            faults.add(
                key, _("%(name)s是本案的法制审核人员或听证主持人。") % {"name": user}, "行政处罚法 第58条、第64条"
            )
    faults.refuse()
    case.officer1, case.officer2 = found


def assign_officers(
    actor: Any, case_id: Any, *, officer1_id: Any, officer2_id: Any, now: datetime | None = None, reason: str = ""
) -> Case:
    """Change the two officers of a case."""
    with stepping(actor, "assign_officers", case_id, "assign", now=now, reason=reason) as one:
        set_officers(one, officer1_id, officer2_id)
        one.note(officers=[user.pk for user in one.target.officers])
        sheet(
            one, "A11", "办案人员执法证件信息",
            [*((str(user), f"执法证号 {user.certificate_no}") for user in one.target.officers), ("变更理由", reason)],
        )  # fmt: skip
    return one.target


def add_evidence(
    actor: Any,
    case_id: Any,
    *,
    upload: Any,
    kind: str,
    title: str,
    facts: dict[str, Any] | None = None,
    now: datetime | None = None,
    reason: str = "",
) -> Document:
    """File a paper that somebody brought: identity, photographs, documentary evidence, vouchers."""
    if kind not in EVIDENCE_KINDS:
        raise Refused("kind", _("这种材料由办案步骤生成，不能上传。"))
    need("title", title, _("请写明材料名称。"))
    with stepping(actor, "add_evidence", case_id, lambda case: "", now=now, reason=reason) as one:
        document = store.save_upload(
            actor, upload, kind=kind, title=title.strip()[:200], subject=one.target, now=one.now, facts=facts,
            volume="secondary" if kind.startswith("B") else "main", allow=("pdf", "jpg", "png", "zip", "docx", "xlsx"),
        )  # fmt: skip
        one.attach(document)
        one.note(kind=kind, title=document.title)
        if kind == "A26":  # the decision has been made public (T34)
            deadlines.stop(one.target, "T34", at=one.now)
    return document


def transfer(
    actor: Any,
    case_id: Any,
    *,
    transferred_to: str,
    reason: str,
    approver_id: Any = None,
    now: datetime | None = None,
) -> Case:
    """Hand the case to another organ: suspected crime, no jurisdiction, another law's penalty."""
    with stepping(actor, "transfer", case_id, "transfer", now=now, reason=reason) as one:
        case = one.target
        case.transferred_to = need("transferred_to", transferred_to, _("请写明移送的机关。"))[:200]
        need("reason", reason, _("请写明移送的理由。"))
        head = approver_of(one, approver_id)
        case.transferred_at = one.now
        sheet(
            one, "B11", "案件移送审批表",
            [("案由", case.title), ("移送机关", case.transferred_to), ("移送理由", reason)],
            signers=[*officer_lines(case), ("负责人审批", f"{head} 同意移送")],
        )  # fmt: skip
        deadlines.stop_all(case, at=one.now)
    return case
