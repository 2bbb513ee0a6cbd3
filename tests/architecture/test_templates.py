"""Templates fit the content security policy, and every form that posts carries its token."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(ROOT.rglob("*.html"))
TAG = re.compile(r"<[a-zA-Z](?:\{%.*?%\}|\{\{.*?\}\}|\"[^\"]*\"|'[^']*'|[^>\"'])*>", re.DOTALL)
COMMENTS = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}|<!--.*?-->", re.DOTALL)
INLINE_HANDLER = re.compile(r"""\s(on[a-z]+|hx-on[:\w-]*|style)\s*=""", re.IGNORECASE)
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL | re.IGNORECASE)
POSTS = re.compile(r"<form\b[^>]*\bmethod\s*=\s*[\"']?post", re.IGNORECASE)
EXEMPT_KINDS = ("application/json", "application/ld+json")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(params=PAGES, ids=name_of)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def source(path: Path) -> str:
    return COMMENTS.sub("", path.read_text(encoding="utf-8"))


def test_compiles(page: Path) -> None:
    try:
        get_template(name_of(page))
    except TemplateDoesNotExist as missing:
        pytest.fail(f"{name_of(page)} needs {missing}")


def test_no_inline_handlers_or_styles(page: Path) -> None:
    text = source(page)
    found = [tag for tag in TAG.findall(text) if INLINE_HANDLER.search(re.sub(r"\"[^\"]*\"|'[^']*'", '""', tag))]
    assert not found
    assert not re.search(r"<style\b", text, re.IGNORECASE)
    assert "javascript:" not in text.lower()
    assert not re.search(r"hx-[\w-]+\s*=\s*[\"']\s*js:", text)


def test_scripts_come_from_files(page: Path) -> None:
    for tag in re.findall(r"<script\b[^>]*>", source(page), re.IGNORECASE):
        assert " src=" in tag or any(kind in tag for kind in EXEMPT_KINDS), tag


def test_posting_forms_carry_the_token(page: Path) -> None:
    for form in FORM.findall(source(page)):
        if POSTS.match(form):
            assert "{% csrf_token %}" in form or "_form.html" in form, form[:200]


def test_nothing_from_elsewhere(page: Path) -> None:
    """Scripts, styles, fonts and pictures come from this portal alone."""
    found = re.findall(
        r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']*", source(page)
    )
    assert not found


def test_images_have_words(page: Path) -> None:
    assert not [tag for tag in re.findall(r"<img\b[^>]*>", source(page)) if " alt=" not in tag]
