"""行政区划 administrative divisions with validity dates, and 水土保持分区 conservation zones.

A row holds from ``valid_from`` up to, not including, ``valid_to`` (empty: still in force). A boundary that changes
closes its row and opens another, so an old project keeps the place of its time.
"""

from __future__ import annotations

from datetime import date

from django.contrib.gis.db import models
from django.contrib.gis.db.models import MultiPolygonField
from django.contrib.postgres.indexes import OpClass
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conservation.regions.prefixes import code_prefix


class DivisionQuerySet(models.QuerySet["Division"]):
    def current(self) -> DivisionQuerySet:
        """Rows in force now."""
        return self.filter(valid_to__isnull=True)

    def on(self, day: date) -> DivisionQuerySet:
        """Rows in force on a day; a packaged row also stands for the time before its list, of which nothing is known."""
        return self.filter(Q(valid_from__lte=day) | Q(packaged=True)).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        )

    def under(self, code: str) -> DivisionQuerySet:
        """A division and everything below it."""
        return self.filter(code__startswith=code_prefix(code))


class Division(models.Model):
    """行政区划: one unit in one period."""

    class Level(models.IntegerChoices):
        PROVINCE = 1, _("省级")
        CITY = 2, _("市级")
        COUNTY = 3, _("县级")

    code = models.CharField(
        _("代码"), max_length=12, db_comment="行政区划代码（GB/T 2260 六位，或装载图层的自有代码）"
    )
    name = models.CharField(_("名称"), max_length=60, db_comment="名称")
    full_name = models.CharField(_("全称"), max_length=200, db_comment="含上级的全称，如 湖南省长沙市芙蓉区")
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level.choices, db_comment="级别：1 省 2 市 3 县")
    leaf = models.BooleanField(
        _("末级"), default=False, db_comment="有边界且其下再无有边界的区划（县，或不设区县的市）"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", db_comment="上级区划"
    )
    geom = MultiPolygonField(srid=4490, null=True, db_comment="边界，CGCS2000 经纬度（EPSG:4490）")
    geom_3857 = MultiPolygonField(srid=3857, null=True, db_comment="边界，绘图用（EPSG:3857）")
    geom_low = MultiPolygonField(srid=3857, null=True, db_comment="简化边界，小比例尺绘图用（EPSG:3857，容差 1000 m）")
    area_ha = models.DecimalField(_("面积"), max_digits=16, decimal_places=4, null=True, db_comment="椭球面积，公顷")
    valid_from = models.DateField(_("启用日期"), db_comment="自此日起有效；随包数据为代码表日期")
    valid_to = models.DateField(_("停用日期"), null=True, blank=True, db_comment="至此日前有效（不含当日）；空为现行")
    source = models.CharField(_("来源"), max_length=200, db_comment="数据来源")
    packaged = models.BooleanField(default=False, db_comment="随包边界，可被装载的正式图层取代")
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors", db_comment="后继区划"
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("行政区划")
        db_table_comment = "行政区划（带有效期）"
        ordering = ["code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="regions_division_key"),
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to__isnull=True), name="regions_division_now"),
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9A-Z]{6,12}$"), name="regions_division_code"),
            models.CheckConstraint(condition=Q(level__in=[1, 2, 3]), name="regions_division_level"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="regions_division_period"
            ),
        ]
        indexes = [
            models.Index(OpClass(F("code"), name="varchar_pattern_ops"), name="regions_division_prefix"),
            models.Index(fields=["level", "code"], name="regions_division_level_code"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def prefix(self) -> str:
        """What the codes of this unit and all below it begin with."""
        return code_prefix(self.code)


class ZoneQuerySet(models.QuerySet["Zone"]):
    def current(self) -> ZoneQuerySet:
        return self.filter(valid_to__isnull=True)

    def on(self, day: date) -> ZoneQuerySet:
        return self.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))

    def key_zones(self) -> ZoneQuerySet:
        """水土流失重点预防区和重点治理区."""
        return self.filter(kind__in=[Zone.Kind.PREVENTION, Zone.Kind.CONTROL])


class Zone(models.Model):
    """水土保持分区: a regionalisation zone (区划) or a key prevention or control area (重点预防区、重点治理区)."""

    class Kind(models.TextChoices):
        REGION = "region", _("水土保持区划")
        PREVENTION = "prevention", _("水土流失重点预防区")
        CONTROL = "control", _("水土流失重点治理区")

    class Level(models.TextChoices):
        LEVEL1 = "level1", _("一级区")
        LEVEL2 = "level2", _("二级区")
        LEVEL3 = "level3", _("三级区")
        NATIONAL = "national", _("国家级")
        PROVINCIAL = "provincial", _("省级")
        MUNICIPAL = "municipal", _("市级")
        COUNTY = "county", _("县级")

    class Mark(models.TextChoices):
        VERIFIED = "verified", _("已核实")
        SECONDARY = "secondary", _("间接来源")
        UNVERIFIED = "unverified", _("待核实")
        PRODUCT = "product", _("本系统约定")

    code = models.CharField(_("编号"), max_length=30, db_comment="编号，如 V、V-4、NP01")
    key = models.CharField(
        _("标识"), max_length=40, default="", blank=True, db_comment="规则所用标识，如 southern_red_soil"
    )
    kind = models.CharField(
        _("类别"), max_length=12, choices=Kind.choices, db_comment="类别：区划、重点预防区、重点治理区"
    )
    level = models.CharField(_("级别"), max_length=12, choices=Level.choices, db_comment="区划级别或划定级别")
    name = models.CharField(_("名称"), max_length=80, db_comment="简称")
    full_name = models.CharField(_("全称"), max_length=120, db_comment="全称")
    document = models.CharField(_("依据"), max_length=200, db_comment="公布文件")
    mark = models.CharField(
        _("核实状态"), max_length=12, choices=Mark.choices, default=Mark.VERIFIED, db_comment="名称的核实状态"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", db_comment="上级分区"
    )
    geom = MultiPolygonField(srid=4490, null=True, db_comment="范围（EPSG:4490）；未取得时为空")
    geom_3857 = MultiPolygonField(srid=3857, null=True, db_comment="范围，绘图用（EPSG:3857）")
    demonstration = models.BooleanField(_("演示范围"), default=False, db_comment="范围为演示所拟，非正式划定")
    valid_from = models.DateField(_("启用日期"), db_comment="自此日起有效")
    valid_to = models.DateField(_("停用日期"), null=True, blank=True, db_comment="至此日前有效（不含当日）；空为现行")

    objects = ZoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("水土保持分区")
        db_table_comment = "水土保持区划与水土流失重点防治区（带版本）"
        ordering = ["kind", "level", "id"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="regions_zone_key"),
            models.CheckConstraint(
                condition=(
                    Q(kind="region", level__in=["level1", "level2", "level3"])
                    | Q(
                        kind__in=["prevention", "control"], level__in=["national", "provincial", "municipal", "county"]
                    )
                ),
                name="regions_zone_level",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="regions_zone_period"
            ),
        ]
        indexes = [models.Index(fields=["kind", "level"], name="regions_zone_kind_level")]

    def __str__(self) -> str:
        return self.full_name


class DivisionLoad(models.Model):
    """装载记录: one boundary layer of the customer's that was loaded."""

    file_name = models.CharField(_("文件名"), max_length=255, db_comment="文件名")
    sha256 = models.CharField(_("文件校验值"), max_length=64, db_comment="文件 SHA-256")
    vintage = models.DateField(_("版本日期"), db_comment="图层的版本日期，新边界自此日起有效")
    loaded = models.PositiveIntegerField(_("装载"), db_comment="图层中的区划数")
    changed = models.PositiveIntegerField(_("变更"), db_comment="边界、名称或级别有变的区划数")
    added = models.PositiveIntegerField(_("新增"), db_comment="新增的区划数")
    retired = models.PositiveIntegerField(_("停用"), db_comment="停用的区划数")
    derived = models.PositiveIntegerField(_("合成"), db_comment="由下级合成轮廓的上级区划数")
    loaded_at = models.DateTimeField(_("装载时间"), db_comment="装载时间")

    class Meta:
        verbose_name = _("区划图层装载")
        db_table_comment = "自有区划图层的装载记录"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name}（{self.vintage}）"
