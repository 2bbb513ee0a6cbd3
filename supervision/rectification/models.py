"""整改 rectification: one item per problem, from the order (限期整改通知书) to closing; what is not put right becomes a case."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from supervision.rectification.states import STATES


@pghistory.track(model_name="ItemRow")
class Item(models.Model):
    """整改事项: one problem that one unit has to put right by a day."""

    STATES = STATES

    class Severity(models.TextChoices):
        GENERAL = "G", _("一般")
        SERIOUS = "S", _("较重")
        SEVERE = "X", _("严重")

    number = models.CharField(_("文号"), max_length=80, unique=True, db_comment="限期整改通知书文号")
    project = models.ForeignKey(
        "registry.Project",
        null=True,
        on_delete=models.PROTECT,
        related_name="rectifications",
        verbose_name=_("项目"),
        db_comment="项目",
    )
    unit = models.ForeignKey(
        "accounts.Unit",
        on_delete=models.PROTECT,
        related_name="rectifications",
        verbose_name=_("责任单位"),
        db_comment="责任单位",
    )
    authority = models.ForeignKey(
        "accounts.Authority",
        on_delete=models.PROTECT,
        related_name="rectifications",
        verbose_name=_("责令机关"),
        db_comment="责令机关",
    )
    areas = ArrayField(models.CharField(max_length=6), db_comment="省、市、县代码前缀，供按辖区筛选")
    problem = models.CharField(_("问题"), max_length=8, db_comment="问题代码（问题清单）")
    severity = models.CharField(
        _("严重程度"), max_length=1, choices=Severity.choices, db_comment="严重程度 G 一般 S 较重 X 严重"
    )
    violation = models.CharField(_("违法行为"), max_length=3, default="", db_comment="违法行为代码 V01–V20，可空")
    requirement = models.TextField(_("整改要求"), db_comment="整改要求")
    ordered_on = models.DateField(db_comment="责令日期")
    deadline = models.DateField(_("整改期限"), db_comment="整改期限届满日")
    first_deadline = models.DateField(db_comment="最初的整改期限")
    extended = models.BooleanField(default=False, db_comment="是否已延长（只能一次）")
    extension_asked_at = models.DateTimeField(null=True, db_comment="申请延期时间")
    extension_reason = models.TextField(default="", db_comment="申请延期理由")
    source_type = models.CharField(max_length=40, db_comment="来源对象类别，如 patch")
    source_id = models.CharField(max_length=64, db_comment="来源对象主键")
    facts = models.JSONField(default=dict, db_comment="问题的事实（面积、弃渣量、危害等），移送时一并交出")
    state = models.CharField(_("状态"), max_length=10, choices=STATES.choices, default="open", db_comment="状态")
    plan = models.TextField(_("整改方案"), default="", db_comment="单位报送的整改方案")
    planned_at = models.DateTimeField(null=True, db_comment="报送整改方案时间")
    answer = models.TextField(_("整改情况"), default="", db_comment="单位报送的整改情况")
    submitted_at = models.DateTimeField(null=True, db_comment="最近报送整改结果时间")
    overdue_at = models.DateTimeField(null=True, db_comment="认定逾期时间")
    closed_at = models.DateTimeField(null=True, db_comment="销号时间")
    case_id = models.BigIntegerField(null=True, db_comment="移送后的案件主键")
    created_at = models.DateTimeField(db_comment="建立时间")

    class Meta:
        db_table_comment = "整改事项"
        verbose_name = _("整改事项")
        triggers = STATES.triggers()
        constraints = [
            models.CheckConstraint(name="rectification_deadline", condition=Q(deadline__gte=F("ordered_on"))),
            models.CheckConstraint(
                name="rectification_case", condition=~Q(state="escalated") | Q(case_id__isnull=False)
            ),
        ]
        indexes = [
            GinIndex(fields=["areas"], name="rectification_areas"),
            models.Index(fields=["state", "-id"], name="rectification_state"),
            models.Index(fields=["unit", "-id"], name="rectification_unit"),
            models.Index(fields=["project", "state"], name="rectification_project"),
            models.Index(fields=["source_type", "source_id"], name="rectification_source"),
            models.Index(fields=["case_id"], name="rectification_case_id", condition=Q(case_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class Recheck(models.Model):
    """复核: two officers look whether the problem has been put right. Rows are only ever added."""

    class Manner(models.TextChoices):
        SITE = "site", _("现场复核")
        DESK = "desk", _("书面复核")

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="rechecks", db_comment="整改事项")
    manner = models.CharField(max_length=4, choices=Manner.choices, db_comment="复核方式")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_comment="复核人一"
    )
    officer_certificate = models.CharField(max_length=40, db_comment="复核人一执法证号（当时）")
    second_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_comment="复核人二"
    )
    second_certificate = models.CharField(max_length=40, db_comment="复核人二执法证号（当时）")
    checked_at = models.DateTimeField(db_comment="复核时间")
    passed = models.BooleanField(db_comment="是否合格")
    note = models.TextField(db_comment="复核意见")

    class Meta:
        db_table_comment = "整改复核"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(name="rectification_two_officers", condition=~Q(officer=F("second_officer"))),
            models.CheckConstraint(
                name="rectification_certificates", condition=~Q(officer_certificate="") & ~Q(second_certificate="")
            ),
        ]
        indexes = [models.Index(fields=["item", "-id"], name="rectification_recheck_item")]

    def __str__(self) -> str:
        return f"{self.item} {self.passed}"
