"""Package verification: shows what ``patrol verify PACKAGE`` found, on a machine that has nothing but the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text

from patrol import clock
from patrol.cli.console import console, errors, print_json, progress
from patrol.evidence.stamping import read_roots
from patrol.packages.check import PackageCheck, check_package


def verify_package(path: Path, roots: Path | None, *, json: bool) -> int:
    """Check a package and show what came of it; return the exit status: 0 all agrees, 1 something does not."""
    trusted = read_roots(roots.expanduser()) if roots is not None else None
    with progress("正在核验证据包"):
        check = check_package(path, trusted)
    if json:
        print_json(_as_json(check))
    else:
        _show(path, check)
    return 0 if check.sound else 1


def _show(path: Path, check: PackageCheck) -> None:
    console.print(Text(f"证据包 {path.name}：{_counts(check)}"), soft_wrap=True)
    for stamp in check.stamps:
        says = f"  时间戳：{clock.show_second(stamp.at)} 起 {stamp.folder} 第 1 至 {stamp.line} 行未变，根证书指纹 {stamp.root}"
        own = "（包内所附，须与时间戳机构公布的一致）" if stamp.own_root else ""
        console.print(Text(says + own), soft_wrap=True)
    for finding in check.findings:
        errors.print(Text(f"  不符：{finding}", style="red"), soft_wrap=True)
    if check.manifest:
        console.print(f"  清单摘要（须与书面封面一致）：{check.manifest}", soft_wrap=True)
    if check.sha256:
        console.print(f"  本 ZIP 的 SHA-256：{check.sha256}", soft_wrap=True)
    for words in _unwitnessed(check):
        console.print(f"  {words}", style="yellow", soft_wrap=True)
    if check.sound:
        console.print("核验通过：本包各文件、记录、证据链和流转记录一致。", style="green")
    else:
        errors.print("核验不通过：见上列各项。", style="red")


def _counts(check: PackageCheck) -> str:
    return f"巡查 {check.patrols} 次，记录 {check.records} 条，时间戳 {len(check.stamps)} 个"


def _unwitnessed(check: PackageCheck) -> list[str]:
    if check.stamps:
        return []
    return ["没有时间戳：本包之外没有东西证明证据链不是后来重做的，只能核对彼此是否一致。"]


def _as_json(check: PackageCheck) -> dict[str, Any]:
    stamps = [
        {"folder": one.folder, "line": one.line, "at": one.at.isoformat(), "root_sha256": one.root}
        for one in check.stamps
    ]
    return {
        "state": "sound" if check.sound else "damaged",
        "findings": [{"kind": "changed", "place": "", "words": words} for words in check.findings],
        "unwitnessed": _unwitnessed(check),
        "manifest_sha256": check.manifest,
        "sha256": check.sha256 or None,
        "patrols": check.patrols,
        "records": check.records,
        "stamps": stamps,
    }
