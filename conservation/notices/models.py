"""通知 notices: inbox and reminders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """通知: one message to one person about one subject."""

    class Kind(models.TextChoices):
        STATUTORY = "statutory", _("法定通知")
        TASK = "task", _("待办")
        REMINDER = "reminder", _("提醒")
        RESULT = "result", _("结果")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_comment="收件人"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, db_comment="通知种类")
    title = models.CharField(max_length=200, db_comment="标题")
    body = models.TextField(default="", db_comment="正文")
    subject_type = models.CharField(max_length=40, default="", db_comment="对象类别")
    subject_id = models.CharField(max_length=64, default="", db_comment="对象主键")
    key = models.CharField(max_length=120, default="", db_comment="去重键：同一收件人同一键只发一次；空为不去重")
    created_at = models.DateTimeField(db_comment="时间")
    read_at = models.DateTimeField(null=True, db_comment="阅读时间")
    mailed_at = models.DateTimeField(null=True, db_comment="邮件发出时间")

    class Meta:
        db_table_comment = "站内通知"
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notices_once", condition=~Q(key="")),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notices_user"),
            models.Index(fields=["user"], name="notices_unread", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title
