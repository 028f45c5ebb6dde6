"""The text engine: canonical text, fingerprints, candidates, alignment, verdicts. Pure functions over str and numpy.

Never here: Scrapy, databases, templates, or any other room of the house.
Start reading at ``index.py``, then ``canonical.py`` (what is compared) and ``verdict.py`` (what decides).
"""

from fingerprints.canonical import Canonical, canonicalise
from fingerprints.embedding import Embedding, Scorer, StaticModel
from fingerprints.errors import BadModel, DamagedIndex, DuplicateWork, FingerprintError, IndexVersion
from fingerprints.index import Index
from fingerprints.simhash_bands import SimhashBands, simhash
from fingerprints.verdict_types import Disguise, MatchKind, Passage, Reason, Renaming, Verdict, WorkText

__all__ = [
    "BadModel",
    "Canonical",
    "DamagedIndex",
    "Disguise",
    "DuplicateWork",
    "Embedding",
    "FingerprintError",
    "Index",
    "IndexVersion",
    "MatchKind",
    "Passage",
    "Reason",
    "Renaming",
    "Scorer",
    "SimhashBands",
    "StaticModel",
    "Verdict",
    "WorkText",
    "canonicalise",
    "simhash",
]
