"""Deduplication: takes from a judgement made again what its capture has already, so that nothing is entered twice.

A capture keeps one match a work, and every lead has a signal that names its work; by these two what is known is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from patrol.db.models import Match, Signal
from patrol.judging.model import Judgement, LeadDraft, SignalDraft
from patrol.vocabulary import MatchKind


def unknown_parts(connection: Connection, judgements: Sequence[Judgement]) -> list[Judgement]:
    """Return each judgement without the matches, signals and leads that its capture has already."""
    ids = {judgement.page.capture_id for judgement in judgements}
    matched = {
        (row.capture_id, row.work_id)
        for row in connection.execute(select(Match.capture_id, Match.work_id).where(Match.capture_id.in_(ids)))
    }
    said: dict[int, set[str]] = {}
    named: dict[int, set[str]] = {}
    query = select(Signal.capture_id, Signal.code, Signal.values).where(Signal.capture_id.in_(ids))
    for capture_id, code, values in connection.execute(query):
        said.setdefault(capture_id, set()).add(_same(code, values))
        named.setdefault(capture_id, set()).add(str(values.get("work", "")))
    return [
        _new_in(
            judgement, matched, named.get(judgement.page.capture_id, set()), said.get(judgement.page.capture_id, set())
        )
        for judgement in judgements
    ]


def _new_in(judgement: Judgement, matched: set[tuple[int, str]], named: set[str], said: set[str]) -> Judgement:
    page, draft = judgement.page, judgement.lead
    verdicts = tuple(v for v in judgement.verdicts if (page.capture_id, v.work_id) not in matched)
    if draft is not None and _known(draft, {v.work_id for v in verdicts}, named):
        draft = None
    if draft is not None:
        draft = replace(draft, signals=tuple(s for s in draft.signals if _same(s.code, s.values) not in said))
    return replace(judgement, verdicts=verdicts, lead=draft)


def _known(draft: LeadDraft, new_works: set[str], named: set[str]) -> bool:
    if draft.kind is not MatchKind.SALE:
        return draft.work_id not in new_works
    return _work_named(draft.signals) in named


def _work_named(signals: Sequence[SignalDraft]) -> str:
    return next((str(signal.values["work"]) for signal in signals if signal.values.get("work")), "")


def _same(code: str, values: Mapping[str, Any]) -> str:
    """A signal's fact, to be told from others; how many points it was worth on the day does not matter."""
    return f"{code}{json.dumps(dict(values), sort_keys=True, ensure_ascii=False, default=str)}"
