"""End of the investigation: findings, facts for the rulebook, records and evidence list (行政处罚法 第46条、第54—57条)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from conservation.documents.models import Document
from conservation.errors import Faults, Refused
from conservation.history.acting import Acting
from conservation.rulebook.values import InputError
from supervision.cases import violations
from supervision.cases.actions.common import chinese_moment, not_later, officer_lines, paper, sheet, stepping
from supervision.cases.actions.filing import clean_facts, party_text
from supervision.cases.facts import RULE_INPUTS, day, penalty_range, rule_inputs
from supervision.cases.models import Case


def record_investigation(
    actor: Any,
    case_id: Any,
    *,
    findings: str,
    facts: dict[str, Any] | None = None,
    inspected_at: datetime | None = None,
    inspection_record: str = "",
    questioned_at: datetime | None = None,
    questioned_person: str = "",
    questioning_record: str = "",
    measurement: str = "",
    complicated: bool = False,
    now: datetime | None = None,
    reason: str = "",
) -> Case:
    """End the investigation: findings and facts for the rulebook, survey record, questioning record, evidence list.

    ``measurement`` says how area or volume was measured (survey, DEM difference, weighbridge); it is compulsory where the
    fine is computed from it. A satellite image alone founds no penalty: the on-site record is compulsory.
    """
    with stepping(actor, "record_investigation", case_id, "investigate", now=now, reason=reason) as one:
        case = one.target
        case.facts = {**case.facts, **clean_facts(facts or {})}
        check_investigation(case, one.now, locals())
        case.findings, case.complicated = findings.strip(), bool(complicated)
        case.questioned_at = questioned_at or one.now
        case.investigated_at = one.now
        decided = weigh(case, one.today)
        case.order_first = bool(decided.result["order_first"])
        investigation_papers(
            one, inspected_at or one.now, inspection_record, questioned_person, questioning_record, measurement
        )
        one.note(
            facts={key: case.facts[key] for key in RULE_INPUTS if key in case.facts}, complicated=case.complicated
        )
    return case


def check_investigation(case: Case, now: datetime, given: dict[str, Any]) -> None:
    faults = Faults()
    for key, text in (
        ("findings", _("请写明查明的违法事实。")),
        ("inspection_record", _("现场检查（勘验）情况必填：卫星、无人机影像须经现场核实方可作为证据。")),
        ("questioned_person", _("请写明被询问人。")),
        ("questioning_record", _("请填写询问笔录要点。")),
    ):
        if not (given[key] or "").strip():
            faults.add(key, text, "行政处罚法 第46条、第55条")
    if case.act.measure in ("area_ha", "volume_m3") and not (given["measurement"] or "").strip():
        faults.add("measurement", _("请说明面积或方量的测算方法和结果（须有测量依据）。"), "行政处罚法 第46条")
    asked = given["questioned_at"]
    if asked is not None and case.filed_at and day(asked) < day(case.filed_at):
        faults.add("questioned_at", _("正式询问不得早于立案。"), "行政处罚法 第54条")
    faults.refuse()
    for key in ("questioned_at", "inspected_at"):
        if given[key] is not None:
            not_later(given[key], now, key)


def weigh(case: Case, today: date) -> Any:
    """Ask the rulebook for the range; a fault in the facts is refused at ``facts``."""
    try:
        return penalty_range(case, today)
    except InputError as caught:
        key = f"facts.{caught.key}" if caught.key in rule_inputs(case) else "facts"
        raise Refused(key, caught.message, "penalty-range") from None


def investigation_papers(
    one: Acting, inspected_at: datetime, inspection: str, person: str, questioning: str, measurement: str
) -> None:
    """A12 survey, A13 questioning, A15 measurement, A09 evidence list, B03 report with its proposal."""
    case = one.target
    lines = officer_lines(case)
    sheet(
        one, "A12", "现场检查（勘验）笔录",
        [("时间", chinese_moment(inspected_at)), ("地点", case.project_name or case.party_address), ("被检查单位", case.party_name),
         ("告知", "检查人员已出示执法证件并告知当事人有申请回避、陈述申辩的权利"), ("检查情况", inspection)],
        signers=[("当事人（见证人）", ""), *lines],
    )  # fmt: skip
    sheet(
        one, "A13", "询问笔录",
        [("时间", chinese_moment(case.questioned_at)), ("被询问人", person), ("所在单位", case.party_name),
         ("告知", "询问人员已出示执法证件，告知被询问人如实回答的义务和申请回避的权利"), ("询问内容", questioning)],
        signers=[("被询问人（逐页签名）", person), *lines],
    )  # fmt: skip
    if measurement.strip():
        sheet(one, "A15", "面积（方量）测算报告", [("测算对象", case.project_name), ("方法与结果", measurement),
                                            ("采用数据", facts_text(case))], signers=lines)  # fmt: skip
    evidence = [
        [str(number), document.kind, document.title, document.sha256[:16]]
        for number, document in enumerate(evidence_of(case), start=1)
    ]
    paper(one, "evidence", "A09", "证据清单", {"evidence": evidence})
    sheet(
        one, "B03", "案件调查终结报告",
        [("案由", case.title), ("当事人", party_text(case)), ("违法事实", case.findings), ("事实数据", facts_text(case)),
         ("违反条款", f"{violations.LAW}{case.act.duty}"), ("处罚依据", penalty_article(case)),
         ("处理意见", "建议先责令限期改正，逾期不改正的依法处罚" if case.order_first else "建议依法给予行政处罚，并责令改正")],
        signers=lines,
    )  # fmt: skip


def evidence_of(case: Case) -> list[Document]:
    """The papers that prove something, in the order of the dossier."""
    found = Document.objects.filter(subject_type="case", subject_id=str(case.pk), volume="main")
    return [one for one in found.order_by("kind", "created_at", "id") if "A10" <= one.kind[:3] <= "A18"]


def penalty_article(case: Case) -> str:
    return f"{violations.LAW}{case.act.liability}" if case.act.liability else "依地方性法规确定"


FACT_NAMES = {"area_ha": ("面积", "公顷"), "volume_m3": ("方量", "立方米"), "fee": ("应缴补偿费", "元"),
              "overdue_months": ("逾期", "个月"), "measures": ("防护措施", ""), "hazard": ("危害", ""),
              "erosion_caused": ("水土流失", "")}  # fmt: skip
FACT_VALUES = {"full": "齐全", "partial": "部分", "none": "没有", True: "有", False: "无"}


def facts_text(case: Case) -> str:
    """The facts of the rulebook in words."""
    parts = []
    for key, (name, unit) in FACT_NAMES.items():
        value = case.facts.get(key)
        if value is not None:
            parts.append(f"{name} {FACT_VALUES.get(value, value) if not unit else value} {unit}".strip())
    return "，".join(parts)
