"""Evidence package: packs records, chain, stamps, pictures, comparison, documents and how to check it all into one ZIP.

Made in a folder beside the ZIP, digested, packed, and given its name at one stroke: there is never half a package. The
documents' words come from ``reports`` through ``Renderers``, because this room knows facts only.
"""

from __future__ import annotations

import platform
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from patrol import clock
from patrol.actor import machine_name, system_account
from patrol.config import Workspace
from patrol.errors import EvidenceError, InputError
from patrol.evidence.custody import CUSTODY_NAME, read_custody
from patrol.evidence.files import PROGRAM
from patrol.files import Digests, sync_file, sync_folder
from patrol.leads.views import LeadView
from patrol.packages.contents import PackagedFile, PackageFacts, Selection
from patrol.packages.cover import enter_manifest, write_manifest
from patrol.packages.instruction import SCRIPT, instruction
from patrol.packages.slices import write_screenshots, write_slices
from patrol.packages.stamps import copy_stamps
from patrol.packages.wacz import write_wacz
from patrol.packages.working_folder import working_folder

RECORD_NAME = "远程取证记录.docx"
REPORT_NAME = "电子数据审查说明.docx"
INSTRUCTION_NAME = "验证说明.txt"

_ABOUT = (
    (r"evidence/.*/chain\.txt", "证据链"),
    (r"evidence/.*/records\.tsv", "记录位置与摘要"),
    (r"evidence/.*\.warc\.gz", "网页原始记录"),
    (r"evidence/.*/stamps/.*\.tsr", "可信时间戳"),
    (r"evidence/.*/stamps/.*\.pem", "时间戳证书"),
    (r"evidence/.*/stamps/.*\.tsq", "时间戳请求"),
    (r"screenshots/.*", "网页截图"),
    (r"比对/.*", "比对报告"),
    (r"archive\.wacz", "网页重现档案"),
    (r".*\.docx", "文书"),
)


@dataclass(frozen=True, slots=True)
class Renderers:
    """Who writes the documents: each gives a file's bytes."""

    comparison: Callable[[LeadView], bytes]
    record: Callable[[PackageFacts], bytes]
    report: Callable[[PackageFacts], bytes]


@dataclass(frozen=True, slots=True)
class Package:
    """A finished package. ``size`` in bytes."""

    path: Path
    size: int
    sha256: str
    sm3: str
    facts: PackageFacts


def check_reviewed(selection: Selection) -> None:
    """Check that every capture is reviewed. Raises InputError, with the remedy, when one lacks its review mark."""
    waiting = selection.unreviewed
    if not waiting:
        return
    leads = tuple(dict.fromkeys(number for used in waiting for number in used.leads))
    raise InputError(
        f"{len(waiting)} 份取证快照未经审核，未经审核的电子记录不得作为证据（行政处罚法第四十一条），未导出。\n"
        + "".join(f"请两名执法人员审核后运行：patrol evidence review {number} --officers 甲 乙\n" for number in leads)
        + "只作内部参考的，可加 --draft，导出的每一页都会标明“草稿（未经审核）”"
    )


def write_package(
    workspace: Workspace,
    selection: Selection,
    renderers: Renderers,
    path: Path,
    *,
    officers: Sequence[str],
    draft: bool,
    masked: bool,
) -> Package:
    """Make the package at ``path`` (replaced whole); ``officers`` are entered with its manifest. Raises EvidenceError
    when evidence cannot be read or does not agree with its chain, or the package cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with working_folder(workspace.root, path.parent) as folder:
            root = folder / "package"
            root.mkdir()
            facts = _fill(workspace, selection, renderers, root, draft=draft, masked=masked)
            enter_manifest(workspace, root, facts, write_manifest(root, _files(root)), officers)
            # Packed in there too, and not beside ``path``: what a kill leaves is cleared with the folder.
            with (folder / "package.zip").open("xb") as packed:
                _pack(root, packed, path.name.removesuffix(".zip"))
                sync_file(packed)
            (folder / "package.zip").replace(path)
            sync_folder(path.parent)
        done = Digests.of(path)
    except OSError as error:
        cause = error.strerror or str(error)
        raise EvidenceError(f"证据包写不进 {path}：{cause}。请检查磁盘空间和目录权限；证据库不受影响") from error
    return Package(path, done.size, done.sha256, done.sm3, facts)


def _fill(
    workspace: Workspace, selection: Selection, renderers: Renderers, root: Path, *, draft: bool, masked: bool
) -> PackageFacts:
    sliced = write_slices(selection, root)
    screenshots = write_screenshots(selection, root)
    stamps = copy_stamps(selection, root)
    office = workspace.config.office
    numbers = "、".join(lead.number for lead in selection.leads)
    write_wacz(root / "archive.wacz", root, selection, sliced, title=f"{office.name} {numbers}", software=PROGRAM)
    (root / "比对").mkdir()
    for lead in selection.leads:
        (root / "比对" / f"{file_name(lead.number)}.html").write_bytes(renderers.comparison(lead))
    facts = PackageFacts(
        selection=selection,
        records=len(sliced),
        files=_files(root),
        screenshots=tuple(screenshots),
        stamps=tuple(stamps),
        custody=read_custody(workspace.evidence / CUSTODY_NAME),
        made_at=clock.now(),
        account=system_account(),
        machine=machine_name(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        office=office.name,
        region=office.region,
        program=PROGRAM,
        program_python=platform.python_version(),
        draft=draft,
        masked=masked,
    )
    (root / RECORD_NAME).write_bytes(renderers.record(facts))
    (root / REPORT_NAME).write_bytes(renderers.report(replace(facts, files=_files(root))))
    (root / INSTRUCTION_NAME).write_text(instruction(facts), encoding="utf-8")
    shutil.copyfile(SCRIPT, root / SCRIPT.name)
    return facts


def file_name(text: str) -> str:
    """Return ``text`` as a file's name: letters, digits and the brackets of numbers stay; no space, no path."""
    return re.sub(r"[^\w〔〕-]|^-", "_", text)[:80] or "_"


def _files(root: Path) -> tuple[PackagedFile, ...]:
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return tuple(
        PackagedFile(name, _about(name), found.size, found.sha256, found.sm3)
        for name, found in ((name, Digests.of(root / name)) for name in names)
    )


def _about(name: str) -> str:
    return next((about for pattern, about in _ABOUT if re.fullmatch(pattern, name)), "")


def _pack(root: Path, file: BinaryIO, folder: str) -> None:
    """Everything in one folder of the ZIP's name; what is packed already is only stored."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as packed:
        for member in sorted(path for path in root.rglob("*") if path.is_file()):
            stored = member.suffix in {".gz", ".wacz", ".png", ".docx"}
            how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            packed.write(member, f"{folder}/{member.relative_to(root).as_posix()}", how)
