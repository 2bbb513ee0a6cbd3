"""Where made-up projects lie: the loaded counties with their authorities, or made-up counties where none are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from conservation.accounts.models import Authority
from conservation.regions.models import Division

MUNICIPALITIES = ("11", "12", "31", "50")
PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split()


@dataclass(frozen=True)
class Places:
    """Counties in the order of their codes: ``codes``, ``names``, ``weights`` (sum 1), and ``centres`` (degrees) or None."""

    codes: Any
    names: Any
    weights: Any
    centres: list[tuple[float, float]] | None


def load(rng: np.random.Generator) -> Places:
    """The counties in force; made-up ones (a quarter of a real country) where no boundary is loaded."""
    rows = list(
        Division.objects.current()
        .filter(leaf=True)
        .order_by("code")
        .extra(select={"centre": "ST_AsText(ST_PointOnSurface(geom), 4)"})  # noqa: S610
        .values_list("code", "name", "area_ha", "centre")
    )
    if not rows:
        codes = [
            f"{head}{city:02d}{county:02d}" for head in PROVINCES for city in range(1, 6) for county in range(1, 6)
        ]
        return Places(np.array(codes), np.array(codes), np.full(len(codes), 1 / len(codes)), None)
    drawn = rng.gamma(1.2, np.array([float(row[2] or 1) / 100 for row in rows]) ** 0.35) + 1e-9
    centres = [tuple(float(one) for one in row[3][6:-1].split()) for row in rows]
    names = np.array([row[1] for row in rows])
    return Places(np.array([row[0] for row in rows]), names, drawn / drawn.sum(), centres)  # type: ignore[arg-type]


def deciding(codes: Any) -> list[tuple[str, str]]:
    """Level and division code of every authority that may decide on a plan in these counties."""
    found = {("ministry", "000000")}
    for code in codes:
        head = str(code)
        found.add(("province", head[:2] + "0000"))
        if not head.endswith("00"):  # a city without counties decides itself
            found.add(("county", head))
        if head[2:4] != "90" and head[:2] not in MUNICIPALITIES:
            found.add(("city", head[:4] + "00"))
    return sorted(found)


def make_authorities(places: Places) -> int:
    """Make the authorities that are missing. Returns how many were made."""
    wanted = deciding(places.codes)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_authority (name, mark, level, division_code, parent_id, collecting_bank, address)
            SELECT coalesce(max(d.full_name), '测试' || w.code) || CASE w.level WHEN 'ministry' THEN '水利部'
                WHEN 'province' THEN '水利厅' ELSE '水利局' END, '测水' || left(w.code, 6), w.level, w.code, NULL, '', ''
            FROM unnest(%s::text[], %s::text[]) AS w(level, code)
            LEFT JOIN regions_division d ON d.code = w.code AND d.valid_to IS NULL
            WHERE NOT EXISTS (SELECT 1 FROM accounts_authority a WHERE a.level = w.level
                AND (a.division_code = w.code OR w.level = 'ministry'))
            GROUP BY w.level, w.code
            ON CONFLICT (name) DO NOTHING
            """,
            [[one[0] for one in wanted], [one[1] for one in wanted]],
        )
        made = cursor.rowcount
        cursor.execute(PARENTS)
    return made


PARENTS = """
UPDATE accounts_authority a SET parent_id = (
    SELECT b.id FROM accounts_authority b
    WHERE (b.level = 'city' AND a.level = 'county' AND b.division_code = left(a.division_code, 4) || '00')
       OR (b.level = 'province' AND a.level IN ('city', 'county') AND b.division_code = left(a.division_code, 2) || '0000')
       OR (b.level = 'ministry' AND a.level = 'province')
    ORDER BY b.division_code DESC, b.id LIMIT 1)
WHERE a.parent_id IS NULL AND a.mark LIKE '测水%'
"""


def authority_ids(places: Places) -> dict[str, Any]:
    """For each level of approval, the id of the deciding authority of every county, in the order of the places."""
    known: dict[tuple[str, str], int] = {}
    for level, code, pk in Authority.objects.order_by("-id").values_list("level", "division_code", "id"):
        known[level, "000000" if level == "ministry" else code] = pk
    found: dict[str, list[int]] = {"state": [], "province": [], "city": [], "county": []}
    for one in places.codes:
        code = str(one)
        province = known["province", code[:2] + "0000"]
        found["state"].append(known["ministry", "000000"])
        found["province"].append(province)
        city = known.get(("city", code[:4] + "00"), province)
        found["city"].append(city)
        found["county"].append(known.get(("county", code), city))
    return {level: np.array(ids) for level, ids in found.items()}
