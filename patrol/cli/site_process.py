"""Site processes: find site files for commands, and start spiders by name in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patrol.config import CHECKOUT, Workspace
from patrol.directory import SiteFile, SiteProblem, find_sites
from patrol.directory.site_file import FILE_NAME
from patrol.errors import ConfigError, InputError, PatrolError


@dataclass(frozen=True, slots=True)
class ShownPages:
    """What a crawl for show wrote: its lines by type, and the spider's log."""

    lines: tuple[dict[str, Any], ...]
    log: tuple[str, ...]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    @property
    def end(self) -> dict[str, Any]:
        return next(iter(self.of("end")), {"reason": "", "skipped": {}})


def workspace_or_none() -> Workspace | None:
    """Return the workspace; None outside of any. One that is named but wrong is an error."""
    try:
        return Workspace.find()
    except ConfigError:
        if os.environ.get("PATROL_WORKSPACE"):
            raise
        return None


def site_folders() -> tuple[Path, ...]:
    """Return where site folders are looked for."""
    workspace = workspace_or_none()
    return workspace.site_folders if workspace else (CHECKOUT / "spiders" / "sites",)


def folder_of(site: str) -> Path:
    """Return the folder of a site. Raises InputError when there is none, naming those that there are."""
    for folder in site_folders():
        if (folder / site / FILE_NAME).is_file():
            return folder / site
    known = "、".join(find_sites(site_folders())) or "无"
    raise InputError(f"没有名为“{site}”的站点文件。已有：{known}")


def good_site(site: str) -> SiteFile:
    """Return a site's file. Raises SiteProblem when it is faulty, InputError when there is none."""
    folder_of(site)
    known = find_sites(site_folders())[site]
    if isinstance(known, SiteProblem):
        raise known
    return known


def see(spider: str, arguments: dict[str, str], scratch: Path, settings: dict[str, str] | None = None) -> ShownPages:
    """Run a spider whose pages are only shown. ``scratch``: a folder for what it writes."""
    out = scratch / "seen.jsonl"
    words = [sys.executable, "-m", "scrapy", "crawl", spider]
    for name, value in arguments.items():
        words += ["-a", f"{name}={value}"]
    given = {
        "ITEM_PIPELINES": '{"pipelines.show.ShowPipeline": 1}',
        "PATROL_SHOW": str(out),
        "LOG_LEVEL": "WARNING",
        **(settings or {}),
    }
    for name, value in given.items():
        words += ["-s", f"{name}={value}"]
    log = _run(words).stderr.splitlines()
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    out.unlink(missing_ok=True)
    return ShownPages(tuple(json.loads(line) for line in lines), tuple(log))


def read_samples(folders: list[Path]) -> list[dict[str, Any]]:
    """Return all samples of the sites in ``folders`` read offline, a row a field (``spiders.samples.Row``)."""
    done = _run([sys.executable, "-m", "spiders.samples", *map(str, folders)])
    if done.returncode:
        raise PatrolError("样本没有读成：" + (done.stderr.strip().splitlines() or ["原因不明"])[-1])
    return [json.loads(line) for line in done.stdout.splitlines()]


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    workspace = workspace_or_none()
    environment = {**os.environ, **({"PATROL_WORKSPACE": str(workspace.root)} if workspace else {})}
    return subprocess.run(words, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
