"""Findings of a verification: name each fault with file and place, as values. The sentences are Chinese, for the officer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any


class Fault(Enum):
    """What kind of fault: its word, and how grave it is."""

    MISSING = ("missing", "缺失")
    CHANGED = ("changed", "改动")
    REORDERED = ("reordered", "次序变动")
    INSERTED = ("inserted", "多出")
    TORN = ("torn", "未写完")
    STALE = ("stale", "索引或清单不符")
    UNSTAMPED = ("unstamped", "未加盖时间戳")
    UNPROVEN = ("unproven", "无法核实")
    NOTE = ("note", "说明")

    def __init__(self, code: str, label: str) -> None:
        self.code = code
        self.label = label

    @property
    def damage(self) -> bool:
        """Evidence itself is not as it was kept."""
        return self in (Fault.MISSING, Fault.CHANGED, Fault.REORDERED, Fault.INSERTED)

    @property
    def calls(self) -> bool:
        """Somebody must look: damage, or something that ``--repair`` or a stamp puts right."""
        return self.damage or self in (Fault.TORN, Fault.STALE, Fault.UNSTAMPED)


@dataclass(frozen=True, slots=True)
class VerifyFinding:
    """``record``: the WARC-Record-ID that is concerned, where it is one."""

    fault: Fault
    where: str
    says: str
    record: str = ""

    def __str__(self) -> str:
        return f"【{self.fault.label}】{self.where}：{self.says}"

    def as_json(self) -> dict[str, Any]:
        said = {"kind": self.fault.code, "where": self.where, "says": self.says}
        return said | ({"record": self.record} if self.record else {})


@dataclass(frozen=True, slots=True)
class StampSeen:
    """A stamp that holds: it covers lines 1 to ``line``."""

    line: int
    at: datetime
    authority: str
    root_sha256: str


@dataclass(frozen=True, slots=True)
class FolderReport:
    """One folder as verified. ``digests``: of every line that is whole, for links between patrols."""

    folder: Path
    head: str = ""
    lines: int = 0
    captures: int = 0
    records: int = 0
    bytes: int = 0
    finished: bool = False
    stamps: tuple[StampSeen, ...] = ()
    findings: tuple[VerifyFinding, ...] = ()
    digests: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def sound(self) -> bool:
        """Nothing that was kept is missing, changed, moved or added."""
        return not any(finding.fault.damage for finding in self.findings)

    @property
    def clean(self) -> bool:
        """Nothing to look at."""
        return not any(finding.fault.calls for finding in self.findings)

    @property
    def verdict(self) -> str:
        if not self.sound:
            return "与取证时不一致"
        return "完好" if self.clean else "证据未变，另有事项须处理"

    @property
    def broken_records(self) -> frozenset[str]:
        return frozenset(f.record for f in self.findings if f.record and f.fault.damage)

    def of(self, faults: Iterable[Fault]) -> list[VerifyFinding]:
        wanted = set(faults)
        return [finding for finding in self.findings if finding.fault in wanted]

    def as_json(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "head": self.head,
            "lines": self.lines,
            "captures": self.captures,
            "records": self.records,
            "bytes": self.bytes,
            "finished": self.finished,
            "stamps": [
                {"line": s.line, "at": s.at.isoformat(), "authority": s.authority, "root_sha256": s.root_sha256}
                for s in self.stamps
            ],
            "findings": [finding.as_json() for finding in self.findings],
            "sound": self.sound,
        }
