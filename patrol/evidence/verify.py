"""Verification: recomputes everything that a patrol's folder claims, from its files alone, and says what does not hold.

``verify_folder`` looks at one folder: chain, WARC bytes, index, manifest, stamps. ``verify_folders`` adds the links
from patrol to patrol. Whatever else is there is used too: the roots of the settings, what the database remembers. What
could not be established is said as such, never passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.x509 import Certificate

from patrol import clock
from patrol.errors import EvidenceError
from patrol.evidence.cdxj import index_lines, index_path
from patrol.evidence.chain import CHAIN_NAME, Entry, Layout, RecordEntry, being_written, layout, read_chain
from patrol.evidence.check_chain import ScannedChain, scan_chain
from patrol.evidence.check_warc import PageRecord, check_warc, unchained
from patrol.evidence.custody import CUSTODY_NAME
from patrol.evidence.finalize import seal
from patrol.evidence.findings import Fault, FolderReport, StampSeen, VerifyFinding
from patrol.evidence.manifest import (
    MANIFEST_NAME,
    SHA256_NAME,
    SM3_NAME,
    FileDigest,
    file_digest,
    files_in,
    read_manifest,
    read_sums,
)
from patrol.evidence.record_removal import agreed_replacements, finish_replacements
from patrol.evidence.repair import CUT_FOLDER, WARC_PATTERN, mend
from patrol.evidence.stamping import MAX_BYTES, StampError, check_stamp, kept_stamps, read_roots

_STAMP_SLACK = timedelta(minutes=5)
_LOOKS = 3


@dataclass(frozen=True, slots=True)
class DatabaseClaims:
    """What the database remembers of a patrol: the chain's head, and for each page and image (by WARC-Record-ID) the
    digests of its line and of its record."""

    head: str = ""
    captures: Mapping[str, tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """What verification may use beside the files. ``roots``: certificates that the office trusts; None: only those kept
    in the folder. ``stamp_due``: the settings name authorities, so a missing stamp is a fault."""

    roots: Sequence[Certificate] | None = None
    stamp_due: bool = False
    known: Mapping[Path, DatabaseClaims] | None = None


_NOTHING = Against()


def verify_folders(
    folders: Sequence[Path], against: Against = _NOTHING, advance: Callable[[], object] = lambda: None
) -> list[FolderReport]:
    """Verify folders of patrols (``patrol-000001`` …), and the links between them and to those beside them.

    ``advance`` is called after each. Raises EvidenceError when one cannot be read.
    """
    reports = []
    for folder in folders:
        reports.append(verify_folder(folder, against))
        advance()
    return [replace(report, findings=report.findings + tuple(_links(report, reports))) for report in reports]


def verify_folder(folder: Path, against: Against = _NOTHING) -> FolderReport:
    """Verify one folder by itself. Raises EvidenceError when it cannot be read."""
    path = folder / CHAIN_NAME
    try:
        if path.is_symlink() or not path.is_file() or not path.stat().st_size:
            return FolderReport(folder, findings=(_without_chain(folder, against),))
        for _ in range(_LOOKS):
            working = being_written(path)
            chain = scan_chain(path)
            report = _verify(folder, chain, against, working)
            # A patrol that began after the chain was read would have written what the chain, as read, does not know.
            if working or path.stat().st_size == chain.whole_bytes + chain.torn_bytes:
                break
        return report
    except OSError as error:
        raise EvidenceError(f"{error.filename or folder} 读不了：{error.strerror or error}") from error


def _without_chain(folder: Path, against: Against) -> VerifyFinding:
    """No chain: nothing was ever kept here, or it is gone."""
    known = (against.known or {}).get(folder, DatabaseClaims())
    left = any(path.stat().st_size for path in folder.glob(WARC_PATTERN)) or any(kept_stamps(folder))
    if left or known.head or known.captures or (folder / MANIFEST_NAME).exists():
        what = f"证据链 {CHAIN_NAME}" if folder.is_dir() else "整个证据目录"
        return VerifyFinding(Fault.MISSING, folder.name, f"{what}不见了")
    return VerifyFinding(Fault.NOTE, folder.name, "巡查一开始就中断了，没有取得任何证据")


def verify_custody(evidence: Path) -> FolderReport | None:
    """Verify the custody of a workspace's evidence; None where there is none and nothing says that there was one.

    Each patrol's first line has the custody's head of that time, so a custody that was shortened or made anew does not
    fit the patrols beside it. Raises EvidenceError when it cannot be read.
    """
    path = evidence / CUSTODY_NAME
    openings = {folder.name: _opening(folder).get("custody") for folder in sorted(evidence.glob("patrol-*"))}
    remembered = {name: str(head) for name, head in openings.items() if head}
    try:
        if path.is_symlink() or not path.is_file():
            gone = VerifyFinding(
                Fault.MISSING, CUSTODY_NAME, f"证据流转记录不见了，而 {'、'.join(remembered)} 记有它的链头"
            )
            return FolderReport(path, findings=(gone,)) if remembered else None
        chain = scan_chain(path)
    except OSError as error:
        raise EvidenceError(f"{path} 读不了：{error.strerror or error}") from error
    found = list(chain.findings)
    if chain.torn_bytes:
        says = f"最后一行没有写完（{chain.torn_bytes} 字节），登记下一事项时会截去并注明"
        found.append(VerifyFinding(Fault.NOTE, CUSTODY_NAME, says))
    digests = frozenset(entry.digest for entry in chain.entries)
    for name, head in remembered.items():
        if head not in digests:
            says = f"{name} 首行所记的流转记录链头不在其中：流转记录被截短，或重新生成过"
            found.append(VerifyFinding(Fault.MISSING, CUSTODY_NAME, says))
    head = chain.entries[-1].digest if chain.entries else ""
    return FolderReport(path, head, chain.lines, finished=True, findings=tuple(found), digests=digests)


def _verify(folder: Path, chain: ScannedChain, against: Against, working: bool) -> FolderReport:
    findings = list(chain.findings)
    place = f"{folder.name}/{CHAIN_NAME}"
    finished = _finished(chain.entries)
    if chain.torn_bytes and not working:
        says = f"最后一行没有写完（{chain.torn_bytes} 字节），是中途断电或被强行终止时留下的；可用 --repair 截回"
        findings.append(VerifyFinding(Fault.TORN, f"{place} 第 {chain.whole_bytes} 字节起", says))
    found, sound = _layout(place, chain, findings)
    stands = found.by_file()
    pages = _pages(chain.entries)
    # Chained after its bytes were written, so what stands behind the last chained record is nothing while one works.
    tail_is_torn = sound and not finished
    # A pruning that was cut off after its line: the new bytes stand beside the file, and are what the chain speaks of.
    waiting = agreed_replacements(folder, chain.entries) if sound and not working else {}
    records = []
    for name in sorted(stands):
        there = waiting.get(name, name)
        records += check_warc(folder, there, stands[name], pages, chain_sound=sound, tail_is_torn=tail_is_torn)
        if name in waiting:
            says = "清理已登记而没有做完，新文件在旁边；可用 --repair 做完"
            findings.append(VerifyFinding(Fault.TORN, f"{folder.name}/{name}", says))
    records += unchained(folder, set(stands), chain_sound=sound, tail_is_torn=tail_is_torn)
    if working:
        records = [finding for finding in records if finding.fault is not Fault.TORN]
        findings.append(VerifyFinding(Fault.NOTE, folder.name, "巡查正在进行，末尾尚未入链的部分不作判断"))
    findings += records
    digests = frozenset(entry.digest for entry in chain.entries)
    findings += _outside(folder, chain, digests, against, sound)
    if not working:
        findings += _derived(
            folder, chain, found, finished, {f.where.split(" ")[0] for f in findings if f.fault.damage}
        )
    findings += _pruned(place, chain.entries)
    stamps, stamp_findings = _stamps(folder, chain, against)
    findings += stamp_findings
    if not finished and not working:
        findings.append(VerifyFinding(Fault.NOTE, place, "这次巡查没有结束（中断后未接着做完），证据到最后一行为止"))
    return FolderReport(
        folder=folder,
        head=chain.entries[-1].digest if chain.entries else "",
        lines=chain.lines,
        captures=sum(e.kind == "capture" and any(r.id in found.present for r in e.records) for e in chain.entries),
        records=len(found.present),
        bytes=sum(record.length for record in found.present.values()),
        finished=finished,
        stamps=stamps,
        findings=tuple(findings),
        digests=digests,
    )


def _layout(place: str, chain: ScannedChain, findings: list[VerifyFinding]) -> tuple[Layout, bool]:
    try:
        return layout(chain.entries), chain.sound
    except EvidenceError as error:
        findings.append(VerifyFinding(Fault.CHANGED if chain.sound else Fault.UNPROVEN, place, str(error)))
        return layout(entry for entry in chain.entries if entry.kind != "prune"), False


def _pruned(place: str, entries: Iterable[Entry]) -> Iterable[VerifyFinding]:
    """What is gone by rule: nothing is wrong, but it is said."""
    for entry in entries:
        if entry.kind == "prune":
            gone, before = len(entry.body.get("removed", ())), _local_text(entry.body.get("fetched_before"))
            says = (
                f"{entry.body.get('file')} 中 {gone} 条记录已按规定清理（取证早于 {before}、没有形成线索），"
                "内容不再保存，摘要仍在证据链中"
            )
            yield VerifyFinding(Fault.NOTE, f"{place} 第 {entry.number} 行", says)


def _local_text(text: object) -> str:
    try:
        return clock.show_second(datetime.fromisoformat(str(text)))
    except ValueError:
        return "未写明的时间"


def _finished(entries: Sequence[Entry]) -> bool:
    """Ended, and nothing kept since."""
    last = next((i for i in range(len(entries) - 1, -1, -1) if entries[i].kind == "finish"), None)
    return last is not None and not any(entry.records for entry in entries[last:])


def _pages(entries: Iterable[Entry]) -> dict[str, PageRecord]:
    return {r.id: PageRecord(str(entry.body.get("url", "")), entry.number) for entry in entries for r in entry.records}


# -- what stands outside the chain ---------------------------------------------------------------------------------------


def _outside(
    folder: Path, chain: ScannedChain, digests: frozenset[str], against: Against, sound: bool
) -> Iterable[VerifyFinding]:
    """The database's memory and the pieces set aside by mending."""
    place = f"{folder.name}/{CHAIN_NAME}"
    known = (against.known or {}).get(folder)
    if known is not None:
        if known.head and known.head not in digests:
            says = f"数据库登记的链头 {known.head[:16]}… 不在证据链中：证据链被截短，或整条重新生成过"
            yield VerifyFinding(Fault.MISSING, place, says)
        chained = {e.records[0].id: e for e in chain.entries if e.kind in ("capture", "image") and e.records}
        for record_id, (line, record) in (known.captures or {}).items():
            entry = chained.get(record_id)
            if entry is None:
                yield VerifyFinding(Fault.MISSING, place, f"数据库登记的网页 {record_id} 不在证据链中", record_id)
            elif (entry.digest, entry.records[0].sha256) != (line, record):
                where = f"{place} 第 {entry.number} 行"
                yield VerifyFinding(Fault.CHANGED, where, f"网页 {record_id} 的摘要与数据库登记的不同", record_id)
    for entry in chain.entries:
        kept = entry.body.get("kept")
        if entry.kind == "cut" and isinstance(kept, str) and Path(kept).parts[:1] == (CUT_FOLDER,):
            name = f"{CUT_FOLDER}/{Path(kept).name}"
            if not (folder / name).is_file():
                yield VerifyFinding(Fault.NOTE, f"{folder.name}/{name}", "截下另存的残余部分已不在；完整的记录不受影响")
            elif file_digest(folder, name).sha256 != entry.body.get("sha256"):
                yield VerifyFinding(Fault.CHANGED, f"{folder.name}/{name}", "截下另存的残余部分被改动")


def _derived(
    folder: Path, chain: ScannedChain, found: Layout, finished: bool, damaged: set[str]
) -> Iterable[VerifyFinding]:
    """Index and manifest: what can be made again. ``damaged``: places of which worse is known already."""
    place = f"{folder.name}/{MANIFEST_NAME}"
    for name, records in found.by_file().items() if finished else ():
        index = index_path(folder / name)
        if f"{folder.name}/{name}" in damaged or not chain.sound:
            continue
        if not index.is_file():
            yield VerifyFinding(Fault.STALE, f"{folder.name}/{index.name}", "没有索引；可用 --repair 重建")
        elif not _indexed(folder / name, records, index):
            yield VerifyFinding(Fault.STALE, f"{folder.name}/{index.name}", "索引与证据文件不符；可用 --repair 重建")
    try:
        manifest = read_manifest(folder)
    except ValueError:
        yield VerifyFinding(Fault.STALE, place, "清单无法读取；可用 --repair 重建")
        return
    if manifest is None:
        if finished:
            yield VerifyFinding(Fault.STALE, place, "没有清单；可用 --repair 重建")
        return
    lines = [entry.digest for entry in chain.entries]
    if manifest.chain_head not in lines:
        says = "清单所记的链头不在证据链中：证据链被截短、改动，或整条重新生成过"
        yield VerifyFinding(Fault.MISSING, f"{folder.name}/{CHAIN_NAME}", says)
    elif manifest.chain_head != lines[-1]:
        yield VerifyFinding(Fault.STALE, place, "清单早于证据链的最后一行；可用 --repair 重建")
        return
    yield from _listed(folder, {file.name: file for file in manifest.files}, damaged)
    yield from _sums(folder, manifest.files)


def _indexed(warc: Path, records: Iterable[RecordEntry], index: Path) -> bool:
    try:
        made = "".join(index_lines(warc, records)).encode()
        return index.stat().st_size == len(made) and index.read_bytes() == made
    except ValueError:
        return False


def _listed(folder: Path, listed: Mapping[str, FileDigest], damaged: set[str]) -> Iterable[VerifyFinding]:
    there = set(files_in(folder))
    for name in sorted(set(listed) - there):
        if f"{folder.name}/{name}" not in damaged and not name.endswith(".cdxj"):
            yield VerifyFinding(Fault.MISSING, f"{folder.name}/{name}", "清单上有，文件不见了")
    for name in sorted(there - set(listed)):
        says = "不在清单上；若确属本目录，可用 --repair 重列清单"
        yield VerifyFinding(Fault.STALE, f"{folder.name}/{name}", says)
    for name in sorted(there & set(listed)):
        if f"{folder.name}/{name}" not in damaged and file_digest(folder, name) != listed[name]:
            fault = Fault.STALE if name.endswith(".cdxj") else Fault.CHANGED
            yield VerifyFinding(fault, f"{folder.name}/{name}", "与清单所记的大小或摘要不符")


def _sums(folder: Path, files: Sequence[FileDigest]) -> Iterable[VerifyFinding]:
    """The two lists for other people's programs must say what the manifest says."""
    for name, kind in ((SHA256_NAME, "sha256"), (SM3_NAME, "sm3")):
        place = f"{folder.name}/{name}"
        try:
            said = {file: digest for digest, file in read_sums(folder / name)}
        except (OSError, ValueError) as error:
            yield VerifyFinding(Fault.STALE, place, f"摘要表无法读取（{error}）；可用 --repair 重建")
            continue
        own = file_digest(folder, MANIFEST_NAME)
        wanted = {file.name: getattr(file, kind) for file in (*files, own)}
        if said != wanted:
            yield VerifyFinding(Fault.STALE, place, "摘要表与清单不符；可用 --repair 重建")


# -- stamps ----------------------------------------------------------------------------------------------------------------


def _stamps(folder: Path, chain: ScannedChain, against: Against) -> tuple[tuple[StampSeen, ...], list[VerifyFinding]]:
    findings: list[VerifyFinding] = []
    seen: list[StampSeen] = []
    lines = {entry.digest: entry for entry in chain.entries}
    for path in kept_stamps(folder):
        place = f"{folder.name}/{path.parent.name}/{path.name}"
        own = path.with_suffix(".pem")
        try:
            roots = list(against.roots) if against.roots is not None else list(read_roots(own))
            if path.stat().st_size > MAX_BYTES:
                raise StampError("时间戳文件过大，不是回执")
            stamp = check_stamp(path.read_bytes(), roots)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's file does, it is a stamp that does not hold
            says = str(error) if isinstance(error, EvidenceError) else f"时间戳无法读取（{error}）"
            findings.append(VerifyFinding(Fault.CHANGED, place, says))
            continue
        entry = lines.get(stamp.digest)
        if entry is None:
            says = (
                f"时间戳（{clock.show_second(stamp.at)}）所盖的链头 {stamp.digest[:16]}… 不在证据链中："
                "证据链在盖章之后被截短、改动或整条重新生成过"
            )
            findings.append(VerifyFinding(Fault.CHANGED, place, says))
            continue
        seen.append(StampSeen(entry.number, stamp.at, stamp.signer, stamp.root_sha256))
        if against.roots is None:
            says = f"根证书取自本目录（{stamp.root}），请与该机构公布的 SHA-256 指纹核对：{stamp.root_sha256}"
            findings.append(VerifyFinding(Fault.UNPROVEN, place, says))
        findings += _early(place, entry, stamp.at)
    covered = max((stamp.line for stamp in seen), default=0)
    last = chain.entries[-1].number if chain.entries else 0
    if covered < last:
        what = f"第 {covered + 1} 至 {last} 行" if covered else "整条证据链"
        says = f"{what}没有时间戳" + (
            "；可运行 patrol evidence stamp 补盖"
            if against.stamp_due
            else "：不能由第三方证明这些内容何时已存在，也不能排除整条链重新生成过"
        )
        fault = Fault.UNSTAMPED if against.stamp_due or covered else Fault.UNPROVEN
        findings.append(VerifyFinding(fault, f"{folder.name}/{CHAIN_NAME}", says))
    return tuple(seen), findings


def _early(place: str, entry: Entry, at: datetime) -> Iterable[VerifyFinding]:
    """A stamp from before the line that it covers: the machine's clock was ahead."""
    try:
        written = datetime.fromisoformat(str(entry.body.get("at")))
        ahead = written - at
    except (ValueError, TypeError):
        return
    if ahead > _STAMP_SLACK:
        minutes = ahead.total_seconds() / 60
        yield VerifyFinding(
            Fault.NOTE, place, f"时间戳早于第 {entry.number} 行的记录时间 {minutes:.0f} 分钟，本机时钟当时偏快"
        )


# -- from patrol to patrol -----------------------------------------------------------------------------------------------


def _links(report: FolderReport, reports: Sequence[FolderReport]) -> Iterable[VerifyFinding]:
    """The chain that this one follows, and those that follow it, as far as their folders are here."""
    digests = {other.folder: other.digests for other in reports}
    place = f"{report.folder.name}/{CHAIN_NAME}"
    first = _opening(report.folder)
    follows, number = str(first.get("follows") or ""), first.get("follows_patrol")
    if follows:
        before = report.folder.parent / f"patrol-{number:06d}" if type(number) is int else None
        if before is None or not (before / CHAIN_NAME).is_file():
            says = f"所接的前一次巡查（第 {number} 次）不在旁边，首行所记的前次链头无从核对"
            yield VerifyFinding(Fault.UNPROVEN, f"{place} 第 1 行", says)
        elif follows not in _digests(before, digests):
            says = f"首行所记的前次链头不在 {before.name} 的证据链中：两者之一被截短或重新生成过"
            yield VerifyFinding(Fault.CHANGED, f"{place} 第 1 行", says)
    mine = first.get("patrol")
    for after in sorted(report.folder.parent.glob("patrol-*")):
        if after == report.folder or type(mine) is not int:
            continue
        opening = _opening(after)
        if opening.get("follows_patrol") == mine and opening.get("follows") not in report.digests:
            says = f"后一次巡查 {after.name} 所记的链头不在本证据链中：本链被截短，或整条重新生成过"
            yield VerifyFinding(Fault.CHANGED, place, says)


def _digests(folder: Path, known: Mapping[Path, frozenset[str]]) -> frozenset[str]:
    if folder in known:
        return known[folder]
    return frozenset(entry.digest for entry in scan_chain(folder / CHAIN_NAME).entries)


def _opening(folder: Path) -> Mapping[str, object]:
    """The first line's body, or nothing."""
    try:
        with (folder / CHAIN_NAME).open("rb") as file:
            said = json.loads(file.readline(1 << 20)[65:])
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) and said.get("kind") == "patrol" else {}


# -- putting right -------------------------------------------------------------------------------------------------------


def repair_folder(folder: Path, against: Against = _NOTHING) -> list[str]:
    """Cut back what a crash tore, note it in the chain, and make indexes and manifest anew; what was done, in Chinese.

    Whole, chained records are never touched. Raises EvidenceError when evidence is missing, changed, moved or added
    (that is no crash's work, and a person must look), or cannot be written; BusyError while a patrol is at work.
    """
    report = verify_folder(folder, against)
    if not report.sound:
        first = next(finding for finding in report.findings if finding.fault.damage)
        raise EvidenceError(
            f"{folder} 的证据有缺失或改动，不能自动修复，未作任何变动。请先查明原因或从备份恢复。例如：{first}"
        )
    if not (folder / CHAIN_NAME).is_file():
        return []
    try:
        finish_replacements(folder)
        done = mend(folder, read_chain(folder / CHAIN_NAME))
        if report.lines and (done or any(finding.fault is Fault.STALE for finding in report.findings)):
            seal(folder)
            done.append("索引和清单已重建")
    except OSError as error:
        raise EvidenceError(f"{folder} 写不进去：{error.strerror or error}。证据未受影响") from error
    return done
