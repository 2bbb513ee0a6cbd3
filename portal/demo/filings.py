"""Plans from registration to decision, by the acts of the firm and of the authority, one scene a project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import shapely

from conservation import clock
from conservation.accounts import roles
from portal.demo import grounds as grounds_room
from portal.demo import papers, people
from portal.demo.grounds import Grounds
from portal.demo.stage import Scene, Stage
from portal.demo.works import Works, draw
from projects.plans import actions as plans
from projects.plans import attachments
from projects.plans.models import ReviewFinding
from projects.registry import actions as registry

CLEAR = {code: {"finding": "clear", "comment": ""} for code in ReviewFinding.Ground.values}


@dataclass(frozen=True)
class Way:
    """How a filing goes: ``goal`` the state it rests in, ``works`` what becomes of the project afterwards, ``ha`` its size
    where the way needs one, ``ago`` days between which it was registered."""

    goal: str
    number: int
    ago: tuple[int, int]
    works: str = ""
    ha: float | None = None
    review: bool = False


WAYS = (
    Way("draft", 7, (2, 30)),
    Way("submitted", 6, (6, 9)),
    Way("submitted", 2, (20, 24)),
    Way("correction", 5, (12, 30)),
    Way("not_accepted", 2, (60, 200)),
    Way("withdrawn", 3, (40, 200)),
    Way("not_required", 4, (30, 300), ha=0.2),
    Way("accepted", 6, (13, 16), ha=18),
    Way("tech_review", 6, (20, 28), ha=26, review=True),
    Way("deciding", 5, (22, 30), ha=12),
    Way("approved", 5, (26, 40)),
    Way("effective", 9, (90, 300)),
    Way("effective", 30, (150, 640), "under_construction"),
    Way("effective", 4, (300, 640), "suspended"),
    Way("effective", 4, (560, 650), "completed"),
    Way("effective", 4, (600, 655), "in_use"),
    Way("effective", 6, (200, 500), "late"),
    Way("effective", 2, (120, 300), "cancelled"),
    Way("refused", 5, (60, 320), ha=15),
    Way("revoked", 2, (150, 300)),
)
"""The filings of the province by state; a ``late`` one was filed after works had begun."""
GOALS_OF_COMPANY = ("draft", "correction", "accepted", "approved", "effective:under_construction",
                    "effective:under_construction", "effective", "effective:suspended")  # fmt: skip


def scenes(stage: Stage, grounds: Grounds) -> list[tuple[Works, Scene]]:
    """All filings; those of the firm with a login lie in the county with logins."""
    rng = stage.rng("filings")
    found = []
    mine = list(GOALS_OF_COMPANY)
    for way in WAYS:
        for _one in range(stage.some(way.number)):
            day = stage.today - timedelta(days=int(rng.integers(way.ago[0], way.ago[1] + 1)))
            name = f"{way.goal}:{way.works}".rstrip(":")
            more: dict[str, Any] = {"ha": way.ha}
            if name in mine:
                mine.remove(name)
                more = {
                    "ha": way.ha or float(rng.uniform(8, 24)), "county": "430121", "level": "county",
                    "unit": stage.units["湖南湘江通道建设有限公司"],
                }  # fmt: skip
            elif rng.random() < 0.06:
                more["unit"] = stage.units["洞庭新能源开发有限公司"]
            works = draw(stage, grounds, rng, day, **more)
            if way.goal == "not_required":
                works.dig = works.fill = Decimal("0.03")
            found.append((works, scene(stage, works, way, stage.rng(f"filing{works.serial}"))))
    return found


def scene(stage: Stage, works: Works, way: Way, rng: np.random.Generator) -> Scene:
    """One filing from registration to its goal."""
    filer = people.filer(stage, works.unit)
    moment = stage.at(works.registered_on, 9, int(rng.integers(60)))
    yield moment
    works.project = project = registry.register(filer, works.record(), now=moment)
    added = registry.add_range(filer, project.pk, geometry=grounds_room.geojson(works.ground), now=moment)
    if way.works == "late":
        inspector = people.staff(stage, project.authority, roles.INSPECTOR)
        registry.start_works(inspector, project.pk, now=moment, reason="现场检查发现已经开工")
    moment = stage.after(moment, 1, 14)
    yield moment
    plan = plans.create_draft(filer, project.pk, now=moment)
    day = stage.after(moment, 0 if way.goal == "draft" else 2)
    fields = table(works, rng, added.area_ha)
    if way.goal == "draft":
        fields.pop("total_investment")
    published = clock.day_of(moment) - timedelta(days=25)
    data = {
        "fields": fields, "spoil_sites": sites(works, rng, fields), "range": added.pk, "expert_name": "演示专家",
        "published_on": published.isoformat(), "committed_by": works.unit.legal_representative,
        "published_url": "https://example.org/gongkai",
    }  # fmt: skip
    plans.save_draft(filer, plan.pk, data, now=moment)
    if way.goal == "draft":
        return
    parts = list(attachments.BY_CODE)
    plans.attach(filer, plan.pk, papers.pdf("水土保持方案"), covers=parts[:1], title="水土保持方案", now=moment)
    plans.attach(filer, plan.pk, papers.pdf("附件附图"), covers=parts[1:], title="附件和附图", now=moment)
    yield day
    plan = plans.submit(filer, plan.pk, now=day)
    if way.goal in ("submitted", "not_required"):
        return
    stage.made["plans_submitted"] += 1
    yield from handle(stage, works, way, plan, day, rng)


def handle(stage: Stage, works: Works, way: Way, plan: Any, moment: Any, rng: np.random.Generator) -> Scene:
    """What the authority does with a submitted filing."""
    office = plan.authority
    reviewer = people.staff(stage, office, roles.REVIEWER)
    filer = people.filer(stage, works.unit)
    moment = stage.after(moment, int(rng.integers(1, 5)), 15)
    yield moment
    if way.goal == "correction" or (
        plan.kind == "report_book" and rng.random() < 0.2 and way.goal in ("effective", "refused")
    ):
        items = ["补充表土平衡分析", "更正弃渣场位置坐标", "补充分区防治措施总体布局图"]
        plans.return_for_correction(reviewer, plan.pk, items=items[: int(rng.integers(1, 4))], now=moment)
        if way.goal == "correction":
            return
        moment = stage.after(moment, 4, 11)
        yield moment
        plans.submit(filer, plan.pk, now=moment)
        moment = stage.after(moment, 2, 15)
        yield moment
    if way.goal == "not_accepted":
        plans.not_accept(reviewer, plan.pk, reason="申请事项依法不属于本机关职权范围，请向有权机关申请", now=moment)
        return
    if way.goal == "withdrawn":
        plans.withdraw(filer, plan.pk, reason="项目选址调整", now=moment)
        return
    plan = plans.accept(reviewer, plan.pk, now=moment)
    if way.goal == "accepted":
        return
    if plan.kind == "report_book":
        moment = stage.after(moment, 1, 10)
        yield moment
        if way.review or rng.random() < 0.3:
            plans.start_technical_review(
                reviewer, plan.pk, body="湖南省水土保持技术服务中心（演示）", days=20, now=moment
            )
            if way.goal == "tech_review":
                return
            moment = stage.after(moment, 9, 10)
            yield moment
            plans.finish_technical_review(
                reviewer, plan.pk, opinion="方案基本可行，按意见修改后同意通过。", now=moment
            )
        else:
            plans.skip_technical_review(reviewer, plan.pk, now=moment)
        if way.goal == "deciding":
            return
        moment = stage.after(moment, 1, 16)
        yield moment
        findings = dict(CLEAR)
        if way.goal == "refused":
            findings["REF2"] = {"finding": "ground", "comment": "弃渣场选址位于村庄上游，未论证下游影响，选址不合理"}
        plans.record_findings(reviewer, plan.pk, findings, now=moment)
    yield from decide(stage, works, way, plan, moment, rng)


def decide(stage: Stage, works: Works, way: Way, plan: Any, moment: Any, rng: np.random.Generator) -> Scene:
    """The decision and what becomes of it."""
    office = plan.authority
    reviewer, approver = (people.staff(stage, office, role) for role in (roles.REVIEWER, roles.APPROVER))
    moment = stage.after(moment, int(rng.integers(1, 4)), 11)
    yield moment
    if way.goal == "refused" and plan.kind == "report_book":
        plans.refuse(approver, plan.pk, reason="弃渣场选址不合理，不符合水利部令第53号第十五条", now=moment)
        return
    plans.approve(approver, plan.pk, reason="经审查符合许可条件", now=moment)
    if way.goal == "approved":
        return
    moment = stage.after(moment, 3, 10)
    yield moment
    plans.deliver(reviewer, plan.pk, now=moment)
    moment = stage.after(moment, int(rng.integers(1, 12)), 10)
    yield moment
    plans.publish(reviewer, plan.pk, now=moment)
    if way.goal == "revoked":
        moment = stage.after(moment, 30)
        yield moment
        leader = people.staff(stage, office, roles.LEADER)
        plans.revoke(leader, plan.pk, reason="经核查，申请材料中的弃渣综合利用协议系虚假材料", now=moment)
        return
    yield from build(stage, works, way, moment, rng)


def build(stage: Stage, works: Works, way: Way, moment: Any, rng: np.random.Generator) -> Scene:
    """Works begin, stop, end."""
    if way.works in ("", "late"):
        return
    filer, project = people.filer(stage, works.unit), works.project
    moment = stage.after(moment, int(rng.integers(6, 25)), 9)
    yield moment
    if way.works == "cancelled":
        registry.cancel(filer, project.pk, reason="投资计划取消", now=moment)
        return
    registry.start_works(filer, project.pk, now=moment)
    if way.works == "under_construction":
        return
    moment = stage.after(moment, int(rng.integers(60, 110)), 9)
    yield moment
    if way.works == "suspended":
        registry.suspend(filer, project.pk, reason="资金安排调整，暂停施工", now=moment)
        return
    moment = stage.after(moment, int(rng.integers(60, 110)), 9)
    yield moment
    registry.complete(filer, project.pk, now=moment)
    if way.works == "in_use":
        moment = stage.after(moment, 20, 9)
        yield moment
        registry.put_to_use(filer, project.pk, now=moment)


# --- the table -------------------------------------------------------------------------------------------------------
INTENSITIES = ("slight", "light", "light", "moderate", "strong", "strong", "very_strong")
HARMS = ("none", "slight", "not_serious", "fairly_serious", "serious")


def is_rough(works: Works) -> bool:
    """A third of the works lie on steep ground by a river above a village: what the tiers are there for."""
    return works.serial % 3 == 0


def table(works: Works, rng: np.random.Generator, range_ha: Decimal) -> dict[str, str]:
    """The characteristic table of a filing, consistent with the project's record."""
    ha = float(works.land)
    surplus = works.dig - works.fill
    spoil, borrow = max(surplus, Decimal(0)), max(-surplus, Decimal(0))
    civil = round(ha * rng.uniform(60, 180) + 40, 1)
    cost = round(ha * rng.uniform(6, 18) + 4, 2)
    start = works.registered_on + timedelta(days=120)
    record = works.record()
    end = record["planned_completion_on"]
    loss = round(ha * rng.uniform(20, 70), 1)
    rough = is_rough(works)
    slope = float(np.clip(rng.gamma(2, 6) + 18 * rough, 1, 48))
    return {
        "scale": f"用地 {works.land} hm²" if not works.industry.line else f"线路全长 {max(0.4, ha / 4):.1f} km",
        "basin_agency": "长江水利委员会",
        "total_investment": str(round(civil * rng.uniform(1.3, 2.2), 1)), "civil_investment": str(civil),
        "start_month": f"{start:%Y-%m}", "completion_month": end[:7], "design_year": str(int(end[:4])),
        "land_area": str(works.land), "permanent_area": str(works.permanent), "temporary_area": str(works.temporary),
        "excavation": str(works.dig), "excavation_topsoil": str((works.dig / 10).quantize(Decimal("0.01"))),
        "fill": str(works.fill), "fill_topsoil": str((works.dig / 10).quantize(Decimal("0.01"))),
        "borrow": str(borrow), "own_material_use": "0", "spoil": str(spoil), "social_use": "0",
        "landform": "hill" if slope < 20 else "mountain", "swc_zone": "southern_red_soil", "erosion_type": "water",
        "erosion_intensity": INTENSITIES[int(rng.integers(5)) + 2 * rough],
        "responsibility_area": str(range_ha), "tolerable_loss": "500", "predicted_total_loss": str(loss),
        "predicted_new_loss": str(round(loss * 0.8, 1)), "standard_grade": "1", "target_control_degree": "98",
        "target_ratio": "1.0", "target_spoil": "97", "target_topsoil": "92", "target_restoration": "98",
        "target_cover": str(int(rng.integers(22, 28))),
        "zone_measures": "主体工程区：表土剥离、截排水沟、沉沙池、临时苫盖、植草护坡",
        "engineering_cost": str(round(cost * 0.4, 2)), "vegetation_cost": str(round(cost * 0.2, 2)),
        "temporary_cost": str(round(cost * 0.1, 2)), "total_swc_cost": str(cost),
        "compensation_fee": str(works.land), "plan_unit": "湖南水保规划设计有限公司（演示）",
        "build_unit_contact": f"{works.unit.contact} {works.unit.phone}",
        "key_zone": works.key_zone, "bare_slope_m": str(round(float(np.exp(rng.normal(3.2 if rough else 1.6, 0.6)).clip(0, 70)), 1)),
        "mean_slope_deg": str(round(slope, 1)), "sensitive_m": str(round(float(np.exp(rng.normal(5.3 if rough else 6.8, 0.8))), 0)),
        "river_m": str(round(float(np.exp(rng.normal(5.2 if rough else 6.6, 1.0))), 0)) if rng.random() > 0.1 else "0",
        "violation": "no", "purchased": "no",
    }  # fmt: skip


def sites(works: Works, rng: np.random.Generator, fields: dict[str, str]) -> list[dict[str, str]]:
    """Spoil sites for what is left over, beside the range."""
    spoil = Decimal(fields["spoil"])
    if spoil <= Decimal("0.01"):
        return []
    number = 2 if spoil > 40 else 1
    point = shapely.point_on_surface(works.ground)
    return [
        {
            "name": f"{at + 1}号弃渣场",
            "volume_10k_m3": str((spoil / number * Decimal("1.1")).quantize(Decimal("0.01"))),
            "height_m": str(
                round(float(np.clip(np.sqrt(float(spoil)) * rng.uniform(2, 6) * (1 + 2 * is_rough(works)), 2, 90)), 1)
            ),
            "harm": HARMS[int(rng.integers(3)) + 2 * is_rough(works)],
            "lon": f"{point.x + 0.002 * at:.6f}",
            "lat": f"{point.y + 0.001 * at:.6f}",
        }
        for at in range(number)
    ]
