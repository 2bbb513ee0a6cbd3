"""A patch in the field: claimed, visited with photographs, recognised, ordered or handed over. One scene a patch."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import shapely

from conservation.accounts import roles
from conservation.accounts.models import User
from portal.demo import cases, names, papers, people, rectify
from portal.demo.grounds import geojson
from portal.demo.stage import Scene, Stage
from portal.demo.works import Works
from supervision.patches import actions as patches
from supervision.patches.models import Patch

FINDINGS = {"suspected_unapproved": "V01", "suspected_excess": "V05", "suspected_relocated": "V02", "schematic": "V06"}
CLEAN = {"excluded": "not_construction", "compliant": "none", "exempt": "exempt", "sent_back": "not_construction"}
"""Fates without a violation and what the visit finds."""
WORDS = {
    "V01": "现场正在场平施工，边坡裸露，未见水土保持方案批准文件。",
    "V02": "施工位置与批准的防治责任范围不一致，未办理变更。",
    "V03": "渣土沿沟倾倒，无拦挡和排水，下方为农田。",
    "V05": "施工便道和堆土超出批准的防治责任范围，超出部分未采取措施。",
    "V06": "临时苫盖、截排水沟等措施未按方案实施。",
    "none": "施工均在批准范围内，措施基本到位，未见明显违规。",
    "exempt": "规模很小的零星取土，挖填量和占地均低于编报限值。",
    "not_construction": "现场为农业耕作和自然裸地，不是生产建设扰动。",
}


def scene(stage: Stage, patch: Patch, fate: str, issued: datetime, works: Works | None) -> Scene:
    """From the issue to where the patch rests."""
    rng = stage.rng(f"patch{patch.number}")
    first, second = officers(stage, patch, rng)
    moment = stage.after(issued, int(rng.integers(2, 9)), 9)
    yield moment
    patches.claim(first, patch.pk, now=moment)
    if fate == "field_check":
        return
    moment = stage.after(moment, int(rng.integers(1, 6)), 10)
    yield moment
    if fate == "split":
        patch = divide(first, patch, moment)
    finding = CLEAN.get(fate.split(":")[0]) or ("V03" if fate == "dumped" else FINDINGS[patch.klass])
    photographs(stage, first, patch, finding, moment, rng)
    visit(stage, first, second, patch, finding, moment, rng)
    head, _sign, tail = fate.partition(":")
    if head == "suspected":
        return
    moment = stage.after(moment, 2, 15)
    yield moment
    if head in CLEAN:
        yield from clear(stage, first, patch, head, tail, moment)
        return
    patches.confirm(first, patch.pk, reason="事实清楚，证据充分", now=moment)
    if head in ("confirmed", "split"):
        return
    moment = stage.after(moment, 1, 10)
    yield moment
    if head in ("case", "dumped"):
        case = patches.open_case(first, patch.pk, reason="违法事实清楚，情节较重，直接移送立案", now=moment)
        yield from cases.scene(stage, case, cases.goal_of(rng, case, moment, stage), moment)
        return
    item = patches.order(first, patch.pk, now=moment)
    stage.made["rectifications"] += 1
    yield from rectify.scene(stage, item, tail, (first, second), moment)


def officers(stage: Stage, patch: Patch, rng: np.random.Generator) -> tuple[User, User]:
    """Two inspectors of the county; where the county has no office, of the province."""
    office = stage.offices.get(patch.county_code, stage.offices["430000"])
    if rng.random() < 0.12:
        office = stage.offices["430000"]
    return people.staff(stage, office, roles.INSPECTOR), people.staff(stage, office, roles.INSPECTOR, 2)


def photographs(
    stage: Stage, officer: User, patch: Patch, finding: str, moment: datetime, rng: np.random.Generator
) -> None:
    """Whole view, board, worst spot, and a panorama where nothing is wrong."""
    shape = shapely.from_wkb(bytes(patch.geom.wkb))
    inside = shapely.point_on_surface(shape)
    views = ["whole"] if finding == "not_construction" else ["whole", "board", "worst"]
    views += ["panorama"] if not finding.startswith("V") else []
    while len(views) < 3:
        views.append("other")
    for at, view in enumerate(views):
        taken = moment - timedelta(minutes=50 - 9 * at)
        lon, lat = inside.x + float(rng.normal(0, 0.0003)), inside.y + float(rng.normal(0, 0.0003))
        upload = papers.photo(lon, lat, taken, view, azimuth=float(rng.integers(360)), note=patch.number)
        patches.add_photo(officer, patch.pk, upload, view=view, now=moment)
        stage.made["photos"] += 1


def visit(
    stage: Stage, first: User, second: User, patch: Patch, finding: str, moment: datetime, rng: np.random.Generator
) -> None:
    """Record the visit; where the works are in no ledger, project and unit are named on the spot."""
    patch.refresh_from_db()
    given: dict[str, Any] = {}
    if finding.startswith("V") and patch.project_id is None:
        kind = names.BY_NUMBER.get(patch.industry or 33, names.BY_NUMBER[33])
        place = stage.places.get(patch.county_code, "湖南")
        unit = people.draw_developer(stage, rng, kind, place, patch.county_code)
        given = {"new_project": {"name": names.project(rng, kind, place), "type_no": kind.number},
                 "unit_name": unit.name, "unit_uscc": unit.uscc or ""}  # fmt: skip
    if finding == "exempt":
        given |= {"land_ha": Decimal("0.32"), "earthwork_m3": Decimal("640")}
    elif finding == "V03":
        given |= {"dumped_m3": Decimal(int(rng.integers(800, 9000))), "harm": True}
    elif finding.startswith("V"):
        given["land_ha"] = patch.area_ha
    patches.verify(
        first, patch.pk, finding=finding, second_officer=second, visited_at=moment - timedelta(minutes=5),
        description=WORDS[finding], now=moment, **given,
    )  # fmt: skip


def divide(officer: User, patch: Patch, moment: datetime) -> Patch:
    """Split the patch in two and go on with the first part."""
    whole = shapely.from_wkb(bytes(patch.geom.wkb)).geoms[0]
    west, south, east, north = whole.bounds
    for share in (0.5, 0.4, 0.6, 0.3, 0.7):
        line = west + (east - west) * share
        left = shapely.intersection(whole, shapely.box(west - 1, south - 1, line, north + 1))
        right = shapely.intersection(whole, shapely.box(line, south - 1, east + 1, north + 1))
        if left.geom_type == right.geom_type == "Polygon":
            break
    parts = patches.split(
        officer, patch.pk, [shapely.geometry.mapping(left), shapely.geometry.mapping(right)],
        reason="现场查明为两个项目", now=moment,
    )  # fmt: skip
    return parts[0]


def clear(stage: Stage, officer: User, patch: Patch, head: str, tail: str, moment: datetime) -> Scene:
    """Nothing wrong: set aside or recognised as compliant, then audited."""
    if head in ("excluded", "sent_back"):
        patches.exclude(officer, patch.pk, reason="非生产建设扰动", now=moment)
    else:
        paper = papers.pdf("水土保持方案批准文件")
        patches.recognise_compliant(officer, patch.pk, reason="已取得批准，现场未见违规", uploads=[paper], now=moment)
    if head != "sent_back" and not tail:
        return
    moment = stage.after(moment, 6, 16)
    yield moment
    auditor = stage.people["remote"]
    if head == "sent_back":
        patches.send_back(auditor, patch.pk, reason="照片未反映图斑全貌，请重新核查", now=moment)
        return
    patches.cancel(auditor, patch.pk, now=moment)
    if tail == "reopened":
        moment = stage.after(moment, 60, 10)
        yield moment
        patches.reopen(auditor, patch.pk, reason="后期影像显示扰动明显扩大", now=moment)


__all__ = ["geojson", "scene"]
