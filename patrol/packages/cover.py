"""Cover (封面): ties everything in a package to one digest, enters it in the custody record, and prints it for signature.

``SHA256SUMS`` is the manifest: it names every file but three. Its digest is in the last line of the package's
``evidence/custody.txt`` (with how many patrols, records and stamps there are), and that line's digest is on ``封面.txt``,
which has nothing that is not made from the package; so the three are tied to it without being named in it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from patrol.config import Workspace
from patrol.errors import EvidenceError
from patrol.evidence.custody import CUSTODY_NAME, record_act
from patrol.packages.contents import PackagedFile, PackageFacts
from patrol.packages.slices import EVIDENCE

MANIFEST, MANIFEST_SM3, COVER = "SHA256SUMS", "SM3SUMS", "封面.txt"


def write_manifest(root: Path, files: Sequence[PackagedFile]) -> str:
    """Write both lists of digests of ``files``, SM3 first, which the manifest names too. Returns the manifest's digest."""
    (root / MANIFEST_SM3).write_text("".join(f"{file.sm3} *{file.name}\n" for file in files), encoding="utf-8")
    sm3_list = hashlib.sha256((root / MANIFEST_SM3).read_bytes()).hexdigest()
    listed = sorted([(file.name, file.sha256) for file in files] + [(MANIFEST_SM3, sm3_list)])
    manifest = "".join(f"{digest} *{name}\n" for name, digest in listed).encode()
    (root / MANIFEST).write_bytes(manifest)
    return hashlib.sha256(manifest).hexdigest()


def enter_manifest(
    workspace: Workspace, root: Path, facts: PackageFacts, manifest: str, officers: Sequence[str]
) -> None:
    """Enter the manifest in the custody record, copy that up to this line into the package, and write the cover.

    Raises EvidenceError when it cannot be entered.
    """
    leads = [lead.number for lead in facts.selection.leads]
    counts: dict[str, Any] = {
        "patrols": len(facts.selection.chains),
        "records": facts.records,
        "stamps": len(facts.stamps),
    }
    what = f"线索 {'、'.join(leads)}"
    record_act(workspace, "manifest", officers=officers, leads=leads, what=what, manifest=manifest, **counts)
    kept: list[bytes] = []
    # Another command may have added its line behind ours.
    for line in (workspace.evidence / CUSTODY_NAME).read_bytes().splitlines(keepends=True):
        kept.append(line)
        if f'"facts":{{"manifest":"{manifest}",'.encode() in line:
            break
    else:
        raise EvidenceError("证据流转记录里找不到刚登记的清单摘要，未导出。请运行 patrol verify 查明原因")
    (root / EVIDENCE / CUSTODY_NAME).write_bytes(b"".join(kept))
    (root / COVER).write_bytes(cover(manifest, kept[-1].rstrip(b"\n"), len(kept), **counts))


def cover(manifest: str, custody_line: bytes, custody_lines: int, *, patrols: int, records: int, stamps: int) -> bytes:
    """Write the cover, from the last line of the package's custody record and what was counted."""
    named = re.search(rb'.*"leads":\[([^\]]*)\]', custody_line)
    leads = named.group(1).replace(b'"', b"").decode("utf-8", "surrogateescape") if named else ""
    head = hashlib.sha256(custody_line.partition(b" ")[2]).hexdigest()
    return "".join(
        f"{line}\n"
        for line in (
            "证据包封面",
            f"线索：{leads}",
            f"巡查 {patrols} 次，记录 {records} 条，时间戳 {stamps} 个",
            "清单 SHA256SUMS 的 SHA-256 摘要：",
            manifest,
            f"证据流转记录第 {custody_lines} 条的摘要：",
            head,
            "执法人员签名：",
            "日期：",
        )
    ).encode("utf-8", "surrogateescape")
