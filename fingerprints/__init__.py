"""The text engine: canonical text, fingerprints, candidates, alignment, verdicts. Pure functions over str and numpy.

Never here: Scrapy, databases, templates, or any other room of the house. Start reading at ``index.py``.
"""

from fingerprints.canonical import Canonical, canonicalise
from fingerprints.errors import DamagedIndex, DuplicateWork, FingerprintError, IndexVersion
from fingerprints.index import Index
from fingerprints.verdict_types import Disguise, MatchKind, Passage, Reason, Renaming, Verdict, WorkText

__all__ = [
    "Canonical",
    "DamagedIndex",
    "Disguise",
    "DuplicateWork",
    "FingerprintError",
    "Index",
    "IndexVersion",
    "MatchKind",
    "Passage",
    "Reason",
    "Renaming",
    "Verdict",
    "WorkText",
    "canonicalise",
]
