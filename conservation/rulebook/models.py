"""Stored decisions: what was decided with which rule, so that a page can explain it and a replay can prove it."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models

from conservation.rulebook.parameters import MARK_TITLES


class StoredDecision(models.Model):
    """One decision with its inputs, reasoning and result. Rows are added, never changed.

    ``lines`` may be empty where the reasoning follows from inputs and result by the rule (mass assessments).
    """

    rule = models.CharField(max_length=40, db_comment="规则名称")
    version = models.CharField(max_length=40, db_comment="规则版本与生效数值的校验码")
    on = models.DateField(db_comment="适用法律的日期")
    province = models.CharField(max_length=6, default="", blank=True, db_comment="适用地区代码；空为全国")
    inputs = models.JSONField(db_comment="输入")
    result = models.JSONField(db_comment="结果")
    lines = models.JSONField(default=list, db_comment="推理过程（逐行）")
    basis = models.JSONField(default=list, db_comment="依据：文件、条款、核实程度")
    status = models.CharField(max_length=10, choices=list(MARK_TITLES.items()), db_comment="所用数值中最弱的核实程度")
    subject_type = models.CharField(max_length=40, db_comment="对象种类")
    subject_id = models.CharField(max_length=64, db_comment="对象编号")
    decided_at = models.DateTimeField(db_comment="判定时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_comment="判定人；作业判定为空",
    )

    class Meta:
        db_table_comment = "规则判定"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-decided_at"], name="rulebook_decision_subject"),
            models.Index(fields=["rule", "decided_at"], name="rulebook_decision_rule"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=list(MARK_TITLES)), name="rulebook_decision_status"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.rule} {self.decided_at:%Y-%m-%d}"

    @property
    def unverified(self) -> bool:
        """A number that still has to be confirmed (待核实) was used."""
        return any(source.get("mark") == "unverified" for source in self.basis)

    def reasoning(self) -> list[dict[str, Any]]:
        """The stored lines, or those that follow by the rule where none were kept."""
        if self.lines:
            return list(self.lines)
        from conservation.rulebook.store import derived_lines

        return derived_lines(self)
