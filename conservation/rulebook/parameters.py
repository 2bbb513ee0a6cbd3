"""Numbers of the law as data: cited, marked, dated, with a place they hold for.

Every file in ``data/`` is a table. Its head names version, title and key columns; each row carries document, article and mark, and may
carry ``scope`` (empty for the nation, ``basin:…``, or a division code), ``valid_from`` and ``valid_to`` (last day).
For a day and a place the rows in force are found (law of the day), then the most specific one of each key wins: local before
city before province before basin before nation, and among equals the one that began last.

``resolve`` is the one door for a single number, ``rows`` for a table. ``add_layer`` lets a higher layer (rows that an
administrator adds) take part without any other change.
"""

from __future__ import annotations

import csv
import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from conservation.rulebook.values import InputError

DATA = Path(__file__).parent / "data"
MARKS = ("verified", "secondary", "unverified", "product")
"""Strongest first. ``verified`` read in the text; ``secondary`` from a second-hand source; ``unverified`` to be confirmed (待核实);
``product`` ours. ``product`` ranks last because no legal source stands behind it: a result that rests on one of our own
numbers is never more than ours. Whether anything unverified was used is asked separately (``Decision.unverified``)."""
MARK_TITLES = {"verified": "已核实", "secondary": "二手来源", "unverified": "待核实", "product": "产品约定"}
PLAIN_COLUMNS = {"document", "article", "mark", "scope", "valid_from", "valid_to"}
NATION = ""


class NotInForce(LookupError):
    """No row of this name holds on that day in that place."""

    def __init__(self, name: str, on: date, place: str) -> None:
        super().__init__(f"{name} on {on} in {place or 'nation'}")
        self.name, self.on, self.place = name, on, place


@dataclass(frozen=True, eq=False)
class Row:
    """One row of a table: ``row["volume_min"]`` is text, ``row.number("volume_min")`` a ``Decimal`` or None when empty."""

    table: str
    line: int
    cells: Mapping[str, str]
    document: str
    article: str
    mark: str
    scope: str = NATION
    valid_from: date | None = None
    valid_to: date | None = None

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")

    def number(self, column: str) -> Decimal | None:
        text = self.cells[column]
        return Decimal(text) if text else None

    def need(self, column: str) -> Decimal:
        return Decimal(self.cells[column])

    def flag(self, column: str) -> bool:
        return self.cells[column] in ("1", "yes", "true")

    @property
    def value(self) -> Decimal:
        return Decimal(self.cells["value"])

    @property
    def citation(self) -> tuple[str, str, str]:
        return (self.document, self.article, self.mark)

    def holds(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class DataFile:
    """A table file: its name, title, version, key columns, SHA-256 and rows."""

    name: str
    title: str
    version: str
    key: tuple[str, ...]
    checksum: str
    rows: tuple[Row, ...] = field(repr=False)
    columns: tuple[str, ...] = ()


Layer = Callable[[str], Iterable[Row]]
_layers: list[Layer] = []


def add_layer(layer: Layer) -> None:
    """Let ``layer(table)`` add rows to each table; call ``refresh`` whenever its rows change."""
    if layer not in _layers:
        _layers.append(layer)
        refresh()


def refresh() -> None:
    """Forget what was looked up; the files are read again on the next question."""
    for cached in (data_file, rows_in_force, find_rows, digest):
        cached.cache_clear()


def parse_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@functools.cache
def data_file(table: str) -> DataFile:
    """The table file ``data/<table>.csv``."""
    path = DATA / f"{table}.csv"
    content = path.read_bytes()
    lines = content.decode("utf-8").splitlines()
    head: dict[str, str] = {}
    while lines and lines[0].startswith("#"):
        name, _, text = lines.pop(0).lstrip("# ").partition("=")
        head[name.strip()] = text.strip()
    found = csv.DictReader(lines)
    rows = tuple(make_row(table, number, cells) for number, cells in enumerate(found, start=1))
    return DataFile(
        name=table,
        title=head["title"],
        version=head["version"],
        key=tuple(part for part in head["key"].split(",") if part),
        checksum=hashlib.sha256(content).hexdigest(),
        rows=rows,
        columns=tuple(found.fieldnames or ()),
    )


def make_row(table: str, line: int, cells: Mapping[str, str]) -> Row:
    if cells["mark"] not in MARKS:
        raise ValueError(f"{table} row {line}: unknown mark {cells['mark']!r}")
    return Row(
        table=table,
        line=line,
        cells={name: text or "" for name, text in cells.items() if name not in PLAIN_COLUMNS},
        document=cells["document"],
        article=cells["article"],
        mark=cells["mark"],
        scope=cells.get("scope") or NATION,
        valid_from=parse_day(cells.get("valid_from")),
        valid_to=parse_day(cells.get("valid_to")),
    )


def tables() -> list[str]:
    """Names of all table files."""
    return sorted(path.stem for path in DATA.glob("*.csv"))


def files() -> list[DataFile]:
    return [data_file(name) for name in tables()]


# --- places ------------------------------------------------------------------------------------------------------
@functools.cache
def provinces() -> Mapping[str, str]:
    """Province code (GB/T 2260) to name."""
    return {row["code"]: row["name"] for row in data_file("provinces").rows}


@functools.lru_cache(maxsize=4096)
def place_code(text: str, key: str = "province") -> str:
    """A place as six digits: a division code (two, four or six digits) or a province's name, full or short."""
    given = text.strip()
    names = provinces()
    if given.isascii() and given.isdigit() and len(given) in (2, 4, 6):
        code = given.ljust(6, "0")
        if code[:2] + "0000" in names:
            return code
    for code, name in names.items():
        if given and given in (name, short_name(name)):
            return code
    raise InputError(key, f"没有这个省级行政区：{given[:40]}", f"there is no such province: {given[:40]}")


def short_name(name: str) -> str:
    for tail in ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市"):
        if name.endswith(tail):
            return name.removesuffix(tail)
    return name


def specificity(scope: str) -> int:
    """0 nation, 1 basin, 2 province, 3 city, 4 county."""
    if not scope:
        return 0
    if scope.startswith("basin:"):
        return 1
    return 2 if scope.endswith("0000") else 3 if scope.endswith("00") else 4


def covers(scope: str, place: str, basins: tuple[str, ...]) -> bool:
    rank = specificity(scope)
    if rank == 0:
        return True
    if rank == 1:
        return scope.removeprefix("basin:") in basins
    return bool(place) and place.startswith(scope[: {2: 2, 3: 4, 4: 6}[rank]])


# --- the effective set -------------------------------------------------------------------------------------------
@functools.lru_cache(maxsize=8192)
def rows_in_force(table: str, on: date, place: str = NATION, basins: tuple[str, ...] = ()) -> tuple[Row, ...]:
    """The rows of a table that hold on a day in a place, the most specific of each key, in file order."""
    file = data_file(table)
    best: dict[tuple[str, ...], Row] = {}
    extra = [row for layer in _layers for row in layer(table)]
    for row in (*file.rows, *extra):
        if not row.holds(on) or not covers(row.scope, place, basins):
            continue
        key = tuple(row.get(column) for column in file.key)
        if key not in best or precedence(row) >= precedence(best[key]):
            best[key] = row
    return tuple(best.values())


def precedence(row: Row) -> tuple[int, date]:
    return (specificity(row.scope), row.valid_from or date.min)


@functools.lru_cache(maxsize=65536)
def find_rows(
    table: str, on: date, place: str, where: tuple[tuple[str, str], ...], basins: tuple[str, ...] = ()
) -> tuple[Row, ...]:
    found = rows_in_force(table, on, place, basins)
    return tuple(row for row in found if all(row.get(column) == text for column, text in where))


def rows(table: str, on: date, province: str | None = None, **where: object) -> tuple[Row, ...]:
    """Rows of a table in force, narrowed by column values."""
    place = place_code(province) if province else NATION
    return find_rows(table, on, place, tuple(sorted((name, str(text)) for name, text in where.items())))


def resolve(name: str, on: date, province: str | None = None) -> Row:
    """The one number called ``name`` that holds on a day in a province; raises ``NotInForce``."""
    found = rows("parameters", on, province, name=name)
    if not found:
        raise NotInForce(name, on, province or NATION)
    return found[0]


@functools.lru_cache(maxsize=8192)
def digest(table_names: tuple[str, ...], on: date, place: str, prefix: str = "") -> str:
    """Eight hexadecimal digits over the rows in force: the version of the effective set."""
    summary = hashlib.sha256()
    for table in table_names:
        for row in rows_in_force(table, on, place):
            if table == "parameters" and not row["name"].startswith(prefix):
                continue
            summary.update(repr((table, sorted(row.cells.items()), row.citation)).encode())
    return summary.hexdigest()[:8]


class Params:
    """What a rule reads its numbers from: a frozen set for one day and place, which remembers what was used."""

    def __init__(self, on: date, place: str = NATION, basins: tuple[str, ...] = ()) -> None:
        self.on, self.place, self.basins = on, place, basins
        self.used: dict[Row, None] = {}

    def use(self, row: Row) -> Row:
        """Say that a number of this row goes into the result."""
        self.used[row] = None
        return row

    def number(self, name: str) -> Decimal:
        """A single number of ``parameters.csv``."""
        return self.row("parameters", name=name).value

    def row(self, table: str, **where: object) -> Row:
        """The one row, used; raises ``NotInForce``."""
        found = self.rows(table, **where)
        if not found:
            raise NotInForce(f"{table} {where}", self.on, self.place)
        return self.use(found[0])

    def rows(self, table: str, **where: Any) -> tuple[Row, ...]:
        """Rows in force, not counted as used until ``use`` is called."""
        narrowed = tuple(sorted((name, str(text)) for name, text in where.items()))
        return find_rows(table, self.on, self.place, narrowed, self.basins)

    def in_basin(self, *basins: str) -> Params:
        """The same set with a basin's layer laid over it; what is used counts here."""
        wider = Params(self.on, self.place, basins)
        wider.used = self.used
        return wider
