"""违法案件 cases: one violation by one party, from clue to archive; and the service of its documents."""

from __future__ import annotations

from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from supervision.cases import violations
from supervision.cases.states import STATES


def when(comment: str) -> Any:
    """A moment that a step sets."""
    return models.DateTimeField(null=True, db_comment=comment)


def on_day(comment: str) -> Any:
    return models.DateField(null=True, db_comment=comment)


def money(comment: str) -> Any:
    """An amount in yuan."""
    return models.DecimalField(max_digits=14, decimal_places=2, null=True, db_comment=comment)


def text(comment: str) -> Any:
    return models.TextField(default="", db_comment=comment)


def person(comment: str) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_comment=comment
    )


def known(*names: str) -> Q:
    return Q(**{f"{name}__isnull": False for name in names})


def ordered(earlier: str, later: str) -> Q:
    """Both set means ``later`` does not lie before ``earlier``."""
    return Q(**{f"{earlier}__isnull": True}) | Q(**{f"{later}__isnull": True}) | Q(**{f"{later}__gte": F(earlier)})


@pghistory.track(model_name="CaseRow")
class Case(models.Model):
    """违法案件. What the law asks for as a date or an amount is a column; facts for the rulebook are in ``facts``.

    ``facts`` keys (all optional): area_ha, volume_m3 (numbers), measures (full, partial, none), hazard,
    erosion_caused (booleans), overdue_months, fee (yuan).
    """

    STATES = STATES

    class Party(models.TextChoices):
        UNIT = "unit", _("单位")
        PERSON = "person", _("个人")

    class Defence(models.TextChoices):
        NONE = "none", _("尚未提出")
        WAIVED = "waived", _("书面放弃")
        MADE = "made", _("已陈述申辩")

    # what and who
    number = models.CharField(max_length=80, null=True, unique=True, db_comment="立案号，立案前为空")
    title = models.CharField(max_length=300, db_comment="案由：当事人＋违法行为＋案")
    violation = models.CharField(max_length=3, choices=violations.CHOICES, db_comment="违法行为代码 V01–V19")
    party_kind = models.CharField(
        max_length=6, choices=Party.choices, default=Party.UNIT, db_comment="当事人类别 unit/person"
    )
    unit = models.ForeignKey(
        "accounts.Unit",
        null=True,
        on_delete=models.PROTECT,
        related_name="cases",
        db_comment="当事人（单位）；个人或尚未查明时为空",
    )
    party_name = models.CharField(max_length=200, db_comment="当事人名称（立卷时抄录）")
    party_code = models.CharField(max_length=40, default="", db_comment="当事人统一社会信用代码（抄录）")
    party_address = models.CharField(max_length=200, default="", db_comment="当事人住所（抄录）")
    party_representative = models.CharField(max_length=60, default="", db_comment="法定代表人或负责人（抄录）")
    project = models.ForeignKey(
        "registry.Project",
        null=True,
        on_delete=models.PROTECT,
        related_name="cases",
        db_comment="涉案项目；尚未查明时为空",
    )
    project_name = models.CharField(max_length=200, default="", db_comment="涉案项目名称（抄录）")
    authority = models.ForeignKey(
        "accounts.Authority", on_delete=models.PROTECT, related_name="cases", db_comment="办案机关"
    )
    areas = ArrayField(models.CharField(max_length=6), db_comment="发生地各级区划代码前缀，供按辖区筛选")
    facts = models.JSONField(default=dict, db_comment="违法事实数据（供裁量规则取数）")
    source_type = models.CharField(
        max_length=20, db_comment="线索来源 patch 图斑、rectification 整改、inspection、report、transfer…"
    )
    source_id = models.CharField(max_length=64, default="", db_comment="来源对象主键")
    source_reason = text("移交说明")
    occurred_on = on_day("违法行为发生日（连续行为为终了日；仍在继续为空）")
    state = models.CharField(max_length=16, choices=STATES.choices, default="clue", db_comment="状态")
    created_at = models.DateTimeField(db_comment="线索登记时间")
    updated_at = models.DateTimeField(db_comment="最近办理时间")

    # officers and filing
    officer1 = person("主办人员")
    officer2 = person("协办人员")
    filed_at = when("立案时间")
    filed_by = person("批准立案的负责人")
    not_filed_at = when("不予立案时间")
    questioned_at = when("首次正式询问时间")

    # order
    order_first = models.BooleanField(null=True, db_comment="是否须先责令、逾期方可处罚（规则给出）")
    order_kind = models.CharField(
        max_length=16, default="", choices=list(violations.ORDERS.items()), db_comment="责令种类"
    )
    order_number = models.CharField(max_length=80, default="", db_comment="责令通知书文号")
    order_requirement = text("责令内容")
    order_issued_at = when("责令通知书签发时间")
    order_deadline = on_day("责令期限届满日")
    order_served_at = when("责令通知书送达时间")
    order_complied_at = when("认定已改正时间")
    order_lapsed_at = when("认定逾期未改正时间")

    # investigation and proposal
    investigated_at = when("调查终结时间")
    findings = text("查明的违法事实")
    proposed_at = when("提出处罚建议时间")
    proposed_fine = money("拟处罚款 元")
    range_minimum = money("裁量幅度下限 元")
    range_maximum = money("裁量幅度上限 元")
    range_tier = models.CharField(max_length=16, default="", db_comment="裁量档次")
    range_decision = models.JSONField(null=True, db_comment="裁量幅度的规则决定（全文副本）")
    unverified_reason = text("依据待核实数字时的确认理由")
    discretion_reason = text("裁量理由")
    suspension = models.BooleanField(default=False, db_comment="是否同时责令停产停业、停止使用")
    complicated = models.BooleanField(default=False, db_comment="是否属于情况疑难复杂")
    hearing_due = models.BooleanField(default=False, db_comment="是否必须告知听证权利")
    collective_due = models.BooleanField(default=False, db_comment="是否必须集体讨论")

    # legal review, notice, defence, hearing
    legal_reviewed_at = when("法制审核时间")
    legal_reviewer = person("法制审核人员")
    legal_passed = models.BooleanField(null=True, db_comment="法制审核是否同意")
    notice_number = models.CharField(max_length=80, default="", db_comment="事先告知书文号")
    notice_issued_at = when("事先告知书签发时间")
    notice_served_at = when("事先告知书送达时间")
    hearing_offer_served_at = when("听证告知书送达时间")
    defence = models.CharField(max_length=8, choices=Defence.choices, default=Defence.NONE, db_comment="陈述申辩情况")
    defence_due_on = on_day("陈述申辩期限届满日")
    defended_at = when("陈述申辩或放弃时间")
    defence_text = text("陈述申辩内容")
    defence_recheck = text("复核意见")
    defence_rechecked_at = when("复核时间")
    hearing_due_on = on_day("申请听证期限届满日")
    hearing_waived_at = when("书面放弃听证时间")
    hearing_requested_at = when("申请听证时间")
    hearing_on = when("听证时间")
    hearing_place = models.CharField(max_length=200, default="", db_comment="听证地点")
    hearing_chair = person("听证主持人")
    hearing_notice_served_at = when("听证通知书送达时间")
    hearing_held_at = when("听证举行（或视为放弃）时间")
    hearing_report = text("听证报告")
    collective_at = when("集体讨论时间")
    collective_result = text("集体讨论结论")

    # decision
    fine = money("决定罚款 元")
    decision_number = models.CharField(max_length=80, null=True, unique=True, db_comment="决定书文号")
    decided_at = when("决定时间")
    decided_by = person("作出决定的负责人")
    decision_reason = text("决定理由")
    decide_due_on = on_day("办案期限届满日")
    extended_until = on_day("批准延长至")
    extension_reason = text("延长理由")
    served_at = when("决定书送达时间")
    service_delay_reason = text("逾期送达的理由")
    pay_due_on = on_day("缴款期限届满日")

    # performance and closing
    paid_at = when("缴清时间")
    paid_amount = money("已缴罚款及加处罚款合计 元")
    surcharge = money("加处罚款 元")
    rectified_at = when("整改复查合格时间")
    performed_at = when("履行完毕时间")
    transferred_at = when("移送时间")
    transferred_to = models.CharField(max_length=200, default="", db_comment="移送机关")
    closed_at = when("结案时间")
    closed_by = person("批准结案的负责人")
    closing_result = text("处理结果")
    archived_at = when("归档时间")
    archive_number = models.CharField(max_length=40, null=True, unique=True, db_comment="案卷号")
    retention = models.CharField(max_length=20, default="", db_comment="保管期限")

    class Meta:
        db_table_comment = "违法案件"
        verbose_name = _("违法案件")
        constraints = [
            models.CheckConstraint(
                name="cases_amounts",
                condition=(Q(fine__isnull=True) | Q(fine__gte=0))
                & (Q(proposed_fine__isnull=True) | Q(proposed_fine__gte=0))
                & (Q(paid_amount__isnull=True) | Q(paid_amount__gte=0))
                & (Q(surcharge__isnull=True) | Q(surcharge__gte=0)),
            ),
            models.CheckConstraint(
                name="cases_surcharge_cap",
                condition=Q(surcharge__isnull=True) | Q(fine__isnull=True) | Q(surcharge__lte=F("fine")),
            ),
            models.CheckConstraint(
                name="cases_range_order",
                condition=Q(range_minimum__isnull=True)
                | Q(range_maximum__isnull=True)
                | Q(range_maximum__gte=F("range_minimum")),
            ),
            models.CheckConstraint(
                name="cases_fine_in_range",
                condition=Q(fine__isnull=True)
                | Q(fine=0)
                | (Q(range_minimum__isnull=False, range_maximum__isnull=False)
                   & Q(fine__gte=F("range_minimum"), fine__lte=F("range_maximum"))),
            ),
            models.CheckConstraint(
                name="cases_fine_not_raised",
                condition=Q(fine__isnull=True) | Q(proposed_fine__isnull=True) | Q(fine__lte=F("proposed_fine")),
            ),
            models.CheckConstraint(
                name="cases_two_officers",
                condition=Q(officer1__isnull=True) | Q(officer2__isnull=True) | ~Q(officer1=F("officer2")),
            ),
            models.CheckConstraint(
                name="cases_roles_apart",
                condition=(Q(hearing_chair__isnull=True)
                           | (~Q(hearing_chair=F("officer1")) & ~Q(hearing_chair=F("officer2"))))
                & (Q(legal_reviewer__isnull=True)
                   | (~Q(legal_reviewer=F("officer1")) & ~Q(legal_reviewer=F("officer2")))),
            ),
            models.CheckConstraint(
                name="cases_filed_complete",
                condition=Q(state__in=["clue", "not_filed", "transferred", "closed", "archived"])
                | known("number", "filed_at", "officer1", "officer2"),
            ),
            models.CheckConstraint(
                name="cases_decided_complete",
                condition=~Q(state__in=["decided", "served", "performed"])
                | known("fine", "decision_number", "decided_at", "decided_by", "notice_served_at"),
            ),
            models.CheckConstraint(
                name="cases_lapsed_complete",
                condition=~Q(state="lapsed") | known("order_served_at", "order_deadline", "order_lapsed_at"),
            ),
            models.CheckConstraint(
                name="cases_defence_known",
                condition=Q(defence="none") | Q(defended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cases_person_without_unit", condition=Q(party_kind="unit") | Q(unit__isnull=True)
            ),
            models.CheckConstraint(name="cases_date_order", condition=(
                ordered("filed_at", "investigated_at")
                & ordered("order_issued_at", "order_served_at")
                & ordered("order_served_at", "order_lapsed_at")
                & ordered("notice_issued_at", "notice_served_at")
                & ordered("notice_served_at", "decided_at")
                & ordered("filed_at", "decided_at")
                & ordered("hearing_held_at", "decided_at")
                & ordered("collective_at", "decided_at")
                & ordered("decided_at", "served_at")
                & ordered("closed_at", "archived_at")
            )),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "violation"],
                name="cases_source_once",
                condition=~Q(source_id="") & ~Q(state="not_filed"),
            ),
        ]  # fmt: skip
        indexes = [
            GinIndex(fields=["areas"], name="cases_case_areas"),
            GinIndex(fields=["title"], name="cases_case_title", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["unit", "-id"], name="cases_case_unit"),
            models.Index(fields=["project", "-id"], name="cases_case_project"),
            models.Index(fields=["state", "-id"], name="cases_case_state"),
            models.Index(fields=["authority", "-id"], name="cases_case_authority"),
            models.Index(fields=["violation", "-id"], name="cases_case_violation"),
        ]
        triggers = STATES.triggers()

    def __str__(self) -> str:
        return f"{self.number} {self.title}" if self.number else self.title

    @property
    def act(self) -> violations.Violation:
        return violations.BY_CODE[self.violation]

    @property
    def violation_label(self) -> str:
        return violations.label(self.violation)

    @property
    def officers(self) -> list[Any]:
        return [one for one in (self.officer1, self.officer2) if one is not None]


class Service(models.Model):
    """送达: one document handed to the party, with its receipt (送达回证)."""

    class Method(models.TextChoices):
        DIRECT = "direct", _("直接送达")
        LEFT = "left", _("留置送达")
        POST = "post", _("邮寄送达")
        ENTRUSTED = "entrusted", _("委托送达")
        ELECTRONIC = "electronic", _("电子送达")
        PUBLIC = "public", _("公告送达")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="services", db_comment="案件")
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="+", db_comment="被送达的文书"
    )
    receipt = models.ForeignKey(
        "documents.Document", null=True, on_delete=models.PROTECT, related_name="+", db_comment="送达回证"
    )
    method = models.CharField(max_length=12, choices=Method.choices, db_comment="送达方式")
    recipient = models.CharField(max_length=120, db_comment="受送达人签收人")
    place = models.CharField(max_length=200, default="", db_comment="送达地点")
    handed_at = models.DateTimeField(db_comment="交付或公告日期")
    served_at = models.DateTimeField(db_comment="视为送达的时间（公告送达为届满时）")
    note = models.TextField(default="", db_comment="备注：拒收理由、见证人、送达方式确认书等")

    class Meta:
        db_table_comment = "文书送达"
        constraints = [
            models.CheckConstraint(name="cases_service_order", condition=Q(served_at__gte=F("handed_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.document} → {self.recipient}"
