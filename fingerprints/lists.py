"""Reviewed lists: read the text files beside them that canonical text is made from, and tell their version."""

from __future__ import annotations

import lzma
import unicodedata
from collections.abc import Collection
from functools import cache
from hashlib import blake2b
from importlib.resources import files

RULES = 1
"""Counted up when :mod:`fingerprints.tables` reads the same lists another way: indexes of before are built anew."""

_OF_TABLES = ("adverts.txt", "lookalikes.txt", "readings.txt", "splits.txt", "traditional.txt")
_WORDS = "words.txt.xz"


def lines(name: str) -> list[str]:
    """Read a list: its lines without empty ones and remarks."""
    text = files(__package__ or "fingerprints").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def version() -> str:
    """Return the digest (32 hex digits) of all that canonical text depends on: rules, lists and Python's Unicode."""
    state = blake2b(f"{RULES} {unicodedata.unidata_version}".encode(), digest_size=16)
    for name in _OF_TABLES:
        state.update("\n".join(["", name, *lines(name)]).encode())
    return state.hexdigest()


def dictionary_words(wanted: Collection[str]) -> set[str]:
    """Find which of ``wanted`` are words of three or four characters that a dictionary of everyday Chinese has."""
    packed = files(__package__ or "fingerprints").joinpath(_WORDS).read_bytes()
    asked = frozenset(wanted)
    return {word for word in lzma.decompress(packed).decode("utf-8").splitlines() if word in asked}
