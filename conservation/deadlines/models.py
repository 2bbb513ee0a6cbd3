"""期限 deadlines: statutory timers as rows — basis, start, pauses, due day, warning, breach."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Timer(models.Model):
    """期限: one running or ended period of the law on one subject."""

    class State(models.TextChoices):
        RUNNING = "running", _("计时中")
        PAUSED = "paused", _("中止计时")
        STOPPED = "stopped", _("已了结")
        VOID = "void", _("已撤销")

    code = models.CharField(max_length=6, db_comment="期限代码 T01–T51")
    label = models.CharField(max_length=120, db_comment="名称")
    subject_type = models.CharField(max_length=40, db_comment="对象类别")
    subject_id = models.CharField(max_length=64, db_comment="对象主键")
    subject_label = models.CharField(max_length=200, default="", db_comment="对象名称（当时）")
    authority = models.ForeignKey(
        "accounts.Authority",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_comment="负责的机关；空为由单位负责",
    )
    unit = models.ForeignKey(
        "accounts.Unit", null=True, on_delete=models.PROTECT, related_name="+", db_comment="负责的单位；空为由机关负责"
    )
    basis = models.CharField(max_length=200, db_comment="依据（文件、条款）")
    mark = models.CharField(max_length=12, db_comment="依据的核实标记")
    unit_of_time = models.CharField(max_length=6, db_comment="单位：WD 工作日、CD 日、month、year、hour")
    length = models.PositiveIntegerField(db_comment="长度")
    extended = models.BooleanField(default=False, db_comment="是否已延长")
    variant = models.CharField(max_length=20, default="", db_comment="规则中的变体")
    started_at = models.DateTimeField(db_comment="起算时间（始日不计）")
    due_at = models.DateTimeField(db_comment="届满时间")
    provisional = models.BooleanField(default=False, db_comment="暂估：跨入尚未公布放假安排的年份")
    warn_at = models.DateTimeField(null=True, db_comment="预警时间")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING, db_comment="状态")
    warned_at = models.DateTimeField(null=True, db_comment="已预警时间")
    breached_at = models.DateTimeField(null=True, db_comment="超期认定时间")
    stopped_at = models.DateTimeField(null=True, db_comment="了结时间")
    on_due = models.CharField(max_length=60, default="", db_comment="届满时向上层发出的主题")

    class Meta:
        db_table_comment = "法定期限"
        constraints = [
            models.CheckConstraint(name="deadlines_due_after_start", condition=Q(due_at__gte=F("started_at"))),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "code"],
                name="deadlines_one_running",
                condition=Q(state__in=["running", "paused"]),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="deadlines_open_due", condition=Q(state="running")),
            models.Index(fields=["subject_type", "subject_id"], name="deadlines_subject"),
            models.Index(fields=["authority", "due_at"], name="deadlines_authority", condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class Pause(models.Model):
    """中止计时: an interval that does not count, with its reason and document."""

    timer = models.ForeignKey(Timer, on_delete=models.CASCADE, related_name="pauses", db_comment="期限")
    from_at = models.DateTimeField(db_comment="中止起")
    to_at = models.DateTimeField(null=True, db_comment="中止止")
    reason = models.CharField(max_length=200, db_comment="理由")
    document = models.ForeignKey(
        "documents.Document", null=True, on_delete=models.PROTECT, related_name="+", db_comment="依据文件"
    )

    class Meta:
        db_table_comment = "期限中止"
        constraints = [
            models.CheckConstraint(
                name="deadlines_pause_order", condition=Q(to_at__isnull=True) | Q(to_at__gte=F("from_at"))
            ),
            models.UniqueConstraint(
                fields=["timer"], name="deadlines_one_open_pause", condition=Q(to_at__isnull=True)
            ),
        ]
