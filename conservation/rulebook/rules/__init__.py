"""The rules, one file a family; importing this package registers them all."""

from conservation.rulebook.rules import (  # noqa: F401
    change,
    codes,
    colour,
    credit,
    csle,
    erosion,
    fees,
    indicators,
    inspection,
    patch,
    penalty,
    periods,
    plan,
    prevention,
    rain,
    risk_tier,
    soil_loss,
    spoil,
)
