"""How a request came about, carried from page to page of a walk."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """For which target, at what depth, by which search term; how many lists before it on the same chain had nothing
    new; which address was asked for."""

    target: int | None = None
    depth: int = 0
    term: str = ""
    stale: int = 0
    asked: str = ""
