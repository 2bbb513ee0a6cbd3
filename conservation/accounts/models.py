"""用户与单位 accounts: people, units, authorities, and who acts for whom."""

from __future__ import annotations

from typing import Any

import pghistory
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from conservation.accounts import roles


class User(AbstractUser):
    """用户: a person. What the person may do follows from memberships, not from Django's groups."""

    name = models.CharField(_("姓名"), max_length=60, default="", db_comment="姓名")
    phone = models.CharField(_("电话"), max_length=30, default="", blank=True, db_comment="电话")
    certificate_no = models.CharField(
        _("执法证号"), max_length=40, default="", blank=True, db_comment="行政执法证号；办案和检查人员必备"
    )

    class Meta:
        db_table_comment = "用户"
        verbose_name = _("用户")

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def memberships_today(self) -> list[Membership]:
        """The memberships in force today, with authority and unit loaded."""
        from conservation import clock

        today = clock.today()
        return list(
            self.memberships.filter(valid_from__lte=today)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))
            .select_related("authority", "unit")
            .order_by("id")
        )

    def office_name(self) -> str:
        """Name of the first office or unit this person acts for."""
        for one in self.memberships_today:
            return str(one.authority or one.unit)
        return ""


class Authority(models.Model):
    """主管部门: a water administrative department, a basin agency or an approval bureau."""

    class Level(models.TextChoices):
        MINISTRY = "ministry", _("水利部")
        BASIN = "basin", _("流域管理机构")
        PROVINCE = "province", _("省级")
        CITY = "city", _("市级")
        COUNTY = "county", _("县级")

    name = models.CharField(_("名称"), max_length=120, unique=True, db_comment="机关名称")
    mark = models.CharField(_("发文代字"), max_length=20, db_comment="文号代字，如 湘水许可")
    level = models.CharField(_("层级"), max_length=10, choices=Level.choices, db_comment="层级")
    division_code = models.CharField(
        _("行政区划代码"), max_length=12, db_comment="管辖的行政区划代码；水利部为 000000"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, db_comment="上级机关", verbose_name=_("上级机关")
    )
    collecting_bank = models.CharField(
        _("代收银行"), max_length=120, default="", db_comment="罚款代收银行（处罚决定书须载明）"
    )
    address = models.CharField(_("地址"), max_length=200, default="", db_comment="地址")

    class Meta:
        db_table_comment = "主管部门"
        verbose_name = _("主管部门")
        indexes = [models.Index(fields=["division_code", "level"], name="accounts_authority_place")]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """The leading digits shared by every division below: '' for the ministry, '43', '4301', '430102'."""
        return code_prefix(self.division_code)


def code_prefix(code: str) -> str:
    """Leading digits of a GB/T 2260 code that name its place: 430000 → 43, 430100 → 4301, 430102 → 430102."""
    head = code[:6]
    while head.endswith("00") and head:
        head = head[:-2]
    return head


@pghistory.track(model_name="UnitRow")
class Unit(models.Model):
    """单位: a developer (生产建设单位) or a service unit (编制、监测、监理、施工、验收)."""

    class Kind(models.TextChoices):
        DEVELOPER = "developer", _("生产建设单位")
        PLAN = "plan", _("方案编制单位")
        REVIEW = "review", _("技术评审单位")
        MONITORING = "monitoring", _("监测单位")
        SUPERVISION = "supervision", _("监理单位")
        CONSTRUCTION = "construction", _("施工单位")
        ACCEPTANCE = "acceptance", _("验收报告编制单位")

    name = models.CharField(_("单位名称"), max_length=120, db_comment="单位名称")
    uscc = models.CharField(
        _("统一社会信用代码"),
        max_length=18,
        null=True,
        blank=True,
        unique=True,
        db_comment="统一社会信用代码（GB 32100），可空",
    )
    kind = models.CharField(
        _("单位类型"), max_length=16, choices=Kind.choices, default=Kind.DEVELOPER, db_comment="单位类型"
    )
    legal_representative = models.CharField(
        _("法定代表人"), max_length=60, default="", blank=True, db_comment="法定代表人"
    )
    contact = models.CharField(_("联系人"), max_length=60, default="", blank=True, db_comment="联系人")
    phone = models.CharField(_("联系电话"), max_length=30, default="", blank=True, db_comment="联系电话")
    address = models.CharField(_("地址"), max_length=200, default="", blank=True, db_comment="地址")
    division_code = models.CharField(
        _("所在地"), max_length=12, default="", blank=True, db_comment="所在地行政区划代码"
    )
    created_at = models.DateTimeField(auto_now_add=True, db_comment="建档时间")

    class Meta:
        db_table_comment = "单位"
        verbose_name = _("单位")
        constraints = [
            models.CheckConstraint(
                name="accounts_unit_uscc_shape",
                condition=Q(uscc__isnull=True) | Q(uscc__regex=r"^[0-9ABCDEFGHJKLMNPQRTUWXY]{18}$"),
            )
        ]
        indexes = [GinIndex(fields=["name"], name="accounts_unit_name_trgm", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """任职: a person acts for one authority or one unit in one role, from a day to a day."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", db_comment="用户")
    authority = models.ForeignKey(
        Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships", db_comment="主管部门"
    )
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships", db_comment="单位"
    )
    role = models.CharField(max_length=20, choices=list(roles.LABELS.items()), db_comment="角色")
    valid_from = models.DateField(db_comment="任职起")
    valid_to = models.DateField(null=True, blank=True, db_comment="任职止，空为至今")

    class Meta:
        db_table_comment = "任职（用户—机关/单位—角色）"
        constraints = [
            models.CheckConstraint(
                name="accounts_membership_one_side",
                condition=Q(authority__isnull=True, unit__isnull=False)
                | Q(authority__isnull=False, unit__isnull=True),
            ),
            models.CheckConstraint(
                name="accounts_membership_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.authority or self.unit} · {roles.LABELS[self.role]}"


class UnitStanding(models.Model):
    """单位信用现状: the credit storey writes a unit's current grade here, so that lower rooms can read it."""

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="standing", db_comment="单位")
    grade = models.CharField(max_length=8, default="unrated", db_comment="信用等级 A/B/C/D 或 unrated")
    year = models.PositiveSmallIntegerField(null=True, db_comment="评价年度")
    simulated = models.BooleanField(default=True, db_comment="是否为模拟等级")
    open_facts = models.PositiveIntegerField(default=0, db_comment="公示期内的失信事实数")
    updated_at = models.DateTimeField(db_comment="更新时间")

    class Meta:
        db_table_comment = "单位信用现状（由信用层写入）"

    def __str__(self) -> str:
        return f"{self.unit} {self.grade}"


def as_user(actor: Any) -> User | None:
    """The signed-in user, or None for a stranger."""
    return actor if isinstance(actor, User) and actor.is_authenticated and actor.is_active else None
