"""Tags that show a decision: its result as rows, its reasoning in the page's language, marks as badges."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conservation.rulebook import labels, parameters, registry
from conservation.rulebook.inputs import hints
from conservation.rulebook.values import json_key

register = template.Library()


def english() -> bool:
    return (get_language() or "").startswith("en")


@register.filter
def mark_badge(code: str) -> SafeString:
    """The mark of a number or decision as a badge: 已核实, 二手来源, 待核实, 产品约定."""
    colour = labels.MARK_COLOURS.get(code, "secondary")
    return format_html(
        '<span class="badge bg-{}-lt" data-mark="{}">{}</span>', colour, code, labels.mark(code, english())
    )


@register.filter
def in_language(line: Any) -> str:
    """The text of a line of reasoning, a dict or a ``Line``, in the page's language."""
    if isinstance(line, Mapping):
        return str((line.get("text_en") if english() else line.get("text")) or line.get("text") or "")
    return str(line.text_en if english() else line.text)


@register.filter
def rule_title(name: str) -> str:
    try:
        chosen = registry.get(name)
    except registry.UnknownRule:
        return name
    return chosen.title_en if english() else chosen.title


@register.filter
def place_name(code: str) -> str:
    if not code:
        return _("全国")
    return parameters.provinces().get(code[:2] + "0000", code)


@register.filter
def family_title(code: str) -> str:
    found = registry.FAMILIES.get(code)
    return found[english()] if found else code


@register.filter
def answer_rows(decision: Any) -> list[dict[str, Any]]:
    """The result of a decision as rows: ``title, unit, text`` or ``title, columns, table``."""
    try:
        kind = registry.get(decision.rule).result
    except registry.UnknownRule:
        return [{"title": name, "unit": "", "text": words(name, value)} for name, value in decision.result.items()]
    return list(rows_of(kind, decision.result))


@register.filter
def input_rows(decision: Any) -> list[dict[str, Any]]:
    """The inputs of a decision as rows, like ``answer_rows``."""
    try:
        kind = registry.get(decision.rule).inputs
    except registry.UnknownRule:
        return []
    return list(rows_of(kind, decision.inputs))


def rows_of(kind: type, values: Mapping[str, Any], prefix: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    kinds = hints(kind)
    for spec in dataclasses.fields(kind):
        key = json_key(spec)
        if key not in values:
            continue
        title = prefix + str(spec.metadata.get("title_en" if english() else "title") or key)
        value = values[key]
        unit = spec.metadata.get("unit", "")
        inner = nested(kinds[spec.name])
        if inner is not None and isinstance(value, Mapping):
            found.extend(rows_of(inner, value, f"{title} · "))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            found.append({"title": title, **table_of(value, inner)})
        else:
            found.append({"title": title, "unit": unit if value is not None else "", "text": words(key, value)})
    return found


def nested(kind: Any) -> type | None:
    """The dataclass inside a type, if there is one."""
    if dataclasses.is_dataclass(kind):
        return kind  # type: ignore[return-value]
    for one in getattr(kind, "__args__", ()):
        found = nested(one)
        if found is not None:
            return found
    return None


def table_of(values: list[Mapping[str, Any]], kind: type | None) -> dict[str, Any]:
    names = list(dict.fromkeys(name for one in values for name in one))
    titles = {}
    if kind is not None:
        titles = {
            json_key(spec): spec.metadata.get("title_en" if english() else "title")
            for spec in dataclasses.fields(kind)
        }
    return {
        "columns": [titles.get(name) or name for name in names],
        "table": [[words(name, one.get(name)) for name in names] for one in values],
    }


def words(field: str, value: Any) -> str:
    """A value for people: yes and no, a dash for nothing, codes by their names, numbers without a trailing .0."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(words(field, one) for one in value) or "—"
    if isinstance(value, Mapping):
        return "；".join(f"{name} {words(name, one)}" for name, one in value.items()) or "—"
    if isinstance(value, float):
        return f"{value:.10g}"
    return labels.words(field, value, english())


@register.filter
def mark_name(code: str) -> str:
    return labels.mark(code, english())


@register.filter
def rule_summary(rule: registry.Rule) -> str:
    return rule.summary_en if english() else rule.summary


@register.filter
def reasoning(decision: Any) -> list[Any]:
    """The lines of a decision, stored or fresh."""
    derived = getattr(decision, "reasoning", None)
    return list(derived() if callable(derived) else decision.lines)


@register.filter
def number_text(row: parameters.Row) -> str:
    """A row of a table in one line: title and number, or all cells."""
    if row.table == "parameters":
        title = row["title_en"] if english() else row["title"]
        value = labels.words("kind", row["value"], english())
        return " ".join(part for part in (f"{title}：{value}", row["unit"]) if part)
    hidden = {"metric", "title" if english() else "title_en"}
    return " · ".join(text for name, text in row.cells.items() if text and name not in hidden)
