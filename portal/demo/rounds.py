"""Remote-sensing rounds: patches of every class drawn over the ranges, written to a file, and imported as people do."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from portal.bench import shapes
from portal.demo import field
from portal.demo.grounds import Grounds, area_ha, scaled
from portal.demo.ledger import geopackage
from portal.demo.places import CHANGSHA
from portal.demo.stage import Play, Scene, Stage
from portal.demo.works import Works
from projects.registry.models import ResponsibilityRange
from supervision.patches import actions as patches
from supervision.patches.models import Patch

METRE = 1 / 110_574


@dataclass
class Drawn:
    """One patch of a file: what the image shows, and what becomes of it (see ``field.FATES``)."""

    shape: Any
    county: str
    aim: str
    fate: str
    industry: int | None = None
    project: str = ""
    kind: str = "03"
    number: str = ""
    works: Works | None = None


@dataclass(frozen=True)
class Plan:
    """One round: days before today of image, set-up and issue; how many patches are aimed at each class."""

    code: str
    name: str
    office: str
    image: int
    issued: int | None
    aims: dict[str, int]
    fates: dict[str, Sequence[str]]


EARLIER = Plan(
    "1", "湖南省第一期遥感监管", "430000", 205, 178,
    {"compliant": 30, "excess": 18, "relocated": 5, "schematic": 6, "unapproved": 30, "below": 6},
    {
        "excess": ("order:closed", "order:closed", "order:escalated", "order:overdue", "order:late", "order:returned",
                   "order:reopened", "order:escalated", "compliant:cancelled", "order:closed", "compliant"),
        "relocated": ("order:closed", "order:escalated", "compliant:cancelled"),
        "schematic": ("compliant:cancelled", "compliant", "order:closed"),
        "unapproved": ("order:closed", "excluded:cancelled", "order:escalated", "case", "order:closed", "excluded:cancelled",
                       "order:overdue", "order:late", "exempt", "case", "order:escalated", "excluded", "order:reopened",
                       "split", "dumped", "excluded:reopened", "order:closed"),
    },
)  # fmt: skip
LATEST = Plan(
    "2", "湖南省第二期遥感监管", "430000", 62, 34,
    {"compliant": 18, "excess": 10, "relocated": 2, "schematic": 3, "unapproved": 20, "below": 4},
    {
        "excess": ("order:open", "order:planned", "issued", "field_check", "suspected", "order:submitted", "confirmed",
                   "order:extended", "order:returned", "issued"),
        "relocated": ("field_check", "issued"),
        "schematic": ("compliant", "issued"),
        "unapproved": ("issued", "field_check", "suspected", "confirmed", "order:open", "excluded", "sent_back",
                       "order:planned", "dumped", "order:asked", "case", "field_check", "order:submitted", "issued"),
    },
)  # fmt: skip
CITY = Plan(
    "1", "长沙市加密遥感监管", CHANGSHA, 24, None, {"compliant": 4, "excess": 2, "unapproved": 5, "below": 1}, {}
)


def scenes(stage: Stage, grounds: Grounds, works: list[Works], play: Play) -> list[Scene]:
    """The rounds, earlier ones first; patches put on their own scenes when they are issued."""
    used: set[int] = set()
    return [scene(stage, grounds, plan, works, used, play) for plan in (EARLIER, LATEST, CITY)]


def scene(stage: Stage, grounds: Grounds, plan: Plan, works: list[Works], used: set[int], play: Play) -> Scene:
    """Set up, import, look at the classes, issue."""
    office = stage.offices[plan.office]
    remote = stage.people["remote" if plan.office == "430000" else "city_remote"]
    image = stage.today - timedelta(days=plan.image)
    moment = stage.ago(plan.image - 8, 9)
    yield moment
    round_ = patches.create_round(
        remote, code=f"{plan.office}-{image.year}-{int(plan.code):02d}", name=f"{image.year}年{plan.name}", authority=office,
        year=image.year, period=int(plan.code), image_date=image, image_before=image - timedelta(days=180),
        verify_days=30, recognise_days=15, handle_days=45, now=moment,
    )  # fmt: skip
    moment = stage.after(moment, 3, 15)
    yield moment
    rng = stage.rng(f"round{plan.office}{plan.code}")
    drawn = draw(stage, grounds, works, plan, used, rng)
    data, filename = as_file(plan, drawn, rng)
    patches.import_file(remote, round_.pk, data, {"filename": filename}, now=moment, reason="解译成果入库")
    stage.made["patches"] += len(drawn)
    if plan.issued is None:
        return
    moment = stage.ago(plan.issued, 10)
    yield moment
    patches.issue_round(remote, round_.pk, now=moment)
    found = {one.number: one for one in Patch.objects.filter(round=round_, state="issued")}
    for one in drawn:
        if one.number in found and one.fate not in ("", "issued"):
            play.add(field.scene(stage, found[one.number], one.fate, moment, one.works))


def draw(
    stage: Stage, grounds: Grounds, works: list[Works], plan: Plan, used: set[int], rng: np.random.Generator
) -> list[Drawn]:
    """Patches aimed at each class; the classing itself is the portal's."""
    image = stage.today - timedelta(days=plan.image)
    prefix = plan.office.rstrip("0") if plan.office != "430000" else "43"
    known = [one for one in works if one.project is not None]
    for one in known:
        one.project.refresh_from_db(fields=["state", "plan_number"])
    exact = with_range(known, "exact", image, used, prefix)
    schematic = with_range(known, "schematic", image, used, prefix)
    bare = [
        one for one in known
        if not one.project.plan_number and one.project.state == "under_construction" and one.serial not in used
        and one.county.startswith(prefix)
    ]  # fmt: skip
    found: list[Drawn] = []
    for aim, number in plan.aims.items():
        fates = plan.fates.get(aim, ())
        for at in range(stage.some(number)):
            fate = fates[at] if at < len(fates) else "issued"
            drawn = draw_one(
                stage, grounds, aim, fate, {"exact": exact, "schematic": schematic, "bare": bare}, prefix, rng
            )
            if drawn.works is not None:
                used.add(drawn.works.serial)
            found.append(drawn)
    for at, drawn in enumerate(found, 1):
        drawn.number = f"{drawn.county}{plan.image % 10}{at:03d}"
    return found


def with_range(works: list[Works], kind: str, image: date, used: set[int], prefix: str) -> list[Works]:
    """Works with a range of a kind in force on the day of the image, not seen in an earlier round."""
    held = set(
        ResponsibilityRange.objects.filter(kind=kind, state="in_force", valid_from__lte=image).values_list(
            "project_id", flat=True
        )
    )
    return [
        one for one in works
        if one.project.pk in held and one.serial not in used and one.county.startswith(prefix) and area_ha(one.ground) > 0.4
        and one.project.state in ("under_construction", "suspended", "in_use", "completed")
    ]  # fmt: skip


def draw_one(
    stage: Stage, grounds: Grounds, aim: str, fate: str, held: dict[str, list[Works]], prefix: str,
    rng: np.random.Generator,
) -> Drawn:  # fmt: skip
    """One patch of an aim."""
    if aim in ("compliant", "excess", "relocated") and held["exact"]:
        works = held["exact"].pop(0)
        return Drawn(over(works.ground, aim, rng), works.county, aim, fate, works.industry.number, works=works)
    if aim == "schematic" and held["schematic"]:
        works = held["schematic"].pop(0)
        return Drawn(scaled(works.ground, 0.9), works.county, aim, fate, works.industry.number, works=works)
    if aim == "unapproved" and held["bare"] and rng.random() < 0.35:
        works = held["bare"].pop(0)
        return Drawn(
            scaled(works.ground, 0.95), works.county, aim, fate, works.industry.number, works.project.code or "",
            works=works,
        )  # fmt: skip
    county = draw_county(grounds, prefix, rng)
    ha = 0.05 if aim == "below" else float(np.clip(shapes.areas(rng, 1)[0], 0.3, 40))
    shape = grounds.place(rng, county, ha, ("block", "irregular"))
    kind = "01" if fate == "dumped" else "03"
    return Drawn(shape, county, aim, fate, int(rng.choice((9, 19, 26, 29, 33, 7))), kind=kind)


def draw_county(grounds: Grounds, prefix: str, rng: np.random.Generator) -> str:
    """A county of the round's authority; the county with logins more often than others."""
    if "430121".startswith(prefix) and rng.random() < 0.22:
        return "430121"
    while True:
        code = grounds.draw_county(rng)
        if code.startswith(prefix):
            return code


def over(ground: Any, aim: str, rng: np.random.Generator) -> Any:
    """A patch over (or beside) a range: inside it, beyond it, or some hundred metres away."""
    if aim == "compliant":
        inside = scaled(ground, 0.93)
        part = shapely.intersection(inside, ground)
        return largest(part) if not part.is_empty else ground
    if aim == "excess":
        wide = np.sqrt(max(area_ha(ground), 0.5) * 1e4)
        grown = shapely.buffer(ground, float(np.clip(wide * rng.uniform(0.12, 0.3), 25, 160)) * METRE, quad_segs=3)
        half = shapely.box(ground.centroid.x, grown.bounds[1] - 1, grown.bounds[2] + 1, grown.bounds[3] + 1)
        return largest(shapely.set_precision(shapely.union(shapely.intersection(grown, half), ground), 1e-7))
    east = max(shapely.get_coordinates(ground).tolist())
    side = float(rng.uniform(60, 120)) * METRE
    west, south = east[0] + 180 * METRE, east[1] - side / 2
    return shapely.box(west, south, west + side * 1.1, south + side)


def largest(shape: Any) -> Any:
    """The largest polygon of a shape, without holes."""
    parts = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon"]
    return shapely.Polygon(max(parts, key=lambda one: one.area).exterior)


def as_file(plan: Plan, drawn: list[Drawn], rng: np.random.Generator) -> tuple[bytes, str]:
    """The patches as a zipped shapefile with Chinese attributes (the province) or as a GeoPackage (the city)."""
    fields = {
        "QDNM": np.array([one.number for one in drawn], object),
        "QTYPE": np.array([one.kind for one in drawn], object),
        "QDTYPE": np.array([("01", "02", "04")[int(rng.integers(3))] for _one in drawn], object),
        "PRO_TYPE": np.array([str(one.industry or "") for one in drawn], object),
        "QAREA": np.array([round(area_ha(one.shape), 4) for one in drawn]),
        "XZQDM": np.array([one.county for one in drawn], object),
        "ISFOCUS": np.array(["是" if area_ha(one.shape) > 20 else "否" for one in drawn], object),
        "PRNM": np.array([one.project for one in drawn], object),
    }
    polygons = [one.shape for one in drawn]
    if plan.office != "430000":
        return geopackage(polygons, fields), "图斑.gpkg"
    with tempfile.TemporaryDirectory() as folder:
        pyogrio.raw.write(
            Path(folder) / "扰动图斑.shp", shapely.to_wkb(np.array(polygons, object)), list(fields.values()), list(fields),
            driver="ESRI Shapefile", crs="EPSG:4490", geometry_type="Polygon", encoding="GBK",
        )  # fmt: skip
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in sorted(Path(folder).iterdir()):
                archive.writestr(zipfile.ZipInfo(one.name), one.read_bytes(), zipfile.ZIP_DEFLATED)
        return sink.getvalue(), "扰动图斑.zip"
