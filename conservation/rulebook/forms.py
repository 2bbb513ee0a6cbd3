"""The try-it form of a rule, made from its input type: nested objects flattened to dotted names, lists as text.

A list of numbers is written with commas; a list of objects, a map or a geometry as JSON. ``inputs`` turns what was filled in
back into the plain values that the rule reads; what is left blank is left out.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conservation.rulebook import labels, parameters, workdays
from conservation.rulebook.inputs import LONGEST_TEXT, hints, is_optional, is_required
from conservation.rulebook.registry import Rule
from conservation.rulebook.values import FlagNames, GeometryMark, InputError, MomentMark, json_key

LONGEST_JSON = 200_000
FEW = 6
"""An optional object with more parts than this is one JSON box, not a row of boxes."""


def english() -> bool:
    return (get_language() or "").startswith("en")


@dataclass(frozen=True)
class Leaf:
    """One box of the form: dotted name, bare type, and what the field says about itself."""

    name: str
    kind: Any
    required: bool
    metadata: Mapping[str, Any]

    @property
    def field(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def label(self) -> str:
        title = self.metadata.get("title_en" if english() else "title") or self.name
        unit = self.metadata.get("unit")
        return f"{title}（{unit}）" if unit else title


def bare(kind: Any) -> Any:
    """The type without ``None``."""
    if is_optional(kind):
        rest = [one for one in typing.get_args(kind) if one is not type(None)]
        return rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]  # noqa: UP007
    return kind


def leaves(cls: type, prefix: str = "", required: bool = True) -> Iterator[Leaf]:
    kinds = hints(cls)
    for spec in dataclasses.fields(cls):
        kind = bare(kinds[spec.name])
        needed = required and is_required(spec) and not is_optional(kinds[spec.name])
        name = f"{prefix}{json_key(spec)}"
        if dataclasses.is_dataclass(kind) and (needed or len(dataclasses.fields(kind)) <= FEW):
            yield from leaves(typing.cast(type, kind), f"{name}.", needed)
        else:
            yield Leaf(name, kind, needed, spec.metadata)


def is_json(kind: Any) -> bool:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return True
    if origin is tuple:
        return dataclasses.is_dataclass(args[0])
    if origin is Annotated:
        return isinstance(args[1], GeometryMark)
    return origin is Mapping or origin in (types.UnionType, typing.Union)


def choices_of(rule: Rule, leaf: Leaf) -> list[tuple[str, str]] | None:
    """The words to choose from, where the input is one of a few."""
    if typing.get_origin(leaf.kind) is Literal:
        codes = typing.get_args(leaf.kind)
        if leaf.name == "act":
            column = "title_en" if english() else "title"
            titles = {row["code"]: row[column] for row in parameters.data_file("violations").rows}
            return [(code, f"{code} {titles[code]}") for code in codes]
        return [(str(code), labels.words(leaf.field, code, english())) for code in codes]
    if rule.name == "deadline" and leaf.name == "timer":
        periods = [one for one in workdays.timers() if not one.variant and one.kind == "period"]
        return [(one.code, timer_words(one)) for one in periods]
    if rule.name == "deadline" and leaf.name == "variant":
        return [(one.variant, timer_words(one)) for one in workdays.timers() if one.variant]
    if leaf.name == "province":
        return list(parameters.provinces().items())
    return None


def timer_words(one: workdays.Timer) -> str:
    return f"{one.code} {one.row['title_en'] if english() else one.title}"


def make_field(rule: Rule, leaf: Leaf) -> forms.Field:
    common: dict[str, Any] = {"label": leaf.label, "required": False}
    choices = choices_of(rule, leaf)
    if choices is not None:
        return forms.ChoiceField(choices=[("", "—"), *choices], **common)
    if leaf.kind is bool:
        return forms.ChoiceField(choices=[("", "—"), ("true", _("是")), ("false", _("否"))], **common)
    if typing.get_origin(leaf.kind) is Annotated and isinstance(typing.get_args(leaf.kind)[1], FlagNames):
        names = typing.get_args(leaf.kind)[1].names
        return forms.MultipleChoiceField(
            choices=[(name, labels.words(leaf.field, name, english())) for name in names],
            widget=forms.CheckboxSelectMultiple,
            **common,
        )
    if is_json(leaf.kind):
        return forms.CharField(
            widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
            max_length=LONGEST_JSON,
            help_text=_("以 JSON 填写"),
            **common,
        )
    if typing.get_origin(leaf.kind) is tuple:
        return forms.CharField(max_length=LONGEST_TEXT, help_text=_("多个数以逗号分隔"), **common)
    if leaf.kind is date:
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    return forms.CharField(max_length=LONGEST_TEXT, widget=widget_of(leaf), **common)


def widget_of(leaf: Leaf) -> forms.Widget:
    origin, args = typing.get_origin(leaf.kind), typing.get_args(leaf.kind)
    if leaf.kind is str:
        return forms.TextInput()
    if origin is Annotated and isinstance(args[1], MomentMark):
        return forms.TextInput(attrs={"placeholder": "2026-03-02"})
    return forms.TextInput(attrs={"inputmode": "decimal"})


class RuleForm(forms.Form):
    """The form of one rule. ``read`` gives the inputs; a refusal of the rule is shown at its field by ``refuse``."""

    def __init__(self, rule: Rule, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        self.leaves = list(leaves(rule.inputs))
        for leaf in self.leaves:
            self.fields[leaf.name] = make_field(rule, leaf)
            self.fields[leaf.name].widget.attrs.setdefault("autocomplete", "off")
            if leaf.required:
                self.fields[leaf.name].label = f"{leaf.label} *"
        if not rule.on_key:
            self.fields["on"] = forms.CharField(
                label=_("适用法律的日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
            )
        if not rule.province_key:
            self.fields["place"] = forms.ChoiceField(
                label=_("适用地区"), required=False, choices=[("", _("全国")), *parameters.provinces().items()]
            )

    def read(self) -> dict[str, Any]:
        """The plain inputs; raises ``InputError`` for JSON that cannot be read."""
        found: dict[str, Any] = {}
        for leaf in self.leaves:
            text = self.cleaned_data.get(leaf.name)
            if text in (None, "", []):
                continue
            put(found, leaf.name.split("."), plain_value(leaf, text))
        return found

    def refuse(self, refused: InputError) -> None:
        """Show a refusal at the field it names, or above the form."""
        message = refused.message_en if english() else refused.message
        key = re.split(r"[\[]", refused.key)[0]
        names = [name for name in self.fields if name == refused.key or name == key or key.startswith(f"{name}.")]
        self.add_error(names[0] if names else None, message if names else f"{refused.key}：{message}")


def put(target: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        target = target.setdefault(name, {})
    target[path[-1]] = value


def plain_value(leaf: Leaf, text: Any) -> Any:
    """The text of a box as the value that the rule reads."""
    origin, args = typing.get_origin(leaf.kind), typing.get_args(leaf.kind)
    if isinstance(text, list):
        return text
    if leaf.kind is bool:
        return text == "true"
    if is_json(leaf.kind):
        return json_value(leaf, text)
    if origin is tuple:
        return [number_value(part) for part in re.split(r"[,，;；、\s]+", text.strip()) if part]
    if origin is Literal:
        return int(text) if isinstance(args[0], int) else text
    if origin is Annotated:
        return number_value(text) if args[0] in (int, Decimal) else text
    return number_value(text) if leaf.kind in (int, Decimal) else text


def json_value(leaf: Leaf, text: str) -> Any:
    union = typing.get_origin(leaf.kind) in (types.UnionType, typing.Union)
    if union and not text.strip().startswith(("{", "[")):
        return text.strip()
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise InputError(leaf.name, "不是有效的 JSON", "is not valid JSON") from None


def number_value(text: str) -> Any:
    """A number where the text is one; else the text itself, which the rule then refuses by name."""
    clean = text.strip().replace(",", "")
    if re.fullmatch(r"[+-]?\d{1,15}", clean, re.ASCII):
        return int(clean)
    if re.fullmatch(r"[+-]?(\d{1,15}\.\d*|\.\d+)([eE][+-]?\d{1,2})?|[+-]?\d{1,15}[eE][+-]?\d{1,2}", clean, re.ASCII):
        return Decimal(clean)
    return text


def example_values(rule: Rule) -> dict[str, str]:
    """The rule's example as the text of the boxes."""
    found: dict[str, str] = {}

    def walk(values: Mapping[str, Any], prefix: str) -> None:
        for name, value in values.items():
            path = f"{prefix}{name}"
            kind = next((leaf.kind for leaf in leaves(rule.inputs) if leaf.name == path), None)
            if kind is None and isinstance(value, Mapping):
                walk(value, f"{path}.")
            elif kind is not None and is_json(kind):
                found[path] = json.dumps(value, ensure_ascii=False)
            elif isinstance(value, list | tuple):
                found[path] = ", ".join(str(one) for one in value)
            elif isinstance(value, bool):
                found[path] = "true" if value else "false"
            else:
                found[path] = str(value)

    walk(rule.example, "")
    return found
