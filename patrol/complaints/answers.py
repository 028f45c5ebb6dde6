"""Answers: put what the patrol found into plain sentences for a complainant. Frozen values for ``reports`` to print.

An answer speaks of the complainant's own work only, and of suspicion only: whether it infringes is an officer's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from patrol import clock
from patrol.complaints.views import ComplaintView, FilingView
from patrol.vocabulary import ComplaintState, LeadStatus, MatchKind


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One filing's line. ``seen``: when the page was captured, in the office's time; ``sha256``: of what was captured.
    ``matter``: what the complainant said."""

    complaint_id: int
    number: str
    filed: date
    complainant: str
    matter: str
    url: str
    work: str
    state: ComplaintState
    said: str
    leads: tuple[str, ...]
    seen: str
    sha256: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerLetter:
    """All that one complainant filed, in the order of the complaints' numbers. ``complainant`` is "" for one who gave no
    name: each of those filings has a letter of its own."""

    complainant: str
    rows: tuple[AnswerRow, ...]

    @property
    def counts(self) -> dict[ComplaintState, int]:
        found = {state: sum(row.state is state for row in self.rows) for state in ComplaintState}
        return {state: count for state, count in found.items() if count}


def answer_rows(views: Iterable[ComplaintView]) -> list[AnswerRow]:
    """Return a row a filing, by the complaints' numbers; a complainant who filed twice is told once."""
    rows: list[AnswerRow] = []
    for view in sorted(views, key=lambda v: v.id):
        first: dict[str, FilingView] = {}
        for filing in view.filings:
            first.setdefault(filing.complainant, filing)
        rows.extend(_row(view, filing) for filing in first.values())
    return rows


def answer_letters(rows: Sequence[AnswerRow]) -> list[AnswerLetter]:
    """Return one letter a complainant; nobody reads in it what another filed."""
    letters: dict[tuple[str, int], list[AnswerRow]] = {}
    for row in rows:
        letters.setdefault((row.complainant, 0 if row.complainant else row.complaint_id), []).append(row)
    return [AnswerLetter(name, tuple(mine)) for (name, _), mine in letters.items()]


def _row(view: ComplaintView, filing: FilingView) -> AnswerRow:
    return AnswerRow(
        complaint_id=view.id,
        number=view.number,
        filed=filing.filed_on or clock.day_of(filing.received_at),
        complainant=filing.complainant,
        matter=filing.facts,
        url=view.url,
        work=view.work_title,
        state=view.state,
        said=sentence(view),
        leads=tuple(finding.lead for finding in view.findings),
        seen=clock.show_second(view.seen.fetched_at) if view.seen is not None else "",
        sha256=view.seen.payload_sha256 if view.seen is not None else "",
        missing=filing.missing,
    )


def sentence(view: ComplaintView) -> str:
    """Say what the patrol found, in one or two sentences."""
    work = f"《{view.work_title}》" if view.work_title else "受保护作品"
    when = clock.write_day(view.seen.fetched_at) if view.seen is not None else ""
    if view.state is ComplaintState.FOUND:
        parts = [_found(f.kind, f.work or view.work_title, f.characters) for f in view.findings]
        return f"{when}对该网页取证并与{work}比对，{'；'.join(dict.fromkeys(parts))}，已列为线索，{_stands(view)}。"
    if view.state is ComplaintState.CLEAN:
        only_title = view.work_id is not None and not view.has_text
        how = "核对作品名称和售卖用语（作品库里没有该作品的文本，未比对正文）" if only_title else "比对"
        return f"{when}对该网页取证并与{work}{how}，未发现相同或相近的内容。如有补充材料请再提交。"
    if view.state is ComplaintState.GONE:
        return f"{when}访问时该网页已不存在或已下架。"
    if view.state is ComplaintState.NO_WORK:
        return f"{when}已对该网页取证，但作品库里没有{work}，未能比对。请提交作品文本或样本。"
    if view.state is ComplaintState.FAILED:
        return f"未能访问该网页（{view.reason or '原因不明'}）。请核对网址，或提交网页截图等材料。"
    return "已列入巡查，尚未轮到。"


def _stands(view: ComplaintView) -> str:
    """How far the leads have come; nothing more is told while they are looked into."""
    states = dict.fromkeys(f.status for f in view.findings)
    if set(states) <= {LeadStatus.NEW, LeadStatus.REVIEWING}:
        return "正在核查"
    return f"办理情况为{'、'.join(f'“{status.label}”' for status in states)}"


def _found(kind: MatchKind, work: str, characters: int) -> str:
    if kind is MatchKind.SALE or not characters:
        return f"发现疑似未经授权售卖《{work}》的情形"
    return f"发现与《{work}》疑似{kind.label}的内容（涉及页面文字约 {characters} 字）"
