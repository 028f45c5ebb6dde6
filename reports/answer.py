"""Answers in bulk: write one table of all complaints (CSV) and one letter a complainant (DOCX).

The letter is the one that ``patrol report answer`` makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from patrol.clock import Period
from patrol.complaints.answers import AnswerLetter, AnswerRow, answer_letters, answer_rows
from patrol.complaints.entering import ANSWERED
from patrol.complaints.journal import note
from patrol.complaints.queries import complaint_views, counts_by_state
from patrol.config import Workspace
from patrol.errors import InputError
from patrol.files import replace_file
from patrol.leads.views import LeadFilter
from patrol.vocabulary import ComplaintState
from reports.data import Basis, basis
from reports.docx_fill import filled
from reports.kinds import kind_named
from reports.letters import answer
from reports.tables import Grid, csv_bytes
from reports.writer import Made, own_templates

TABLE = "投诉答复.csv"
_KEYS = (
    "number", "filed", "complainant", "work", "url", "state", "said", "leads", "seen", "sha256", "missing",
)  # fmt: skip
_HEADS = (
    "投诉编号", "投诉日期", "投诉人", "作品", "网址", "办理情况", "说明", "线索编号", "取证时间", "取证摘要（SHA-256）", "待补材料",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered. ``states``: complaints by what became of them; ``paths``: the table, then the letters;
    ``nameless``: filings without a name, which stand in the table only."""

    states: Mapping[ComplaintState, int]
    paths: Sequence[Path]
    nameless: int

    @property
    def complaints(self) -> int:
        return sum(self.states.values())


def answer_complaints(
    session: Session,
    workspace: Workspace,
    folder: Path,
    by: str,
    *,
    numbers: Sequence[str] = (),
    everything: bool = False,
) -> Answered:
    """Write the answers to the complaints of these numbers, or to all; else to those that were patrolled and have none
    yet. Each complaint's journal says so.

    Raises InputError when there is none to answer, or ``folder`` cannot be written.
    """
    asked = everything or bool(numbers)
    views = complaint_views(session, numbers=tuple(numbers), unanswered=not asked)
    if not asked:
        views = [view for view in views if view.state is not ComplaintState.WAITING]
    if not views:
        raise InputError("还没有可以答复的投诉。请先 patrol run 巡查，或用 --all 答复全部")
    rows = answer_rows(views)
    try:
        paths = write_answers(rows, folder, basis(workspace, Period(), LeadFilter()))
    except OSError as error:
        raise InputError(f"答复写不进 {folder}：{error.strerror or error}") from error
    note(session, [view.id for view in views], by, ANSWERED, f"{folder.name}/{paths[0].name}")
    return Answered(counts_by_state(views), paths, sum(not row.complainant for row in rows))


def write_answers(rows: Sequence[AnswerRow], folder: Path, basis: Basis) -> list[Path]:
    """Write the table and the letters into ``folder``; their paths. Files of an earlier answer are replaced. Who gave no
    name stands in the table only: there is nobody to send a letter to.

    Raises OSError where the folder cannot be written, InputError where the office's own template cannot be used.
    """
    paths = []
    for made in _answers(rows, basis):
        paths.append(folder / made.name)
        replace_file(paths[-1], made.data)
    return paths


def _answers(rows: Sequence[AnswerRow], basis: Basis) -> Iterator[Made]:
    grid = Grid("投诉答复", _KEYS, _HEADS, (16,) * len(_HEADS), tuple(_cells(row) for row in rows))
    yield Made(TABLE, csv_bytes(grid))
    named = [letter for letter in answer_letters(rows) if letter.complainant]
    for number, letter in enumerate(named, 1):
        yield Made(f"答复-{number:03d}-{_file_name(letter.complainant)}.docx", _letter(letter, basis))


def _letter(letter: AnswerLetter, basis: Basis) -> bytes:
    (template,) = kind_named("answer").templates
    return filled(f"{template}.docx", own_templates(basis), answer(letter, basis))


def _cells(row: AnswerRow) -> tuple[str, ...]:
    return (
        row.number, row.filed.isoformat(), row.complainant, row.work, row.url, row.state.label, row.said,
        "、".join(row.leads), row.seen, row.sha256, "、".join(row.missing),
    )  # fmt: skip


def _file_name(name: str) -> str:
    return re.sub(r"[^\w-]", "_", name)[:40] or "投诉人"
