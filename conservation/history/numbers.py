"""Official numbers: gap-free, never reused, safe with two officers at once."""

from __future__ import annotations

from django.db import connection


def next_number(issuer: str, kind: str, year: int) -> int:
    """The next number of this issuer, kind and year, starting at 1.

    Must run inside the transaction of the act: a rollback gives the number back, so no gap arises.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an official number needs the transaction of its act")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO history_counter (issuer, kind, year, last) VALUES (%s, %s, %s, 1) "
            "ON CONFLICT (issuer, kind, year) DO UPDATE SET last = history_counter.last + 1 RETURNING last",
            [issuer, kind, year],
        )
        return cursor.fetchone()[0]


def document_number(mark: str, kind: str, year: int) -> str:
    """A document number such as 湘水许可〔2026〕12号; the mark is the issuer's own."""
    return f"{mark}〔{year}〕{next_number(mark, kind, year)}号"
