"""What a rule takes, gives and rests on, as plain data: JSON schemas from the types, basis, numbers in force."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from conservation.rulebook import parameters, registry
from conservation.rulebook.inputs import LARGEST, hints, is_required
from conservation.rulebook.registry import Rule
from conservation.rulebook.values import FlagNames, GeometryMark, MomentMark, MoneyMark, Number, json_key, plain

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    str: {"type": "string"},
    int: {"type": "integer", "minimum": 0},
    Decimal: {"type": "number", "minimum": 0},
    date: {"type": "string", "format": "date"},
}


def schema(name: str) -> dict[str, Any]:
    """JSON schemas of a rule: ``{"inputs": …, "result": …}``."""
    chosen = registry.get(name)
    return {"inputs": type_schema(chosen.inputs, True), "result": type_schema(chosen.result, False)}


@functools.cache
def _type_schema(kind: Any, strict: bool) -> dict[str, Any]:
    return build(kind, strict)


def type_schema(kind: Any, strict: bool) -> dict[str, Any]:
    """The JSON schema of a type; ``strict`` for inputs, where limits and unknown keys count."""
    return _type_schema(kind, strict)


def build(kind: Any, strict: bool) -> dict[str, Any]:
    if kind in KINDS:
        found = dict(KINDS[kind])
        if not strict:
            found.pop("minimum", None)
        return found
    if dataclasses.is_dataclass(kind):
        return object_schema(typing.cast(type, kind), strict)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return annotated_schema(args[0], args[1], strict)
    if origin is Literal:
        kinds = {"integer" if isinstance(one, int) else "string" for one in args}
        return {"type": kinds.pop(), "enum": list(args)}
    if origin is tuple:
        return {"type": "array", "items": type_schema(args[0], strict)}
    if origin is Mapping:
        return {
            "type": "object",
            "patternProperties": {"^[0-9]{4}$": type_schema(args[1], strict)},
            "additionalProperties": False,
        }
    if origin in (types.UnionType, typing.Union):
        parts = [type_schema(one, strict) for one in args if one is not type(None)]
        if type(None) in args:
            parts.append({"type": "null"})
        return {"anyOf": parts}
    raise TypeError(f"no schema for {kind!r}")


def annotated_schema(base: Any, mark: Any, strict: bool) -> dict[str, Any]:
    if isinstance(mark, MoneyMark):
        found: dict[str, Any] = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,2})?$", "x-unit": "yuan"}
        return {"anyOf": [found, {"type": "number", "minimum": 0}]} if strict else {"type": "string"}
    if isinstance(mark, GeometryMark):
        return {
            "type": "object",
            "required": ["type", "coordinates"],
            "properties": {"type": {"enum": ["Polygon", "MultiPolygon"]}, "coordinates": {"type": "array"}},
        }
    if isinstance(mark, MomentMark):
        return {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    if isinstance(mark, FlagNames):
        return {
            "anyOf": [
                {"type": "array", "items": {"enum": list(mark.names)}},
                {"type": "object", "properties": {name: {"type": "boolean"} for name in mark.names},
                 "additionalProperties": False},
            ]
        }  # fmt: skip
    if isinstance(mark, Number):
        return number_schema(base, mark, strict)
    raise TypeError(f"no schema for {mark!r}")


def number_schema(base: Any, mark: Number, strict: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "integer" if base is int else "number"}
    if not strict:
        return found
    if mark.minimum is not None:
        found["exclusiveMinimum" if mark.above_minimum else "minimum"] = float(mark.minimum)
    found["maximum"] = float(mark.maximum if mark.maximum is not None else LARGEST)
    return found


def object_schema(cls: type, strict: bool) -> dict[str, Any]:
    kinds = hints(cls)
    properties, required = {}, []
    for spec in dataclasses.fields(cls):
        kind = kinds[spec.name]
        one = dict(type_schema(kind, strict))
        one["title"] = spec.metadata.get("title", spec.name)
        one["x-title-en"] = spec.metadata.get("title_en", spec.name)
        if spec.metadata.get("unit"):
            one["x-unit"] = spec.metadata["unit"]
        properties[json_key(spec)] = one
        if strict and is_required(spec) or not strict and not spec.metadata.get("omit"):
            required.append(json_key(spec))
    found: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
    if strict:
        found["additionalProperties"] = False
    return found


def rule(chosen: Rule, *, on: date | None = None, province: str = "") -> dict[str, Any]:
    """A rule as plain data; with ``on`` also the numbers in force that day in that place."""
    found: dict[str, Any] = {
        "rule": chosen.name,
        "version": chosen.version,
        "title": chosen.title,
        "title_en": chosen.title_en,
        "summary": chosen.summary,
        "summary_en": chosen.summary_en,
        "family": chosen.family,
        "status": chosen.status,
        "basis": plain(chosen.basis),
        "schema": DIALECT,
        "inputs": type_schema(chosen.inputs, True),
        "result": type_schema(chosen.result, False),
        "example": dict(chosen.example),
    }
    if on is not None:
        found["on"] = on.isoformat()
        found["parameters"] = [number(row) for row in numbers(chosen, on, province)]
    return found


def numbers(chosen: Rule, on: date, province: str = "") -> list[parameters.Row]:
    """The rows of the rule's tables that are in force on a day in a place."""
    place = parameters.place_code(province) if province else parameters.NATION
    found = []
    for table in chosen.tables:
        for row in parameters.rows_in_force(table, on, place):
            if table != "parameters" or row["name"].startswith(chosen.prefix):
                found.append(row)
    return found


def number(row: parameters.Row) -> dict[str, Any]:
    return {
        "table": row.table,
        "cells": {name: text for name, text in row.cells.items() if text},
        "scope": row.scope or None,
        "valid_from": plain(row.valid_from),
        "valid_to": plain(row.valid_to),
        "document": row.document,
        "article": row.article,
        "mark": row.mark,
    }


def files() -> list[dict[str, Any]]:
    """The files the numbers come from, with version and SHA-256."""
    return [
        {"file": one.name, "title": one.title, "version": one.version, "rows": len(one.rows), "sha256": one.checksum}
        for one in parameters.files()
    ]
