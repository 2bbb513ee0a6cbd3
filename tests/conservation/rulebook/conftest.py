"""The rules are pure: their tests hold the day still and need no database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from conservation.rulebook import registry

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "today", lambda: TODAY)
    yield
