"""信用信息 facts: what a unit did, each fact resting on one official document."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credit.facts.states import OPEN, STATES


@pghistory.track(model_name="FactRow")
class Fact(models.Model):
    """信用事实: one fact about one unit, collected as supervision does its work (伴随监管履职过程生成)."""

    STATES = STATES

    class Class(models.TextChoices):
        MINOR = "minor", _("轻微")
        GENERAL = "general", _("一般")
        SERIOUS = "serious", _("严重")

    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="facts", db_comment="单位")
    code = models.CharField(max_length=40, db_comment="事实代码，如 penalty、rectification_overdue")
    title = models.CharField(max_length=200, db_comment="事实")
    grade_class = models.CharField(
        max_length=8, choices=Class.choices, db_comment="失信类别 minor/general/serious（产品默认，可改）"
    )
    state = models.CharField(max_length=12, choices=STATES.choices, default="recorded", db_comment="状态")
    areas = ArrayField(models.CharField(max_length=6), db_comment="所在地的省、市、县代码前缀")
    source_type = models.CharField(max_length=40, db_comment="来源对象类别")
    source_id = models.CharField(max_length=64, db_comment="来源对象主键")
    document_number = models.CharField(max_length=80, db_comment="所依据文书的文号")
    document = models.ForeignKey(
        "documents.Document", null=True, on_delete=models.PROTECT, related_name="+", db_comment="所依据的文书"
    )
    happened_on = models.DateField(db_comment="事实日期")
    published_on = models.DateField(db_comment="公示起始日期")
    earliest_repair_on = models.DateField(null=True, db_comment="最早可修复日期（规则 credit-repair）")
    hidden_from = models.DateField(null=True, db_comment="停止公示日期（规则 credit-repair）")
    fulfilled_on = models.DateField(null=True, db_comment="义务履行日期")
    recorded_at = models.DateTimeField(db_comment="归集时间")

    class Meta:
        db_table_comment = "信用事实"
        constraints = [
            models.UniqueConstraint(fields=["source_type", "source_id", "code"], name="facts_once"),
            models.CheckConstraint(name="facts_needs_document", condition=~Q(document_number="")),
        ]
        indexes = [
            models.Index(fields=["unit", "-happened_on"], name="facts_unit"),
            models.Index(fields=["hidden_from"], name="facts_open", condition=Q(state__in=OPEN)),
            GinIndex(fields=["areas"], name="facts_areas"),
        ]
        triggers = STATES.triggers()

    def __str__(self) -> str:
        return self.title
