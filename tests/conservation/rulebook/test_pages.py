"""Pages and API of the rulebook: open to everybody, answers reproduce by their address, refusals name the key."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from conservation.rulebook import registry
from conservation.rulebook.forms import RuleForm, example_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def test_index_lists_every_rule_and_filters(client: Client) -> None:
    page = client.get(reverse("rulebook:index"))
    assert page.status_code == 200
    shown = re.findall(r'data-rule="([a-z0-9-]+)"', page.content.decode())
    assert sorted(shown) == registry.names()
    some = client.get(reverse("rulebook:index"), {"q": "补偿费", "mark": "verified"}).content.decode()
    assert 'data-rule="late-fee"' in some and 'data-rule="risk-tier"' not in some
    assert 'data-rule="rain-grade"' in client.get(reverse("rulebook:index"), {"mark": "unverified"}).content.decode()
    assert "没有符合条件的规则" in client.get(reverse("rulebook:index"), {"q": "无此规则"}).content.decode()


@pytest.mark.parametrize("name", registry.names())
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_page_shows_and_answers_its_example(client: Client, name: str, language: str) -> None:
    headers: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": language}
    url = reverse("rulebook:rule", args=[name])
    assert client.get(url, **headers).status_code == 200
    values = {"ask": "1", **example_values(registry.get(name))}
    page = client.get(f"{url}?{urlencode(values, doseq=True)}", **headers)
    assert page.status_code == 200, page.context["form"].errors
    text = page.content.decode()
    assert f'data-decision="{name}"' in text and "data-mark" in text
    if name != "patch-class":
        assert page.context["decision"].result == registry.decide(name, registry.get(name).example).result


def test_an_answer_is_reproduced_by_its_address(client: Client) -> None:
    url = reverse("rulebook:rule", args=["plan-kind"])
    page = client.get(url, {"ask": "1", "area_ha": "8", "earthwork_m3": "0", "place": "330000", "on": "2026-01-01"})
    text = page.content.decode()
    assert "报告表" in text and "浙江省" in text and "2026-01-01" in text
    link = re.search(r'href="([^"]+)" data-permalink', text)
    assert link
    again = client.get(link.group(1).replace("&amp;", "&"))
    assert again.context["decision"] == page.context["decision"]


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("plan-kind", {"area_ha": "-1", "earthwork_m3": "0"}, "area_ha"),
        ("plan-kind", {"area_ha": "many", "earthwork_m3": "0"}, "area_ha"),
        ("plan-kind", {"area_ha": "1"}, "earthwork_m3"),
        ("plan-kind", {"area_ha": "1", "earthwork_m3": "0", "on": "2001-01-01"}, "on"),
        ("late-fee", {"principal": "x", "days": "1"}, "principal"),
        ("three-colour", {"enlarged_m2": "10, -5"}, None),
        ("plan-change", {"spoil_sites": "{"}, "spoil_sites"),
        ("deadline", {"timer": "T17", "start": "2026-03-02"}, "length"),
        ("deadline", {"timer": "T02", "start": "tomorrow"}, "start"),
    ],
)
def test_a_refusal_stands_at_its_field(client: Client, name: str, values: dict[str, str], field: str | None) -> None:
    page = client.get(reverse("rulebook:rule", args=[name]), {"ask": "1", **values})
    assert page.status_code == 422 and page.context["decision"] is None
    assert field is None or field in page.context["form"].errors


def test_a_geometry_is_asked_by_post() -> None:
    client = Client()
    values = {"ask": "1", **example_values(registry.get("patch-class"))}
    page = client.post(reverse("rulebook:rule", args=["patch-class"]), values)
    assert page.status_code == 200 and page.context["decision"].result["class"] == "compliant"


def test_unknown_rule_is_not_found(client: Client) -> None:
    assert client.get("/rulebook/no-such-rule/").status_code == 404


def test_unverified_is_said(client: Client) -> None:
    page = client.get(reverse("rulebook:rule", args=["rain-grade"]), {"ask": "1", "mm": "60", "hours": "24"})
    assert "待核实" in page.content.decode() and "暴雨" in page.content.decode()


def test_forms_read_what_they_show() -> None:
    for name in registry.names():
        chosen = registry.get(name)
        form = RuleForm(chosen, example_values(chosen))
        assert form.is_valid(), form.errors
        assert registry.decide(name, form.read()).result == registry.decide(name, chosen.example).result


# --- API -------------------------------------------------------------------------------------------------------------
def post(client: Client, rule: str, body: Any, slash: str = "") -> Any:
    return client.post(f"/api/v1/rules/{rule}/decide{slash}", json.dumps(body), content_type="application/json")


def test_api_lists_and_describes(client: Client) -> None:
    found = client.get("/api/v1/rules/").json()["rules"]
    assert sorted(one["rule"] for one in found) == registry.names()
    one = client.get("/api/v1/rules/plan-kind/", {"on": "2026-01-01", "province": "330000"}).json()
    assert one["inputs"]["properties"]["area_ha"]["minimum"] == 0 and one["parameters"]
    assert client.get("/api/v1/rules/no-rule/").status_code == 404
    bad = client.get("/api/v1/rules/plan-kind/", {"on": "x"})
    assert bad.status_code == 400 and bad.json()["faults"][0]["key"] == "on"


@pytest.mark.parametrize("slash", ["", "/"])
def test_api_decides(client: Client, slash: str) -> None:
    answer = post(
        client,
        "plan-kind",
        {"inputs": {"area_ha": 8, "earthwork_m3": 0}, "province": "330000", "on": "2026-01-01"},
        slash,
    )
    assert answer.status_code == 200
    assert answer.json()["result"] == {"kind": "report_form"} and answer.json()["lines"]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"inputs": {"area_ha": -1, "earthwork_m3": 0}}, "area_ha"),
        ({"inputs": {"area_ha": 1}}, "earthwork_m3"),
        ({"inputs": []}, "inputs"),
        ({}, "inputs"),
        ([], "inputs"),
        ({"inputs": {}, "more": 1}, "more"),
        ({"inputs": {"area_ha": 1, "earthwork_m3": 0}, "province": 5}, "province"),
        ({"inputs": {"area_ha": 1, "earthwork_m3": 0}, "province": "99"}, "province"),
        ({"inputs": {"area_ha": 1, "earthwork_m3": 0}, "on": "x"}, "on"),
    ],
)
def test_api_refuses_as_problem_details(client: Client, body: Any, key: str) -> None:
    answer = post(client, "plan-kind", body)
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["faults"][0]["key"] == key


def test_api_unknown_rule_and_broken_body(client: Client) -> None:
    assert post(client, "no-rule", {"inputs": {}}).status_code == 404
    broken = client.post("/api/v1/rules/plan-kind/decide", "{", content_type="application/json")
    assert broken.status_code == 400
