"""Matching of a single text: holds what somebody brings against the protected works, outside of any patrol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fingerprints import Verdict
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.tables.words import Sentences
from patrol.works.catalogue import work_titles
from patrol.works.library import open_library


@dataclass(frozen=True, slots=True)
class WorkMatch:
    """A work that the text uses, and how. ``reasons``: the verdict's in words, the office's own where it has them."""

    title: str
    verdict: Verdict
    reasons: tuple[str, ...]


def match_text(workspace: Workspace, database: Database, text: str, floor: float) -> list[WorkMatch]:
    """Return the works that ``text`` uses with a probability of ``floor`` or more, the surest first.

    Raises InputError when no work has a text yet.
    """
    library = open_library(workspace, database)
    if library is None:
        raise InputError("作品库里还没有带文本的作品。请先运行 patrol works import")
    verdicts = library.judge(text, floor=floor)
    with database.session() as session:
        titles = work_titles(session, [verdict.work_id for verdict in verdicts])
    sentences = Sentences.load(workspace.root)
    return [
        WorkMatch(titles.get(verdict.work_id, ""), verdict, tuple(_said(verdict, sentences))) for verdict in verdicts
    ]


def _said(verdict: Verdict, sentences: Sentences) -> Iterator[str]:
    for reason in verdict.reasons:
        if said := sentences.reason(reason.code, reason.weight, reason.values):
            yield said
