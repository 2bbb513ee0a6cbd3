"""Made-up disturbance polygons: blocks, irregular outlines and lines, a heavy tail in area, clusters of about 2 km.

Assumptions of the generator: median 1.15 ha, at least 0.1 ha, 3 % large ones; 45 % blocks, 40 % irregular, 15 % linear;
35 % clustered; counts by county over-dispersed, in step with the county's area to the power .35.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

KINDS = ("block", "irregular", "linear")
DEGREE_M = 110_574


def counts(rng: np.random.Generator, km2: Any, number: int) -> Any:
    """How many of ``number`` lie in each county."""
    mean = km2**0.35
    drawn = rng.gamma(1.2, mean / mean.sum() * number / 1.2) + 1e-9
    return rng.multinomial(number, drawn / drawn.sum())


def points(rng: np.random.Generator, polygons: Any, numbers: Any) -> tuple[Any, Any, Any]:
    """Places inside the counties, some of them clustered: county index, longitude and latitude in degrees."""
    shapely.prepare(polygons)
    index = np.repeat(np.arange(len(polygons)), numbers)
    size = len(index)
    box = shapely.bounds(polygons)[index]
    x, y = np.empty(size), np.empty(size)
    todo = np.arange(size)
    while len(todo):
        px = rng.uniform(box[todo, 0], box[todo, 2])
        py = rng.uniform(box[todo, 1], box[todo, 3])
        inside = shapely.contains_xy(polygons[index[todo]], px, py)
        x[todo[inside]], y[todo[inside]] = px[inside], py[inside]
        todo = todo[~inside]
    first = np.searchsorted(index, np.arange(len(polygons)))
    base = first[index] + (rng.random(size) * np.minimum(8, numbers[index])).astype(int)
    x2, y2 = x[base] + rng.normal(0, 0.02, size), y[base] + rng.normal(0, 0.016, size)
    moved = shapely.contains_xy(polygons[index], x2, y2) & (rng.random(size) < 0.35)
    x[moved], y[moved] = x2[moved], y2[moved]
    return index, x, y


def areas(rng: np.random.Generator, size: int) -> Any:
    """Areas in hectares."""
    ha = np.exp(rng.normal(np.log(1.1), 1.15, size))
    large = rng.random(size) < 0.03
    ha[large] *= rng.uniform(5, 40, large.sum())
    return np.clip(ha, 0.1, 900)


def outlines(rng: np.random.Generator, x: Any, y: Any, ha: Any) -> tuple[Any, Any]:
    """Kind and polygon (degrees) of each place, with about the given area in hectares."""
    kind = rng.choice(KINDS, len(x), p=[0.45, 0.40, 0.15])
    made = np.empty(len(x), object)
    for name, draw in (("block", _block), ("irregular", _irregular), ("linear", _linear)):
        chosen = np.where(kind == name)[0]
        if len(chosen):
            made[chosen] = _place(rng, *draw(rng, len(chosen)), x[chosen], y[chosen], ha[chosen])
    return kind, made


def _block(rng: np.random.Generator, size: int) -> tuple[Any, Any]:
    a = rng.uniform(1, 2.6, (size, 1))
    cx, cy = rng.uniform(0.3, 0.8, (size, 1)), rng.uniform(0.4, 1, (size, 1))
    none, one = 0 * a, 1 + 0 * a
    return np.hstack([none, a, a, a * cx, a * cx, none]) - a / 2, np.hstack([none, none, cy, cy, one, one]) - 0.5


def _irregular(rng: np.random.Generator, size: int) -> tuple[Any, Any]:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False) + rng.uniform(-0.08, 0.08, (size, 24))
    radius = np.ones((size, 24))
    for wave in range(2, 6):
        radius += rng.normal(0, 0.28 / wave, (size, 1)) * np.cos(wave * angle + rng.uniform(0, 6.28, (size, 1)))
    radius = np.clip(radius, 0.3, 2.2)
    return radius * np.cos(angle), radius * np.sin(angle)


def _linear(rng: np.random.Generator, size: int) -> tuple[Any, Any]:
    along = np.linspace(0, 1, 9)[None, :]
    length = rng.uniform(15, 60, (size, 1))
    off = np.zeros((size, 9))
    for wave in (1, 2, 3):
        off += rng.normal(0, 1.2 / wave, (size, 1)) * np.sin(wave * np.pi * along * 2 + rng.uniform(0, 6, (size, 1)))
    across = np.hstack([off, off[:, ::-1] + 1])
    return np.hstack([length * along, (length * along)[:, ::-1]]) - length / 2, across


def _place(rng: np.random.Generator, east: Any, north: Any, x: Any, y: Any, ha: Any) -> Any:
    """Turn, scale to the area and put the shapes in their places."""
    turn = rng.uniform(0, 2 * np.pi, (len(x), 1))
    east, north = east * np.cos(turn) - north * np.sin(turn), east * np.sin(turn) + north * np.cos(turn)
    twice = np.abs(np.sum(east * np.roll(north, -1, 1) - np.roll(east, -1, 1) * north, 1))
    scale = np.sqrt(ha * 1e4 / (0.5 * twice))[:, None]
    lon = x[:, None] + east * scale / DEGREE_M / np.cos(np.radians(y))[:, None]
    lat = y[:, None] + north * scale / DEGREE_M
    ring = np.stack([lon, lat], -1).round(7)
    return shapely.polygons(np.concatenate([ring, ring[:, :1]], 1))
