"""风险分级 risk: runs of the tiering, what each tier makes the portal do, and the ledger of contacts (打扰账本)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from supervision.risk.states import OPEN, STATES


class TierRun(models.Model):
    """分级运行: one assessment of all projects, or of a province's."""

    as_of = models.DateField(db_comment="评估日期")
    prefix = models.CharField(max_length=6, default="", db_comment="行政区划代码前缀，空为全国")
    rule_version = models.CharField(max_length=20, db_comment="规则版本")
    assessed = models.PositiveIntegerField(db_comment="评估项目数")
    tiers = models.JSONField(db_comment="各等级项目数")
    raised = models.PositiveIntegerField(db_comment="上调数")
    lowered = models.PositiveIntegerField(db_comment="下调数")
    seconds = models.FloatField(db_comment="用时 秒")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_comment="发起人；定时为空"
    )
    finished_at = models.DateTimeField(db_comment="完成时间")

    class Meta:
        db_table_comment = "风险分级运行"

    def __str__(self) -> str:
        return f"{self.as_of} {self.prefix}"


class FollowUp(models.Model):
    """分级措施: a reminder (低), a self-check (中) or a visit (高) for one project."""

    STATES = STATES

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("预提醒")
        SELF_CHECK = "self_check", _("自查任务")
        VISIT = "visit", _("现场检查")

    project = models.ForeignKey(
        "registry.Project", on_delete=models.CASCADE, related_name="follow_ups", db_comment="项目"
    )
    unit = models.ForeignKey(
        "accounts.Unit", null=True, on_delete=models.PROTECT, related_name="+", db_comment="生产建设单位"
    )
    areas = ArrayField(models.CharField(max_length=6), db_comment="所在地的省、市、县代码前缀")
    kind = models.CharField(max_length=12, choices=Kind.choices, db_comment="措施")
    tier = models.PositiveSmallIntegerField(db_comment="产生时的风险等级 0–3")
    state = models.CharField(max_length=10, choices=STATES.choices, default="open", db_comment="状态")
    opened_on = models.DateField(db_comment="产生日期")
    due_on = models.DateField(db_comment="期限（产品默认：自查 5 个工作日、检查 10 个工作日）")
    answer = models.TextField(default="", db_comment="单位的自查结果")
    answered_at = models.DateTimeField(null=True, db_comment="回复时间")
    finding = models.TextField(default="", db_comment="检查员的意见或检查情况")
    visited_on = models.DateField(null=True, db_comment="现场检查日期")
    closed_at = models.DateTimeField(null=True, db_comment="办结时间")

    class Meta:
        db_table_comment = "分级措施"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"], name="risk_one_open_followup", condition=Q(state__in=OPEN)
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="risk_followup_unit"),
            models.Index(fields=["due_on"], name="risk_followup_due", condition=Q(state="open")),
            models.Index(fields=["state", "-id"], name="risk_followup_state"),
            GinIndex(fields=["areas"], name="risk_followup_areas"),
        ]
        triggers = STATES.triggers()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.project_id}"


class Contact(models.Model):
    """打扰账本: every contact with a unit about a project is counted, with the tier of that day.

    A unit without risk should show none outside the random draw; the ledger makes that a number.
    """

    project = models.ForeignKey("registry.Project", on_delete=models.CASCADE, related_name="+", db_comment="项目")
    unit = models.ForeignKey("accounts.Unit", null=True, on_delete=models.PROTECT, related_name="+", db_comment="单位")
    tier = models.PositiveSmallIntegerField(db_comment="当日风险等级 0–3")
    kind = models.CharField(max_length=16, db_comment="接触方式 reminder/self_check/visit/…")
    on = models.DateField(db_comment="日期")
    source_type = models.CharField(max_length=40, db_comment="来源对象类别")
    source_id = models.CharField(max_length=64, db_comment="来源对象主键")

    class Meta:
        db_table_comment = "打扰账本"
        indexes = [
            models.Index(fields=["unit", "-on"], name="risk_contact_unit"),
            models.Index(fields=["tier", "-on"], name="risk_contact_tier"),
        ]
