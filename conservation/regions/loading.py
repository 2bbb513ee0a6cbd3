"""The customer's own boundary layer (客户自有区划图层): rows of a file → checked rows → set-based replacement.

Pure parsing first (columns by their usual Chinese names, every bad row named), then SQL over the staging table. The
boundary in force is closed at the layer's date (版本日期) and the new one opened; the packaged stand-ins of a later date
are replaced in place, since the day they began was never known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.db import connection
from django.utils.translation import gettext as _

from conservation.errors import Fault, Refused
from conservation.regions.prefixes import code_level, province_of
from conservation.regions.vectorfiles import Reading

ALIASES = {
    "code": "code 代码 编码 行政区划代码 行政区代码 行政代码 区划代码 区划码 adcode xzqdm xzqhdm xzdm pac gb dm district_adcode",
    "name": "name 名称 行政区名称 行政区划名称 区划名称 行政区 xzqmc xzqhmc mc district_name",
    "level": "level 级别 行政级别 区划级别 层级 等级 jb xzjb",
    "former": "former_code old_code 原代码 旧代码 原行政区划代码 ydm",
}
LEVELS = {
    **dict.fromkeys(["1", "省", "省级", "province", "自治区", "直辖市"], 1),
    **dict.fromkeys(["2", "市", "市级", "地", "地级", "city", "prefecture", "地级市"], 2),
    **dict.fromkeys(["3", "县", "县级", "区", "区县", "county", "district"], 3),
}
CODE = re.compile(r"[0-9A-Z]{6,12}")
NAME_LENGTH = 60
OVERLAP_SHARE = 0.01


@dataclass(frozen=True)
class Row:
    """One unit of the customer's layer; ``row`` is its number in the file, ``former`` the code it takes over ('' none)."""

    row: int
    code: str
    name: str
    level: int
    former: str
    geom: shapely.MultiPolygon


def columns_of(names: list[str]) -> dict[str, str]:
    """Which of a file's columns is the code, the name, the level, the former code; the first alias that is there wins."""
    held = {name.strip().lower(): name for name in names}
    return {
        key: held[alias]
        for key, aliases in ALIASES.items()
        for alias in reversed(aliases.split())
        if alias in held
    }  # fmt: skip


def _code(value: Any) -> str:
    """Codes come as text, as numbers and as numbers with a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value if value is not None else "").strip().upper()
    return text.removesuffix(".0")


def parse(reading: Reading) -> tuple[list[Row], list[Fault]]:
    """Rows of a layer and the faults of all bad ones; raises ``Refused`` when a needed column is missing."""
    columns = columns_of(list(reading.features[0].properties) if reading.features else [])
    absent = [label for key, label in (("code", _("代码")), ("name", _("名称"))) if key not in columns]
    if absent and reading.features:
        raise Refused("file", _("图层缺少列：%(names)s。") % {"names": "、".join(absent)})
    faults = list(reading.rejected)
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for feature in reading.features:
        values = {key: feature.properties.get(column) for key, column in columns.items()}
        code, name = _code(values.get("code")), str(values.get("name") or "").strip()
        level = _level(values.get("level"), code)
        found = _faults_of(feature.row, code, name, level, values.get("level"))
        if code in seen and not found:
            found = [
                Fault(
                    "code",
                    _("代码 %(code)s 与第 %(row)d 行重复。") % {"code": code, "row": seen[code]},
                    row=feature.row,
                )
            ]
        seen.setdefault(code, feature.row)
        faults.extend(found)
        if not found:
            rows.append(Row(feature.row, code, name, level or 0, _code(values.get("former")), feature.geometry))
    return rows, faults


def _level(value: Any, code: str) -> int | None:
    if value is None or value == "":
        return code_level(code)
    return LEVELS.get(_code(value).lower())


def _faults_of(row: int, code: str, name: str, level: int | None, given: Any) -> list[Fault]:
    faults = []
    if not CODE.fullmatch(code):
        faults.append(Fault("code", _("代码“%(code)s”不是 6 至 12 位数字或字母。") % {"code": code}, row=row))
    if not name or len(name) > NAME_LENGTH:
        faults.append(Fault("name", _("名称为空或超过 %(most)d 字。") % {"most": NAME_LENGTH}, row=row))
    if level is None:
        faults.append(
            Fault("level", _("级别“%(level)s”不认识，应为 1、2、3 或 省、市、县。") % {"level": given}, row=row)
        )
    return faults


def place(rows: list[Row], known: dict[str, tuple[int, str]]) -> tuple[list[tuple[Any, ...]], list[Fault]]:
    """Staging rows with full names and parents, and a fault for each row whose parent exists nowhere.

    ``known``: code → (level, full name) of the units in force.
    """
    names = dict(known)
    staged: list[tuple[Any, ...]] = []
    faults: list[Fault] = []
    for one in sorted(rows, key=lambda row: row.level):
        above = [f"{one.code[:4]}00", province_of(one.code)] if one.level > 1 else []
        parent = next((code for code in above if code in names and names[code][0] < one.level), "")
        if above and not parent:
            faults.append(
                Fault("code", _("代码 %(code)s 的上级区划不存在，也不在本图层中。") % {"code": one.code}, row=one.row)
            )
            continue
        full = (names[parent][1] if parent else "") + one.name
        names[one.code] = (one.level, full)
        staged.append((one.code, one.name, full, one.level, parent, one.geom))
    return staged, faults


def overlaps(rows: list[Row]) -> list[Fault]:
    """Units of one level that lie on each other by more than a hundredth of the smaller."""
    faults: list[Fault] = []
    for level in {row.level for row in rows}:
        same = [row for row in rows if row.level == level]
        geoms = [row.geom for row in same]
        left, right = shapely.STRtree(geoms).query(geoms, predicate="intersects")
        for a, b in zip(left.tolist(), right.tolist(), strict=True):
            if a >= b:
                continue
            shared = shapely.intersection(geoms[a], geoms[b]).area
            if shared > OVERLAP_SHARE * min(geoms[a].area, geoms[b].area):
                message = _("与第 %(row)d 行（%(name)s）重叠。") % {"row": same[a].row, "name": same[a].name}
                faults.append(Fault("geometry", message, row=same[b].row))
    return faults


DERIVED = "（由下级合成）"
# Outlines of provinces and cities that the layer does not hold, where it holds all that lies below them; an outline
# that the customer has loaded as such is left alone.
PARENTS_SQL = """
    INSERT INTO regions_stage (code, name, full_name, level, parent, geom, derived)
    SELECT p.code, p.name, p.full_name, p.level, coalesce(pp.code, ''), ST_Multi(ST_Union(s.geom)), true
    FROM regions_stage s JOIN regions_division p ON p.code = s.parent AND p.valid_to IS NULL AND p.level = %(level)s
    LEFT JOIN regions_division pp ON pp.id = p.parent_id
    WHERE (p.packaged OR p.source LIKE '%%' || %(derived)s)
      AND NOT EXISTS (SELECT 1 FROM regions_stage x WHERE x.code = p.code)
      AND NOT EXISTS (SELECT 1 FROM regions_division c WHERE c.parent_id = p.id AND c.valid_to IS NULL
          AND c.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM regions_stage x WHERE x.code = c.code)
          AND NOT EXISTS (SELECT 1 FROM regions_gone g WHERE g.id = c.id))
    GROUP BY p.id, pp.code
"""

# What is no longer there: in a group of four digits, or under a unit that the layer itself holds, a level is complete.
GONE_SQL = """
    CREATE TEMP TABLE regions_gone ON COMMIT DROP AS
    SELECT d.id, d.code, d.valid_from, d.packaged, d.level, d.geom FROM regions_division d
    WHERE d.valid_to IS NULL AND NOT EXISTS (SELECT 1 FROM regions_stage s WHERE s.code = d.code)
      AND EXISTS (
        SELECT 1 FROM regions_stage s WHERE s.level = d.level AND (
            (d.level = 3 AND left(s.code, 4) = left(d.code, 4))
            OR EXISTS (SELECT 1 FROM regions_stage a WHERE a.level < d.level
                AND left(s.code, 2 * a.level) = left(a.code, 2 * a.level)
                AND left(d.code, 2 * a.level) = left(a.code, 2 * a.level))))
"""

FATE_SQL = """
    CREATE TEMP TABLE regions_fate ON COMMIT DROP AS
    SELECT s.code, s.derived, d.id, d.valid_from, d.packaged,
        CASE WHEN d.id IS NULL THEN 'new'
             WHEN d.geom IS NOT NULL AND (d.name, d.full_name, d.level) = (s.name, s.full_name, s.level)
                  AND (ST_AsBinary(d.geom) = ST_AsBinary(s.geom) OR ST_Equals(d.geom, s.geom)) THEN 'same'
             WHEN d.valid_from = %(vintage)s OR (d.packaged AND d.valid_from > %(vintage)s) THEN 'place'
             WHEN d.valid_from > %(vintage)s AND s.derived THEN 'same'
             WHEN d.valid_from > %(vintage)s THEN 'late'
             ELSE 'close' END AS fate
    FROM regions_stage s LEFT JOIN regions_division d ON d.code = s.code AND d.valid_to IS NULL
"""

REPLACE_SQL = """
    UPDATE regions_division d SET valid_to = %(vintage)s
    FROM regions_fate f WHERE f.id = d.id AND f.fate = 'close';

    UPDATE regions_division d SET valid_to = %(vintage)s,
        valid_from = LEAST(d.valid_from, %(vintage)s - 1)
    FROM regions_gone g WHERE g.id = d.id;
"""

WRITE_SQL = """
    WITH changed AS (
        UPDATE regions_division d SET name = s.name, full_name = s.full_name, level = s.level, geom = s.geom,
            valid_from = %(vintage)s, packaged = false,
            source = %(source)s || CASE WHEN s.derived THEN %(derived)s ELSE '' END
        FROM regions_stage s JOIN regions_fate f ON f.code = s.code AND f.fate = 'place'
        WHERE d.id = f.id RETURNING d.id
    ), opened AS (
        INSERT INTO regions_division (code, name, full_name, level, geom, valid_from, source, packaged, leaf)
        SELECT s.code, s.name, s.full_name, s.level, s.geom, %(vintage)s,
            %(source)s || CASE WHEN s.derived THEN %(derived)s ELSE '' END, false, false
        FROM regions_stage s JOIN regions_fate f ON f.code = s.code AND f.fate IN ('close', 'new') RETURNING id
    ) SELECT id FROM changed UNION ALL SELECT id FROM opened
"""

# A closed row's successor is the unit of the same code, or the new unit that takes more than half of its ground.
SUCCESSOR_SQL = """
    UPDATE regions_division d SET successor_id = n.id
    FROM regions_fate f JOIN regions_division n ON n.code = f.code AND n.valid_to IS NULL
    WHERE d.id = f.id AND f.fate = 'close';

    UPDATE regions_division d SET successor_id = (
        SELECT n.id FROM regions_division n
        WHERE n.valid_to IS NULL AND n.level = g.level AND n.geom && g.geom
          AND ST_Area(ST_Intersection(n.geom, g.geom)) > 0.5 * ST_Area(g.geom) LIMIT 1)
    FROM regions_gone g WHERE g.id = d.id AND g.geom IS NOT NULL
"""


def _run(cursor: Any, statements: str, params: dict[str, Any]) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            cursor.execute(statement, params)


def replace(vintage: date, source: str) -> tuple[dict[str, int], list[int]]:
    """Replace what is in force by what is staged; returns counts and the ids of the rows written.

    Counts: ``changed`` (units whose boundary, name or level is new), ``added``, ``retired``, ``derived`` (outlines
    made from the parts). Raises ``Refused`` naming the codes that are held in a later version already.
    """
    params: dict[str, Any] = {"vintage": vintage, "source": source, "derived": DERIVED}
    with connection.cursor() as cursor:
        cursor.execute(GONE_SQL)
        for level in (2, 1):
            cursor.execute(PARENTS_SQL, {"level": level, "derived": DERIVED})
        cursor.execute(FATE_SQL, params)
        cursor.execute(
            "SELECT code, valid_from FROM regions_fate WHERE fate = 'late' UNION ALL "
            "SELECT code, valid_from FROM regions_gone WHERE NOT packaged AND valid_from >= %(vintage)s ORDER BY 1",
            params,
        )
        late = cursor.fetchall()
        if late:
            said = _("%(code)s 已有 %(held)s 起的版本，本图层的版本日期 %(vintage)s 不能更早。")
            raise Refused.many(
                Fault("vintage", said % {"code": code, "held": held, "vintage": vintage}) for code, held in late
            )
        _run(cursor, REPLACE_SQL, params)
        cursor.execute(WRITE_SQL, params)
        written = [row[0] for row in cursor.fetchall()]
        _run(cursor, SUCCESSOR_SQL, params)
        cursor.execute(
            "SELECT count(*) FILTER (WHERE fate IN ('place', 'close') AND NOT derived), "
            "count(*) FILTER (WHERE fate = 'new'), count(*) FILTER (WHERE fate <> 'same' AND derived), "
            "(SELECT count(*) FROM regions_gone) FROM regions_fate"
        )
        changed, added, derived, retired = cursor.fetchone()
        cursor.execute("DROP TABLE regions_gone, regions_fate")
    return {"changed": changed, "added": added, "retired": retired, "derived": derived}, written


def link_former(rows: list[Row]) -> None:
    """Rows that name the code they take over become its successor."""
    pairs = [(one.former, one.code) for one in rows if one.former and one.former != one.code]
    with connection.cursor() as cursor:
        for former, code in pairs:
            cursor.execute(
                "UPDATE regions_division d SET successor_id = n.id FROM regions_division n "
                "WHERE d.code = %s AND d.valid_to IS NOT NULL AND n.code = %s AND n.valid_to IS NULL",
                [former, code],
            )
