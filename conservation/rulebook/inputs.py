"""Typed inputs and outputs of rules: strict reading, plain writing.

A rule names its inputs as a frozen keyword-only dataclass. ``reader(cls)`` builds, once per type, a function that turns
plain JSON values into that dataclass and refuses everything else: unknown and missing keys, wrong types, negative and
non-finite numbers, values outside a stated range. Each refusal is an ``InputError`` that names the key by its
path, for example ``spoil_sites[0].height_m``.

Shapes understood: ``bool int str date Moment Decimal Money Literal tuple[X, ...] Mapping[int, X] X | None``, nested
dataclasses, ``Flags`` and ``Geometry``. Numbers become ``Decimal`` through the shortest decimal form of the float, so that what is
echoed as JSON reads back to the same number. Money is a decimal string in yuan.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar

from conservation.rulebook.values import (
    CENT,
    FlagNames,
    GeometryMark,
    InputError,
    MomentMark,
    MoneyMark,
    Number,
    Yuan,
    join,
    json_key,
)

__all__ = ["InputError", "hints", "is_optional", "is_required", "read_date", "read_inputs", "reader"]

LARGEST = Decimal("1e15")
SMALLEST = Decimal("1e-290")
"""Smaller numbers mean nothing in any unit of the law and would make a quotient infinite: read as 0."""
LONGEST_TEXT = 4000
LONGEST_LIST = 10_000
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
Reader = Callable[[Any, str], Any]
T = TypeVar("T")


def type_name(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", Decimal: "number", str: "string", type(None): "null"}
    return names.get(type(value), "array" if isinstance(value, list | tuple) else "object")


def wrong_type(key: str, wanted: str, value: object) -> InputError:
    got = type_name(value)
    return InputError(key, f"类型应为 {wanted}，收到 {got}", f"must be {wanted}, got {got}")


def read_number(limits: Number) -> Reader:
    def read(value: Any, key: str) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise wrong_type(key, "number", value)
        if isinstance(value, int) and abs(value) > LARGEST:
            raise InputError(key, "数值过大", "the number is too large")
        if not math.isfinite(value):
            raise InputError(key, "不是有限数", "the number is not finite")
        number = Decimal(repr(float(value))).normalize() + 0
        if abs(number) < SMALLEST:
            number = Decimal(0)
        check_limits(number, key, limits)
        return number

    return read


def check_limits(number: Decimal, key: str, limits: Number) -> None:
    if abs(number) > LARGEST:
        raise InputError(key, "数值过大", "the number is too large")
    if limits.minimum is not None and number < limits.minimum:
        if limits.minimum == 0:
            raise InputError(key, "不得为负数", "must not be negative")
        raise InputError(key, f"不得小于 {limits.minimum}", f"must be at least {limits.minimum}")
    if limits.above_minimum and number == limits.minimum:
        raise InputError(key, f"必须大于 {limits.minimum}", f"must be greater than {limits.minimum}")
    if limits.maximum is not None and number > limits.maximum:
        raise InputError(key, f"不得大于 {limits.maximum}", f"must be at most {limits.maximum}")


def read_money(value: Any, key: str) -> Yuan:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise wrong_type(key, "decimal string", value)
    try:
        number = Decimal(
            value.strip() if isinstance(value, str) else repr(value) if isinstance(value, float) else value
        )
    except InvalidOperation:
        raise InputError(key, "不是金额（元，十进制数字串）", "is not an amount (yuan, decimal string)") from None
    if not number.is_finite():
        raise InputError(key, "不是有限数", "the number is not finite")
    check_limits(number, key, Number())
    if number != number.quantize(CENT):
        raise InputError(key, "金额最多两位小数", "an amount has at most two decimals")
    return Yuan(number.quantize(CENT))


def read_integer(limits: Number) -> Reader:
    def read(value: Any, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(key, "integer", value)
        check_limits(Decimal(value) if abs(value) <= LARGEST else LARGEST * (10 if value > 0 else -10), key, limits)
        return value

    return read


def read_bool(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(key, "boolean", value)
    return value


def read_text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise wrong_type(key, "string", value)
    if len(value) > LONGEST_TEXT:
        raise InputError(key, "文字过长", "the text is too long")
    return value


def read_date(value: Any, key: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise wrong_type(key, "date (YYYY-MM-DD)", value)
    if not DATE.fullmatch(value):
        raise InputError(key, "日期格式应为 YYYY-MM-DD", "must be a date as YYYY-MM-DD")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise InputError(key, "日期不存在", "there is no such date") from None
    if not 1949 <= day.year <= 2200:
        raise InputError(key, "日期须在 1949 至 2200 年之间", "must lie between the years 1949 and 2200")
    return day


def read_moment(value: Any, key: str) -> date:
    """A date, or a date with time; a time without zone is meant in Asia/Shanghai."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and DATETIME.fullmatch(value):
        read_date(value[:10], key)
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise InputError(key, "时刻不存在", "there is no such time") from None
    return read_date(value, key)


def read_geometry(value: Any, key: str) -> dict[str, Any]:
    """The shape of GeoJSON only; validity and coordinate reference are the rule's business."""
    if not isinstance(value, Mapping):
        raise wrong_type(key, "GeoJSON geometry", value)
    if value.get("type") not in ("Polygon", "MultiPolygon"):
        raise InputError(f"{key}.type", "应为 Polygon 或 MultiPolygon", "must be Polygon or MultiPolygon")
    if not isinstance(value.get("coordinates"), list | tuple):
        raise InputError(f"{key}.coordinates", "缺少坐标", "coordinates are missing")
    return dict(value)


def read_choice(choices: tuple[Any, ...]) -> Reader:
    shown = ", ".join(str(choice) for choice in choices)
    kinds = {type(choice) for choice in choices}

    def read(value: Any, key: str) -> Any:
        if type(value) not in kinds:
            raise wrong_type(key, f"one of {shown}", value)
        if value not in choices:
            raise InputError(key, f"应为下列之一：{shown}", f"must be one of: {shown}")
        return value

    return read


def read_flags(names: FlagNames) -> Reader:
    choice = read_choice(names.names)

    def read(value: Any, key: str) -> frozenset[str]:
        if isinstance(value, Mapping):
            for name, state in value.items():
                choice(name, join(key, name))
                read_bool(state, join(key, name))
            return frozenset(name for name, state in value.items() if state)
        if not isinstance(value, list | tuple | set | frozenset):
            raise wrong_type(key, "array of names", value)
        return frozenset(choice(name, f"{key}[{index}]") for index, name in enumerate(value))

    return read


def read_list(item: Reader) -> Reader:
    def read(value: Any, key: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise wrong_type(key, "array", value)
        if len(value) > LONGEST_LIST:
            raise InputError(key, f"最多 {LONGEST_LIST} 项", f"at most {LONGEST_LIST} items")
        return tuple(item(one, f"{key}[{index}]") for index, one in enumerate(value))

    return read


def read_mapping(item: Reader) -> Reader:
    """An object whose keys are whole numbers (years)."""

    def read(value: Any, key: str) -> dict[int, Any]:
        if not isinstance(value, Mapping):
            raise wrong_type(key, "object", value)
        found = {}
        for name, one in value.items():
            if not re.fullmatch(r"\d{4}", str(name), re.ASCII):
                raise InputError(join(key, name or '""'), "键应为四位年份", "the key must be a year of four digits")
            found[int(name)] = item(one, join(key, name))
        return dict(sorted(found.items()))

    return read


def read_union(readers: list[tuple[str, Reader]]) -> Reader:
    """One of several JSON kinds, told apart by the kind of the value (string or object)."""
    by_kind = dict(readers)

    def read(value: Any, key: str) -> Any:
        kind = "object" if isinstance(value, Mapping) else type_name(value)
        if kind not in by_kind:
            raise wrong_type(key, " or ".join(by_kind), value)
        return by_kind[kind](value, key)

    return read


@functools.cache
def reader(kind: Any) -> Reader:
    """The reading function of a type; built once."""
    return build_reader(kind)


def build_reader(kind: Any) -> Reader:
    plain: dict[Any, Reader] = {bool: read_bool, str: read_text, date: read_date}
    if kind in plain:
        return plain[kind]
    if kind is int:
        return read_integer(Number())
    if kind is Decimal:
        return read_number(Number())
    if dataclasses.is_dataclass(kind):
        return read_object(typing.cast(type, kind))
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return annotated_reader(args[0], args[1:])
    if origin is Literal:
        return read_choice(args)
    if origin is tuple:
        return read_list(reader(args[0]))
    if origin is Mapping:
        return read_mapping(reader(args[1]))
    if origin in (types.UnionType, typing.Union):
        rest = [one for one in args if one is not type(None)]
        if len(rest) == 1:
            return reader(rest[0])
        return read_union([("string" if one is str else "object", reader(one)) for one in rest])
    raise TypeError(f"no reader for {kind!r}")


def annotated_reader(base: Any, marks: tuple[Any, ...]) -> Reader:
    mark = marks[0]
    if isinstance(mark, MoneyMark):
        return read_money
    if isinstance(mark, GeometryMark):
        return read_geometry
    if isinstance(mark, MomentMark):
        return read_moment
    if isinstance(mark, FlagNames):
        return read_flags(mark)
    if isinstance(mark, Number):
        return read_integer(mark) if base is int else read_number(mark)
    raise TypeError(f"no reader for {mark!r}")


def hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls, include_extras=True)


def is_optional(kind: Any) -> bool:
    return typing.get_origin(kind) in (types.UnionType, typing.Union) and type(None) in typing.get_args(kind)


def is_required(spec: dataclasses.Field[Any]) -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


def read_object(cls: type) -> Reader:
    kinds = hints(cls)
    parts = [
        (spec.name, json_key(spec), reader(kinds[spec.name]), is_required(spec), is_optional(kinds[spec.name]))
        for spec in dataclasses.fields(cls)
    ]
    known = {part[1] for part in parts}

    def read(value: Any, key: str) -> Any:
        if not isinstance(value, Mapping):
            raise wrong_type(key or "inputs", "object", value)
        for name in value:
            if name not in known:
                raise InputError(join(key, name or '""'), "未知的键", "unknown key")
        found = {}
        for name, given, read_part, required, optional in parts:
            if given not in value or (optional and value[given] is None):
                if required:
                    raise InputError(join(key, given), "缺少此项", "is missing")
                continue
            found[name] = read_part(value[given], join(key, given))
        return cls(**found)

    return read


def read_inputs(cls: type[T], values: object) -> T:
    """Plain JSON values to the dataclass ``cls``; raises ``InputError``."""
    return typing.cast(T, reader(typing.cast(Hashable, cls))(values, ""))
