"""check_translations: names what is missing, doubtful or does not fit, and brings the catalogue up to date."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polib
import pytest
from django.core.management import call_command

SOURCE = """
from django.utils.translation import gettext as _, ngettext
one = _("项目")
two = _("共 %(number)s 个")
three = ngettext("%(n)s 天", "%(n)s 天", 3)
"""
TEMPLATE = "{% load i18n %}{% translate '图斑' %}{% blocktranslate %}编号 {{ code }}{% endblocktranslate %}"
ENGLISH = {
    "项目": "Project",
    "共 %(number)s 个": "%(number)s in all",
    "图斑": "Patch",
    "编号 %(code)s": "Number %(code)s",
}


@pytest.fixture
def sources(tmp_path: Path, settings: Any) -> Path:
    settings.BASE_DIR = tmp_path
    for name, text in (("portal/some.py", SOURCE), ("templates/page.html", TEMPLATE)):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command("check_translations", "--json", *arguments, stdout=out, stderr=io.StringIO())
    except SystemExit as left:
        return int(left.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def catalogue(root: Path) -> Path:
    return root / "locale/en/LC_MESSAGES/django.po"


def fill(root: Path, **changes: str) -> None:
    found = polib.pofile(str(catalogue(root)))
    for entry in found:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: "%(n)s day", 1: "%(n)s days"}
        else:
            entry.msgstr = (ENGLISH | changes)[entry.msgid]
    found.save()


def test_without_catalogue_everything_is_missing(sources: Path) -> None:
    code, answer = run()
    assert (code, answer["messages"], len(answer["missing"])) == (1, 5, 5)
    assert not catalogue(sources).exists(), "checking writes nothing"


def test_write_then_fill_then_clean(sources: Path) -> None:
    assert run("--write")[0] == 1
    fill(sources)
    before = catalogue(sources).read_bytes()
    assert run() == (0, {"messages": 5, "missing": [], "fuzzy": [], "placeholders": []})
    assert run("--write")[0] == 0
    once = catalogue(sources).read_text(encoding="utf-8")
    run("--write")
    assert catalogue(sources).read_text(encoding="utf-8") == once
    assert "portal/some.py" in once and ":3" not in once, "files without line numbers: small differences"
    assert b"POT-Creation-Date" not in before


def test_changed_text_is_missing_and_keeps_no_guess(sources: Path) -> None:
    run("--write")
    fill(sources)
    (sources / "portal/some.py").write_text(SOURCE.replace('_("项目")', '_("项目们")'), encoding="utf-8")
    code, answer = run("--write")
    assert code == 1 and len(answer["missing"]) == 1 and "项目们" in answer["missing"][0]


def test_placeholders_and_doubtful_ones(sources: Path) -> None:
    run("--write")
    fill(sources, **{"共 %(number)s 个": "all of them"})
    found = polib.pofile(str(catalogue(sources)))
    found.find("图斑").flags.append("fuzzy")
    found.save()
    code, answer = run()
    assert code == 1 and answer["missing"] == []
    assert [len(answer["fuzzy"]), len(answer["placeholders"])] == [1, 1]
