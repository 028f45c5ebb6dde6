"""Feedback: turns officers' decisions into rows for calibration, each page's features and whether the comparison was right.

A confirmed lead says that its page uses the work. A dismissed one says that it does not, unless it was dismissed because
the use is lawful (the words for that stand in ``tables/feedback.yaml``): then the texts agree all the same, and nothing is
to be learnt from it. Rows hold numbers and digests only: no address, no name, no text.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from fingerprints import Index
from fingerprints.calibration import Band, fitted, held_out, log_loss, model_text, probabilities, reliability
from fingerprints.coefficients import FEATURES, Model, default_model
from fingerprints.features import vector
from fingerprints.verdict import align
from patrol.actor import PROGRAM
from patrol.config import Workspace
from patrol.db.models import CaptureText, Lead, LeadEvent, Match
from patrol.db.portions import portions
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.files import replace_file
from patrol.tables.table import Row, Table
from patrol.vocabulary import LeadStatus
from patrol.works import library

MIN_DECISIONS = 20
"""Rows of either kind below which nothing is fitted."""


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """``id`` and ``group`` are digests of lead and work; ``features`` by name; ``stated``: the probability of the day."""

    id: str
    group: str
    kind: str
    label: int
    stated: float
    features: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Feedback:
    """``lawful``: leads dismissed though the texts agree; ``lost``: pages or works that can no longer be compared."""

    rows: tuple[FeedbackRow, ...]
    lawful: int
    lost: int

    @property
    def counts(self) -> tuple[int, int]:
        """Confirmed and dismissed rows."""
        right = sum(row.label for row in self.rows)
        return right, len(self.rows) - right


class LawfulWords(Row):
    lawful: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        title="使用合法的词", description="排除线索的理由里有其中一词的，说明文字确实相同、只是使用合法"
    )


FEEDBACK: Table[LawfulWords] = Table(
    "feedback", "校准用语表", "哪些排除的线索不作为“比对有误”的例子去校准。", LawfulWords
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Before: the model in use, on all rows. After: held out by work, so that it can be believed. Losses in nats."""

    model: Model
    before: tuple[Band, ...]
    after: tuple[Band, ...]
    loss_before: float
    loss_after: float

    @property
    def better(self) -> bool:
        return self.loss_after < self.loss_before


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """How right the office's comparisons were, and what calibrating with its own decisions would make of them."""

    feedback: Feedback
    calibration: Calibration


def gather_all(workspace: Workspace, database: Database) -> Feedback:
    """Gather the decisions of a workspace, its library brought in step first."""
    index = library.open_library(workspace, database)
    with database.session() as session:
        return gather(session, index, workspace.root)


def export_feedback(workspace: Workspace, database: Database, path: Path) -> Feedback:
    """Write the rows of a workspace to ``path`` (JSON Lines). Raises InputError when it cannot be written."""
    found = gather_all(workspace, database)
    rows = "".join(json.dumps(row.as_json(), ensure_ascii=False) + "\n" for row in found.rows)
    try:
        replace_file(path, rows.encode())
    except OSError as error:
        raise InputError(f"写不进 {path}：{error.strerror or error}") from error
    return found


def calibrate_workspace(workspace: Workspace, database: Database) -> CalibrationReport:
    """Hold the office's decisions against the coefficients in use. Raises InputError when there are too few of them."""
    found = gather_all(workspace, database)
    right, wrong = found.counts
    if min(right, wrong) < MIN_DECISIONS:
        raise InputError(
            f"结论还太少：已确认 {right} 条，已排除 {wrong} 条（各至少要 {MIN_DECISIONS} 条有文本比对的线索）。"
            "先用着程序自带的系数，多核查一些线索再来校准"
        )
    return CalibrationReport(found, calibrate(found.rows, library.own_model(workspace) or default_model()))


def use_calibration(workspace: Workspace, report: CalibrationReport) -> Path | None:
    """Write the coefficients as the office's own; return the file. None, and nothing written, when they are no better."""
    if not report.calibration.better:
        return None
    path = library.model_file(workspace)
    replace_file(path, written(report.calibration, report.feedback).encode())
    return path


def gather(session: Session, index: Index | None, workspace: Path | None) -> Feedback:
    """Gather every decided lead's newest comparison with each of its works, its features computed anew from the texts."""
    labels, lawful = _decided(session, FEEDBACK.read(workspace).lawful)
    rows: list[FeedbackRow] = []
    lost = 0
    model = default_model()
    for lead, match, text in _matches(session, list(labels)):
        features = _features(index, text, match.work_id, model) if index is not None else None
        if features is None:
            lost += 1
            continue
        rows.append(
            FeedbackRow(
                id=_digest(lead),
                group=_digest(match.work_id),
                kind=match.kind,
                label=labels[match.lead_id or 0],
                stated=round(match.probability, 4),
                features={name: round(float(value), 5) for name, value in zip(FEATURES, features, strict=True)},
            )
        )
    return Feedback(tuple(rows), lawful, lost)


def calibrate(rows: Sequence[FeedbackRow], in_use: Model) -> Calibration:
    """Fit the shipped coefficients to the rows. There must be ``MIN_DECISIONS`` of either kind."""
    x = np.array([[row.features[name] for name in FEATURES] for row in rows])
    y = np.array([float(row.label) for row in rows])
    groups = [row.group for row in rows]
    if len(set(groups)) == 1:
        groups = [row.id for row in rows]
    shipped = default_model()
    before, after = probabilities(in_use, x), held_out(x, y, groups, shipped)
    return Calibration(
        fitted(x, y, shipped), reliability(before, y), reliability(after, y), log_loss(before, y), log_loss(after, y)
    )


def written(calibration: Calibration, feedback: Feedback) -> str:
    """Write the workspace's ``model.toml``."""
    right, wrong = feedback.counts
    return model_text(
        calibration.model,
        "本单位校准的比对系数，由 patrol feedback calibrate --write 写成。删去这个文件就恢复程序自带的系数。\n"
        f"依据：已确认 {right} 条，已排除 {wrong} 条；留出检验的对数损失 {calibration.loss_before:.4f} → "
        f"{calibration.loss_after:.4f}。",
    )


def _decided(session: Session, lawful: Sequence[str]) -> tuple[dict[int, int], int]:
    """Lead → 1 (confirmed) or 0 (dismissed), by the last such decision; how many were dismissed as lawful."""
    decisions = (LeadStatus.CONFIRMED.value, LeadStatus.DISMISSED.value)
    # The program's own lines carry the state in which they found the lead; only people decide.
    query = select(LeadEvent).where(LeadEvent.status.in_(decisions), LeadEvent.who != PROGRAM).order_by(LeadEvent.id)
    last = {event.lead_id: (event.status, event.reason) for event in session.scalars(query)}
    labels: dict[int, int] = {}
    spared = 0
    for lead, (status, reason) in last.items():
        if status == LeadStatus.CONFIRMED.value:
            labels[lead] = 1
        elif any(word in reason for word in lawful):
            spared += 1
        else:
            labels[lead] = 0
    return labels, spared


def _matches(session: Session, leads: Sequence[int]) -> Iterator[tuple[str, Match, str]]:
    """The newest match of every lead and work, with the lead's number and the page's text."""
    for portion in portions(leads):
        query = (
            select(Lead.number, Match, CaptureText.text)
            .join(Match, Match.lead_id == Lead.id)
            .join(CaptureText, CaptureText.capture_id == Match.capture_id)
            .where(Lead.id.in_(portion))
            .order_by(Lead.id, Match.capture_id)
        )
        newest: dict[tuple[str, str], tuple[str, Match, str]] = {}
        for number, match, text in session.execute(query):
            newest[number, match.work_id] = (number, match, text)
        yield from newest.values()


def _features(index: Index, text: str, work_id: str, model: Model) -> Any:
    """The features of the page's best alignment with the work; None when it comes to none any more."""
    page, candidates, library = index.examine(text)
    best: tuple[float, Any] | None = None
    for alignment in align(page.codes, candidates, library, model.gate):
        if library.work_id(alignment.window.work) != work_id:
            continue
        features = vector(alignment, page.codes, library.codes(alignment.window.work), library.weights)
        odds = model.log_odds(features)
        if math.isfinite(odds) and (best is None or odds > best[0]):
            best = (odds, features)
    return best[1] if best is not None else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
