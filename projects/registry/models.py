"""项目台账 registry: projects, participating units, responsibility ranges, spoil sites, and what other rooms know of them."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from projects.registry.states import STATES

DRAWING_COPY = pgtrigger.Trigger(
    name="drawing_copy",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("geom"),
    func="NEW.geom_3857 := ST_Transform(NEW.geom, 3857); RETURN NEW;",
)
"""Keeps the Web Mercator copy, from which tiles are cut, in step with the geometry."""
CODE_SHAPE = r"^\d{4}-\d{6}-\d{2}-\d{2}-\d{6}$"


@pghistory.track(model_name="ProjectRow")
class Project(models.Model):
    """生产建设项目: a construction project that moves earth."""

    STATES = STATES

    class Level(models.TextChoices):
        STATE = "state", _("国务院及其部门")
        PROVINCE = "province", _("省级")
        CITY = "city", _("市级")
        COUNTY = "county", _("县级")

    class Nature(models.TextChoices):
        NEW = "new", _("新建")
        REBUILD = "rebuild", _("改建")
        EXTEND = "extend", _("扩建")
        REBUILD_EXTEND = "rebuild_extend", _("改扩建")
        RENOVATE = "renovate", _("技改")

    class Category(models.TextChoices):
        BUILDING = "building", _("建设类")
        PRODUCTION = "production", _("建设生产类")

    class Layout(models.TextChoices):
        POINT = "point", _("点型")
        LINE = "line", _("线型")

    code = models.CharField(
        _("项目代码"),
        max_length=24,
        null=True,
        blank=True,
        unique=True,
        db_comment="投资项目代码（GB/T 40058-2021），可空",
    )
    name = models.CharField(_("项目名称"), max_length=200, db_comment="项目名称")
    unit = models.ForeignKey(
        "accounts.Unit",
        on_delete=models.PROTECT,
        related_name="projects",
        verbose_name=_("生产建设单位"),
        null=True,
        db_comment="生产建设单位；尚未查明时为空",
    )
    type_no = models.PositiveSmallIntegerField(_("行业类别"), db_comment="行业类别 1–36（办水保〔2018〕135号）")
    nature = models.CharField(
        _("建设性质"), max_length=16, choices=Nature.choices, default=Nature.NEW, db_comment="建设性质"
    )
    category = models.CharField(
        _("项目类别"),
        max_length=12,
        choices=Category.choices,
        default=Category.BUILDING,
        db_comment="建设类/建设生产类",
    )
    layout = models.CharField(
        _("布局"), max_length=6, choices=Layout.choices, default=Layout.POINT, db_comment="点型/线型"
    )
    approval_level = models.CharField(
        _("立项级别"), max_length=10, choices=Level.choices, db_comment="项目审批、核准、备案机关的级别"
    )
    authority = models.ForeignKey(
        "accounts.Authority",
        on_delete=models.PROTECT,
        related_name="projects",
        verbose_name=_("方案审批部门"),
        db_comment="有权审批水土保持方案的机关（令53：与立项级别同级，跨区由共同上一级）",
    )
    counties = ArrayField(
        models.CharField(max_length=6), verbose_name=_("涉及县（市、区）"), db_comment="涉及的县级行政区划代码"
    )
    areas = ArrayField(
        models.CharField(max_length=6), db_comment="上述各县的省、市、县代码前缀，供按辖区筛选（由系统填写）"
    )
    permanent_ha = models.DecimalField(
        _("永久占地"), max_digits=12, decimal_places=4, validators=[MinValueValidator(0)], db_comment="永久占地 hm²"
    )
    temporary_ha = models.DecimalField(
        _("临时占地"), max_digits=12, decimal_places=4, validators=[MinValueValidator(0)], db_comment="临时占地 hm²"
    )
    excavation_m3 = models.DecimalField(
        _("挖方"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0)], db_comment="挖方 m³"
    )
    fill_m3 = models.DecimalField(
        _("填方"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0)], db_comment="填方 m³"
    )
    planned_start_on = models.DateField(_("计划开工"), null=True, blank=True, db_comment="计划开工日期")
    planned_completion_on = models.DateField(_("计划完工"), null=True, blank=True, db_comment="计划完工日期")
    started_on = models.DateField(_("实际开工"), null=True, blank=True, db_comment="实际开工日期")
    completed_on = models.DateField(_("实际完工"), null=True, blank=True, db_comment="实际完工日期")
    in_use_on = models.DateField(_("投产使用"), null=True, blank=True, db_comment="投产使用日期")
    plan_approved_on = models.DateField(null=True, db_comment="现行方案批准日期")
    plan_number = models.CharField(max_length=80, default="", db_comment="现行方案批准文号")
    plan_kind = models.CharField(max_length=20, default="", db_comment="现行方案种类 report_book/report_form/…")
    state = models.CharField(max_length=20, choices=STATES.choices, default="registered", db_comment="状态")
    source = models.CharField(
        max_length=20, default="filed", db_comment="来源：filed 单位登记、import 台账导入、field 现场建档"
    )
    created_at = models.DateTimeField(db_comment="登记时间")
    updated_at = models.DateTimeField(auto_now=True, db_comment="更新时间")

    class Meta:
        db_table_comment = "生产建设项目"
        verbose_name = _("项目")
        constraints = [
            models.CheckConstraint(
                name="registry_code_shape", condition=Q(code__isnull=True) | Q(code__regex=CODE_SHAPE)
            ),
            models.CheckConstraint(name="registry_type_no", condition=Q(type_no__range=(1, 36))),
            models.CheckConstraint(
                name="registry_sizes",
                condition=Q(permanent_ha__gte=0, temporary_ha__gte=0, excavation_m3__gte=0, fill_m3__gte=0),
            ),
            models.CheckConstraint(name="registry_has_county", condition=Q(counties__len__gte=1)),
        ]
        indexes = [
            GinIndex(fields=["areas"], name="registry_project_areas"),
            GinIndex(Func(F("name"), function="registry_bigrams"), name="registry_project_bigrams"),
            models.Index(fields=["unit", "-id"], name="registry_project_unit"),
            models.Index(fields=["state", "-id"], name="registry_project_state"),
            models.Index(fields=["type_no", "-id"], name="registry_project_type"),
            models.Index(fields=["authority", "-id"], name="registry_project_authority"),
            models.Index(fields=["plan_kind", "-id"], name="registry_project_plan_kind"),
            models.Index(fields=["plan_number"], name="registry_project_plan_number"),
            models.Index(fields=["name", "id"], name="registry_project_name_order"),
        ]
        triggers = STATES.triggers()

    def __str__(self) -> str:
        return self.name

    @property
    def land_ha(self) -> object:
        """Occupied land, permanent and temporary, ha."""
        return self.permanent_ha + self.temporary_ha

    @property
    def earthwork_m3(self) -> object:
        """Cut plus fill, m³ (挖填总量)."""
        return self.excavation_m3 + self.fill_m3


class ProjectUnit(models.Model):
    """参建单位: a service unit or contractor of a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="units", db_comment="项目")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", db_comment="单位")
    role = models.CharField(max_length=16, db_comment="参建角色（同单位类型代码）")

    class Meta:
        db_table_comment = "参建单位"
        constraints = [models.UniqueConstraint(fields=["project", "unit", "role"], name="registry_project_unit_once")]


class ResponsibilityRange(models.Model):
    """防治责任范围: one version of a project's responsibility range.

    Exact ranges (防治责任范围) can show an excess; schematic ones (示意性范围) never can.
    """

    class Kind(models.TextChoices):
        EXACT = "exact", _("防治责任范围")
        SCHEMATIC = "schematic", _("示意性范围")

    class State(models.TextChoices):
        DRAFT = "draft", _("拟定")
        IN_FORCE = "in_force", _("现行")
        SUPERSEDED = "superseded", _("已替代")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="ranges", db_comment="项目")
    version = models.PositiveSmallIntegerField(db_comment="版次，从 1 起")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.EXACT, db_comment="范围类型")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, db_comment="状态")
    source = models.CharField(max_length=10, db_comment="来源：file 文件、drawn 图上绘制、import 批量导入")
    document = models.ForeignKey(
        "documents.Document", null=True, on_delete=models.PROTECT, related_name="+", db_comment="原始矢量文件"
    )
    geom = gis.MultiPolygonField(srid=4490, db_comment="范围（CGCS2000）")
    geom_3857 = gis.MultiPolygonField(srid=3857, null=True, db_comment="制图副本（由触发器填写）")
    area_ha = models.DecimalField(max_digits=14, decimal_places=4, db_comment="椭球面积 hm²")
    notes = models.JSONField(default=list, db_comment="读取时的修复说明")
    valid_from = models.DateField(null=True, db_comment="生效日期（批准日）")
    valid_to = models.DateField(null=True, db_comment="失效日期")
    created_at = models.DateTimeField(db_comment="建立时间")

    class Meta:
        db_table_comment = "防治责任范围"
        triggers = [DRAWING_COPY]
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="registry_range_version"),
            models.UniqueConstraint(
                fields=["project", "kind"], name="registry_range_one_in_force", condition=Q(state="in_force")
            ),
            models.CheckConstraint(
                name="registry_range_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} v{self.version}"


class SpoilSite(models.Model):
    """弃渣场: a spoil site of the plan."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="spoil_sites", db_comment="项目")
    name = models.CharField(_("名称"), max_length=80, db_comment="名称")
    volume_10k_m3 = models.DecimalField(
        _("堆渣量"), max_digits=12, decimal_places=4, validators=[MinValueValidator(0)], db_comment="堆渣量 万m³"
    )
    height_m = models.DecimalField(
        _("最大堆高"), max_digits=7, decimal_places=2, validators=[MinValueValidator(0)], db_comment="最大堆渣高度 m"
    )
    harm = models.CharField(_("失事危害"), max_length=16, db_comment="失事危害程度 serious/fairly_serious/…")
    grade = models.PositiveSmallIntegerField(db_comment="级别 1–5（由规则计算）")
    approved = models.BooleanField(default=False, db_comment="是否为方案批准的弃渣场")
    unstable = models.BooleanField(default=False, db_comment="存在未了结的稳定性问题")
    geom = gis.PointField(srid=4490, null=True, blank=True, db_comment="位置（CGCS2000）")

    class Meta:
        db_table_comment = "弃渣场"
        constraints = [models.CheckConstraint(name="registry_spoil_grade", condition=Q(grade__range=(1, 5)))]

    def __str__(self) -> str:
        return self.name


class ProjectFacts(models.Model):
    """项目事实: what the plan filing declares and what higher rooms have found, for rules that need numbers.

    Declared columns come from the plan; the others are written by the room named in their comment. Null is a gap.
    """

    project = models.OneToOneField(
        Project, on_delete=models.CASCADE, related_name="facts", primary_key=True, db_comment="项目"
    )
    bare_slope_m = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, db_comment="裸露边坡高度 m（方案申报）"
    )
    mean_slope_deg = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, db_comment="平均坡度 °（方案申报）"
    )
    background_erosion = models.CharField(
        max_length=12, null=True, db_comment="背景侵蚀强度 slight…severe（方案申报）"
    )
    sensitive_m = models.DecimalField(
        max_digits=10, decimal_places=1, null=True, db_comment="下游最近敏感目标距离 m（方案申报）"
    )
    river_m = models.DecimalField(
        max_digits=10, decimal_places=1, null=True, db_comment="距河湖管理范围 m，0 为在内（方案申报）"
    )
    key_zone = models.CharField(max_length=12, null=True, db_comment="涉及重点区 none/provincial/national（方案申报）")
    spoil_10k_m3 = models.DecimalField(max_digits=12, decimal_places=4, null=True, db_comment="弃方 万m³（方案申报）")
    disturbed_ha = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, db_comment="现状扰动面积 hm²（遥感图斑）"
    )
    excess_ha = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, db_comment="超出范围面积 hm²（遥感图斑）"
    )
    dumped_m3 = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, db_comment="场外弃渣量 m³（现场核查认定）"
    )
    dumped_with_harm = models.BooleanField(default=False, db_comment="场外弃渣且有危害（现场核查认定）")
    overdue_rectifications = models.PositiveIntegerField(default=0, db_comment="逾期整改项数（整改）")
    last_colour = models.CharField(max_length=8, null=True, db_comment="上季度三色 green/yellow/red/missing（监测）")
    red_twice = models.BooleanField(default=False, db_comment="连续两季红色（监测）")
    report_late_days = models.PositiveIntegerField(null=True, db_comment="季报迟报天数（监测）")
    storm_red = models.BooleanField(default=False, db_comment="暴雨红色预警（气象）")
    updated_at = models.DateTimeField(auto_now=True, db_comment="更新时间")

    class Meta:
        db_table_comment = "项目事实（供规则取数）"


class ProjectTier(models.Model):
    """项目风险等级: written by the risk room, read by lists, draws and pages below it.

    ``levels`` packs the 17 indicator levels, 3 bits each in the order of the rule's table; ``gaps`` has one bit for
    each missing input; ``raised`` one for each override that raised the tier. The lines of reasoning follow from them.
    """

    NAMES = ("none", "low", "medium", "high")

    project = models.OneToOneField(
        Project, on_delete=models.CASCADE, related_name="tier", primary_key=True, db_comment="项目"
    )
    tier = models.PositiveSmallIntegerField(db_comment="等级 0 无 1 低 2 中 3 高")
    index = models.DecimalField(max_digits=5, decimal_places=2, db_comment="风险指数 0–100")
    levels = models.BigIntegerField(db_comment="17 项指标的等级，每项 3 位")
    gaps = models.IntegerField(db_comment="缺数指标位图")
    raised = models.SmallIntegerField(default=0, db_comment="上调事由位图")
    assessed_on = models.DateField(db_comment="评估日期")

    class Meta:
        db_table_comment = "项目风险等级（由风险层写入）"
        constraints = [models.CheckConstraint(name="registry_tier_range", condition=Q(tier__range=(0, 3)))]
        indexes = [models.Index(fields=["-tier", "-project"], name="registry_tier_tier")]

    @property
    def name(self) -> str:
        return self.NAMES[self.tier]
