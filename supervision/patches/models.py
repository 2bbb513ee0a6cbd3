"""扰动图斑 patches: remote-sensing rounds, disturbance patches with their compliance class, field verification."""

from __future__ import annotations

from decimal import Decimal

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.gis.db import models as gis
from django.contrib.gis.db.models.functions import NumGeometries
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from conservation.accounts.models import Authority
from supervision.patches.states import ROUND_STATES, STATES

DRAWING_COPY = pgtrigger.Trigger(
    name="drawing_copy",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("geom"),
    func="NEW.geom_3857 := ST_Transform(NEW.geom, 3857); RETURN NEW;",
)
"""Keeps the Web Mercator copy, from which tiles are cut, in step with the geometry."""


class Class(models.TextChoices):
    """Compliance class made by overlay (rule ``patch-class``); 疑似 until a person has recognised it in the field."""

    COMPLIANT = "compliant", _("合规")
    UNAPPROVED = "suspected_unapproved", _("疑似未批先建")
    EXCESS = "suspected_excess", _("疑似超出防治责任范围")
    RELOCATED = "suspected_relocated", _("疑似建设地点变更")
    SCHEMATIC = "schematic", _("已批（示意性范围）")
    BELOW = "below_threshold", _("低于最小图斑面积")


ISSUED_CLASSES = (Class.UNAPPROVED, Class.EXCESS, Class.RELOCATED, Class.SCHEMATIC)
"""What is issued for field verification unless told otherwise: compliant and tiny patches are screened out."""
CLASS_COLOURS = {
    Class.COMPLIANT: "green",
    Class.UNAPPROVED: "red",
    Class.EXCESS: "orange",
    Class.RELOCATED: "purple",
    Class.SCHEMATIC: "azure",
    Class.BELOW: "secondary",
}


class Round(models.Model):
    """遥感监管期次: one interpretation campaign over one authority's division."""

    STATES = ROUND_STATES

    code = models.CharField(_("期次编号"), max_length=40, unique=True, db_comment="期次编号，如 430000-2026-01")
    name = models.CharField(_("名称"), max_length=120, db_comment="名称")
    level = models.CharField(
        _("级别"), max_length=10, choices=Authority.Level.choices, db_comment="组织级别（部、流域、省、市、县）"
    )
    year = models.PositiveSmallIntegerField(
        _("年度"), validators=[MinValueValidator(2010), MaxValueValidator(2100)], db_comment="年度"
    )
    period = models.PositiveSmallIntegerField(
        _("期次"), default=1, validators=[MinValueValidator(1), MaxValueValidator(99)], db_comment="年度内第几期"
    )
    image_date = models.DateField(_("影像日期"), db_comment="后时相影像日期；防治责任范围按此日是否有效")
    image_before = models.DateField(_("前时相影像日期"), null=True, blank=True, db_comment="前时相影像日期")
    pixel_m = models.DecimalField(
        _("像元大小（米）"),
        max_digits=6,
        decimal_places=2,
        default=Decimal("2.00"),
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
        db_comment="影像像元大小 m",
    )
    tolerance_m = models.DecimalField(
        _("位置容差（米）"),
        max_digits=7,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        db_comment="位置容差 m，缺省为像元的 2 倍",
    )
    authority = models.ForeignKey(
        Authority, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("组织机关"), db_comment="组织机关"
    )
    verify_days = models.PositiveSmallIntegerField(
        _("核查期限（天）"), default=30, db_comment="下发后多少天内完成现场核查"
    )
    recognise_days = models.PositiveSmallIntegerField(
        _("认定期限（天）"), default=15, db_comment="核查期满后多少天内完成认定"
    )
    handle_days = models.PositiveSmallIntegerField(
        _("查处期限（天）"), default=45, db_comment="认定期满后多少天内完成查处"
    )
    issued_on = models.DateField(null=True, db_comment="首次下发日期")
    verify_due = models.DateField(null=True, db_comment="核查截止日")
    recognise_due = models.DateField(null=True, db_comment="认定截止日")
    handle_due = models.DateField(null=True, db_comment="查处截止日")
    state = models.CharField(max_length=10, choices=ROUND_STATES.choices, default="open", db_comment="状态")
    classified_at = models.DateTimeField(null=True, db_comment="最近一次判别时间")
    created_at = models.DateTimeField(db_comment="建立时间")

    class Meta:
        db_table_comment = "遥感监管期次"
        verbose_name = _("遥感监管期次")
        triggers = ROUND_STATES.triggers()
        constraints = [
            models.CheckConstraint(name="patches_round_pixel", condition=Q(pixel_m__gt=0, tolerance_m__gte=0)),
            models.CheckConstraint(
                name="patches_round_images",
                condition=Q(image_before__isnull=True) | Q(image_before__lt=F("image_date")),
            ),
        ]
        indexes = [models.Index(fields=["authority", "-image_date"], name="patches_round_authority")]

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """入库批次: one file loaded into a round. The original is kept as a document; the same bytes load once."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="imports", db_comment="期次")
    document = models.ForeignKey(
        "documents.Document", on_delete=models.PROTECT, related_name="+", db_comment="原始文件"
    )
    sha256 = models.CharField(max_length=64, db_comment="原始文件 SHA-256")
    options = models.JSONField(default=dict, db_comment="读取参数（图层、编码、坐标系、字段对应）")
    rows = models.PositiveIntegerField(db_comment="文件中的记录数")
    loaded = models.PositiveIntegerField(db_comment="入库图斑数")
    repaired = models.JSONField(default=list, db_comment="已修复的记录 [{row, what}]（至多 1000 条）")
    notes = models.JSONField(default=list, db_comment="提示（至多 1000 条）")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_comment="导入人"
    )
    created_at = models.DateTimeField(db_comment="入库时间")

    class Meta:
        db_table_comment = "图斑入库批次"
        constraints = [models.UniqueConstraint(fields=["round", "sha256"], name="patches_import_once")]

    def __str__(self) -> str:
        return f"{self.round} {self.sha256[:12]}"


@pghistory.track(model_name="PatchRow", exclude=["geom", "geom_3857", "attributes"])
class Patch(models.Model):
    """扰动图斑: one disturbed piece of land seen on an image. A patch dies (``ended_at``), it is never deleted."""

    STATES = STATES
    Class = Class

    class Kind(models.TextChoices):
        SPOIL = "spoil", _("弃土（渣）场")
        BORROW = "borrow", _("取土（石）场")
        OTHER = "other", _("其他扰动")
        NOT_CONSTRUCTION = "not_construction", _("非生产建设项目")

    class Change(models.TextChoices):
        NEW = "new", _("新增")
        WIDER = "wider", _("续建（范围扩大）")
        SMALLER = "smaller", _("续建（范围缩小）")
        SAME = "same", _("续建（范围不变）")
        DONE = "done", _("完工")
        STOPPED = "stopped", _("停工")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="patches", db_comment="期次")
    number = models.CharField(_("图斑编号"), max_length=30, db_comment="图斑编号 QDNM，期次内唯一")
    geom = gis.MultiPolygonField(srid=4490, db_comment="图斑（CGCS2000），只有一个面")
    geom_3857 = gis.MultiPolygonField(srid=3857, null=True, db_comment="制图副本（由触发器填写）")
    area_ha = models.DecimalField(
        _("扰动面积"), max_digits=12, decimal_places=4, db_comment="面积 hm²，图斑质心所在 3° 带平面面积"
    )
    klass = models.CharField(
        _("合规性"), max_length=22, choices=Class.choices, default="", db_comment="合规性判别结果；未判别为空"
    )
    excess_ha = models.DecimalField(
        _("超出面积"), max_digits=12, decimal_places=4, null=True, db_comment="超出防治责任范围的面积 hm²（原始叠加）"
    )
    excess_beyond_tolerance_ha = models.DecimalField(
        _("容差外超出面积"), max_digits=12, decimal_places=4, null=True, db_comment="扣除位置容差后的超出面积 hm²"
    )
    range = models.ForeignKey(
        "registry.ResponsibilityRange",
        null=True,
        on_delete=models.PROTECT,
        related_name="patches",
        db_comment="判别所依据的防治责任范围（重叠最大者；地点变更时为最近者）",
    )
    distance_m = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, db_comment="疑似建设地点变更时至该范围的距离 m"
    )
    project = models.ForeignKey(
        "registry.Project",
        null=True,
        on_delete=models.PROTECT,
        related_name="patches",
        verbose_name=_("关联项目"),
        db_comment="关联项目（叠加所得或现场认定）",
    )
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_comment="人工关联项目的人；文件所载且由系统入库的为空",
    )
    linked_at = models.DateTimeField(null=True, db_comment="人工关联时间；空为叠加所得")
    county_code = models.CharField(_("县级区划"), max_length=6, db_comment="所在县级行政区划代码（按图形内点）")
    areas = ArrayField(models.CharField(max_length=6), db_comment="省、市、县代码前缀，供按辖区筛选")
    industry = models.PositiveSmallIntegerField(_("行业类别"), null=True, db_comment="行业类别 1–36，可空")
    kind = models.CharField(
        _("图斑类型"), max_length=16, choices=Kind.choices, default=Kind.OTHER, db_comment="图斑类型 QTYPE"
    )
    change = models.CharField(
        _("变化类型"), max_length=8, choices=Change.choices, default="", db_comment="变化类型 QDTYPE"
    )
    address = models.CharField(_("地址"), max_length=100, default="", db_comment="地址")
    focus = models.BooleanField(default=False, db_comment="是否重点监管 ISFOCUS")
    attributes = models.JSONField(default=dict, db_comment="文件中的其余属性，原样保存")
    source = models.ForeignKey(
        Import, null=True, on_delete=models.PROTECT, related_name="patches", db_comment="入库批次"
    )
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="parts", db_comment="由哪个图斑分割而来"
    )
    finding = models.CharField(
        _("认定结论"),
        max_length=16,
        default="",
        db_comment="认定结论 V01…V20、none、exempt、not_construction；未认定为空",
    )
    state = models.CharField(_("状态"), max_length=12, choices=STATES.choices, default="extracted", db_comment="状态")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_comment="认领核查人"
    )
    issued_at = models.DateTimeField(null=True, db_comment="下发时间")
    verified_at = models.DateTimeField(null=True, db_comment="最近一次现场核查时间")
    created_at = models.DateTimeField(db_comment="入库时间")
    ended_at = models.DateTimeField(null=True, db_comment="消亡时间（分割、合并）；空为现存")

    class Meta:
        db_table_comment = "扰动图斑"
        verbose_name = _("扰动图斑")
        triggers = [DRAWING_COPY, *STATES.triggers()]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="patches_number_in_round"),
            models.CheckConstraint(name="patches_single_part", condition=Exact(NumGeometries("geom"), 1)),
            models.CheckConstraint(
                name="patches_sizes",
                condition=Q(area_ha__gte=0)
                & (Q(excess_ha__isnull=True) | Q(excess_ha__gte=0))
                & (Q(excess_beyond_tolerance_ha__isnull=True) | Q(excess_beyond_tolerance_ha__gte=0)),
            ),
            models.CheckConstraint(
                name="patches_industry", condition=Q(industry__isnull=True) | Q(industry__range=(1, 36))
            ),
            models.CheckConstraint(name="patches_classified", condition=Q(state="extracted") | ~Q(klass="")),
        ]
        indexes = [
            GinIndex(fields=["areas"], name="patches_areas"),
            GinIndex(fields=["number"], name="patches_number_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["round", "klass", "-id"], name="patches_round_class"),
            models.Index(fields=["round", "county_code", "id"], name="patches_round_county"),
            models.Index(fields=["state", "-id"], name="patches_state"),
            models.Index(fields=["county_code", "-id"], name="patches_county"),
            models.Index(fields=["project"], name="patches_project", condition=Q(project__isnull=False)),
            models.Index(fields=["range"], name="patches_range", condition=Q(range__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def class_colour(self) -> str:
        return CLASS_COLOURS.get(self.klass, "secondary")  # type: ignore[call-overload]


class Verification(models.Model):
    """现场核查: one visit of two officers to one patch, with what they found. Rows are only ever added."""

    patch = models.ForeignKey(Patch, on_delete=models.PROTECT, related_name="verifications", db_comment="图斑")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_comment="核查人一"
    )
    officer_certificate = models.CharField(max_length=40, db_comment="核查人一执法证号（当时）")
    second_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_comment="核查人二"
    )
    second_certificate = models.CharField(max_length=40, db_comment="核查人二执法证号（当时）")
    visited_at = models.DateTimeField(_("到场时间"), db_comment="到场时间")
    finding = models.CharField(_("核查结论"), max_length=16, db_comment="V01…V20、none、exempt、not_construction")
    description = models.TextField(_("现场情况"), db_comment="现场情况")
    project = models.ForeignKey(
        "registry.Project", null=True, on_delete=models.PROTECT, related_name="+", db_comment="查明的项目"
    )
    unit = models.ForeignKey(
        "accounts.Unit", null=True, on_delete=models.PROTECT, related_name="+", db_comment="查明的单位"
    )
    land_ha = models.DecimalField(
        _("实测扰动面积"), max_digits=12, decimal_places=4, null=True, db_comment="实测扰动面积 hm²"
    )
    earthwork_m3 = models.DecimalField(
        _("挖填总量"), max_digits=14, decimal_places=2, null=True, db_comment="挖填总量 m³（判断可不编报方案）"
    )
    dumped_m3 = models.DecimalField(
        _("场外弃渣量"), max_digits=14, decimal_places=2, null=True, db_comment="场外弃渣量 m³"
    )
    harm = models.BooleanField(_("有危害"), default=False, db_comment="已造成或可能造成水土流失危害")
    no_fly_reason = models.CharField(
        _("不能航拍的原因"), max_length=200, default="", db_comment="没有全景照片时的书面原因（禁飞等）"
    )
    photos = models.PositiveSmallIntegerField(db_comment="照片数")
    flags = models.JSONField(default=list, db_comment="证据提示，如相册导入、方位偏离")
    created_at = models.DateTimeField(db_comment="记录时间")

    class Meta:
        db_table_comment = "图斑现场核查"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(name="patches_two_officers", condition=~Q(officer=F("second_officer"))),
            models.CheckConstraint(
                name="patches_certificates", condition=~Q(officer_certificate="") & ~Q(second_certificate="")
            ),
        ]
        indexes = [models.Index(fields=["patch", "-id"], name="patches_verification_patch")]

    def __str__(self) -> str:
        return f"{self.patch} {self.finding}"
