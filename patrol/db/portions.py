"""Portions of ids: cuts what a statement asks for into pieces that every database takes, and reads an id from a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

MAX_PARAMETERS = 500
"""Ids in one statement. SQLite takes 32,766 parameters and PostgreSQL 65,535; beyond some hundred nothing is gained."""

MAX_ID = 2**31 - 1
"""The largest id of a row that every database takes."""


def id_of(text: str) -> int | None:
    """Read an id as officers write it (序号); None for what is none.

    >>> id_of(" 15 "), id_of("案线〔2026〕0015号"), id_of("9" * 30)
    (15, None, None)
    """
    plain = text.strip()
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= len(str(MAX_ID)) else 0
    return number if 0 < number <= MAX_ID else None


def portions(ids: Iterable[T], size: int = MAX_PARAMETERS) -> Iterator[list[T]]:
    """Yield the ids in their order, each once, at most ``size`` at a time.

    >>> [*portions([3, 1, 3, 2], 2)]
    [[3, 1], [2]]
    """
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]
