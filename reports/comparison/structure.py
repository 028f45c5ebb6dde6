"""Script structure: sets out what two mystery games (剧本杀) are made of: roles, acts, times, clue cards, the truth.

The engine says with a verdict whether both texts are scripts (its reason ``script_structure``); what it counted is read
again here from the whole texts, so that a reader sees the parts and not their numbers alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fingerprints import canonicalise
from fingerprints.script import MAX_LENGTH, Script, clauses, compare, read_script
from patrol.leads.views import MatchView

REASON = "script_structure"
SHOWN = 12
"""Parts of one kind that are named; more are counted."""
_MAX_PART_LENGTH = 24


@dataclass(frozen=True, slots=True)
class StructureRow:
    """One kind of part: its Chinese name, what work and page have of it, and how far they agree (0..1, None: not compared)."""

    label: str
    work: str
    page: str
    agreement: float | None = None


def structure_rows(match: MatchView) -> tuple[StructureRow, ...]:
    """Return the rows of the table, without kinds that neither text has; none where either text is no script."""
    if not any(reason.code == REASON for reason in match.reasons):
        return ()
    work, page = _script(match.work_text), _script(match.page_text)
    if work is None or page is None:
        return ()
    like = compare(work, page)
    rows = (
        StructureRow("角色", _listed(work.roles, "个"), _listed(page.roles, "个")),
        StructureRow("分幕", _listed(work.acts, "幕"), _listed(page.acts, "幕")),
        StructureRow("时间线", _clock(work.times), _clock(page.times), like.timeline),
        StructureRow("线索卡", _listed(work.clues, "张"), _listed(page.clues, "张"), like.clue_cards),
        StructureRow("真相还原", _size(work.truth), _size(page.truth), like.truth),
    )
    return tuple(row for row in rows if row.work or row.page)


def _script(text: str) -> Script | None:
    read = canonicalise(text[: 2 * MAX_LENGTH])
    breaks = np.concatenate([[True], read.start[1:] > read.end[:-1], [True]]) if len(read) else np.zeros(1, np.bool_)
    return read_script(clauses(read.codes, breaks))


def _listed(parts: Sequence[str], measure: str) -> str:
    if not parts:
        return ""
    named = "、".join(p if len(p) <= _MAX_PART_LENGTH else f"{p[:_MAX_PART_LENGTH]}…" for p in parts[:SHOWN])
    return f"{len(parts)} {measure}：{named}{' 等' if len(parts) > SHOWN else ''}"


def _clock(times: Sequence[int]) -> str:
    return _listed([f"{minutes // 60:02}:{minutes % 60:02}" for minutes in times], "个时刻")


def _size(text: str) -> str:
    return f"{len(text)} 字" if text else ""
