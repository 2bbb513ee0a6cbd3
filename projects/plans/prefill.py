"""What the portal already knows goes into a new filing by itself."""

from __future__ import annotations

from decimal import Decimal

from conservation.regions.models import Division
from projects.registry.models import Project, ResponsibilityRange


def plain(number: Decimal) -> str:
    """A number without closing zeros: 8.5000 → 8.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def automatic(project: Project) -> dict[str, str]:
    """The fields that always follow the project's record."""
    codes = project.counties
    above = sorted({f"{code[:2]}0000" for code in codes} | {f"{code[:4]}00" for code in codes})
    names = dict(Division.objects.current().filter(code__in=[*codes, *above]).values_list("code", "name"))
    cities = sorted({f"{code[:4]}00" for code in codes})
    unit = project.unit
    return {
        "project_name": project.name,
        "project_code": project.code or "",
        "provinces": "、".join(names.get(code, code) for code in sorted({f"{code[:2]}0000" for code in codes})),
        "cities_and_count": counted([names.get(code, "") for code in cities if names.get(code)]),
        "counties_and_count": counted([names.get(code, code) for code in codes]),
        "build_unit": unit.name if unit else "",
        "build_unit_legal_person": unit.legal_representative if unit else "",
        "build_unit_uscc": (unit.uscc or "") if unit else "",
    }


def counted(names: list[str]) -> str:
    return f"{'、'.join(names)}（{len(names)}）" if names else ""


def fields(project: Project) -> dict[str, str]:
    """The first content of a filing."""
    found = automatic(project)
    found.update(
        {
            "land_area": plain(project.permanent_ha + project.temporary_ha),
            "permanent_area": plain(project.permanent_ha),
            "temporary_area": plain(project.temporary_ha),
            "excavation": plain(project.excavation_m3 / 10_000),
            "fill": plain(project.fill_m3 / 10_000),
        }
    )
    if project.planned_start_on:
        found["start_month"] = project.planned_start_on.strftime("%Y-%m")
    if project.planned_completion_on:
        found["completion_month"] = project.planned_completion_on.strftime("%Y-%m")
        found["design_year"] = str(project.planned_completion_on.year)
    newest = newest_range(project)
    if newest is not None:
        found["responsibility_area"] = plain(newest.area_ha)
    unit = project.unit
    if unit is not None:
        found["build_unit_contact"] = f"{unit.contact} {unit.phone}".strip()
        found["build_unit_address_postcode"] = unit.address
    return found


def newest_range(project: Project) -> ResponsibilityRange | None:
    """The newest exact range that is not superseded."""
    found = project.ranges.filter(kind="exact").exclude(state="superseded").defer("geom", "geom_3857")
    return found.order_by("-version").first()
