"""Pages of the rulebook, open to everybody: which rules there are, what they rest on, and what they answer."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from conservation import clock
from conservation.rulebook import describe, labels, parameters, registry
from conservation.rulebook.forms import RuleForm, example_values
from conservation.rulebook.inputs import read_date
from conservation.rulebook.registry import Decision, Rule, UnknownRule
from conservation.rulebook.values import InputError
from conservation.web import public


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All rules with basis and status; filters ``q``, ``family``, ``mark``."""
    query = request.GET.get("q", "").strip().lower()
    family, mark = request.GET.get("family", ""), request.GET.get("mark", "")
    found = [
        one
        for one in registry.all_rules()
        if (not family or one.family == family) and (not mark or one.status == mark) and matches(one, query)
    ]
    groups = [(code, [one for one in found if one.family == code]) for code in registry.FAMILIES]
    context = {
        "groups": [(code, rules) for code, rules in groups if rules],
        "families": registry.FAMILIES,
        "marks": list(labels.MARKS),
        "q": request.GET.get("q", ""),
        "family": family,
        "mark": mark,
        "files": describe.files(),
    }
    return render(request, "rulebook/index.html", context)


def matches(one: Rule, query: str) -> bool:
    texts = [one.name, one.title, one.title_en, one.summary, one.summary_en]
    texts.extend(f"{basis.document} {basis.article}" for basis in one.basis)
    return not query or any(query in text.lower() for text in texts)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def rule_page(request: HttpRequest, name: str) -> HttpResponse:
    """One rule: try it, see the reasoning, the articles and the numbers. The address reproduces the answer.

    GET with ``ask=1`` and the boxes answers; POST does the same for inputs too long for an address. Nothing is stored.
    """
    try:
        chosen = registry.get(name)
    except UnknownRule:
        raise Http404(name) from None
    data = request.POST if request.method == "POST" else request.GET
    asked = "ask" in data
    form = RuleForm(chosen, data) if asked else RuleForm(chosen, initial=example_values(chosen))
    decision = answer(chosen, form) if asked else None
    on, place = shown_day_and_place(data, decision)
    context = {
        "rule": chosen,
        "form": form,
        "decision": decision,
        "by_post": chosen.name == "patch-class",
        "numbers": describe.numbers(chosen, on, place),
        "on": on,
        "place": place,
        "schema_inputs": pretty(describe.schema(name)["inputs"]),
        "schema_result": pretty(describe.schema(name)["result"]),
        "permalink": request.get_full_path() if request.method != "POST" else "",
        "english": (get_language() or "").startswith("en"),
    }
    status = 422 if asked and decision is None else 200
    return render(request, "rulebook/rule.html", context, status=status)


def answer(chosen: Rule, form: RuleForm) -> Decision | None:
    """The decision, or None with the refusal shown in the form."""
    if not form.is_valid():
        return None
    try:
        text = form.cleaned_data.get("on")
        on = read_date(text, "on") if text else clock.today()
        place = form.cleaned_data.get("place") or None
        return registry.decide(chosen.name, form.read(), on=on, province=place)
    except InputError as refused:
        form.refuse(refused)
        return None


def shown_day_and_place(data: Any, decision: Decision | None) -> tuple[date, str]:
    """Which day and place the list of numbers is for."""
    if decision is not None:
        return decision.on, decision.province
    try:
        on = read_date(data["on"], "on") if data.get("on") else clock.today()
    except InputError:
        on = clock.today()
    try:
        place = parameters.place_code(data["place"]) if data.get("place") else parameters.NATION
    except InputError:
        place = parameters.NATION
    return on, place


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
