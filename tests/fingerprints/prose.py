"""Prose for tests that need much of it: characters drawn as Chinese text uses them, with clauses and paragraphs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np


@cache
def _characters() -> tuple[list[str], np.ndarray]:
    characters: list[str] = []
    shares: list[float] = []
    for line in files("fingerprints").joinpath("characters.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            nats, group = line.split(" ")
            characters += group
            shares += [float(np.exp(-float(nats)))] * len(group)
    weights = np.array(shares)
    return characters, weights / weights.sum()


def prose(seed: int, length: int) -> str:
    """About ``length`` characters; the same for the same seed."""
    rng = np.random.default_rng(seed)
    characters, shares = _characters()
    drawn = [characters[i] for i in rng.choice(len(characters), size=length, p=shares)]
    at = 0
    while at < length:
        at += int(rng.integers(6, 16))
        if at < length:
            drawn[at] = "，。，。，：！？\n"[int(rng.integers(0, 9))]
    return "".join(drawn)
