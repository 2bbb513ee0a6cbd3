"""Made-up figures of projects, drawn as real decisions are: sizes, earthwork, kinds, states, what is known of them.

Sizes: ln(ha) is normal with mean 2.30 and sd 1.66; dig volume has median 7.3, quartile 21 and upper tenth 78
(10⁴ m³), in step with the area. Everything comes from one seeded generator, in columns (numpy arrays) of one chunk.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Columns = dict[str, Any]
ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
CREDIT_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
ORGANISATION_CHECK = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 29])
"""Check digit 10 of an organisation code is X, which stands at place 29 of the credit code's alphabet."""

FIRST = np.array(list("东南西北龙凤金银青白红云石清大长新平安永"))
SECOND = np.array(list("山河湖桥岭坪塘溪湾洲岗滩泉峰原城庄沟坝口"))
FIRM = np.array(
    ["建设有限公司", "新能源有限公司", "矿业有限公司", "公路发展有限公司", "水务投资有限公司", "置业有限公司"]
)
WORKS = np.array(
    """公路改扩建工程 铁路专用线工程 码头工程 通用机场工程 热电联产工程 核电配套工程 风电场工程 220千伏输变电工程
    光伏发电项目 水库工程 灌区续建工程 引调水工程 堤防加固工程 蓄滞洪区工程 小型水利工程 水电站工程 露天煤矿 露天铁矿
    石灰岩矿 煤矿 铅锌矿 萤石矿 页岩气开采项目 天然气管道工程 油库工程 工业园区标准厂房 轨道交通工程 道路及管网工程
    房地产开发项目 其他城建工程 林浆纸一体化项目 农林开发项目 加工制造项目 社会事业项目 信息产业项目 其他建设项目""".split()
)
LINES = np.isin(np.arange(37), [1, 2, 8, 12, 13, 24, 27, 28])
TYPE_SHARES = np.array(
    [9, 1.5, 1, 0.3, 1, 0.1, 4, 6, 9, 1.5, 1.5, 1, 3, 0.2, 4, 1, 0.7, 0.8, 5, 1, 1, 0.7, 1, 1.5, 0.5, 6, 0.8, 7, 10]
    + [4, 0.3, 2, 9, 3, 1, 1.6]
)
LEVELS = np.array(["state", "province", "city", "county"])
STATES = np.array(
    ["registered", "plan_approved", "under_construction", "suspended", "completed", "in_use", "cancelled"]
)
STATE_SHARES = np.array([0.08, 0.07, 0.25, 0.03, 0.08, 0.47, 0.02])
PLANNED = (0.3, 1.0, 0.92, 0.85, 0.93, 0.95, 0.25)
"""Share of the projects of each state whose plan is approved; late filing is normal."""
LAST_DAY = np.datetime64("2026-11-01")


def pick(rng: np.random.Generator, shares: Any, size: int) -> Any:
    """Positions drawn by shares."""
    weights = np.asarray(shares, float)
    return rng.choice(len(weights), size, p=weights / weights.sum())


def gaps(rng: np.random.Generator, values: Any, share: float) -> Any:
    """The values with a share of them missing (None)."""
    kept = np.asarray(values).astype(object)
    kept[rng.random(len(kept)) < share] = None
    return kept


def where_true(condition: Any, values: Any) -> Any:
    """The values where the condition holds, elsewhere missing (None)."""
    kept = np.asarray(values).astype(object)
    kept[~np.asarray(condition)] = None
    return kept


def credit_codes(serials: Any, divisions: Any) -> Any:
    """Valid unified social credit codes: serial numbers below 90 000 000, division codes of six digits."""
    organisation = (10_000_000 + serials)[:, None] // 10 ** np.arange(7, -1, -1) % 10
    check = ORGANISATION_CHECK[(11 - organisation @ ORGANISATION_WEIGHTS % 11) % 11]
    place = np.array([[int(sign) for sign in code] for code in divisions]).reshape(-1, 6)
    body = np.hstack([np.tile([9, 1], (len(serials), 1)), place, organisation, check[:, None]])
    digits = np.hstack([body, ((31 - body @ CREDIT_WEIGHTS % 31) % 31)[:, None]])
    return ["".join(row) for row in ALPHABET[digits]]


def unit_columns(rng: np.random.Generator, serials: Any, places: Any, names: Any, codes: Any) -> Columns:
    """Developers: name, credit code, seat and (for some) a credit grade."""
    size = len(serials)
    at = rng.integers(len(places), size=size)
    title = np.char.add(FIRST[rng.integers(20, size=size)], SECOND[rng.integers(20, size=size)])
    grade = np.array(["A", "B", "C", "D"], object)[pick(rng, (0.25, 0.6, 0.1, 0.05), size)]
    return {
        "name": [
            f"{names[place]}{word}{firm}{serial}"
            for place, word, firm, serial in zip(at, title, FIRM[rng.integers(6, size=size)], serials, strict=True)
        ],
        "uscc": credit_codes(serials, codes[at]),
        "division_code": codes[at],
        "grade": where_true(rng.random(size) < 0.6, grade),
    }


def project_columns(rng: np.random.Generator, serials: Any, weights: Any, units: int) -> Columns:
    """One chunk of projects. ``place`` and ``place2`` (or None) index the places, ``unit`` the units made before."""
    size = len(serials)
    z = rng.normal(size=size)
    ha = np.exp(2.30 + 1.66 * z).clip(0.03, 3000)
    dig = np.exp(1.99 + 1.6 * (0.8 * z + 0.6 * rng.normal(size=size))).clip(0.02, 5000) * 1e4
    fill = dig * rng.uniform(0.45, 1.05, size)
    permanent = ha * rng.uniform(0.55, 1, size)
    type_no = 1 + pick(rng, TYPE_SHARES, size)
    state = pick(rng, STATE_SHARES, size)
    place = rng.choice(len(weights), size, p=weights)
    neighbour = np.clip(place + rng.integers(-3, 4, size), 0, len(weights) - 1)
    crossing = (rng.random(size) < np.where(LINES[type_no], 0.3, 0.02)) & (neighbour != place)
    level = np.where(ha > 300, pick(rng, (3, 4, 3, 0), size), pick(rng, (0.01, 0.06, 0.23, 0.7), size))
    return {
        "serial": serials,
        "place": place,
        "place2": where_true(crossing, neighbour),
        "unit": gaps(rng, rng.integers(units, size=size), 0.01) if units else [None] * size,
        "word": np.char.add(FIRST[rng.integers(20, size=size)], SECOND[rng.integers(20, size=size)]),
        "works": WORKS[type_no - 1],
        "type_no": type_no,
        "line": LINES[type_no],
        "approval_level": LEVELS[level],
        "permanent_ha": permanent.round(4),
        "temporary_ha": (ha - permanent).round(4),
        "excavation_m3": dig.round(2),
        "fill_m3": fill.round(2),
        "target": STATES[state],
        **plan_columns(rng, ha, dig + fill, state),
        **day_columns(rng, state),
        **fact_columns(rng, ha, dig, fill, state),
    }


def plan_columns(rng: np.random.Generator, ha: Any, earthwork: Any, state: Any) -> Columns:
    """Kind of plan by size (5 ha or 50 000 m³, 0.5 ha or 1 000 m³), '' where none is approved."""
    kind = np.where(
        (ha >= 5) | (earthwork >= 50_000),
        "report_book",
        np.where((ha >= 0.5) | (earthwork >= 1000), "report_form", "registration_form"),
    )
    planned = rng.random(len(ha)) < np.array(PLANNED)[state]
    return {"plan_kind": np.where(planned, kind, "")}


def day_columns(rng: np.random.Generator, state: Any) -> Columns:
    """Days in their usual order; what has not happened yet is None."""
    size = len(state)
    age = np.where(state < 2, rng.integers(10, 400, size), np.where(state < 4, 200, 700) + rng.integers(0, 3000, size))
    registered = LAST_DAY - age.astype("timedelta64[D]")
    approved = registered + rng.integers(5, 120, size).astype("timedelta64[D]")
    started = registered + rng.integers(20, 180, size).astype("timedelta64[D]")
    completed = started + rng.integers(60, 500, size).astype("timedelta64[D]")
    used = completed + rng.integers(1, 90, size).astype("timedelta64[D]")

    def known(days: Any, when: Any) -> Any:
        return where_true(when, np.minimum(days, LAST_DAY).astype(str))

    running = (state >= 2) & (state <= 5)
    return {
        "registered_on": registered.astype(str),
        "approved_on": np.minimum(approved, LAST_DAY).astype(str),
        "started_on": known(started, running),
        "completed_on": known(completed, (state == 4) | (state == 5)),
        "in_use_on": known(used, state == 5),
    }


def fact_columns(rng: np.random.Generator, ha: Any, dig: Any, fill: Any, state: Any) -> Columns:
    """What is declared and observed, with gaps; ``has_facts`` false: nothing is known."""
    size = len(ha)
    working = (state == 2) | (state == 3)
    seen = working & (rng.random(size) < 0.4)
    disturbed = ha * rng.uniform(0.2, 1.15, size)
    excess = np.where(rng.random(size) < 0.25, disturbed * rng.beta(1, 8, size), 0)
    dumped = np.where(rng.random(size) < 0.15, np.exp(rng.normal(6.5, 1.4, size)), 0)
    colour = np.array(["green", "yellow", "red", "missing"], object)[pick(rng, (0.74, 0.15, 0.04, 0.07), size)]
    reporting = working & (rng.random(size) < 0.85)
    late = np.where(rng.random(size) < 0.2, rng.integers(1, 60, size), 0)
    overdue = np.where(working & (rng.random(size) < 0.06), 1 + rng.poisson(0.4, size), 0)
    return {
        "has_facts": rng.random(size) < 0.97,
        "bare_slope_m": gaps(
            rng, (np.exp(rng.normal(1.3, 0.9, size)) * np.where(working, 1.4, 0.4)).clip(0, 120).round(2), 0.02
        ),
        "mean_slope_deg": gaps(rng, rng.gamma(2, 6, size).clip(0, 70).round(2), 0.02),
        "background_erosion": gaps(
            rng,
            np.array(["slight", "light", "moderate", "strong", "very_strong", "severe"])[
                pick(rng, (0.35, 0.35, 0.18, 0.08, 0.03, 0.01), size)
            ],
            0.02,
        ),
        "sensitive_m": gaps(rng, np.exp(rng.normal(8.2, 1.2, size)).clip(5, 90_000).round(1), 0.02),
        "river_m": gaps(
            rng,
            np.where(rng.random(size) < 0.04, 0, np.exp(rng.normal(7.9, 1.3, size)).clip(5, 90_000)).round(1),
            0.02,
        ),
        "key_zone": gaps(rng, np.array(["none", "provincial", "national"])[pick(rng, (0.6, 0.22, 0.18), size)], 0.03),
        "spoil_10k_m3": gaps(rng, ((dig - fill).clip(0) / 1e4).round(4), 0.3),
        "disturbed_ha": where_true(seen, disturbed.round(4)),
        "excess_ha": where_true(seen, excess.round(4)),
        "dumped_m3": where_true(seen, dumped.round(2)),
        "dumped_with_harm": seen & (dumped > 0) & (rng.random(size) < 0.02),
        "overdue_rectifications": overdue,
        "last_colour": where_true(reporting, colour),
        "red_twice": reporting & (colour == "red") & (rng.random(size) < 0.1),
        "report_late_days": where_true(reporting, late),
        "spoil_sites": np.where((dig - fill > 1e4) & (rng.random(size) < 0.6), 1 + rng.poisson(0.4, size), 0),
        "site_draw": rng.random(size).round(6),
    }
