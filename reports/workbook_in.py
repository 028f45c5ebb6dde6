"""Edited ledger: takes back a workbook; every edit is found by comparing with what the row showed when it was written.

A cell edited here that somebody else changed meanwhile is a conflict; it and every wrong value is named by its cell, and
then nothing at all is taken over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import Officer
from patrol.db.casework import LeadFact
from patrol.db.models import Lead, LeadEvent
from patrol.db.portions import portions
from patrol.errors import InputError, InputProblems, Problem
from patrol.leads.facts import FactKey, check
from patrol.leads.journal import Change, current, record
from patrol.leads.workflow import needs_reason, refusal
from patrol.text.sheets import check_archive, read_bytes
from patrol.vocabulary import LeadStatus
from reports.ledger import LEDGER_NAME
from reports.workbook import EDITABLE, FACT_COLUMNS, NUMBER, REASON, STATUS, VERSION, cell_text

MAX_ROWS = 100_000
_FORMULA = object()


@dataclass(frozen=True, slots=True)
class Edit:
    """What one row changes: lead number, and per column (its head) what stood and what is to stand."""

    number: str
    cells: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        shown = "；".join(
            f"{head}：{new}" if head == REASON else f"{head}：{old or '（空）'} → {new or '（空）'}"
            for head, old, new in self.cells
        )
        return f"{self.number}  {shown}"


def read_ledger(
    session: Session, path: Path, officer: Officer, *, dry_run: bool = False, now: datetime | None = None
) -> list[Edit]:
    """Take over the edits of the workbook at ``path``; return them. ``dry_run``: only check.

    Raises InputError when the file is no ledger, InputProblems naming every faulty cell; then nothing is taken over.
    """
    rows = _rows(path)
    leads = _leads(session, [row.text(NUMBER) for row in rows])
    history = _History(session, [lead.id for lead in leads.values()])
    standing = current(session, list(leads.values()))
    problems: list[Problem] = []
    changes: list[tuple[Lead, Change, Edit]] = []
    seen: dict[str, str] = {}
    for row in rows:
        number = row.text(NUMBER)
        lead = leads.get(number)
        if lead is None:
            problems.append(row.problem(NUMBER, f"没有编号为“{number}”的线索", "编号列请勿改动"))
        elif number in seen:
            problems.append(row.problem(NUMBER, f"与 {seen[number]} 重复"))
        else:
            seen[number] = row.place(NUMBER)
            edited = _Row(row, lead, history, standing[lead.id], problems).change()
            if edited is not None:
                changes.append((lead, *edited))
    if problems:
        raise InputProblems(problems, f"{path.name} 里有 {len(problems)} 处要改，一条也没有导入：")
    if not dry_run:
        for lead, change, _ in changes:
            record(session, lead, change, officer, now)
    return [edit for _, _, edit in changes]


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row as read: texts by head, and where each stands (``C7``)."""

    file: str
    row: int
    letters: Mapping[str, str]
    values: Mapping[str, object]

    def text(self, head: str) -> str:
        value = self.values.get(head)
        if isinstance(value, datetime):
            return value.date().isoformat()
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None or value is _FORMULA else str(value).replace("\r\n", "\n").strip()

    def place(self, head: str) -> str:
        return f"{self.letters[head]}{self.row}"

    def problem(self, head: str, message: str, remedy: str = "") -> Problem:
        return Problem(f"{self.file} {self.place(head)}", message, remedy=remedy)


class _Row:
    """One row under examination; what is wrong with it goes to ``problems``."""

    def __init__(
        self,
        cells: _Cells,
        lead: Lead,
        history: _History,
        standing: Mapping[FactKey, str],
        problems: list[Problem],
    ) -> None:
        self._cells, self._lead, self._history = cells, lead, history
        self._standing, self._problems = standing, problems

    def change(self) -> tuple[Change, Edit] | None:
        before = len(self._problems)
        version = self._version()
        for head in EDITABLE:
            if self._cells.values.get(head) is _FORMULA:
                self._wrong(head, "这一格是公式", "请改成文字")
        if version is None or len(self._problems) > before:
            return None
        status = self._status(version)
        facts = {
            key: new
            for head, key in FACT_COLUMNS.items()
            if head in self._cells.letters and (new := self._fact(head, key, version)) is not None
        }
        reason = self._cells.text(REASON)
        now = LeadStatus(self._lead.status)
        if status is not None and needs_reason(now, status) and not reason:
            self._wrong(REASON, f"改为“{status.label}”要写明理由")
        if len(self._problems) > before or (status is None and not facts and not reason):
            return None
        edits = [(STATUS, now.label, status.label)] if status is not None else []
        edits += [(key.label, self._standing.get(key, ""), value) for key, value in facts.items()]
        edits += [(REASON, "", reason)] if reason else []
        return Change(status, facts, reason), Edit(self._lead.number, tuple(edits))

    def _version(self) -> int | None:
        text = self._cells.text(VERSION)
        if text.isascii() and text.isdigit() and self._history.has(self._lead.id, int(text)):
            return int(text)
        self._wrong(VERSION, "版本列被改动过，认不出这一行是何时导出的", "请重新导出台账")
        return None

    def _status(self, version: int) -> LeadStatus | None:
        """The status to change to; None where the cell is as it was shown, or as it is now."""
        text = self._cells.text(STATUS)
        if STATUS not in self._cells.letters:
            return None
        try:
            wanted = LeadStatus.parse(text)
        except ValueError as error:
            self._wrong(STATUS, str(error) if text else "办理状态不能空着", "请从下拉列表里选")
            return None
        shown, now = self._history.status(self._lead.id, version), LeadStatus(self._lead.status)
        if wanted in (shown, now):
            return None
        if now is not shown:
            self._conflict(STATUS, version, now.label)
            return None
        refused = refusal(now, wanted, "·")
        if refused is not None:
            self._wrong(STATUS, refused.message, refused.remedy)
            return None
        return wanted

    def _fact(self, head: str, key: FactKey, version: int) -> str | None:
        text = self._cells.text(head)
        now = self._standing.get(key, "")
        shown = self._history.fact(self._lead.id, key, version, now)
        # What stands may have been shown with codes for its control characters, or cut: then the cell is compared so.
        if text in (shown, now, cell_text(shown).strip(), cell_text(now).strip()):
            return None
        if now != shown:
            self._conflict(head, version, now)
            return None
        try:
            return check(key, text)
        except ValueError as error:
            self._wrong(head, str(error))
            return None

    def _conflict(self, head: str, version: int, now: str) -> None:
        who = self._history.changed(self._lead.id, version)
        self._wrong(
            head, f"导出之后{who}已把“{head}”改为“{now or '（空）'}”，这里又改成了“{self._cells.text(head)}”",
            "请重新导出，看过之后再改",
        )  # fmt: skip

    def _wrong(self, head: str, message: str, remedy: str = "") -> None:
        place = head if head in self._cells.letters else NUMBER
        self._problems.append(self._cells.problem(place, message, remedy))


class _History:
    """The journals of some leads, so that the state at any line can be told."""

    def __init__(self, session: Session, lead_ids: list[int]) -> None:
        self._events: dict[int, list[LeadEvent]] = {}
        self._facts: dict[tuple[int, str], list[LeadFact]] = {}
        for portion in portions(lead_ids):
            for event in session.scalars(
                select(LeadEvent).where(LeadEvent.lead_id.in_(portion)).order_by(LeadEvent.id)
            ):
                self._events.setdefault(event.lead_id, []).append(event)
            for fact in session.scalars(select(LeadFact).where(LeadFact.lead_id.in_(portion)).order_by(LeadFact.id)):
                self._facts.setdefault((fact.lead_id, fact.key), []).append(fact)

    def has(self, lead_id: int, version: int) -> bool:
        return any(event.id == version for event in self._events.get(lead_id, ()))

    def status(self, lead_id: int, version: int) -> LeadStatus:
        return LeadStatus(next(event.status for event in self._events[lead_id] if event.id == version))

    def fact(self, lead_id: int, key: FactKey, version: int, now: str) -> str:
        """What stood at that line: the last entry before it, else what the first entry after it replaced."""
        entries = self._facts.get((lead_id, key.value), [])
        before = [entry.value for entry in entries if entry.event_id <= version]
        return before[-1] if before else (entries[0].old if entries else now)

    def changed(self, lead_id: int, version: int) -> str:
        """Who changed the lead after that line, and when."""
        event = [event for event in self._events[lead_id] if event.id > version][-1]
        return f"，{event.who}于 {clock.show_minute(event.at)} "


def _leads(session: Session, numbers: list[str]) -> dict[str, Lead]:
    found: dict[str, Lead] = {}
    for portion in portions(numbers):
        for lead in session.scalars(select(Lead).where(Lead.number.in_(portion))):
            found[lead.number] = lead
    return found


def _rows(path: Path) -> list[_Cells]:
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path.name}：请给出由 patrol leads export-ledger 导出的 .xlsx 文件")
    read_bytes(path)
    check_archive(path)
    try:
        book = load_workbook(path, read_only=True)
        try:
            sheet = book[LEDGER_NAME] if LEDGER_NAME in book.sheetnames else book.worksheets[0]
            lines = sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=100)
            heads = _heads(path, next(lines, ()))
            letters = {head: get_column_letter(column + 1) for head, column in heads.items()}
            rows = []
            for number, line in enumerate(lines, 2):
                values = {head: _value(line[column]) for head, column in heads.items() if column < len(line)}
                if any(value not in (None, "") for value in values.values()):
                    rows.append(_Cells(path.name, number, letters, values))
            return rows
        finally:
            book.close()
    except (InvalidFileException, KeyError, ValueError, IndexError, OSError, SyntaxError, AttributeError) as error:
        raise InputError(f"{path.name}：打不开这个 Excel 文件，可能已损坏或加了密码") from error


def _heads(path: Path, first: tuple[object, ...]) -> dict[str, int]:
    wanted = {NUMBER, VERSION, *EDITABLE}
    heads: dict[str, int] = {}
    for column, cell in enumerate(first):
        name = str(getattr(cell, "value", None) or "").strip()
        if name in heads:
            raise InputError(f"{path.name} {get_column_letter(column + 1)}1：“{name}”列出现了两次")
        if name in wanted:
            heads[name] = column
    missing = [name for name in (NUMBER, STATUS, REASON, VERSION) if name not in heads]
    if missing:
        raise InputError(
            f"{path.name} 第 1 行：缺少“{'、'.join(missing)}”列，不像是导出的台账。"
            "请用 patrol leads export-ledger 重新导出，表头勿改"
        )
    return heads


def _value(cell: object) -> object:
    value = getattr(cell, "value", None)
    return _FORMULA if getattr(cell, "data_type", "") == "f" and value is not None else value
