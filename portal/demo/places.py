"""Divisions of the whole country, zones, demonstration key areas, and the authorities of ministry, province, city, county."""

from __future__ import annotations

from conservation.accounts import actions as accounts
from conservation.accounts.models import Authority
from conservation.regions import actions as regions
from conservation.regions.models import Division, Zone
from portal.demo.stage import Stage

PROVINCE = "430000"
CHANGSHA, CHANGSHA_COUNTY = "430100", "430121"
CITY_MARKS = {
    "430100": "长", "430200": "株", "430300": "潭", "430400": "衡", "430500": "邵", "430600": "岳", "430700": "常",
    "430800": "张", "430900": "益", "431000": "郴", "431100": "永", "431200": "怀", "431300": "娄", "433100": "州",
}  # fmt: skip
KEY_AREAS = {
    "湘资沅中游": ("430381", "431322", "431381", "430522", "431222"),
    "湘资沅上游": ("431025", "431023", "431124", "430529"),
    "武陵山": ("430811", "430822", "433130", "433124"),
}
"""Key areas drawn for the demonstration: counties that decisions name, and their neighbours; not the official extent."""


def make(stage: Stage) -> None:
    """Load boundaries and zones, draw the demonstration areas, enter the authorities."""
    if not Division.objects.filter(level=3, valid_to__isnull=True).exclude(code__startswith="43").exists():
        regions.load_packaged(now=stage.now)
    regions.seed_zones(stage.now)
    for name, codes in KEY_AREAS.items():
        zone = Zone.objects.current().filter(name=name).first()
        if zone is not None and zone.geom is None:
            regions.make_zone_of_divisions(zone, codes, demonstration=True, now=stage.now)
            stage.made["key_areas"] += 1
    stage.made["divisions"] = Division.objects.current().count()
    stage.made["zones"] = Zone.objects.count()
    authorities(stage)


def authorities(stage: Stage) -> None:
    """水利部, the province's department, every prefecture's and every county's bureau."""
    founding = stage.ago(700)

    def found(name: str, mark: str, level: str, code: str, parent: Authority | None, **more: str) -> Authority:
        office = Authority.objects.filter(name=name).first()
        if office is None:
            office = accounts.create_authority(
                None,
                {"name": name, "mark": mark, "level": level, "division_code": code, "parent": parent, **more},
                now=founding,
            )
        stage.offices[code] = office
        stage.made["authorities"] += 1
        return office

    ministry = found("水利部", "水许可", "ministry", "000000", None, address="北京市西城区")
    bank = {"collecting_bank": "演示银行长沙分行", "address": "湖南省长沙市（演示地址）"}
    province = found("湖南省水利厅", "湘水许可", "province", PROVINCE, ministry, **bank)
    rows = Division.objects.current().filter(code__startswith="43", level__gte=2).order_by("level", "code")
    for row in rows.only("code", "name", "full_name", "level"):
        name = row.full_name.removeprefix("湖南省")
        stage.places[row.code] = row.name
        place = {"collecting_bank": f"演示银行{row.name}支行", "address": f"{name}（演示地址）"}
        if row.level == 2:
            found(f"{name}水利局", f"{CITY_MARKS[row.code]}水许", "city", row.code, province, **place)
        else:
            parent = stage.offices.get(row.code[:4] + "00", province)
            found(f"{name}水利局", f"{short_name(row.name)}水许", "county", row.code, parent, **place)


def short_name(name: str) -> str:
    """A county's name for its mark: 岳麓区 → 岳麓, 长沙县 → 长沙县 (its city is called 长沙 too)."""
    if len(name) <= 3 and name.endswith("县"):
        return name
    for tail in (
        "土家族自治县",
        "苗族侗族自治县",
        "苗族自治县",
        "侗族自治县",
        "瑶族自治县",
        "自治县",
        "区",
        "市",
        "县",
    ):
        if name.endswith(tail) and len(name) > len(tail) + 1:
            return name.removesuffix(tail)
    return name
