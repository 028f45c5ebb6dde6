"""Portions of ids: cuts what a statement asks for into pieces that every database takes as its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

MAX_PARAMETERS = 500
"""Ids in one statement. SQLite takes 32,766 parameters and PostgreSQL 65,535; beyond some hundred nothing is gained."""


def portions(ids: Iterable[T], size: int = MAX_PARAMETERS) -> Iterator[list[T]]:
    """Yield the ids in their order, each once, at most ``size`` at a time.

    >>> [*portions([3, 1, 3, 2], 2)]
    [[3, 1], [2]]
    """
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]
