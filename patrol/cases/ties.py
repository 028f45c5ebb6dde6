"""Table of ties: says how much each common mark counts towards taking two accounts for one (``tables/ties.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from patrol.cases.marks import Mark, MarkKind
from patrol.tables.policy import read_table


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NameWeight(_Row):
    characters: int
    weight: float


class SiteWide(_Row):
    accounts: int
    share: float


class Repeat(_Row):
    leads: int
    within_days: int


def _mark_kind(value: object) -> object:
    return MarkKind.parse(str(value))


class Ties(_Row):
    """The table of ties of one office."""

    threshold: float
    weights: Mapping[Annotated[MarkKind, BeforeValidator(_mark_kind)], float]
    names: tuple[NameWeight, ...]
    common_words: tuple[str, ...]
    shared_by_at_most: int
    site_wide: SiteWide
    many_accounts: int
    text_characters: int
    repeat: Repeat

    @classmethod
    def load(cls, workspace: Path | None = None) -> Ties:
        """Read the workspace's own table, else the one shipped. Raises ConfigError naming file and key."""
        table: Ties = read_table("ties", cls, workspace)
        return table

    def weight(self, mark: Mark) -> float:
        """Return what a common mark counts; a name by what is left of it."""
        if mark.kind is MarkKind.NAME:
            return next((row.weight for row in self.names if len(mark.value) >= row.characters), 0.0)
        return self.weights.get(mark.kind, 0.0)
