"""作业 jobs: one row per long run — who started it, with what, how far it is, what came out."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conservation.states import StateTable, Transition

STATES = StateTable(
    name="jobs_run",
    states={
        "queued": _("排队"),
        "running": _("运行中"),
        "done": _("完成"),
        "refused": _("数据被拒"),
        "failed": _("出错"),
        "cancelled": _("已取消"),
    },
    initial=("queued",),
    transitions=(
        Transition("start", ("queued",), "running", _("开始")),
        Transition("finish", ("running",), "done", _("完成")),
        Transition("refuse", ("running",), "refused", _("拒绝数据")),
        Transition("fail", ("queued", "running"), "failed", _("出错")),
        Transition("cancel", ("queued", "running"), "cancelled", _("取消")),
        Transition("retry", ("failed", "cancelled"), "queued", _("重试")),
        Transition("redeliver", ("running",), "queued", _("重新投递")),
    ),
    colours={"queued": "secondary", "running": "blue", "done": "green", "refused": "orange", "failed": "red"},
)


class Run(models.Model):
    """One run of a job. ``arguments`` and ``result`` are JSON; files are documents, named by their id."""

    STATES = STATES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, db_comment="编号")
    kind = models.CharField(max_length=60, db_comment="作业种类，如 patches.import")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_comment="发起人；定时作业为空",
    )
    arguments = models.JSONField(default=dict, db_comment="参数")
    state = models.CharField(max_length=12, choices=STATES.choices, default="queued", db_comment="状态")
    progress = models.PositiveBigIntegerField(default=0, db_comment="已完成数")
    total = models.PositiveBigIntegerField(default=0, db_comment="总数；0 为未知")
    step = models.CharField(max_length=200, default="", db_comment="当前步骤")
    log = models.TextField(default="", db_comment="日志")
    result = models.JSONField(null=True, db_comment="结果")
    faults = models.JSONField(default=list, db_comment="拒绝的原因（逐条）")
    cancel_asked = models.BooleanField(default=False, db_comment="已请求取消")
    created_at = models.DateTimeField(db_comment="发起时间")
    started_at = models.DateTimeField(null=True, db_comment="开始时间")
    finished_at = models.DateTimeField(null=True, db_comment="结束时间")
    heartbeat_at = models.DateTimeField(null=True, db_comment="最近心跳；久无心跳者由巡检置为出错")

    class Meta:
        db_table_comment = "作业"
        indexes = [
            models.Index(fields=["actor", "-created_at"], name="jobs_run_actor"),
            models.Index(fields=["kind", "-created_at"], name="jobs_run_kind"),
            models.Index(fields=["heartbeat_at"], name="jobs_run_open", condition=Q(state__in=["queued", "running"])),
        ]
        triggers = STATES.triggers()

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def percent(self) -> int | None:
        return min(100, self.progress * 100 // self.total) if self.total else None


def visible_to(user: Any) -> QuerySet[Run]:
    """A person sees the runs they started, an administrator those of the people of its authorities.

    Scheduled runs belong to the whole portal; the administrators of the whole country see them, and all others.
    """
    from conservation.accounts.models import Membership, as_user
    from conservation.accounts.queries import authorities_managed_by, manages_all

    person = as_user(user)
    if person is None:
        return Run.objects.none()
    if manages_all(person):
        return Run.objects.all()
    people = Membership.objects.filter(authority__in=authorities_managed_by(person)).values("user")
    return Run.objects.filter(Q(actor=person) | Q(actor__in=people))
