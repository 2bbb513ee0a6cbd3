"""Papers: PDF/A, the same bytes each time, rare characters named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from conservation.documents import checks, rendering, store
from conservation.documents.models import Document

DAY = date(2026, 5, 4)
DATA = {
    "title": "责令限期改正通知书",
    "head": "湖南省水利厅",
    "number": "湘水〔2026〕12号",
    "to": "湘江高速公路建设有限公司",
    "paragraphs": ["经查，你单位未批先建。", '引号"与\\斜线'],
    "rows": [["面积", Decimal("12.5")], ["日期", DAY], ["空", None], ["是否", True]],
    "authority": "湖南省水利厅",
}
PLAIN = "documents/print/plain.typ"


def test_pdf_a_and_reproducible():
    first, pages, problems = rendering.render_pdf(PLAIN, DATA, day=DAY)
    second, _pages, _problems = rendering.render_pdf(PLAIN, DATA, day=DAY)
    assert first == second and first.startswith(b"%PDF-1.7")
    assert b"pdfaid:part>2<" in first and b"pdfaid:conformance>B<" in first
    assert pages == 1 and problems == []
    assert b"NotoSerifCJK" in first.replace(b"Noto Serif CJK", b"NotoSerifCJK")


def test_another_day_gives_other_bytes():
    first, _pages, _problems = rendering.render_pdf(PLAIN, DATA, day=DAY)
    other, _pages, _problems = rendering.render_pdf(PLAIN, DATA, day=date(2026, 5, 5))
    assert first != other


def test_pages_are_counted():
    long = {**DATA, "paragraphs": ["很长的一段文字。" * 60] * 12}
    _pdf, pages, _problems = rendering.render_pdf(PLAIN, long, day=DAY)
    assert pages > 3


@pytest.mark.parametrize("sign", ["😀", "\u0001"])
def test_a_character_without_glyph_is_replaced_and_named(sign):
    _pdf, _pages, problems = rendering.render_pdf(PLAIN, {**DATA, "paragraphs": [f"前{sign}后"]}, day=DAY)
    assert [problem["check"] for problem in problems] == ["glyph"]
    assert f"U+{ord(sign):04X}" in problems[0]["message"]


def test_rare_but_drawn_characters_stay():
    _pdf, _pages, problems = rendering.render_pdf(PLAIN, {**DATA, "paragraphs": ["𠮷﨑㙍 m³ hm² ≥ ①"]}, day=DAY)
    assert problems == []


def test_a_broken_template_is_told(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(rendering, "templates_root", lambda: tmp_path)
    monkeypatch.setattr(rendering._local, "compiler", None, raising=False)
    (tmp_path / "bad.typ").write_text("#let x = \n#nonsense()")
    with pytest.raises(rendering.RenderingFailed, match="bad.typ"):
        rendering.render_pdf("bad.typ", {}, day=DAY)
    monkeypatch.setattr(rendering._local, "compiler", None, raising=False)


@pytest.mark.django_db
def test_render_stores_a_document(world):
    document = rendering.render(
        PLAIN,
        {**DATA, "paragraphs": ["表情😀"]},
        actor=world.filer,
        kind="A01",
        title="立案审批表",
        subject=world.unit,
        number="湘水〔2026〕1号",
        now=datetime(2026, 5, 4, 17, tzinfo=UTC),
    )
    document.refresh_from_db()
    assert document.generated and document.pages == 1 and document.media_type == "application/pdf"
    assert (document.subject_type, document.subject_id) == ("unit", str(world.unit.pk))
    assert "U+1F600" in document.problems[0]
    assert store.read(document).startswith(b"%PDF")
    # 17:00 UTC is the next day in Shanghai
    again, _pages, _problems = rendering.render_pdf(PLAIN, document.facts["data"], day=date(2026, 5, 5))
    assert again == store.read(document)
    assert Document.objects.count() == 1


def test_missing_fonts_are_an_error_at_start(monkeypatch):
    assert checks.fonts_are_installed(None) == []
    monkeypatch.setattr(rendering, "FONTS", ("No Such Font",))
    found = checks.fonts_are_installed(None)
    assert [error.id for error in found] == ["documents.E001"] and "No Such Font" in found[0].msg
