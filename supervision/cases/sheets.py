"""An original (photograph, scan, vector file) as a PDF/A sheet: what it is, its fingerprint, and the picture itself."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from conservation.documents import rendering, store
from conservation.documents.models import Document

PICTURES = {"image/jpeg": "jpg", "image/png": "png"}
LARGEST = 20 * 1024 * 1024
"""Pictures above this many bytes are named on their sheet, not drawn."""
TEMPLATE = "supervision/cases/print/original.typ"


def original_sheet(document: Document, member: str, *, day: date) -> tuple[bytes, list[dict[str, str]]]:
    """The sheet as PDF/A-2b and its problems. ``member`` is where the original lies in the package."""
    data = {
        "title": document.title,
        "rows": [
            ["代码", document.kind], ["原文件名", document.filename], ["类型", document.media_type],
            ["字节数", str(document.size)], ["SHA-256", document.sha256], ["案卷内位置", member],
            *[[str(key), str(value)] for key, value in sorted(document.facts.items())
              if isinstance(value, (str, int, float, bool)) and str(value)],
        ],
        "image": "",
    }  # fmt: skip
    if document.media_type in PICTURES and document.size <= LARGEST:
        try:
            return with_picture(document, data, day), []
        except (typst.TypstError, FileNotFoundError):
            problem = {
                "check": "picture",
                "message": _("%(title)s：图片不能绘入，见原件。") % {"title": document.title},
            }
            pdf, _pages, problems = rendering.render_pdf(TEMPLATE, data, day=day)
            return pdf, [problem, *problems]
    pdf, _pages, problems = rendering.render_pdf(TEMPLATE, data, day=day)
    return pdf, problems


def with_picture(document: Document, data: dict[str, Any], day: date) -> bytes:
    """Compile in a folder of its own that holds the templates and the picture, for typst reads nothing outside."""
    with tempfile.TemporaryDirectory() as folder:
        root, templates = Path(folder), rendering.templates_root()
        (root / "print").mkdir()
        shutil.copy(templates / "print" / "common.typ", root / "print" / "common.typ")
        shutil.copy(templates / TEMPLATE, root / "original.typ")
        picture = f"picture.{PICTURES[document.media_type]}"
        with store.open_bytes(document) as source, (root / picture).open("wb") as target:
            shutil.copyfileobj(source, target)
        text = json.dumps({**data, "image": f"/{picture}", "day": day.isoformat()}, ensure_ascii=False, sort_keys=True)
        compiler = typst.Compiler(root=folder, font_paths=rendering.fonts())
        stamp = int(datetime.combine(day, time(), tzinfo=UTC).timestamp())
        pdf: Any = compiler.compile(input=str(root / "original.typ"), format="pdf", pdf_standards="a-2b",
                                sys_inputs={"data": text}, timestamp=stamp)  # fmt: skip
        return pdf
