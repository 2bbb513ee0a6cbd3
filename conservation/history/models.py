"""历史 history: what happened, who did it, and why — append-only, chained by hash per subject; and the outbox."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# The hash covers every column that says something. jsonb prints its keys in one order, so the text is canonical.
HASH_SQL = (
    "encode(sha256(convert_to(concat_ws('|', {row}.prev_hash, {row}.subject_type, {row}.subject_id, {row}.seq, "
    "{row}.act, coalesce({row}.actor_id::text, ''), {row}.actor_name, {row}.authority_name, {row}.from_state, "
    "{row}.to_state, {row}.reason, {row}.data::text, {row}.documents::text, "
    "extract(epoch from {row}.occurred_at)::numeric(20,6), extract(epoch from {row}.recorded_at)::numeric(20,6)"
    "), 'UTF8')), 'hex')"
)


class ChainHead(models.Model):
    """The last link of each subject's chain; locked while a link is added."""

    subject_type = models.CharField(max_length=40, db_comment="对象类别")
    subject_id = models.CharField(max_length=64, db_comment="对象编号")
    seq = models.BigIntegerField(default=0, db_comment="最后一条记录的序号")
    hash = models.CharField(max_length=64, default="", db_comment="最后一条记录的哈希")

    class Meta:
        db_table_comment = "历史链的链头"
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id"], name="history_head_subject")]


class Event(models.Model):
    """历史事件: one act on one subject. Rows are only ever added."""

    subject_type = models.CharField(max_length=40, db_comment="对象类别，如 plan、case")
    subject_id = models.CharField(max_length=64, db_comment="对象主键")
    seq = models.BigIntegerField(default=0, db_comment="链内序号，从 1 起，由触发器填写")
    act = models.CharField(max_length=80, db_comment="行为，如 plans.submit")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_comment="行为人；系统作业为空",
    )
    actor_name = models.CharField(max_length=120, default="", db_comment="行为人姓名（当时）")
    authority_name = models.CharField(max_length=200, default="", db_comment="所代表的机关或单位（当时）")
    from_state = models.CharField(max_length=40, default="", db_comment="原状态")
    to_state = models.CharField(max_length=40, default="", db_comment="新状态")
    reason = models.TextField(default="", db_comment="理由")
    data = models.JSONField(default=dict, db_comment="事实")
    documents = models.JSONField(default=list, db_comment="相关文件的 SHA-256")
    occurred_at = models.DateTimeField(db_comment="行为时间")
    recorded_at = models.DateTimeField(db_comment="记录时间，由触发器填写", null=True)
    prev_hash = models.CharField(max_length=64, default="", db_comment="前一条记录的哈希")
    hash = models.CharField(max_length=64, default="", db_comment="本条记录的哈希")

    class Meta:
        db_table_comment = "历史事件（只增不改，逐对象哈希链）"
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "seq"], name="history_event_seq"),
        ]
        indexes = [
            models.Index(fields=["-recorded_at"], name="history_event_recorded"),
            models.Index(fields=["actor", "-id"], name="history_event_actor"),
            models.Index(fields=["act", "-id"], name="history_event_act"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("head", "history_chainhead%ROWTYPE")],
                func=pgtrigger.Func(
                    "INSERT INTO history_chainhead (subject_type, subject_id, seq, hash) "
                    "VALUES (NEW.subject_type, NEW.subject_id, 0, '') ON CONFLICT (subject_type, subject_id) DO NOTHING; "
                    "SELECT * INTO head FROM history_chainhead "
                    "WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id FOR UPDATE; "
                    "NEW.seq := head.seq + 1; NEW.prev_hash := head.hash; NEW.recorded_at := clock_timestamp(); "
                    f"NEW.hash := {HASH_SQL.format(row='NEW')}; "
                    "UPDATE history_chainhead SET seq = NEW.seq, hash = NEW.hash WHERE id = head.id; RETURN NEW;"
                ),
            ),
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'history is append-only: no truncate'; RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type}:{self.subject_id} #{self.seq} {self.act}"


class Outbox(models.Model):
    """发件箱: facts for higher storeys, written in the transaction of the act, delivered at least once."""

    topic = models.CharField(max_length=80, db_comment="主题，如 case.decided")
    payload = models.JSONField(db_comment="内容")
    created_at = models.DateTimeField(db_comment="产生时间")
    delivered_at = models.DateTimeField(null=True, db_comment="全部送达时间")
    attempts = models.PositiveIntegerField(default=0, db_comment="尝试次数")
    last_error = models.TextField(default="", db_comment="最近一次错误")

    class Meta:
        db_table_comment = "发件箱"
        indexes = [
            models.Index(fields=["id"], name="history_outbox_open", condition=models.Q(delivered_at__isnull=True))
        ]


class Delivery(models.Model):
    """One listener has heard one fact; written in the listener's own transaction, so it acts once."""

    outbox = models.ForeignKey(Outbox, on_delete=models.CASCADE, related_name="deliveries", db_comment="发件箱条目")
    listener = models.CharField(max_length=120, db_comment="接收方")
    delivered_at = models.DateTimeField(db_comment="送达时间")

    class Meta:
        db_table_comment = "发件箱送达记录"
        constraints = [models.UniqueConstraint(fields=["outbox", "listener"], name="history_delivery_once")]


class Counter(models.Model):
    """编号计数: official numbers without gaps, one row per authority, kind and year."""

    issuer = models.CharField(max_length=80, db_comment="发号机关")
    kind = models.CharField(max_length=40, db_comment="编号种类")
    year = models.PositiveSmallIntegerField(db_comment="年份")
    last = models.PositiveIntegerField(default=0, db_comment="最后一个号")

    class Meta:
        db_table_comment = "编号计数器"
        constraints = [models.UniqueConstraint(fields=["issuer", "kind", "year"], name="history_counter_key")]


class DemoClock(models.Model):
    """Only in demo mode and in tests: how far the clock has been moved."""

    offset = models.DurationField(db_comment="时钟提前量")

    class Meta:
        db_table_comment = "演示时钟"
        verbose_name = _("演示时钟")
