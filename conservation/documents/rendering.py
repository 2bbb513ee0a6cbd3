"""Papers: typst templates rendered as PDF/A-2b with Chinese fonts, the same bytes for the same data and day.

A template (``templates/<storey>/<room>/print/<name>.typ``) imports ``/print/common.typ`` and reads its data from
there. A character that no font can draw becomes 〓 and is named among the problems of the document, so that an
export never stops at a rare character and nobody has to guess what was left out.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from conservation import clock
from conservation.documents import store
from conservation.documents.models import Document

FONTS = ("Noto Serif CJK SC", "Noto Sans CJK SC")
PLACEHOLDER = "〓"
PAGE = re.compile(rb"/Type ?/Page\b")
NO_GLYPH = re.compile(r"the text `\"((?:[^\"\\]|\\.)*)\"` could not be displayed")
ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
ROUNDS = 5

_local = threading.local()


class RenderingFailed(RuntimeError):
    """The template itself is at fault (not its data)."""


@cache
def fonts() -> Any:
    """The system's fonts, looked up once per process."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


def missing_fonts() -> list[str]:
    """The fonts that papers need and the machine lacks (typst would silently take another)."""
    known = set(fonts().families())
    return [family for family in FONTS if family not in known]


def templates_root() -> Path:
    return Path(settings.BASE_DIR) / "templates"


def render_pdf(template: str, data: dict[str, Any], *, day: date) -> tuple[bytes, int, list[dict[str, str]]]:
    """Render a template to PDF/A-2b. Returns (bytes, pages, problems).

    ``template`` is relative to ``templates/``; ``data`` is made JSON (dates ISO, decimals as strings); ``day`` is the
    date the document carries and the only time that enters the bytes. A problem is ``{"check": "glyph", "message"}``.
    Raises ``RenderingFailed`` when the template does not compile.
    """
    text = json.dumps({**data, "day": day.isoformat()}, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    path = str(templates_root() / template)
    problems: list[dict[str, str]] = []
    for _round in range(ROUNDS):
        try:
            pdf = _compile(path, text, day)
        except typst.TypstError as error:
            unknown = _unknown_characters(error)
            replaced = _replace(text, unknown)
            if replaced == text:
                raise RenderingFailed(f"{template}: {error.message}\n{error.diagnostic}") from error
            text = replaced
            problems += [_problem(character) for character in unknown]
            continue
        return pdf, len(PAGE.findall(pdf)), problems
    raise RenderingFailed(f"{template}: still characters without a glyph after {ROUNDS} rounds")


def render(
    template: str,
    data: dict[str, Any],
    *,
    actor: Any,
    kind: str,
    title: str,
    subject: Any,
    number: str = "",
    volume: str = "main",
    now: datetime,
) -> Document:
    """Render a template and store it as a document of ``subject``.

    The data it was made from and its problems are kept in the document's facts, so that it can be made again.
    """
    pdf, pages, problems = render_pdf(template, data, day=clock.day_of(now))
    return store.save_bytes(
        actor,
        pdf,
        kind=kind,
        title=title,
        filename=f"{title}.pdf",
        media_type="application/pdf",
        subject=subject,
        number=number,
        volume=volume,
        now=now,
        pages=pages,
        facts={
            "template": template,
            "data": json.loads(json.dumps(data, cls=DjangoJSONEncoder).replace("\\u0000", "")),
            "problems": problems,
        },
    )


def _compile(path: str, data: str, day: date) -> bytes:
    compiler: Any = getattr(_local, "compiler", None)
    if compiler is None:
        compiler = _local.compiler = typst.Compiler(root=str(templates_root()), font_paths=fonts())
    stamp = datetime.combine(day, time(), tzinfo=UTC)
    pdf: bytes = compiler.compile(
        input=path, format="pdf", pdf_standards="a-2b", sys_inputs={"data": data}, timestamp=int(stamp.timestamp())
    )
    return pdf


def _unknown_characters(error: Any) -> list[str]:
    """The characters (or clusters) that the error names, each once, in order."""
    found = dict.fromkeys(NO_GLYPH.findall(f"{error.message}\n{error.diagnostic}"))
    return [ESCAPE.sub(lambda match: chr(int(match[1], 16)), text.replace('\\"', '"')) for text in found]


def _replace(data: str, unknown: list[str]) -> str:
    """The JSON text with every unknown cluster replaced, as it stands or escaped."""
    for character in unknown:
        data = data.replace(json.dumps(character)[1:-1], PLACEHOLDER).replace(character, PLACEHOLDER)
    return data


def _problem(character: str) -> dict[str, str]:
    points = " ".join(f"U+{ord(sign):04X}" for sign in character)
    message = _("字符 %(points)s 没有字形，已以〓代替。") % {"points": points}
    return {"check": "glyph", "message": message}
