"""水土保持方案 plans: the filing, the review against the refusal grounds, and the decision."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.plans.states import OPEN, STATES
from projects.registry.types import PLAN_KINDS


@pghistory.track(model_name="PlanRow")
class Plan(models.Model):
    """方案申报: one filing of a conservation plan, from draft to decision."""

    STATES = STATES

    class Purpose(models.TextChoices):
        NEW = "new", _("新报")
        CHANGE = "change", _("变更")
        SUPPLEMENT = "supplement", _("弃渣场补充")

    project = models.ForeignKey(
        "registry.Project", on_delete=models.PROTECT, related_name="plans", db_comment="生产建设项目"
    )
    purpose = models.CharField(
        _("申报类型"),
        max_length=12,
        choices=Purpose.choices,
        default=Purpose.NEW,
        db_comment="申报类型：新报、变更、补充",
    )
    kind = models.CharField(
        _("方案种类"),
        max_length=20,
        choices=list(PLAN_KINDS.items()),
        default="",
        blank=True,
        db_comment="方案种类，报送时由规则 plan-kind 判定；空为尚未判定",
    )
    kind_decision = models.ForeignKey(
        "rulebook.StoredDecision",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_comment="方案种类的判定（规则、依据、推理）",
    )
    form_version = models.PositiveSmallIntegerField(
        db_comment="特性表版本 2018 或 2026，按报送日期（2026-06-01 起用 2026 版）"
    )
    state = models.CharField(_("状态"), max_length=16, choices=STATES.choices, default="draft", db_comment="状态")
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, related_name="+", db_comment="申请人（生产建设单位）"
    )
    authority = models.ForeignKey(
        "accounts.Authority", on_delete=models.PROTECT, related_name="+", db_comment="方案审批部门"
    )
    areas = ArrayField(models.CharField(max_length=6), db_comment="项目所涉县的省、市、县代码前缀，供按辖区筛选")
    range = models.ForeignKey(
        "registry.ResponsibilityRange",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("防治责任范围"),
        db_comment="防治责任范围的版次",
    )
    fields = models.JSONField(default=dict, db_comment="特性表：字段代码到填报值")
    spoil_sites = models.JSONField(
        default=list, db_comment="弃渣场清单：名称、堆渣量 万m³、最大堆高 m、失事危害、位置、级别（由规则计算）"
    )
    published_on = models.DateField(_("公开日期"), null=True, blank=True, db_comment="承诺制：报送前公开的起始日期")
    published_url = models.CharField(
        _("公开网址"), max_length=300, default="", blank=True, db_comment="承诺制：公开的网址"
    )
    committed_by = models.CharField(
        _("承诺书签字的法定代表人"), max_length=60, default="", blank=True, db_comment="承诺书签字的法定代表人"
    )
    expert_name = models.CharField(
        _("出具意见的专家"), max_length=60, default="", blank=True, db_comment="省级专家库专家姓名"
    )
    number = models.CharField(max_length=80, default="", db_comment="受理编号")
    approval_number = models.CharField(max_length=80, default="", db_comment="批准文号")
    refusal_number = models.CharField(max_length=80, default="", db_comment="不予许可文号")
    correction_items = models.JSONField(default=list, db_comment="一次告知的补正内容")
    review_body = models.CharField(max_length=120, default="", db_comment="技术评审机构")
    review_days = models.PositiveSmallIntegerField(null=True, db_comment="告知的评审期限（工作日，不超过30）")
    review_opinion = models.TextField(default="", db_comment="技术评审意见")
    decision_reason = models.TextField(default="", db_comment="决定的理由")
    submitted_at = models.DateTimeField(null=True, db_comment="报送时间")
    accepted_at = models.DateTimeField(null=True, db_comment="受理时间")
    decided_at = models.DateTimeField(null=True, db_comment="决定时间")
    delivered_at = models.DateTimeField(null=True, db_comment="送达时间")
    disclosed_at = models.DateTimeField(null=True, db_comment="公开时间")
    valid_until = models.DateField(null=True, db_comment="批准后须在此日前开工，否则重新审核（令53 第18条）")
    created_at = models.DateTimeField(db_comment="建立时间")
    updated_at = models.DateTimeField(auto_now=True, db_comment="更新时间")

    class Meta:
        db_table_comment = "水土保持方案申报"
        verbose_name = _("水土保持方案")
        constraints = [
            models.UniqueConstraint(
                fields=["project"], name="plans_one_open_filing", condition=Q(state__in=list(OPEN))
            ),
            models.UniqueConstraint(fields=["number"], name="plans_number_once", condition=~Q(number="")),
            models.UniqueConstraint(
                fields=["approval_number"], name="plans_approval_once", condition=~Q(approval_number="")
            ),
            models.CheckConstraint(name="plans_form_version", condition=Q(form_version__in=[2018, 2026])),
            models.CheckConstraint(
                name="plans_approved_has_number",
                condition=~Q(state__in=["approved", "effective", "revoked", "cancelled"]) | ~Q(approval_number=""),
            ),
            models.CheckConstraint(
                name="plans_accepted_has_number",
                condition=~Q(state__in=["accepted", "tech_review", "deciding", "approved", "refused"]) | ~Q(number=""),
            ),
            models.CheckConstraint(
                name="plans_kind_when_submitted",
                condition=Q(state__in=["draft", "correction", "withdrawn"]) | ~Q(kind=""),
            ),
        ]
        indexes = [
            GinIndex(fields=["areas"], name="plans_plan_areas"),
            models.Index(fields=["authority", "state", "-id"], name="plans_plan_authority"),
            models.Index(fields=["unit", "-id"], name="plans_plan_unit"),
            models.Index(fields=["state", "-id"], name="plans_plan_state"),
        ]
        triggers = STATES.triggers()

    def __str__(self) -> str:
        return f"{self.project}{self.get_kind_display() or _('水土保持方案')}"

    @property
    def is_committed(self) -> bool:
        """Is the plan under the commitment system (承诺制)?"""
        return self.kind in ("report_form", "registration_form")


class ReviewFinding(models.Model):
    """审查意见: what the review found for one refusal ground of Order 53 article 15."""

    class Ground(models.TextChoices):
        REF1 = "REF1", _("防治目标、防治责任范围不合理")
        REF2 = (
            "REF2",
            _("弃渣未开展综合利用调查或利用方案不可行；取土场、弃渣场位置不明确、选址不合理"),
        )
        REF3 = "REF3", _("表土保护利用措施不明确；措施配置不合理、体系不完整、等级标准不明确")
        REF4 = "REF4", _("涉及重点预防区、重点治理区但未优化建设方案、未提高措施等级")
        REF5 = "REF5", _("基础资料数据明显不实，内容存在重大缺陷、遗漏")
        REF6 = "REF6", _("法律法规和技术标准规定的其他情形")

    class Finding(models.TextChoices):
        CLEAR = "clear", _("不存在此情形")
        GROUND = "ground", _("存在此情形")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="findings", db_comment="方案申报")
    ground = models.CharField(max_length=4, choices=Ground.choices, db_comment="不予许可情形 REF1–REF6（令53 第15条）")
    finding = models.CharField(max_length=6, choices=Finding.choices, db_comment="审查结论")
    comment = models.TextField(default="", db_comment="审查说明；存在此情形时必填")
    reviewer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", db_comment="审查人")
    recorded_at = models.DateTimeField(db_comment="记录时间")

    class Meta:
        db_table_comment = "方案审查意见（逐项）"
        constraints = [
            models.UniqueConstraint(fields=["plan", "ground"], name="plans_finding_once"),
            models.CheckConstraint(name="plans_ground_has_comment", condition=~Q(finding="ground") | ~Q(comment="")),
        ]
