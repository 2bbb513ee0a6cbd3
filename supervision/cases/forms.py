"""One form for each step. Page and API read their input through the same forms; the action decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conservation import clock
from conservation.accounts import roles
from conservation.accounts.models import User
from conservation.documents.models import Document
from supervision.cases import violations
from supervision.cases.actions.filing import EVIDENCE_KINDS, OFFICER_ROLES
from supervision.cases.actions.serving import SERVABLE
from supervision.cases.models import Case, Service

YES = [("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]
MEASURES = [
    ("", "—"),
    ("full", gettext_lazy("措施齐全")),
    ("partial", gettext_lazy("部分措施")),
    ("none", gettext_lazy("没有措施")),
]
KNOWN = [("", gettext_lazy("未查明")), *YES]


def area(label: Any, required: bool = True, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=20000, widget=forms.Textarea(attrs={"rows": rows})
    )


def day(label: Any, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def moment(label: Any, required: bool = False) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


def yuan(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=14, decimal_places=2, min_value=0, widget=forms.NumberInput(attrs={"step": "0.01"})
    )


class Person(forms.ModelChoiceField):
    def __init__(self, label: Any, *wanted: str, required: bool = True):
        self.wanted = wanted
        super().__init__(User.objects.none(), label=label, required=required)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj}（{obj.certificate_no}）" if obj.certificate_no else str(obj)


class StepForm(forms.Form):
    """A step's fields; ``arguments`` are the keyword arguments of its action."""

    case: Case

    def __init__(self, data: Any = None, files: Any = None, *, case: Case, **more: Any):
        super().__init__(data, files, **more)
        self.case = case
        for field in self.fields.values():
            if isinstance(field, Person):
                field.queryset = people(case, field.wanted)
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and first values from the case."""

    def arguments(self) -> dict[str, Any]:
        found = {}
        for name, value in self.cleaned_data.items():
            if isinstance(self.fields[name], Person):
                value = value.pk if value else None
            elif isinstance(value, datetime) and value.tzinfo is None:
                value = value.replace(tzinfo=clock.SHANGHAI)
            elif value is None and isinstance(self.fields[name], forms.DateField | forms.DateTimeField):
                value = None
            found[name] = value
        return found


def people(case: Case, wanted: tuple[str, ...]) -> Any:
    today = clock.today()
    return (
        User.objects.filter(memberships__authority_id=case.authority_id, memberships__role__in=wanted,
                            memberships__valid_from__lte=today)
        .exclude(memberships__valid_to__lt=today).distinct().order_by("name", "pk")
    )  # fmt: skip


class Approved(StepForm):
    approver_id = Person(gettext_lazy("批准的负责人（本人是负责人可不填）"), roles.LEADER, required=False)


class NotFile(Approved):
    reason = area(gettext_lazy("不予立案的理由"))


class FileCase(Approved):
    officer1_id = Person(gettext_lazy("主办人员"), *OFFICER_ROLES)
    officer2_id = Person(gettext_lazy("协办人员"), *OFFICER_ROLES)
    occurred_on = day(gettext_lazy("违法行为终了日（仍在继续可不填）"), required=False)
    reason = area(gettext_lazy("立案理由"), required=False)
    field_order = ["officer1_id", "officer2_id", "occurred_on", "reason", "approver_id"]


class AssignOfficers(StepForm):
    officer1_id = Person(gettext_lazy("主办人员"), *OFFICER_ROLES)
    officer2_id = Person(gettext_lazy("协办人员"), *OFFICER_ROLES)
    reason = area(gettext_lazy("变更理由"), required=False)


class AddEvidence(StepForm):
    kind = forms.ChoiceField(label=gettext_lazy("材料种类"), choices=[])
    title = forms.CharField(label=gettext_lazy("材料名称"), max_length=200)
    upload = forms.FileField(label=gettext_lazy("文件"))

    NAMES = {
        "A08": gettext_lazy("听证材料"), "A10": gettext_lazy("当事人身份证明"), "A11": gettext_lazy("执法证件"),
        "A14": gettext_lazy("照片、影像"), "A15": gettext_lazy("测算报告、鉴定意见"), "A16": gettext_lazy("书证"),
        "A17": gettext_lazy("先行登记保存"), "A18": gettext_lazy("查封、扣押"), "A19": gettext_lazy("延期、分期缴款"),
        "A20": gettext_lazy("缴款凭证"), "A21": gettext_lazy("整改材料"), "A22": gettext_lazy("催告书"),
        "A23": gettext_lazy("代履行材料"), "A24": gettext_lazy("申请强制执行材料"), "A25": gettext_lazy("复议、诉讼材料"),
        "A26": gettext_lazy("公开记录"), "B01": gettext_lazy("来源材料"), "B02": gettext_lazy("初步核查"),
        "B10": gettext_lazy("往来函件"), "B13": gettext_lazy("保密材料"),
    }  # fmt: skip

    def prepare(self) -> None:
        self.fields["kind"].choices = [(kind, f"{kind} {self.NAMES[kind]}") for kind in EVIDENCE_KINDS]  # type: ignore[attr-defined]


class RecordInvestigation(StepForm):
    findings = area(gettext_lazy("查明的违法事实"), rows=4)
    inspection_record = area(gettext_lazy("现场检查（勘验）情况"))
    inspected_at = moment(gettext_lazy("现场检查时间"))
    questioned_person = forms.CharField(label=gettext_lazy("被询问人"), max_length=120)
    questioned_at = moment(gettext_lazy("询问时间"))
    questioning_record = area(gettext_lazy("询问笔录要点"))
    measurement = area(gettext_lazy("面积（方量）测算方法与结果"), required=False)
    area_ha = forms.DecimalField(
        label=gettext_lazy("占地面积（公顷）"), required=False, min_value=0, max_digits=12, decimal_places=4
    )
    volume_m3 = forms.DecimalField(
        label=gettext_lazy("倾倒、取土方量（立方米）"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    measures = forms.ChoiceField(label=gettext_lazy("防护措施"), choices=MEASURES, required=False)
    hazard = forms.ChoiceField(label=gettext_lazy("存在危害或隐患"), choices=KNOWN, required=False)
    erosion_caused = forms.ChoiceField(label=gettext_lazy("造成水土流失"), choices=KNOWN, required=False)
    fee = forms.DecimalField(
        label=gettext_lazy("应缴补偿费（元）"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    overdue_months = forms.DecimalField(
        label=gettext_lazy("逾期月数"), required=False, min_value=0, max_digits=6, decimal_places=1
    )
    complicated = forms.BooleanField(label=gettext_lazy("情况疑难复杂（须法制审核和集体讨论）"), required=False)

    USED = {
        "area_ha": ("area_ha",), "volume_m3": ("volume_m3", "measures", "hazard", "erosion_caused"),
        "fee": ("fee", "overdue_months"), "": (),
    }  # fmt: skip
    ALL_FACTS = ("area_ha", "volume_m3", "measures", "hazard", "erosion_caused", "fee", "overdue_months")

    def prepare(self) -> None:
        """Show the facts that this violation's fine is computed from, with what the clue brought."""
        used = self.USED[self.case.act.measure]
        for name in self.ALL_FACTS:
            if name not in used:
                del self.fields[name]
            elif self.case.facts.get(name) is not None:
                value = self.case.facts[name]
                self.initial.setdefault(name, str(value).lower() if isinstance(value, bool) else value)
        if self.case.act.measure not in ("area_ha", "volume_m3"):
            del self.fields["measurement"]

    def arguments(self) -> dict[str, Any]:
        found = super().arguments()
        facts = {name: found.pop(name) for name in self.ALL_FACTS if name in found}
        for name in ("hazard", "erosion_caused"):
            if facts.get(name) in ("true", "false"):
                facts[name] = facts[name] == "true"
        found["facts"] = {name: value for name, value in facts.items() if value not in (None, "")}
        return found


class IssueOrder(StepForm):
    deadline = day(gettext_lazy("责令期限届满日"))
    requirement = area(gettext_lazy("责令内容"), required=False)
    reason = area(gettext_lazy("备注"), required=False, rows=2)

    def prepare(self) -> None:
        self.initial.setdefault("requirement", self.case.act.demand)


class ServeFields(StepForm):
    method = forms.ChoiceField(label=gettext_lazy("送达方式"), choices=Service.Method.choices)
    recipient = forms.CharField(label=gettext_lazy("签收人"), max_length=120)
    handed_at = moment(gettext_lazy("送达（公告）时间，空为现在"))
    place = forms.CharField(label=gettext_lazy("送达地点"), max_length=200, required=False)
    note = area(gettext_lazy("备注（留置、电子、公告送达必填）"), required=False, rows=2)


class Serve(ServeFields):
    document_id = forms.ChoiceField(label=gettext_lazy("送达的文书"), choices=[])
    field_order = ["document_id"]

    def prepare(self) -> None:
        self.fields["document_id"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), f"{one.title} {one.number}") for one in unserved(self.case)
        ]


def unserved(case: Case) -> list[Document]:
    """Papers for the party that have not been served; the penalty decision is served by its own step."""
    served = Service.objects.filter(case=case).values("document_id")
    found = Document.objects.filter(
        subject_type="case", subject_id=str(case.pk), kind__in=SERVABLE, generated=True, number__gt=""
    )
    if case.fine is not None:
        found = found.exclude(kind="A02")
    return list(found.exclude(pk__in=served).order_by("created_at", "id"))


class ServeDecision(ServeFields):
    delay_reason = area(gettext_lazy("逾期送达的理由"), required=False, rows=2)


class Findings(StepForm):
    findings = area(gettext_lazy("复查情况"))


class RecordRectification(Findings):
    passed = forms.TypedChoiceField(label=gettext_lazy("复查合格"), choices=YES, coerce=lambda text: text == "true")


class ProposePenalty(StepForm):
    fine = yuan(gettext_lazy("拟处罚款（元）"))
    discretion_reason = area(gettext_lazy("裁量理由"))
    suspension = forms.BooleanField(label=gettext_lazy("同时责令停止生产或者使用"), required=False)
    unverified_reason = area(gettext_lazy("依据待核实数字的确认理由"), required=False, rows=2)

    def prepare(self) -> None:
        self.initial.setdefault("suspension", self.case.act.suspends)


class LegalReview(StepForm):
    passed = forms.TypedChoiceField(
        label=gettext_lazy("审核结论为同意"), choices=YES, coerce=lambda text: text == "true"
    )
    opinion = area(gettext_lazy("审核意见"))


class Plain(StepForm):
    reason = area(gettext_lazy("备注"), required=False, rows=2)


class RecordDefence(StepForm):
    text = area(gettext_lazy("陈述申辩内容"), required=False)
    made_at = moment(gettext_lazy("提出时间，空为现在"))
    recheck = area(gettext_lazy("复核意见"), required=False)
    adopted = forms.BooleanField(label=gettext_lazy("采纳"), required=False)


class RecordWaiver(StepForm):
    defence = forms.BooleanField(label=gettext_lazy("放弃陈述、申辩"), required=False)
    hearing = forms.BooleanField(label=gettext_lazy("放弃听证"), required=False)
    made_at = moment(gettext_lazy("声明时间，空为现在"))


class RequestHearing(StepForm):
    grounds = area(gettext_lazy("申请理由"), required=False)
    requested_at = moment(gettext_lazy("申请时间，空为现在"))


class CallHearing(StepForm):
    hearing_on = moment(gettext_lazy("听证时间"), required=True)
    place = forms.CharField(label=gettext_lazy("听证地点"), max_length=200)
    chair_id = Person(gettext_lazy("听证主持人"), roles.LEADER, roles.LEGAL_REVIEWER, roles.CASE_OFFICER)


class HoldHearing(StepForm):
    attended = forms.TypedChoiceField(
        label=gettext_lazy("当事人到场"), choices=YES, coerce=lambda text: text == "true"
    )
    record = area(gettext_lazy("听证笔录要点"))
    report = area(gettext_lazy("听证报告"))


class CollectiveDiscussion(StepForm):
    attendants = area(gettext_lazy("参加讨论的负责人"), rows=2)
    minutes = area(gettext_lazy("讨论记录"))
    result = area(gettext_lazy("讨论结论"), rows=2)


class Decide(Approved):
    fine = yuan(gettext_lazy("罚款（元）"))
    decision_reason = area(gettext_lazy("决定理由（低于告知数额时必填）"), required=False)
    field_order = ["fine", "decision_reason", "approver_id"]

    def prepare(self) -> None:
        self.initial.setdefault("fine", self.case.proposed_fine)


class Reasoned(Approved):
    reason = area(gettext_lazy("理由"))
    field_order = ["reason", "approver_id"]


class Extend(Approved):
    until = day(gettext_lazy("延长至"))
    reason = area(gettext_lazy("延长的理由"))
    field_order = ["until", "reason", "approver_id"]


class RecordPayment(StepForm):
    amount = yuan(gettext_lazy("缴纳金额（元）"))
    paid_on = day(gettext_lazy("缴款日期，空为今天"), required=False)
    reference = forms.CharField(label=gettext_lazy("缴款凭证号"), max_length=120)


class Close(Approved):
    result = area(gettext_lazy("处理结果（空为按案件状态填写）"), required=False, rows=2)
    field_order = ["result", "approver_id"]


class Archive(StepForm):
    retention = forms.ChoiceField(
        label=gettext_lazy("保管期限"),
        choices=[("30年", gettext_lazy("30年")), ("永久", gettext_lazy("永久")), ("10年", gettext_lazy("10年"))],
    )


class Transfer(Approved):
    transferred_to = forms.CharField(label=gettext_lazy("移送的机关"), max_length=200)
    reason = area(gettext_lazy("移送的理由"))
    field_order = ["transferred_to", "reason", "approver_id"]


FORMS: Mapping[str, type[StepForm]] = {
    "not_file": NotFile, "file_case": FileCase, "assign_officers": AssignOfficers, "add_evidence": AddEvidence,
    "record_investigation": RecordInvestigation, "issue_order": IssueOrder, "serve": Serve, "order_complied": Findings,
    "order_lapsed": Findings, "propose_penalty": ProposePenalty, "legal_review": LegalReview, "give_prior_notice": Plain,
    "record_defence": RecordDefence, "record_waiver": RecordWaiver, "request_hearing": RequestHearing,
    "call_hearing": CallHearing, "hold_hearing": HoldHearing, "collective_discussion": CollectiveDiscussion,
    "decide": Decide, "no_penalty": Reasoned, "dismiss": Reasoned, "serve_decision": ServeDecision, "extend": Extend,
    "record_payment": RecordPayment, "record_rectification": RecordRectification, "close": Close, "archive": Archive,
    "transfer": Transfer,
}  # fmt: skip


class ExportForm(forms.Form):
    volume = forms.ChoiceField(
        label=gettext_lazy("卷别"),
        choices=[
            ("both", gettext_lazy("正卷和副卷")),
            ("main", gettext_lazy("正卷")),
            ("secondary", gettext_lazy("副卷")),
        ],
    )


class FilterForm(forms.Form):
    """Filters of the list."""

    q = forms.CharField(label=gettext_lazy("案由、案号、当事人"), required=False, max_length=80)
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=[])
    violation = forms.ChoiceField(label=gettext_lazy("违法行为"), required=False, choices=[])

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        every = [("", _("全部"))]
        self.fields["state"].choices = every + Case.STATES.choices  # type: ignore[attr-defined]
        self.fields["violation"].choices = every + [  # type: ignore[attr-defined]
            (one.code, violations.label(one.code)) for one in violations.ALL
        ]
