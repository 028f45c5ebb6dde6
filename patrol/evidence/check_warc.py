"""WARC check: compares files with what the chain says of them, byte by byte, and names what differs record by record.

The quick way reads each record where the chain says it stands. Only when something there is wrong is the file read
from its start, member by member, so that a record that was moved, put in or taken out is told from one that was changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from patrol.evidence.chain import RecordEntry
from patrol.evidence.findings import Fault, VerifyFinding
from patrol.evidence.record_reader import Member, check_record, scan_members
from patrol.evidence.repair import WARC_PATTERN

_KINDS = {
    "warcinfo": "文件头记录",
    "response": "网页记录",
    "request": "请求记录",
    "resource": "附件记录",
    "metadata": "说明记录",
    "revisit": "重访记录",
    "continuation": "文件续段记录",
}
_DIGESTS = {"block": "WARC-Block-Digest", "payload": "WARC-Payload-Digest"}


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What a record belongs to, for sentences: the page's address and the line of the chain."""

    url: str
    line: int


def check_warc(
    folder: Path,
    name: str,
    records: Sequence[RecordEntry],
    pages: Mapping[str, PageRecord],
    *,
    chain_sound: bool,
    tail_is_torn: bool,
) -> list[VerifyFinding]:
    """Find everything wrong with one file. ``chain_sound`` False: bytes that the chain does not name are not held
    against the file. ``tail_is_torn``: bytes after the last chained record may be what a crash left. Raises OSError."""
    place = f"{folder.name}/{name}"
    path = folder / name
    if path.is_symlink() or not path.is_file():
        return [VerifyFinding(Fault.MISSING, place, f"文件不见了，其中有 {len(records)} 条记录")]
    ordered = sorted(records, key=lambda record: record.offset)
    wrong = list(_as_chained(path, place, ordered, pages))
    end = max((record.offset + record.length for record in ordered), default=0)
    extra = path.stat().st_size - end
    if not wrong:
        holes = [] if not chain_sound else list(_holes(place, ordered))
        return holes + ([_tail(path, place, end, extra, chain_sound, tail_is_torn)] if extra > 0 else [])
    members = list(scan_members(path))
    named = list(_compare(place, ordered, members, pages, end, tail_is_torn and chain_sound))
    if not chain_sound:
        named = [finding for finding in named if finding.fault is not Fault.INSERTED]
    return named or wrong


def unchained(folder: Path, names: set[str], *, chain_sound: bool, tail_is_torn: bool) -> list[VerifyFinding]:
    """Find WARC files that the chain does not name at all."""
    findings = []
    for path in sorted(folder.glob(WARC_PATTERN)):
        size = path.stat().st_size
        if path.name not in names and size:
            findings.append(_tail(path, f"{folder.name}/{path.name}", 0, size, chain_sound, tail_is_torn))
    return findings


def _as_chained(
    path: Path, place: str, records: Sequence[RecordEntry], pages: Mapping[str, PageRecord]
) -> Iterator[VerifyFinding]:
    size = path.stat().st_size
    with path.open("rb") as file:
        for record in records:
            # A chain that somebody made may speak of any place and any length.
            start = min(max(record.offset, 0), size)
            file.seek(start)
            data = file.read(min(record.length, size - start))
            says = _difference(data, record)
            if says:
                where = f"{place} 第 {record.offset} 字节起"
                yield VerifyFinding(Fault.CHANGED, where, f"{_named(record, pages)}{says}", record.id)


def _difference(data: bytes, record: RecordEntry) -> str:
    if len(data) < record.length:
        return f"不完整，只剩 {len(data)} 字节"
    if hashlib.sha256(data).hexdigest() != record.sha256:
        return "与证据链登记的 SHA-256 不符"
    if hashlib.new("sm3", data).hexdigest() != record.sm3:
        return "与证据链登记的 SM3 不符"
    try:
        facts = check_record(data)
    except ValueError:
        return "不是一条完整的 WARC 记录"
    if (facts.id, facts.type) != (record.id, record.type):
        return "的编号或类型与证据链登记的不同"
    if facts.wrong:
        return f"自带的 {'、'.join(_DIGESTS[name] for name in facts.wrong)} 与内容不符"
    return ""


def _holes(place: str, records: Sequence[RecordEntry]) -> Iterator[VerifyFinding]:
    end = 0
    for record in records:
        if record.offset > end:
            yield VerifyFinding(Fault.INSERTED, f"{place} 第 {end} 至 {record.offset - 1} 字节", "这些内容不在证据链里")
        elif record.offset < end:
            yield VerifyFinding(
                Fault.CHANGED, f"{place} 第 {record.offset} 字节起", "证据链登记的记录互相重叠", record.id
            )
        end = max(end, record.offset + record.length)


def _tail(path: Path, place: str, start: int, size: int, chain_sound: bool, tail_is_torn: bool) -> VerifyFinding:
    whole = sum(member.facts is not None for member in scan_members(path) if member.offset >= start)
    what = f"末尾有 {size} 字节不在证据链里（其中完整记录 {whole} 条）"
    where = f"{place} 第 {start} 字节起"
    if not chain_sound:
        return VerifyFinding(Fault.UNPROVEN, where, f"{what}；证据链本身缺损，这些内容无从核对")
    if tail_is_torn:
        return VerifyFinding(Fault.TORN, where, f"{what}，是中途断电或被强行终止时没有写完的；可用 --repair 截回")
    return VerifyFinding(Fault.INSERTED, where, f"{what}，而证据链已经结束：系另行添加")


def _compare(
    place: str,
    records: Sequence[RecordEntry],
    members: Sequence[Member],
    pages: Mapping[str, PageRecord],
    end: int,
    tail_is_torn: bool,
) -> Iterator[VerifyFinding]:
    """Line up what the chain names with what is in the file, by digest."""
    wanted, there = [r.sha256 for r in records], [m.sha256 for m in members]
    gone: list[RecordEntry] = []
    new: list[Member] = []
    for what, i, j, k, m in SequenceMatcher(None, wanted, there, autojunk=False).get_opcodes():
        if what != "equal":
            gone += records[i:j]
            new += members[k:m]
    unmoved = {member.sha256 for member in new}
    for record in [r for r in gone if r.sha256 in unmoved]:
        member = next((m for m in new if m.sha256 == record.sha256), None)
        if member is None:
            continue
        new.remove(member)
        gone.remove(record)
        where = f"{place} 第 {member.offset} 字节起"
        yield VerifyFinding(
            Fault.REORDERED, where, f"{_named(record, pages)}被移动，原在第 {record.offset} 字节", record.id
        )
    for record in gone:
        member = _instead(record, new)
        where = f"{place} 第 {record.offset} 字节起"
        if member is None:
            yield VerifyFinding(Fault.MISSING, where, f"{_named(record, pages)}缺失", record.id)
            continue
        says = "内容被改动" if member.facts is not None else "被破坏，已无法读取"
        yield VerifyFinding(Fault.CHANGED, where, f"{_named(record, pages)}{says}", record.id)
        if member.facts is not None or member.length <= record.length:
            new.remove(member)
    for member in new:
        if member.facts is None and any(_overlap(member, record) for record in gone):
            continue
        whole = "一条记录" if member.facts is not None else "若干内容"
        about = f"（{member.facts.target[:200]}）" if member.facts is not None and member.facts.target else ""
        where = f"{place} 第 {member.offset} 至 {member.offset + member.length - 1} 字节"
        torn = tail_is_torn and member.offset >= end
        yield VerifyFinding(Fault.TORN if torn else Fault.INSERTED, where, f"{whole}{about}不在证据链里")


def _instead(record: RecordEntry, members: Sequence[Member]) -> Member | None:
    """What stands in the place of a record that is not there: one with its number, or one over its bytes that no other
    record can claim."""
    for member in members:
        if member.facts is not None and member.facts.id == record.id:
            return member
    return next((m for m in members if m.facts is None and _overlap(m, record)), None)


def _overlap(member: Member, record: RecordEntry) -> bool:
    return member.offset < record.offset + record.length and record.offset < member.offset + member.length


def _named(record: RecordEntry, pages: Mapping[str, PageRecord]) -> str:
    page = pages.get(record.id)
    kind = _KINDS.get(record.type, f"{record.type} 记录")
    if page is None:
        return f"{kind} {record.id} "
    about = f"，{page.url[:200]}" if page.url else ""
    return f"{kind} {record.id}（证据链第 {page.line} 行{about}）"
