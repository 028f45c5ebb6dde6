"""The text engine: canonical text, fingerprints, candidates, alignment, verdicts. Pure functions over str and numpy.

Never here: Scrapy, databases, templates, or any other room of the house.
Start reading at ``index.py``. Names are imported when they are first used: the compiled code costs a second to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fingerprints.canonical import Canonical, canonicalise
    from fingerprints.coefficients import Model, default_model, read_model
    from fingerprints.embedding import Embedding, Scorer, StaticModel
    from fingerprints.errors import BadModel, DamagedIndex, DuplicateWork, FingerprintError, IndexVersion
    from fingerprints.header import Holdings, read_holdings
    from fingerprints.index import Index
    from fingerprints.lists import dictionary_words
    from fingerprints.simhash_bands import bands, distance
    from fingerprints.simhash_value import simhash
    from fingerprints.verdict_types import Disguise, MatchKind, Passage, Reason, Renaming, Verdict, WorkText

_MODULES = {
    "canonical": ("Canonical", "canonicalise"),
    "embedding": ("Embedding", "Scorer", "StaticModel"),
    "errors": ("BadModel", "DamagedIndex", "DuplicateWork", "FingerprintError", "IndexVersion"),
    "header": ("Holdings", "read_holdings"),
    "index": ("Index",),
    "lists": ("dictionary_words",),
    "coefficients": ("Model", "default_model", "read_model"),
    "simhash_bands": ("bands", "distance"),
    "simhash_value": ("simhash",),
    "verdict_types": ("Disguise", "MatchKind", "Passage", "Reason", "Renaming", "Verdict", "WorkText"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "BadModel",
    "Canonical",
    "DamagedIndex",
    "Disguise",
    "DuplicateWork",
    "Embedding",
    "FingerprintError",
    "Holdings",
    "Index",
    "IndexVersion",
    "MatchKind",
    "Model",
    "Passage",
    "Reason",
    "Renaming",
    "Scorer",
    "StaticModel",
    "Verdict",
    "WorkText",
    "bands",
    "canonicalise",
    "default_model",
    "dictionary_words",
    "distance",
    "read_holdings",
    "read_model",
    "simhash",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
