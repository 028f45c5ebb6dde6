"""Chain check: tells line by line what was changed, is missing, was moved or put in. Never stops at the first.

A line names itself by the digest it carries and its predecessor by ``prev``; ``n`` says which line it was written as.
A change that is carried on through every later line (re-chaining) leaves no trace inside the chain: that is found by
what stands outside of it, in ``verify.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from patrol.evidence.chain import GENESIS, Entry
from patrol.evidence.findings import Fault, VerifyFinding

_MAX_LINE_BYTES = 16 * 1024 * 1024
_CLOCK_SLACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ScannedChain:
    """``entries``: lines whose own digest holds and that can be read, in the order of the file (``number`` is the line
    in the file). ``torn_bytes`` follow the last newline."""

    entries: tuple[Entry, ...]
    lines: int
    whole_bytes: int
    torn_bytes: int
    findings: tuple[VerifyFinding, ...]

    @property
    def sound(self) -> bool:
        return not any(finding.fault.damage for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Line:
    """``names``: the digests by which the next line may know this one. ``entry`` is None for a changed line."""

    number: int
    names: frozenset[str]
    entry: Entry | None

    @property
    def prev(self) -> str:
        return str(self.entry.body.get("prev")) if self.entry else ""

    @property
    def n(self) -> int | None:
        n = self.entry.body.get("n") if self.entry else None
        return n if type(n) is int else None


def scan_chain(path: Path) -> ScannedChain:
    """Read a chain in whatever state it is. Raises OSError."""
    lines: list[_Line] = []
    findings: list[VerifyFinding] = []
    whole = torn = 0
    with path.open("rb") as file:
        while raw := file.readline(_MAX_LINE_BYTES):
            if not raw.endswith(b"\n"):
                torn += len(raw)
                continue
            if torn:  # a line beyond any size that is written: not a torn end after all
                whole, torn = whole + torn, 0
            whole += len(raw)
            lines.append(_read_line(len(lines) + 1, raw))
    for line in lines:
        if line.entry is None:
            findings.append(_finding(path, Fault.CHANGED, line.number, "内容与本行摘要不符，或已无法读取"))
    findings += _order(path, lines)
    entries = tuple(line.entry for line in lines if line.entry is not None)
    findings += _clock(path, entries)
    return ScannedChain(entries, len(lines), whole, torn, tuple(findings))


def _read_line(number: int, raw: bytes) -> _Line:
    claimed, body = raw[:64].decode("ascii", "replace"), raw[65:-1]
    digest = hashlib.sha256(body).hexdigest()
    names = frozenset((claimed, digest))
    if claimed != digest or raw[64:65] != b" ":
        return _Line(number, names, None)
    try:
        entry = Entry(number, digest, json.loads(body))
        if not isinstance(entry.body, dict) or not isinstance(entry.body.get("kind"), str):
            raise ValueError("no kind")
        _ = entry.records
    except (ValueError, TypeError, RecursionError):
        return _Line(number, names, None)
    return _Line(number, names, entry)


def _order(path: Path, lines: Sequence[_Line]) -> list[VerifyFinding]:
    """Follow ``prev`` from each line to the one before it, and say what stands between where they do not meet."""
    place: dict[str, int] = {}
    doubles: set[int] = set()
    for index, line in enumerate(lines):
        if line.entry is not None and line.entry.digest in place:
            doubles.add(index)
            continue
        for name in line.names:
            place.setdefault(name, index)
    added = doubles | _strangers(lines, place, doubles)
    findings = [_finding(path, Fault.INSERTED, lines[index].number, "不属于这条证据链，系另行插入") for index in added]
    before = -1
    for index, line in enumerate(lines):
        if index in added:
            continue
        if line.entry is not None:
            findings += _link(path, lines, place, before, index)
        before = index
    return findings


def _strangers(lines: Sequence[_Line], place: Mapping[str, int], doubles: set[int]) -> set[int]:
    """Lines that a later line passes over and that no line names as its predecessor."""
    named = {line.prev for line in lines if line.entry is not None}
    found: set[int] = set()
    for index, line in enumerate(lines):
        if line.entry is None or index in doubles:
            continue
        origin = -1 if line.prev == GENESIS else place.get(line.prev)
        if origin is not None and origin < index - 1:
            between = range(origin + 1, index)
            found.update(i for i in between if lines[i].entry is not None and not (lines[i].names & named))
    # A last line that follows nothing that is here was put in, unless lines before it are gone.
    last = lines[-1] if len(lines) > 1 else None
    if last is not None and last.entry is not None and last.prev not in place and last.prev != GENESIS:
        highest = max((line.n or 0) for line in lines[:-1])
        if (last.n or 0) <= highest:
            found.add(len(lines) - 1)
    return found


def _link(path: Path, lines: Sequence[_Line], place: Mapping[str, int], before: int, index: int) -> list[VerifyFinding]:
    line = lines[index]
    expected = lines[before].names if before >= 0 else frozenset((GENESIS,))
    if line.prev in expected:
        return []
    origin = -1 if line.prev == GENESIS else place.get(line.prev)
    if origin is not None:
        where = "在它之后" if origin > index else f"应紧接第 {origin + 1} 行" if origin >= 0 else "应在最前"
        detail = f"其前一行现为第 {origin + 1} 行，{where}" if origin > index else f"它{where}"
        return [_finding(path, Fault.REORDERED, line.number, f"次序被调换：{detail}")]
    last = lines[before] if before >= 0 else None
    after = last.n if last is not None else 0
    if line.n is not None and after is not None and line.n > after + 1:
        gone = f"第 {after + 1} 行" if line.n == after + 2 else f"第 {after + 1} 至 {line.n - 1} 行"
        return [_finding(path, Fault.MISSING, line.number, f"此处缺了原{gone}（本行原为第 {line.n} 行）")]
    if last is None:
        return [_finding(path, Fault.MISSING, line.number, "此行之前的内容缺失")]
    if last.entry is None:
        return []  # the line before was changed, and that has been said
    return [_finding(path, Fault.CHANGED, last.number, f"已不是原来的一行：与第 {line.number} 行接不上")]


def _clock(path: Path, entries: Sequence[Entry]) -> list[VerifyFinding]:
    """Where the machine's clock went back; the order of lines does not depend on it."""
    findings, last = [], None
    for entry in entries:
        try:
            at = datetime.fromisoformat(str(entry.body.get("at")))
            back = last - at if last is not None else timedelta()
        except (ValueError, TypeError):
            continue
        if back > _CLOCK_SLACK:
            says = f"记录时间比上一行早 {back.total_seconds():.0f} 秒，本机时钟曾被拨回；先后次序以行号为准，证据链未受影响"
            findings.append(_finding(path, Fault.NOTE, entry.number, says))
        last = at
    return findings


def _finding(path: Path, fault: Fault, line: int, says: str) -> VerifyFinding:
    return VerifyFinding(fault, f"{path.parent.name}/{path.name} 第 {line} 行", says)
