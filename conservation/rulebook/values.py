"""What rules take and give: amounts, limits, marks of types, and plain JSON of results.

Money is a decimal string in yuan; every other ``Decimal`` is written as a JSON number, a date as ISO 8601.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

CENT = Decimal("0.01")


class InputError(ValueError):
    """A wrong call: ``key`` is the dotted path of the input, ``message`` says why in Chinese, ``message_en`` in English."""

    def __init__(self, key: str, message: str, message_en: str = "") -> None:
        super().__init__(f"{key}: {message}")
        self.key = key
        self.message = message
        self.message_en = message_en or message

    def as_dict(self) -> dict[str, str]:
        return {"key": self.key, "message": self.message, "message_en": self.message_en}


class Yuan(Decimal):
    """An amount of money in yuan; written as a decimal string."""


def yuan(amount: Decimal | int | str) -> Yuan:
    """Money to the cent, half up (四舍五入到分)."""
    return Yuan(Decimal(amount).quantize(CENT, ROUND_HALF_UP))


@dataclass(frozen=True)
class Number:
    """Limits of a number. The plain ``Decimal`` means ``Number()``: not negative."""

    minimum: Decimal | None = Decimal(0)
    maximum: Decimal | None = None
    above_minimum: bool = False


@dataclass(frozen=True)
class FlagNames:
    """The names a ``Flags`` input may hold; given as a list of names or as an object of true and false."""

    names: tuple[str, ...]


class MoneyMark:
    """Marks a ``Decimal`` as an amount of money."""


class GeometryMark:
    """Marks a GeoJSON polygon or multi-polygon."""


class MomentMark:
    """Marks a date or a date with time."""


Money = Annotated[Decimal, MoneyMark()]
Geometry = Annotated[dict[str, Any], GeometryMark()]
Moment = Annotated[date, MomentMark()]
Positive = Annotated[Decimal, Number(above_minimum=True)]
Signed = Annotated[Decimal, Number(minimum=None)]
Fraction = Annotated[Decimal, Number(maximum=Decimal(1))]


def arg(title: str, title_en: str = "", *, unit: str = "", key: str = "", omit: bool = False, **kwargs: Any) -> Any:
    """A dataclass field with its Chinese and English title, unit and JSON key; ``omit`` leaves an empty result out."""
    metadata = {"title": title, "title_en": title_en or title, "unit": unit, "key": key, "omit": omit}
    return field(metadata=metadata, **kwargs)


def json_key(spec: dataclasses.Field[Any]) -> str:
    return spec.metadata.get("key") or spec.name


def join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def plain(value: Any) -> Any:
    """A dataclass, number, date or collection as plain JSON values; money as a string, other numbers as numbers."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Yuan):
        return format(value, "f")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain_object(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(one) for one in value)
    return [plain(one) for one in value]


@functools.cache
def written_fields(cls: Any) -> tuple[tuple[str, str, bool], ...]:
    return tuple((spec.name, json_key(spec), spec.metadata.get("omit", False)) for spec in dataclasses.fields(cls))


def plain_object(value: Any) -> dict[str, Any]:
    found = {}
    for name, key, omit in written_fields(typing.cast(Hashable, type(value))):
        one = getattr(value, name)
        if one is None and omit:
            continue
        found[key] = plain(one)
    return found


def echo(value: Any) -> Any:
    """The inputs as they were read, without the keys that were left out; reading the echo gives the same inputs."""
    written = plain(value)
    return without_nulls(written)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value
