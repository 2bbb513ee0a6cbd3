"""Fill a database with made-up projects, set-based: columns drawn in chunks, COPY to a staging table, INSERT … SELECT.

All in one transaction, every constraint and trigger in force: projects begin registered and are led through their life
by updates that the state table allows. On an empty register the secondary indexes are put aside while rows are
written and made again at the end, where the connection owns them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.db import connection, transaction

from portal.bench import figures, places

CHUNK = 50_000
HEAVY = ("registry_project", "registry_projectrow", "registry_projectfacts", "registry_spoilsite", "accounts_unit")
Say = Callable[[str], None]

STAGE = """
DROP TABLE IF EXISTS bench_stage;
CREATE TEMP TABLE bench_stage (
    id bigint, serial bigint, name text, code text, unit_id bigint, authority_id bigint, counties varchar(6)[], areas varchar(6)[],
    type_no smallint, layout text, approval_level text, permanent_ha numeric, temporary_ha numeric,
    excavation_m3 numeric, fill_m3 numeric, target text, plan_kind text, plan_number text, registered_on date,
    approved_on date, started_on date, completed_on date, in_use_on date, has_facts bool, bare_slope_m numeric,
    mean_slope_deg numeric, background_erosion text, sensitive_m numeric, river_m numeric, key_zone text,
    spoil_10k_m3 numeric, disturbed_ha numeric, excess_ha numeric, dumped_m3 numeric, dumped_with_harm bool,
    overdue_rectifications int, last_colour text, red_twice bool, report_late_days int, spoil_sites int,
    site_draw double precision, lon double precision, lat double precision
) ON COMMIT DROP
"""
STAGED = (
    "serial name code unit_id authority_id counties areas type_no layout approval_level permanent_ha temporary_ha "
    "excavation_m3 fill_m3 target plan_kind plan_number registered_on approved_on started_on completed_on in_use_on "
    "has_facts bare_slope_m mean_slope_deg background_erosion sensitive_m river_m key_zone spoil_10k_m3 disturbed_ha "
    "excess_ha dumped_m3 dumped_with_harm overdue_rectifications last_colour red_twice report_late_days spoil_sites "
    "site_draw lon lat"
).split()

PROJECTS = """
UPDATE bench_stage SET id = nextval(pg_get_serial_sequence('registry_project', 'id'));
INSERT INTO registry_project (id, code, name, unit_id, type_no, nature, category, layout, approval_level, authority_id,
    counties, areas, permanent_ha, temporary_ha, excavation_m3, fill_m3, planned_start_on, planned_completion_on,
    started_on, completed_on, in_use_on, plan_approved_on, plan_number, plan_kind, state, source, created_at, updated_at)
SELECT id, code, name, unit_id, type_no, 'new', CASE WHEN type_no BETWEEN 17 AND 23 THEN 'production' ELSE 'building' END,
    layout, approval_level, authority_id, counties, areas, permanent_ha, temporary_ha, excavation_m3, fill_m3,
    registered_on + 90, registered_on + 500, started_on, completed_on, in_use_on,
    CASE WHEN plan_kind <> '' THEN approved_on END, CASE WHEN plan_kind <> '' THEN plan_number ELSE '' END, plan_kind,
    'registered', 'import', registered_on, registered_on
FROM bench_stage ORDER BY id
"""
LIVES = (
    """
    UPDATE registry_project p SET state = CASE WHEN s.target IN ('cancelled', 'plan_approved') THEN s.target
        ELSE 'under_construction' END
    FROM bench_stage s WHERE s.id = p.id AND s.target <> 'registered'
    """,
    """
    UPDATE registry_project p SET state = s.target FROM bench_stage s
    WHERE s.id = p.id AND s.target IN ('suspended', 'completed', 'in_use')
    """,
)
FACTS = """
INSERT INTO registry_projectfacts (project_id, bare_slope_m, mean_slope_deg, background_erosion, sensitive_m, river_m,
    key_zone, spoil_10k_m3, disturbed_ha, excess_ha, dumped_m3, dumped_with_harm, overdue_rectifications, last_colour,
    red_twice, report_late_days, storm_red, updated_at)
SELECT id, bare_slope_m, mean_slope_deg, background_erosion, sensitive_m, river_m, key_zone, spoil_10k_m3, disturbed_ha,
    excess_ha, dumped_m3, dumped_with_harm, overdue_rectifications, last_colour, red_twice, report_late_days, false, now()
FROM bench_stage WHERE has_facts ORDER BY id
"""
SITES = """
INSERT INTO registry_spoilsite (project_id, name, volume_10k_m3, height_m, harm, grade, approved, unstable, geom)
SELECT id, number || '号弃渣场', volume, height, (ARRAY['serious','fairly_serious','not_serious','slight','none'])[grade],
    grade, plan_kind <> '', grade <= 2 AND site_draw < 0.02,
    CASE WHEN lon IS NOT NULL THEN ST_SetSRID(ST_MakePoint(lon, lat), 4490) END
FROM (
    SELECT *, CASE WHEN volume >= 1000 OR height >= 150 THEN 1 WHEN volume >= 500 OR height >= 100 THEN 2
        WHEN volume >= 100 OR height >= 60 THEN 3 WHEN volume >= 50 OR height >= 20 THEN 4 ELSE 5 END AS grade
    FROM (
        SELECT s.*, number, round(((excavation_m3 - fill_m3) / 10000 / spoil_sites)::numeric, 4) AS volume,
            round(least(199, 6 + 60 * site_draw * site_draw * number)::numeric, 2) AS height
        FROM bench_stage s, generate_series(1, s.spoil_sites) AS number
    ) AS sized
) AS graded ORDER BY id
"""


def fill(projects: int, seed: int, say: Say) -> dict[str, int]:
    """Make authorities, units and projects with what is known of them. Returns counts by kind."""
    rng = np.random.default_rng(seed)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL synchronous_commit = off")
        where = places.load(rng)
        counts = {"authorities": places.make_authorities(where)}
        with indexes_aside(HEAVY if empty() else (), say):
            units = fill_units(rng, max(1, projects // 8) if projects else 0, where)
            counts.update(units=len(units), projects=0, facts=0, spoil_sites=0)
            cursor.execute(STAGE)
            for number in chunks(projects):
                _one_chunk(rng, number, counts, where, units)
                say(f"projects {counts['projects']}")
    return counts


def chunks(total: int, size: int = CHUNK) -> Iterator[int]:
    while total > 0:
        yield min(size, total)
        total -= size


def empty() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM registry_project)")
        return bool(cursor.fetchone()[0])


def copy_in(table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def fill_units(rng: np.random.Generator, number: int, where: places.Places) -> Any:
    """Make units and their standing; returns the ids of the new ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_unit")
        before = cursor.fetchone()[0]
        cursor.execute(
            "DROP TABLE IF EXISTS bench_unit; "
            "CREATE TEMP TABLE bench_unit (name text, uscc text, division_code text, grade text) ON COMMIT DROP"
        )
        done = before
        for size in chunks(number):
            found = figures.unit_columns(rng, np.arange(done, done + size), where.codes, where.names, where.codes)
            copy_in("bench_unit", list(found), zip(*(column for column in found.values()), strict=True))
            done += size
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO accounts_unit (name, uscc, kind, legal_representative, contact, phone, address, division_code,
                    created_at)
                SELECT name, uscc, 'developer', '', '', '', '', division_code, now() FROM bench_unit
                ON CONFLICT (uscc) DO NOTHING RETURNING id, uscc
            ), stood AS (
                INSERT INTO accounts_unitstanding (unit_id, grade, year, simulated, open_facts, updated_at)
                SELECT m.id, b.grade, 2025, true, 0, now() FROM made m JOIN bench_unit b USING (uscc)
                WHERE b.grade IS NOT NULL
            )
            SELECT id FROM made ORDER BY id
            """
        )
        return np.array([row[0] for row in cursor.fetchall()], dtype=np.int64)


def _one_chunk(
    rng: np.random.Generator, number: int, counts: dict[str, int], where: places.Places, units: Any
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM registry_project")
        offset = cursor.fetchone()[0]
        cursor.execute("TRUNCATE bench_stage")
        copy_in("bench_stage", STAGED, rows(rng, offset, number, where, units))
        cursor.execute("ANALYZE bench_stage")
        cursor.execute(PROJECTS)
        for statement in LIVES:
            cursor.execute(statement)
        cursor.execute(FACTS)
        counts["facts"] += cursor.rowcount
        cursor.execute(SITES)
        counts["spoil_sites"] += cursor.rowcount
    counts["projects"] += number


def rows(
    rng: np.random.Generator, offset: int, number: int, where: places.Places, units: Any
) -> Iterator[tuple[Any, ...]]:
    """The staged rows of one chunk."""
    serials = np.arange(offset + 1, offset + number + 1)
    found = figures.project_columns(rng, serials, where.weights, len(units))
    authorities = places.authority_ids(where)
    level, place = found.pop("approval_level"), found.pop("place")
    second, unit, line = found.pop("place2"), found.pop("unit"), found.pop("line")
    word, works = found.pop("word"), found.pop("works")
    codes = where.codes.tolist()
    counties = [
        [codes[one]] if two is None else sorted([codes[one], codes[two]])
        for one, two in zip(place, second, strict=True)
    ]
    names = where.names.tolist()
    centres = where.centres
    made = {
        **found,
        "name": [f"{names[at]}{a}{b}" for at, a, b in zip(place, word, works, strict=True)],
        "code": project_codes(serials, [codes[at] for at in place], found["registered_on"]),
        "plan_number": plan_numbers(serials, [codes[at] for at in place], found["approved_on"]),
        "unit_id": [None if one is None else int(units[one]) for one in unit],
        "authority_id": deciding(authorities, level, place, counties),
        "counties": counties,
        "areas": [sorted({code[:length] for code in one for length in (2, 4, 6)}) for one in counties],
        "layout": np.where(line, "line", "point"),
        "approval_level": level,
        "lon": [centres[at][0] if centres else None for at in place],
        "lat": [centres[at][1] if centres else None for at in place],
    }
    plain = [made[name].tolist() if isinstance(made[name], np.ndarray) else made[name] for name in STAGED]
    return zip(*plain, strict=True)


def deciding(authorities: dict[str, Any], level: Any, place: Any, counties: list[list[str]]) -> list[int]:
    """The authority of the level of approval, or the province, or the ministry, where a project crosses their borders."""
    found = []
    for named, at, codes in zip(level.tolist(), place.tolist(), counties, strict=True):
        if len(codes) == 2:
            if codes[0][:2] != codes[1][:2]:
                named = "state"
            elif codes[0][:4] != codes[1][:4]:
                named = "state" if named == "state" else "province"
            elif named == "county":
                named = "city"
        found.append(int(authorities[named][at]))
    return found


def project_codes(serials: Any, places: list[str], days: Any) -> list[str]:
    """Codes of the shape of GB/T 40058-2021; unique by their serial number."""
    return [
        f"{day[2:4]}{day[5:7]}-{place}-{1 + serial // 1_000_000:02d}-01-{serial % 1_000_000:06d}"
        for serial, place, day in zip(serials.tolist(), places, days.tolist(), strict=True)
    ]


def plan_numbers(serials: Any, places: list[str], days: Any) -> list[str]:
    return [
        f"测水保许〔{day[:4]}〕{place[:4]}-{serial}号"
        for serial, place, day in zip(serials.tolist(), places, days.tolist(), strict=True)
    ]


@contextmanager
def indexes_aside(tables: Sequence[str], say: Say) -> Iterator[None]:
    """Drop the indexes of these tables that no constraint needs, and make them again at the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.oid::regclass::text, pg_get_indexdef(c.oid)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
            WHERE t.relname = ANY(%s) AND t.relnamespace = 'public'::regnamespace
                AND pg_has_role(t.relowner, 'USAGE') AND NOT i.indisunique
                AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid)
            ORDER BY 1
            """,
            [list(tables)],
        )
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
        yield
        began = time.monotonic()
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _name, definition in found:
            cursor.execute(definition)
        if found:
            say(f"{len(found)} indexes made again in {time.monotonic() - began:.1f} s")
