"""Projects as they would be registered: industry, place, size, earthwork, ground. Sizes are drawn as real decisions are.

ln(ha) is normal with mean 2.30 and sd 1.66 (median 10.2 ha); dug volume has median 7.3, quartile 21 and upper tenth 78
(10⁴ m³), in step with the area. See the published decisions these figures were taken from in the README.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from conservation.accounts.models import Unit
from portal.demo import names, people
from portal.demo.grounds import Grounds, area_ha
from portal.demo.places import KEY_AREAS
from portal.demo.stage import Stage

LARGEST_HA = 320.0


@dataclass
class Works:
    """One project before it is entered; volumes in 10⁴ m³, areas in ha."""

    serial: int
    name: str
    unit: Unit
    industry: names.Industry
    county: str
    place: str
    ground: Any
    permanent: Decimal
    temporary: Decimal
    dig: Decimal
    fill: Decimal
    level: str
    registered_on: date
    project: Any = None

    @property
    def land(self) -> Decimal:
        return self.permanent + self.temporary

    @property
    def key_zone(self) -> str:
        return "national" if any(self.county in codes for codes in KEY_AREAS.values()) else "none"

    def record(self) -> dict[str, Any]:
        """What stands in the form of registration."""
        start = self.registered_on + timedelta(days=120)
        months = 8 + int(min(28, float(self.land) ** 0.5 * 2))
        return {
            "name": self.name,
            "code": names.project_code(
                np.random.default_rng(self.serial), self.registered_on, self.county, self.serial
            ),
            "type_no": self.industry.number,
            "nature": "new",
            "category": "production" if self.industry.number in (17, 18, 19, 20, 21, 22, 23) else "building",
            "layout": "line" if self.industry.line else "point",
            "approval_level": self.level,
            "counties": [self.county],
            "permanent_ha": str(self.permanent),
            "temporary_ha": str(self.temporary),
            "excavation_m3": str(self.dig * 10_000),
            "fill_m3": str(self.fill * 10_000),
            "planned_start_on": start.isoformat(),
            "planned_completion_on": (start + timedelta(days=30 * months)).isoformat(),
        }


def draw(
    stage: Stage,
    grounds: Grounds,
    rng: np.random.Generator,
    registered_on: date,
    *,
    county: str = "",
    unit: Unit | None = None,
    industry: names.Industry | None = None,
    ha: float | None = None,
    level: str = "",
) -> Works:
    """Draw one project; what is given is kept."""
    stage.made["projects"] += 1
    code = county or grounds.draw_county(rng)
    kind = industry or names.industry(rng)
    place = grounds.names[code]
    z = rng.normal()
    size = ha if ha is not None else float(np.clip(np.exp(2.30 + 1.66 * z), 0.12, LARGEST_HA))
    ground = grounds.place(rng, code, size, ("linear",) if kind.line else ("block", "irregular"))
    land = Decimal(str(round(area_ha(ground), 2))).quantize(Decimal("0.01"))
    permanent = (land * Decimal(str(round(rng.uniform(0.6, 1), 3)))).quantize(Decimal("0.01"))
    dig, fill = earthwork(rng, float(land))
    return Works(
        serial=stage.made["projects"],
        name=names.project(rng, kind, place),
        unit=unit or people.draw_developer(stage, rng, kind, place, code),
        industry=kind,
        county=code,
        place=place,
        ground=ground,
        permanent=permanent,
        temporary=land - permanent,
        dig=dig,
        fill=fill,
        level=level or draw_level(rng, float(land)),
        registered_on=registered_on,
    )


def earthwork(rng: np.random.Generator, ha: float) -> tuple[Decimal, Decimal]:
    """Dug and filled volume, 10⁴ m³, in step with the area."""
    z = (np.log(max(ha, 0.02)) - 2.30) / 1.66
    dig = float(np.clip(np.exp(1.99 + 1.6 * (0.8 * z + 0.6 * rng.normal())), 0.01, min(600, ha * 12)))
    fill = dig * float(rng.uniform(0.45, 1.05))
    return Decimal(str(round(dig, 2))), Decimal(str(round(fill, 2)))


def draw_level(rng: np.random.Generator, ha: float) -> str:
    """Level that approves the project: most by the county, large ones higher up."""
    shares = (0.03, 0.27, 0.4, 0.3) if ha > 100 else (0.005, 0.055, 0.22, 0.72)
    return ("state", "province", "city", "county")[int(rng.choice(4, p=shares))]
