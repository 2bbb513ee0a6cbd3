"""文书与文件 documents: uploaded and generated files — hashed, typed, stored once, never overwritten."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Document(models.Model):
    """文件: one file in its one version. The bytes lie under their SHA-256; the same bytes are stored once.

    ``subject_type``/``subject_id`` name what it belongs to (see ``history.subjects``); who sees the subject, sees the
    file, except papers of the secondary volume (``volume='secondary'``), which only the authority sees.
    """

    class Volume(models.TextChoices):
        MAIN = "main", _("正卷")
        SECONDARY = "secondary", _("副卷")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, db_comment="编号")
    subject_type = models.CharField(max_length=40, default="", db_comment="所属对象类别")
    subject_id = models.CharField(max_length=64, default="", db_comment="所属对象主键")
    kind = models.CharField(max_length=40, db_comment="文件种类代码，如 range_vector、A02")
    title = models.CharField(max_length=200, db_comment="题名")
    number = models.CharField(max_length=80, default="", db_comment="文号")
    filename = models.CharField(max_length=200, db_comment="原文件名")
    media_type = models.CharField(max_length=100, db_comment="内容类型（按内容识别）")
    size = models.PositiveBigIntegerField(db_comment="字节数")
    sha256 = models.CharField(max_length=64, db_comment="SHA-256")
    volume = models.CharField(max_length=10, choices=Volume.choices, default=Volume.MAIN, db_comment="卷别")
    generated = models.BooleanField(default=False, db_comment="是否由系统生成")
    pages = models.PositiveIntegerField(null=True, db_comment="页数（生成的文书）")
    facts = models.JSONField(default=dict, db_comment="生成所依据的数据，或照片的位置、方位、时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_comment="上传或生成人"
    )
    created_at = models.DateTimeField(db_comment="上传或生成时间")

    class Meta:
        db_table_comment = "文书与文件"
        constraints = [
            models.CheckConstraint(name="documents_sha256_shape", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "created_at"], name="documents_subject"),
            models.Index(fields=["sha256"], name="documents_sha256"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def problems(self) -> list[str]:
        """What was noticed when the file was rendered or read, as sentences."""
        found = self.facts.get("problems") or []
        return [one["message"] if isinstance(one, dict) else str(one) for one in found]
