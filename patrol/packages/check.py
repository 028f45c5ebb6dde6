"""Package check: verifies a package without the workspace that it came from, as ``verify.sh`` does and independently of it.

Nothing that the package says is believed: names and numbers must have their form before they are used, every digest is
computed, every byte of every WARC must be some record's, and what was promised must be there. ``tests/packages`` hold
both verifiers to each other's answers.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from cryptography.x509 import Certificate, load_pem_x509_certificates

from patrol.evidence.chain import GENESIS
from patrol.evidence.stamping import StampError, check_stamp
from patrol.files import PORTION, Digests
from patrol.packages.cover import COVER, MANIFEST, MANIFEST_SM3, cover
from patrol.packages.opened import BrokenPackage, OpenedPackage

CUSTODY = "evidence/custody.txt"
_MAX_TEXT = 1 << 30

_HEX = rb"[0-9a-f]{64}"
_PART = rb"[A-Za-z0-9_\x80-\xff][A-Za-z0-9._\x80-\xff-]*"
_SUM = re.compile(rb"(%b) \*(%b(?:/%b){0,3})" % (_HEX, _PART, _PART))
_LINK = re.compile(rb'(%b) \{"n":([1-9][0-9]{0,8}),"prev":"(%b)",' % (_HEX, _HEX))
_HEAD = re.compile(rb'.*"custody":"(%b|)"' % _HEX)
_ROW = re.compile(
    rb"(%b)\t(%b)\t(%b[.]warc[.]gz)\t(0|[1-9][0-9]{0,14})\t([1-9][0-9]{0,14})\t([1-9][0-9]{0,8})\t([a-z]+)\t(<urn:uuid:[0-9a-f-]{36}>)"
    % (_HEX, _HEX, _PART)
)
_PEM = re.compile(rb"-----(?:BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=]{1,76}")
_PATROL = rb"evidence/patrol-[0-9]{6,9}"
_CHAIN = re.compile(rb"%b/chain[.]txt" % _PATROL)
_EVIDENCE = re.compile(
    rb"%b/(?:chain[.]txt|records[.]tsv|%b[.]warc[.]gz|stamps/[0-9]{6,9}-[A-Za-z0-9._-]+[.](?:tsr|tsq|pem))"
    % (_PATROL, _PART)
)


@dataclass(frozen=True, slots=True)
class SeenStamp:
    """A stamp that holds: over lines 1 to ``line`` of the chain in ``folder``, since ``at``. ``root``: SHA-256 of the
    certificate that it leads to, in hex; ``own_root``: which was only found in the package itself."""

    folder: str
    line: int
    at: datetime
    root: str
    own_root: bool


@dataclass(slots=True)
class PackageCheck:
    """What a check found. ``findings``: Chinese, each what does not hold; ``manifest``: digest to be compared with the
    signed cover; ``sha256``: of the ZIP itself, "" for a folder."""

    sha256: str = ""
    manifest: str = ""
    patrols: int = 0
    records: int = 0
    stamps: list[SeenStamp] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings


def check_package(path: Path, roots: Sequence[Certificate] | None = None) -> PackageCheck:
    """Check a package, a ZIP or a folder. ``roots``: certificates that time-stamps must lead to; None: those that the
    package brings. Raises UnreadablePackage when nothing can be said of it."""
    check = PackageCheck()
    try:
        package = OpenedPackage(path)
    except BrokenPackage as error:
        check.findings.append(str(error))
        return check
    try:
        if path.is_file():
            with path.open("rb") as file:
                check.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        _Checking(package, check, roots).run()
    except BrokenPackage as error:
        check.findings.append(str(error))
    finally:
        package.close()
    return check


class _Checking:
    def __init__(self, package: OpenedPackage, check: PackageCheck, roots: Sequence[Certificate] | None) -> None:
        self.package, self.check, self.roots = package, check, roots
        self.names: list[str] = []

    def wrong(self, words: str) -> None:
        self.check.findings.append("".join(c if c.isprintable() else "�" for c in words))

    def run(self) -> None:
        if not self.listed():
            return
        acts = self.linked(CUSTODY)
        digests = {hashlib.sha256(_body(line)).hexdigest().encode() for line in acts}
        chains = {name: self.linked(name) for name in self.names if _CHAIN.fullmatch(name.encode())}
        for name, lines in chains.items():
            for line in lines:
                held = _HEAD.match(line)
                if b'"custody":"' in line and (held is None or (held.group(1) and held.group(1) not in digests)):
                    self.wrong(f"{name} 所记的流转记录不在 {CUSTODY} 中")
            self.records(name.rpartition("/")[0], lines)
        for token in self.names:
            if token.startswith("evidence/") and token.endswith(".tsr"):
                self.stamp(token, chains)
        self.promised(acts, len(chains))

    def formed(self, name: str, form: re.Pattern[bytes], *, whole: bool = True) -> list[bytes]:
        """The lines of a text file, without their newlines; none, and a finding, when it has not the form."""
        if name not in self.package.names:
            self.wrong(f"{name} 不见了")
            return []
        data = self.package.read(name, _MAX_TEXT)
        if not data.endswith(b"\n") or b"\0" in data:
            self.wrong(f"{name} 是空的、有空字符或末行没有换行")
            return []
        lines = data[:-1].split(b"\n")
        if not all(form.fullmatch(line) if whole else form.match(line) for line in lines):
            self.wrong(f"{name} 有不合格式的行")
            return []
        return lines

    # -- the files against the lists -----------------------------------------------------------------------------------

    def listed(self) -> bool:
        manifest, sm3_list = self.formed(MANIFEST, _SUM), self.formed(MANIFEST_SM3, _SUM)
        if not manifest or not sm3_list:
            return False
        self.check.manifest = hashlib.sha256(self.package.read(MANIFEST)).hexdigest()
        self.names = [_name(line) for line in manifest]
        there, listed = self.package.names, [*self.names, MANIFEST, COVER, CUSTODY]
        if sorted(there) != sorted(listed):
            self.wrong("包内的文件与清单所列不同")
            for name in sorted(there - set(listed)):
                self.wrong(f"{name} 不在清单中")
        if [_name(line) for line in sm3_list] != [name for name in self.names if name != MANIFEST_SM3]:
            self.wrong(f"{MANIFEST_SM3} 所列与 {MANIFEST} 不同")
        for line in (*manifest, *sm3_list):
            if _name(line) not in there:
                self.wrong(f"{_name(line)} 不见了")
        wanted = {
            (kind, _name(line)): line[:64] for kind, of in (("sha256", manifest), ("sm3", sm3_list)) for line in of
        }
        for name in dict.fromkeys(name for _, name in wanted if name in there):
            with self.package.open(name) as file:
                found = dict(zip(("sha256", "sm3"), _digests(file), strict=True))
            for kind in found:
                if wanted.get((kind, name), found[kind].encode()) != found[kind].encode():
                    self.wrong(f"{name} 与 {MANIFEST if kind == 'sha256' else MANIFEST_SM3} 不符")
        if any(name.startswith("evidence/") and not _EVIDENCE.fullmatch(name.encode()) for name in self.names):
            self.wrong("evidence 里有不属于证据的文件")
        return True

    # -- chains --------------------------------------------------------------------------------------------------------

    def linked(self, name: str) -> list[bytes]:
        last = GENESIS.encode()
        lines = self.formed(name, _LINK, whole=False)
        for number, line in enumerate(lines, start=1):
            said = _LINK.match(line)
            digest = hashlib.sha256(_body(line)).hexdigest().encode()
            if said is None or said.group(1) != digest:
                self.wrong(f"{name} 第 {number} 行的摘要")
            if said is None or said.group(2) != str(number).encode() or said.group(3) != last:
                self.wrong(f"{name} 第 {number} 行与上一行接不上")
            last = digest
        return lines

    # -- records -------------------------------------------------------------------------------------------------------

    def records(self, folder: str, chain: list[bytes]) -> None:
        files: dict[str, list[re.Match[bytes]]] = defaultdict(list)
        last = ""
        for row in self.formed(f"{folder}/records.tsv", _ROW):
            said = _ROW.fullmatch(row)
            assert said is not None
            name = said.group(3).decode("utf-8", "surrogateescape")
            if name != last and name in files:
                self.wrong(f"{folder}/records.tsv 里 {name} 的记录不在一处")
            files[name].append(said)
            last = name
            self.check.records += 1
            if not self._chained(said, chain):
                self.wrong(f"{folder}/{name} 第 {said.group(4).decode()} 字节起的记录不在证据链所说的行")
        for name, rows in files.items():
            self._cut(f"{folder}/{name}", rows)
        for name in self.names:
            if name.startswith(f"{folder}/") and name.endswith(".warc.gz") and name.rpartition("/")[2] not in files:
                self.wrong(f"{name} 没有记在 records.tsv 里")

    def _chained(self, said: re.Match[bytes], chain: list[bytes]) -> bool:
        sha256, sm3, name, _, length, at, kind, record_id = said.groups()
        line = chain[int(at) - 1] if int(at) <= len(chain) else b""
        opening = b'{"type":"%b","id":"%b","file":"%b","offset":' % (kind, record_id, name)
        rest = line.partition(opening)[2].lstrip(b"0123456789")
        return rest.startswith(b',"length":%b,"sha256":"%b","sm3":"%b"}' % (length, sha256, sm3))

    def _cut(self, name: str, rows: list[re.Match[bytes]]) -> None:
        if name not in self.package.names:
            self.wrong(f"{name} 不见了")
            return
        end = 0
        with self.package.open(name) as file:
            for said in rows:
                offset, length = int(said.group(4)), int(said.group(5))
                place = f"{name} 第 {offset} 字节起"
                if offset != end:
                    self.wrong(f"{place} 与上一条记录不相接")
                    return
                if _digests(file, length) != (said.group(1).decode(), said.group(2).decode()):
                    self.wrong(f"{place} 的记录与摘要不符")
                end = offset + length
            if file.read(1):
                self.wrong(f"{name} 末尾有不属于任何记录的字节")

    # -- stamps --------------------------------------------------------------------------------------------------------

    def stamp(self, token: str, chains: dict[str, list[bytes]]) -> None:
        folder, _, file = token.partition("/stamps/")
        number = re.match(r"[0-9]+", file)
        line = int(number.group()) if number else 0
        chain = chains.get(f"{folder}/chain.txt", [])
        pem = token.removesuffix(".tsr") + ".pem"
        if not self.formed(pem, _PEM):
            return
        if token not in self.package.names or not 1 <= line <= len(chain):
            self.wrong(f"{token} 所盖的行不存在")
            return
        try:
            roots = self.roots if self.roots is not None else _own_roots(self.package.read(pem))
            stamp = check_stamp(self.package.read(token), roots, hashlib.sha256(_body(chain[line - 1])).hexdigest())
        except (StampError, ValueError) as error:
            self.wrong(f"{token} 不成立：{error}")
            return
        self.check.stamps.append(SeenStamp(folder, line, stamp.at, stamp.root_sha256, self.roots is None))

    # -- what was promised ---------------------------------------------------------------------------------------------

    def promised(self, acts: list[bytes], patrols: int) -> None:
        self.check.patrols = patrols
        records, stamps = self.check.records, sum(name.endswith(".tsr") for name in self.names)
        if not patrols:
            self.wrong("没有一次巡查的证据链")
        if not records:
            self.wrong("没有一条证据记录")
        manifest = self.check.manifest
        says = f',"facts":{{"manifest":"{manifest}","patrols":{patrols},"records":{records},"stamps":{stamps}}}}}'
        last = acts[-1] if acts else b""
        if not last.endswith(says.encode()):
            self.wrong(f"{CUSTODY} 末条所记的清单摘要或件数与本包不符")
        printed = cover(manifest, last, len(acts), patrols=patrols, records=records, stamps=stamps)
        if COVER not in self.package.names or self.package.read(COVER) != printed:
            self.wrong(f"{COVER} 与本包不符")


def _own_roots(pem: bytes) -> list[Certificate]:
    """The certificates of a file that issued themselves."""
    return [one for one in load_pem_x509_certificates(pem) if one.subject == one.issuer]


def _name(line: bytes) -> str:
    return line[66:].decode("utf-8", "surrogateescape")


def _body(line: bytes) -> bytes:
    return line.partition(b" ")[2]


def _digests(file: IO[bytes], length: int | None = None) -> tuple[str, str]:
    """SHA-256 and SM3 of the next ``length`` bytes, or of all that is left."""
    found, left = Digests(), length if length is not None else 1 << 62
    while left and (data := file.read(min(left, PORTION))):
        found.add(data)
        left -= len(data)
    return (found.sha256, found.sm3) if length is None or not left else ("", "")
