"""Chain of custody (证据流转记录): records every access to evidence and every export of it, in a hash chain of its own.

One file a workspace, ``custody.txt`` in the evidence folder, in the form that ``chain.py`` describes. A line says who
(the system account, and the officers that were named), when, what was done, to what, and why. The line of an act is
durable before the act gives anything away: an entry without an export is harmless, an export without an entry is not.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from patrol import __version__
from patrol.actor import Officer, machine_name, system_account
from patrol.config import Workspace
from patrol.errors import EvidenceError, InputError
from patrol.evidence.chain import Entry, read_chain, reopen_chain
from patrol.files import sync_folder

CUSTODY_NAME = "custody.txt"
OPENED = "custody"

ACTS = {
    OPENED: "建立流转记录",
    "review": "审核取证快照",
    "view": "查看证据",
    "report": "生成线索报告",
    "export": "导出证据包",
    "manifest": "列定证据包清单",
    "exported": "证据包已写成",
    "unmask": "显示完整个人信息",
    "prune": "清理无线索的取证快照",
    "pruned": "清理完毕",
    "verify": "核验证据",
    "cut": "截去未写完的记录",
}
"""What can be done with evidence, as an officer reads it."""


@dataclass(frozen=True, slots=True)
class Custody:
    """One act as read back. ``what`` names leads, files and figures, in Chinese; ``leads``: the numbers of the leads that
    it concerned, none where it concerned the whole archive; ``digest`` is of its line."""

    number: int
    at: datetime
    act: str
    account: str
    officers: tuple[str, ...]
    what: str
    why: str
    leads: tuple[str, ...]
    digest: str


def record_act(
    workspace: Workspace,
    act: str,
    *,
    officers: Sequence[str] = (),
    leads: Sequence[str] = (),
    what: str,
    why: str = "",
    **facts: Any,
) -> Custody:
    """Add a line and make it last; return it. ``facts`` are kept as they are (numbers, digests, ids).

    Raises EvidenceError when the custody file was changed or cannot be written: then the act must not happen.
    """
    path = workspace.evidence / CUSTODY_NAME
    try:
        workspace.evidence.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            chain, entries = reopen_chain(path)
            try:
                if not entries:
                    chain.add(
                        OPENED, {"program": f"Patrol {__version__}", **_who(), "what": workspace.config.office.name}
                    )
                said = {**_who(), "officers": list(officers), "leads": list(leads), "what": what, "why": why}
                chain.add(act, {**said, **({"facts": facts} if facts else {})})
                chain.commit()
            finally:
                chain.close()
            sync_folder(workspace.evidence)
    except OSError as error:
        cause = error.strerror or str(error)
        raise EvidenceError(
            f"证据流转记录写不进 {path}：{cause}。未登记，所以没有继续。请检查磁盘空间和目录权限"
        ) from error
    return read_custody(path)[-1]


def record_unmasking(workspace: Workspace, by: str, reason: str, what: str, leads: Sequence[str] = ()) -> None:
    """Add that somebody asked for personal data as they are. Raises InputError without a reason or a name."""
    if not reason.strip():
        raise InputError("显示完整个人信息须写明原因：--unmasked --reason 原因（将记入证据流转记录）")
    record_act(workspace, "unmask", officers=acting_officers(workspace, by), leads=leads, what=what, why=reason)


def acting_officers(workspace: Workspace, by: str) -> tuple[str, ...]:
    """Return whom the custody names: who was given, else those of the settings. Raises InputError when there is nobody."""
    people = (Officer.acting(by).name,) if by.strip() else workspace.config.office.officers
    if not people:
        raise InputError("证据流转记录须写明经办人：请加 --by 姓名，或在 patrol.toml 的 [office] 中填 officers")
    return people


def custody_head(evidence: Path) -> str:
    """Return the digest of the newest whole line, as it says of itself; "" where there is none. Raises OSError."""
    path = evidence / CUSTODY_NAME
    if not path.is_file():
        return ""
    lines = path.read_bytes().split(b"\n")[:-1]
    return lines[-1][:64].decode("ascii", "replace") if lines else ""


def custody_of(workspace: Workspace) -> tuple[Custody, ...]:
    """Read all acts of a workspace, in order; none where there is no custody record yet."""
    return read_custody(workspace.evidence / CUSTODY_NAME)


def read_custody(path: Path) -> tuple[Custody, ...]:
    """Read all acts, in order. Raises EvidenceError when a line was changed."""
    return tuple(_act(entry) for entry in read_chain(path).entries)


def _act(entry: Entry) -> Custody:
    said = entry.body
    return Custody(
        number=entry.number,
        at=datetime.fromisoformat(said["at"]),
        act=ACTS.get(entry.kind, entry.kind),
        account=f"{said.get('account', '')}@{said.get('machine', '')}".strip("@"),
        officers=tuple(said.get("officers", ())),
        what=str(said.get("what", said.get("file", ""))),
        why=str(said.get("why", "")),
        leads=tuple(said.get("leads", ())),
        digest=entry.digest,
    )


def _who() -> dict[str, str]:
    return {"account": system_account(), "machine": machine_name()}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two commands at once write one after the other."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
