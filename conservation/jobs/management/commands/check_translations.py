"""Every text that a person can see has its English: what is missing, doubtful or does not fit is named."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.core.management.commands import makemessages
from django.test.utils import override_settings

ROOTS = ("conservation", "projects", "supervision", "credit", "governance", "portal", "templates", "static")
ENDINGS = {"django": (".py", ".html", ".txt"), "djangojs": (".js",)}
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0+.\d]*[a-z]|%[-#0+.\d]*[sdfrx](?![a-z])|\{\w*(?:![rsa])?(?::[^{}]*)?\}")
DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)
SHOWN = 200


class Extract(makemessages.Command):
    """makemessages that invents nothing: a changed text loses its translation instead of getting a guessed one."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


class Command(BaseCommand):
    help = "检查英文译文是否齐全：列出缺少、存疑或占位符不一致的条目"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="把缺少的条目写入 locale/en，供翻译填写")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            with workspace(with_catalogue=True) as folder:
                extract(folder)
                write_back(folder)
        answer = examine()
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.report(answer)
        if answer["missing"] or answer["fuzzy"] or answer["placeholders"]:
            raise SystemExit(1)

    def report(self, answer: dict[str, Any]) -> None:
        titles = {"missing": "缺少译文", "fuzzy": "译文存疑（fuzzy）", "placeholders": "占位符与原文不一致"}
        for key, title in titles.items():
            for one in answer[key][:SHOWN]:
                self.stderr.write(f"{title}：{one}")
            if len(answer[key]) > SHOWN:
                self.stderr.write(f"{title}：另有 {len(answer[key]) - SHOWN} 条")
        counts = "，".join(f"{title} {len(answer[key])} 条" for key, title in titles.items())
        self.stdout.write(f"共 {answer['messages']} 条；{counts}")


def catalogue(root: Path, domain: str) -> Path:
    return root / "locale" / "en" / "LC_MESSAGES" / f"{domain}.po"


@contextlib.contextmanager
def workspace(*, with_catalogue: bool) -> Iterator[Path]:
    """A copy of the sources that hold texts, in a folder that goes away; the working directory meanwhile."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        endings = {ending for one in ENDINGS.values() for ending in one}
        for root in ROOTS:
            for source in (settings.BASE_DIR / root).rglob("*"):
                if source.suffix in endings and "migrations" not in source.parts:
                    target = folder / source.relative_to(settings.BASE_DIR)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, target)
        catalogue(folder, "django").parent.mkdir(parents=True)
        if with_catalogue:
            for domain in ENDINGS:
                held = catalogue(settings.BASE_DIR, domain)
                if held.exists():
                    shutil.copyfile(held, catalogue(folder, domain))
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def extract(folder: Path) -> None:
    """Bring the catalogues of the workspace up to date with its sources."""
    with override_settings(LOCALE_PATHS=[folder / "locale"]):
        for domain, endings in ENDINGS.items():
            call_command(
                Extract(), locale=["en"], domain=domain, extensions=[one[1:] for one in endings], no_obsolete=True,
                add_location="file", no_wrap=True, verbosity=0, stdout=io.StringIO(), ignore_patterns=["tests/*"],
            )  # fmt: skip


def write_back(folder: Path) -> None:
    """Put the workspace's catalogues into the repository; an unchanged one keeps its bytes."""
    for domain in ENDINGS:
        fresh, held = catalogue(folder, domain), catalogue(settings.BASE_DIR, domain)
        if not fresh.exists():
            continue
        text = DATE.sub("", fresh.read_text(encoding="utf-8"))
        if not held.exists() or held.read_text(encoding="utf-8") != text:
            held.parent.mkdir(parents=True, exist_ok=True)
            held.write_text(text, encoding="utf-8")


def examine() -> dict[str, Any]:
    """Compare the texts of the sources with the catalogues: ``messages`` (count), ``missing``, ``fuzzy``, ``placeholders``."""
    found: dict[str, Any] = {"messages": 0, "missing": [], "fuzzy": [], "placeholders": []}
    with workspace(with_catalogue=False) as folder:
        extract(folder)
        for domain in ENDINGS:
            wanted = catalogue(folder, domain)
            if wanted.exists():
                compare(polib.pofile(str(wanted)), translated(domain), found)
    return found


def translated(domain: str) -> dict[tuple[str | None, str], polib.POEntry]:
    held = catalogue(settings.BASE_DIR, domain)
    if not held.exists():
        return {}
    return {(one.msgctxt, one.msgid): one for one in polib.pofile(str(held)) if not one.obsolete}


def compare(wanted: Any, held: dict[tuple[str | None, str], Any], found: dict[str, Any]) -> None:
    for one in wanted:
        found["messages"] += 1
        where = "、".join(sorted({place for place, _line in one.occurrences})[:3])
        line = f"{one.msgid!r}（{where}）"
        entry = held.get((one.msgctxt, one.msgid))
        if entry is None or not texts(entry) or not all(texts(entry)):
            found["missing"].append(line)
        elif entry.fuzzy:
            found["fuzzy"].append(line)
        elif not fits(one, entry):
            found["placeholders"].append(line)


def texts(entry: Any) -> list[str]:
    """The translations of an entry: one, or one a plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text.replace("%%", "")))


def fits(wanted: Any, entry: Any) -> bool:
    """Each translation has the placeholders of the text, no more and no fewer; a singular may leave the number out."""
    full = placeholders(wanted.msgid_plural or wanted.msgid)
    if not wanted.msgid_plural:
        return placeholders(entry.msgstr) == full
    return all(not placeholders(text) - full for text in texts(entry)) and placeholders(texts(entry)[-1]) == full
