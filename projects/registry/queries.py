"""Reads of the registry: who decides on a project's plan, and the project list by keyset pages."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, F, Func, Q, QuerySet, TextField
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from conservation.accounts.models import Authority, Unit
from conservation.errors import Refused
from conservation.rulebook.registry import Decision, decide
from conservation.rulebook.values import InputError
from projects.registry import access
from projects.registry.models import Project
from projects.registry.states import STATES
from projects.registry.types import BY_NUMBER, PLAN_KINDS

PAGE = 50
CAP = 10_000
MUNICIPALITIES = ("11", "12", "31", "50")
"""直辖市: their 'cities' exist in codes only."""


# --- who decides (令53; PLAN-20 to PLAN-22) -----------------------------------------------------------------------
def competent_authority(approval_level: str, counties: Sequence[str]) -> Authority:
    """The authority that decides on the plan: of the level that approves the project, or the common superior.

    ``approval_level`` is ``state``, ``province``, ``city`` or ``county``; ``counties`` are six-digit codes. Raises
    ``Refused`` (key ``authority``) when the portal knows no such authority.
    """
    level, prefix = competent_place(approval_level, counties)
    found = authorities_at(level, prefix).first()
    if found is None:
        raise Refused(
            "authority",
            _("系统中没有登记%(level)s水行政主管部门（行政区划 %(place)s），无法确定方案审批部门。")
            % {"level": dict(Authority.Level.choices)[level], "place": (prefix or "0").ljust(6, "0")},
            rule=_("水利部令第53号"),
        )
    return found


def competent_place(approval_level: str, counties: Sequence[str]) -> tuple[str, str]:
    """Level and division prefix of the competent authority; pure. ('ministry', '') is the ministry."""
    prefixes = set(counties)
    lengths = {"county": 6, "city": 4, "province": 2, "state": 0}
    length = lengths[approval_level]
    while length:
        heads = {code[:length] for code in prefixes}
        head = next(iter(heads))
        if len(heads) == 1 and not (length == 4 and is_pseudo_city(head)):
            break
        length -= 2
    level = {6: "county", 4: "city", 2: "province", 0: "ministry"}[length]
    return level, (next(iter(prefixes))[:length] if length else "")


def is_pseudo_city(prefix: str) -> bool:
    """'4290' (counties under the province itself) and the 'cities' of municipalities have no authority of their own."""
    return prefix[2:] == "90" or prefix[:2] in MUNICIPALITIES


def authorities_at(level: str, prefix: str) -> QuerySet[Authority]:
    found = Authority.objects.filter(level=level).order_by("id")
    return found.filter(division_code=prefix.ljust(6, "0")) if prefix else found


# --- which plan -----------------------------------------------------------------------------------------------------
def decide_kind(inputs: Mapping[str, Any], counties: list[str], on: date) -> Decision | None:
    """Ask the rule; the province counts where the project lies in one only."""
    provinces = {code[:2] for code in counties}
    province = f"{provinces.pop()}0000" if len(provinces) == 1 else None
    try:
        return decide("plan-kind", inputs, on=on, province=province)
    except InputError:
        return None


# --- the list ---------------------------------------------------------------------------------------------------------
ORDERS: dict[str, tuple[str, bool, Any]] = {
    "-id": ("id", True, int),
    "id": ("id", False, int),
    "name": ("name", False, str),
    "-tier": ("tier__tier", True, int),
}
"""Order → (column, descending, type of its value); ties are broken by id in the same direction."""
COLUMNS = (
    "id",
    "code",
    "name",
    "type_no",
    "state",
    "plan_kind",
    "plan_number",
    "plan_approved_on",
    "permanent_ha",
    "temporary_ha",
    "unit_id",
    "unit__name",
    "tier__tier",
    "tier__index",
)


@dataclass(frozen=True)
class Filters:
    """What the list is asked for. Empty means no restriction; unknown values are ignored by ``of``."""

    text: str = ""
    place: str = ""
    state: str = ""
    type_no: int | None = None
    tier: str = ""
    plan_kind: str = ""
    authority: int | None = None
    unit: int | None = None
    order: str = "-id"

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Filters:
        """From a query string."""

        def number(key: str) -> int | None:
            text = str(params.get(key) or "")
            return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

        place = str(params.get("place") or "").strip()
        tier = str(params.get("tier") or "")
        type_no = number("type_no")
        return cls(
            text=str(params.get("q") or "").replace("\0", "").strip()[:80],
            place=place if place.isascii() and place.isdigit() and len(place) == 6 else "",
            state=str(params.get("state") or "") if params.get("state") in STATES.states else "",
            type_no=type_no if type_no in BY_NUMBER else None,
            tier=tier if tier in ("0", "1", "2", "3", "unrated") else "",
            plan_kind=str(params.get("plan_kind") or "")
            if params.get("plan_kind") in {*PLAN_KINDS, "missing"}
            else "",
            authority=number("authority"),
            unit=number("unit"),
            order=str(params.get("order")) if params.get("order") in ORDERS else "-id",
        )

    @property
    def active(self) -> bool:
        return replace(self, order="-id") != Filters()


@dataclass(frozen=True)
class Page:
    """One page: rows as dictionaries, and the tokens of its neighbours (None at an end)."""

    rows: list[dict[str, Any]]
    next: str | None
    previous: str | None


def filtered(user: Any, filters: Filters) -> QuerySet[Project]:
    """The visible projects that fulfil the filters, in no order."""
    found = access.visible_to(user)
    if filters.text:
        found = search(found, filters.text)
    if filters.place:
        head = filters.place[:2] if filters.place.endswith("0000") else filters.place
        head = head[:4] if len(head) == 6 and head.endswith("00") else head
        found = found.filter(areas__contains=[head])
    if filters.plan_kind:
        found = found.filter(plan_kind="" if filters.plan_kind == "missing" else filters.plan_kind)
    if filters.tier:
        found = found.filter(tier__isnull=True) if filters.tier == "unrated" else found.filter(tier__tier=filters.tier)
    equal = {key: getattr(filters, key) for key in ("state", "type_no", "authority", "unit") if getattr(filters, key)}
    return found.filter(**equal)


def search(found: QuerySet[Project], text: str) -> QuerySet[Project]:
    """Projects whose name holds the text (two characters are enough), or whose code, plan number or unit matches."""
    lowered = text.lower()
    grams = bigrams(lowered)
    if not grams:
        return found.filter(name__icontains=text)
    found = found.alias(grams=Func(F("name"), function="registry_bigrams", output_field=ArrayField(TextField())))
    condition = Q(grams__contains=grams)
    if len(lowered) > 2:  # two characters are their bigram; the planner then knows how common they are
        found = found.alias(low=Lower("name"))
        condition &= Q(low__contains=lowered)
    if text.isascii():
        condition |= Q(code__startswith=text)
        if len(text) == 18:
            condition |= Q(unit__in=Unit.objects.filter(uscc=text.upper()).values("id"))
    elif "〔" in text or text.endswith("号"):
        condition |= Q(plan_number=text)
    return found.filter(condition)


def bigrams(text: str) -> list[str]:
    """Every pair of neighbouring characters, as the database function of the same name makes them."""
    return sorted({text[at : at + 2] for at in range(len(text) - 1)})


def project_list(
    user: Any, filters: Filters, after: str | None = None, before: str | None = None, size: int = PAGE
) -> Page:
    """One keyset page of the list, one SQL statement: a deep page costs what the first one costs."""
    backwards = before is not None
    key = decode(filters.order, before if backwards else after)
    found = keyset(filtered(user, filters), filters.order, key, backwards)
    rows = list(found.annotate(places=place_names()).values(*COLUMNS, "places")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next = more if not backwards else True
    has_previous = (key is not None) if not backwards else more
    return Page(
        rows,
        encode(filters.order, rows[-1]) if rows and has_next else None,
        encode(filters.order, rows[0]) if rows and has_previous else None,
    )


def keyset(found: QuerySet[Project], order: str, key: tuple[Any, int] | None, backwards: bool) -> QuerySet[Project]:
    """Order, and start after (or, backwards, before) the key."""
    column, descending, _kind = ORDERS[order]
    down = descending != backwards
    sign = "-" if down else ""
    if column == "tier__tier":
        found = found.filter(tier__isnull=False)
    columns = [column] if column == "id" else [column, "id" if column != "tier__tier" else "tier__project_id"]
    if key is not None:
        operator = "lt" if down else "gt"
        value, pk = key
        if column == "id":
            found = found.filter(**{f"id__{operator}": pk})
        else:
            beyond = Q(**{f"{column}__{operator}": value}) | Q(**{column: value, f"{columns[1]}__{operator}": pk})
            found = found.filter(Q(**{f"{column}__{operator}e": value}) & beyond)
    return found.order_by(*(f"{sign}{one}" for one in columns))


def place_names() -> Func:
    """Names of the first counties of each row, in the same statement; looked up for the rows of the page only."""
    return Func(
        F("counties"),
        template="ARRAY(SELECT d.name FROM regions_division d WHERE d.valid_to IS NULL "
        "AND d.code = ANY(%(expressions)s) ORDER BY d.code LIMIT 3)",
        output_field=ArrayField(CharField()),
    )


def encode(order: str, row: Mapping[str, Any]) -> str:
    column = ORDERS[order][0]
    if column == "id":
        return str(row["id"])
    return base64.urlsafe_b64encode(json.dumps([row[column], row["id"]]).encode()).decode().rstrip("=")


def decode(order: str, token: str | None) -> tuple[Any, int] | None:
    """A token back to (value, id); a token that is none means the first page."""
    if not token:
        return None
    column, _descending, kind = ORDERS[order]
    try:
        if column == "id":
            return int(token), int(token)
        value, pk = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        key = kind(value), int(pk)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        return None
    return key if kind is not str or key[0].isprintable() else None


def count(user: Any, filters: Filters, cap: int = CAP) -> int:
    """How many rows the filters find, counted up to ``cap`` + 1."""
    return filtered(user, filters).order_by().values("pk")[: cap + 1].count()


def export_rows(user: Any, filters: Filters, most: int = 200_000) -> Iterator[dict[str, Any]]:
    """The rows of an export, streamed."""
    found = keyset(filtered(user, filters), filters.order, None, backwards=False)
    extra = ("authority__name", "approval_level", "nature", "category", "layout", "excavation_m3", "fill_m3")
    more = ("unit__uscc", "planned_start_on", "started_on", "completed_on", "in_use_on")
    rows = found.annotate(places=place_names()).values(*COLUMNS, "places", *extra, *more)[:most]
    return rows.iterator(chunk_size=2000)
