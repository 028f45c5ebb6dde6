"""A lead to export, and the command that does it."""

from __future__ import annotations

from tests.evidence.conftest import lead, run

__all__ = ["lead", "run"]
