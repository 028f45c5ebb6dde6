"""Verdict values: hold what the engine returns: what was found, where, how sure, and why.

All offsets count Python characters (code points) of the *original* strings that were given to
``Index.build`` and ``Index.judge``, half-open as Python slices, so ``text[p.page_start:p.page_end]`` is
what the page shows, disguises included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class MatchKind(StrEnum):
    """How a page uses a work (the kinds of ``patrol.vocabulary.MatchKind`` that compare text)."""

    VERBATIM = "verbatim"
    EXCERPT = "excerpt"
    DISGUISED = "disguised"
    WASHED = "washed"
    RESKINNED = "reskinned"


class WorkText(Protocol):
    """What the engine needs of a protected work: ``id`` is unique and stable, ``text`` any length."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Passage:
    """One aligned passage: ``page[page_start:page_end]`` stands against ``work[work_start:work_end]``.

    ``identity`` is the share of canonical characters that agree, in order, in 0..1.
    """

    page_start: int
    page_end: int
    work_start: int
    work_end: int
    identity: float


@dataclass(frozen=True, slots=True)
class Renaming:
    """An inferred replacement of a name: ``old`` in the work, ``new`` on the page, seen ``support`` times."""

    old: str
    new: str
    support: int


@dataclass(frozen=True, slots=True)
class Disguise:
    """A disguise that had to be undone: its ``kind`` (e.g. ``zero_width``, ``traditional``, ``homophone``,
    ``split``, ``martian``, ``inserted_mark``, ``emoji``, ``advertisement``, ``pinyin``, ``full_width``),
    how often (``count``), and one ``example`` as it stands on the page with what it was read as."""

    kind: str
    count: int
    example: str
    read_as: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is: a ``code`` that a report puts into words, with its numbers.

    ``weight`` is what the reason added to the log-odds of the verdict.
    """

    code: str
    weight: float
    values: tuple[tuple[str, float | int | str], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One work that a page uses. ``probability`` is calibrated: of verdicts at .9, nine in ten are right."""

    work_id: str
    kind: MatchKind
    probability: float
    passages: tuple[Passage, ...] = ()
    renamings: tuple[Renaming, ...] = ()
    disguises: tuple[Disguise, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())
