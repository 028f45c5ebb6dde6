"""Engine errors: tell developers in English what went wrong; callers put them into the officer's words."""

from __future__ import annotations


class FingerprintError(Exception):
    """Something is wrong with an index or with what it is asked to hold."""


class DamagedIndex(FingerprintError):
    """The file is not an index, is cut short, or was changed: its digests do not agree."""


class IndexVersion(FingerprintError):
    """The file was written by another version of the engine and must be built anew."""


class DuplicateWork(FingerprintError):
    """Two works of one index have the same id."""


class BadModel(FingerprintError):
    """A folder named as an embedding model does not hold one that can be read."""
