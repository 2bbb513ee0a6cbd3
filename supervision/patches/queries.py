"""Reads of the patches room: lists by keyset pages, progress of rounds, what the map of one patch shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import Count, F, Q, QuerySet, Sum

from conservation.documents import queries as documents
from conservation.regions.models import Division
from projects.registry import access as registry_access
from projects.registry.models import ResponsibilityRange
from supervision.patches import access, rules
from supervision.patches.actions.field import PHOTO
from supervision.patches.models import Class, Patch, Round
from supervision.patches.states import SETTLED, STATES

PAGE = 50
NEAR_DEG = 0.012
SHOWN = 60
"""Ranges and neighbouring patches drawn about one patch, at most."""


@dataclass(frozen=True)
class Filters:
    """What the list is asked for; empty means no restriction, unknown values are ignored by ``of``."""

    round: int | None = None
    klass: str = ""
    state: str = ""
    place: str = ""
    text: str = ""
    mine: bool = False
    late: bool = False

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Filters:
        """From a query string."""
        number = str(params.get("round") or "")
        place = str(params.get("place") or params.get("county") or "").strip()
        klass, state = str(params.get("class") or params.get("klass") or ""), str(params.get("state") or "")
        return cls(
            round=int(number) if number.isascii() and number.isdigit() and len(number) < 18 else None,
            klass=klass if klass in {*Class.values, "suspected"} else "",
            state=state if state in STATES.states or state in GROUPS else "",
            place=place if place.isascii() and place.isdigit() and len(place) == 6 else "",
            text=str(params.get("q") or "").replace("\0", "").strip()[:80],
            mine=str(params.get("mine") or "") == "1",
            late=str(params.get("late") or "") == "1",
        )

    @property
    def active(self) -> bool:
        return self != Filters()


GROUPS: dict[str, tuple[str, ...]] = {
    "to_verify": ("issued", "reopened", "field_check"),
    "to_handle": ("suspected", "confirmed"),
    "to_audit": ("excluded", "compliant", "rect_done"),
}
"""Groups of states that the list knows besides the states themselves."""


@dataclass(frozen=True)
class Page:
    """One page; ``next`` and ``previous`` are keys for ?after= and ?before=, None at an end."""

    rows: list[Patch]
    next: int | None
    previous: int | None


def filtered(user: Any, filters: Filters, today: Any = None) -> QuerySet[Patch]:
    """The visible living patches that fulfil the filters, in no order."""
    found = access.visible_to(user).filter(ended_at__isnull=True)
    if filters.round:
        found = found.filter(round=filters.round)
    if filters.klass:
        wanted = [Class.UNAPPROVED, Class.EXCESS, Class.RELOCATED] if filters.klass == "suspected" else [filters.klass]
        found = found.filter(klass__in=wanted)
    if filters.state:
        found = found.filter(state__in=GROUPS.get(filters.state, (filters.state,)))
    if filters.place:
        head = filters.place[:2] if filters.place.endswith("0000") else filters.place
        head = head[:4] if len(head) == 6 and head.endswith("00") else head
        found = found.filter(areas__contains=[head])
    if filters.text:
        found = found.filter(
            Q(number__icontains=filters.text)
            | Q(project__in=registry_access.visible_to(user).filter(name__icontains=filters.text))
        )
    if filters.mine:
        found = found.filter(claimed_by=user)
    if filters.late and today is not None:
        found = found.filter(state__in=GROUPS["to_verify"], round__verify_due__lt=today)
    return found


def patch_list(
    user: Any,
    filters: Filters,
    *,
    after: int | None = None,
    before: int | None = None,
    size: int = PAGE,
    today: Any = None,
) -> Page:
    """Newest first by key; the deep page costs what the first one costs."""
    found = filtered(user, filters, today).select_related("round", "project").defer("geom", "geom_3857", "attributes")
    if before is not None:
        rows = list(found.filter(pk__gt=before).order_by("pk")[: size + 1])
        more, rows = len(rows) > size, rows[:size][::-1]
        return Page(rows, rows[-1].pk if rows else None, rows[0].pk if rows and more else None)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, rows[-1].pk if more else None, rows[0].pk if rows and after is not None else None)


def names_of(codes: set[str]) -> dict[str, str]:
    """Short names of counties by code."""
    found = Division.objects.current().filter(code__in=codes).values_list("code", "name")
    return dict(found)


def progress_of(rounds: list[Round]) -> dict[int, dict[str, Any]]:
    """Counts of each round in one query. ``verified`` may exceed ``issued``: patches may be split in the field."""
    living = Q(ended_at__isnull=True)
    rows = (
        Patch.objects.filter(round__in=[one.pk for one in rounds])
        .values("round")
        .annotate(
            total=Count("pk", filter=living),
            classified=Count("pk", filter=living & ~Q(klass="")),
            issued=Count("pk", filter=Q(issued_at__isnull=False, parent__isnull=True)),
            verified=Count("pk", filter=living & Q(verified_at__isnull=False)),
            settled=Count("pk", filter=living & Q(state__in=SETTLED)),
            violations=Count("pk", filter=living & Q(state__in=["confirmed", "handling", "supervised", "rect_done"])),
            cancelled=Count("pk", filter=living & Q(state="cancelled")),
        )
        .order_by("round")
    )
    found = {row["round"]: row for row in rows}
    empty = dict.fromkeys(("total", "classified", "issued", "verified", "settled", "violations", "cancelled"), 0)
    return {
        one.pk: {**empty, **found.get(one.pk, {}), "percent": _percent(found.get(one.pk, empty))} for one in rounds
    }


def _percent(row: Mapping[str, Any]) -> float | None:
    return rules.Progress(issued=row["issued"], verified=row["verified"]).percent


def counties_of(user: Any, round_: Round) -> list[dict[str, Any]]:
    """Per county of a round: patches, suspected, issued, verified."""
    living = Q(ended_at__isnull=True)
    found = (
        access.visible_to(user)
        .filter(round=round_)
        .values("county_code")
        .annotate(
            total=Count("pk", filter=living),
            suspected=Count("pk", filter=living & Q(klass__startswith="suspected")),
            issued=Count("pk", filter=Q(issued_at__isnull=False, parent__isnull=True)),
            verified=Count("pk", filter=living & Q(verified_at__isnull=False)),
            area=Sum("area_ha", filter=living),
        )
        .order_by("county_code")
    )
    rows: list[dict[str, Any]] = [dict(row) for row in found]
    names = names_of({row["county_code"] for row in rows})
    for row in rows:
        row["name"] = names.get(row["county_code"], row["county_code"])
        row["percent"] = _percent(row)
    return rows


def counts(user: Any, round_: Round, column: str) -> dict[str, int]:
    """Living patches of a round by class or state."""
    rows = (
        access.visible_to(user).filter(round=round_, ended_at__isnull=True).values(column)
        .annotate(count=Count("pk")).order_by(column)
    )  # fmt: skip
    return {row[column]: row["count"] for row in rows}


def ranges_without_patch(user: Any, round_: Round) -> QuerySet[ResponsibilityRange]:
    """Ranges valid at the image date inside the round's division in which the round shows no patch (not begun, or done)."""
    prefix = round_.authority.prefix
    found = registry_access.ranges_visible_to(user).exclude(state="draft").filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=round_.image_date), valid_from__lte=round_.image_date
    )  # fmt: skip
    if prefix:
        found = found.filter(project__areas__contains=[prefix])
    with_patch = Patch.objects.filter(round=round_, ended_at__isnull=True, range__isnull=False).values("range")
    return found.exclude(pk__in=with_patch).select_related("project").order_by("pk")


def map_of(user: Any, patch: Patch) -> dict[str, Any]:
    """GeoJSON of one patch with the ranges and patches about it and the places of its photographs.

    ``what`` in the properties is patch, other, range or photo; coordinates are degrees in CGCS2000.
    """
    west, south, east, north = patch.geom.extent
    box = f"SRID=4490;POLYGON(({west - NEAR_DEG} {south - NEAR_DEG}, {east + NEAR_DEG} {south - NEAR_DEG}, " \
          f"{east + NEAR_DEG} {north + NEAR_DEG}, {west - NEAR_DEG} {north + NEAR_DEG}, " \
          f"{west - NEAR_DEG} {south - NEAR_DEG}))"  # fmt: skip
    features = [_feature(patch.geom.geojson, what="patch", id=patch.pk, label=patch.number, klass=patch.klass)]
    ranges = (
        registry_access.ranges_visible_to(user).filter(geom__bboverlaps=box).exclude(state="draft")
        .annotate(shape=AsGeoJSON("geom", precision=7), project_name=F("project__name"))
        .values_list("pk", "shape", "kind", "project_name", "state").order_by("pk")[:SHOWN]
    )  # fmt: skip
    for pk, shape, kind, name, state in ranges:
        features.append(
            _feature(
                shape,
                what="range",
                id=pk,
                label=name,
                kind=kind,
                in_force=state == "in_force",
                own=pk == patch.range_id,
            )
        )
    others = (
        access.visible_to(user).filter(round=patch.round_id, ended_at__isnull=True, geom__bboverlaps=box)
        .exclude(pk=patch.pk).annotate(shape=AsGeoJSON("geom", precision=7))
        .values_list("pk", "shape", "number", "klass").order_by("pk")[:SHOWN]
    )  # fmt: skip
    for pk, shape, number, klass in others:
        features.append(_feature(shape, what="other", id=pk, label=number, klass=klass))
    for photo in documents.of(patch).filter(kind=PHOTO).order_by("created_at", "pk"):
        facts = photo.facts
        if facts.get("lon") is not None and facts.get("lat") is not None:
            point = json.dumps({"type": "Point", "coordinates": [facts["lon"], facts["lat"]]})
            features.append(
                _feature(point, what="photo", id=str(photo.pk), label=photo.title, azimuth=facts.get("azimuth"))
            )
    return {"type": "FeatureCollection", "bbox": [west, south, east, north], "features": features}


def _feature(shape: str, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": json.loads(shape), "properties": properties}
