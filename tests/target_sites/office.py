"""An office that patrols a target site: a real workspace, a site file, a directory, ``patrol run``, the database."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from patrol.config import CHECKOUT, Workspace
from patrol.db.models import Capture, CaptureText
from patrol.db.session import Database
from patrol.directory.targets import import_directory
from patrol.items import HOME, Extracted
from patrol.text.storage import read_extraction
from patrol.workspace import make_workspace

SITES = Path(__file__).with_name("sites")
_CONFIG = '[office]\nname = "试点县版权工作站"\n\n[crawl]\ndelay = 0.0\nat_once = 8\n'


@dataclass(frozen=True)
class Kept:
    """One captured page as the database has it."""

    url: str
    state: str
    compared: str
    read: Extracted


class Office:
    """A workspace in ``root``; commands run as a clerk runs them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace: Workspace = make_workspace(root)
        (root / "patrol.toml").write_text(_CONFIG, encoding="utf-8")

    def add_site(self, name: str, port: int, text: str | None = None) -> None:
        """Put a site file (``sites/NAME/site.yaml`` unless ``text`` is given) and a directory row in place."""
        folder = self.root / "sites" / name
        folder.mkdir(parents=True)
        text = text or (SITES / name / "site.yaml").read_text(encoding="utf-8")
        (folder / "site.yaml").write_text(text.replace("{port}", str(port)), encoding="utf-8")
        rows = self.root / f"{name}.csv"
        with rows.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([["名称", "领域", "站点", "频次"], [name, "图书", name, "每周"]])
        database = Database.ready(self.workspace.database_url)
        try:
            with database.session() as session:
                import_directory(session, rows)
        finally:
            database.close()

    def command(self, *words: str, expected: tuple[int, ...] = (0,)) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PATROL_")}
        environment |= {"PATROL_WORKSPACE": str(self.root), "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(
            [sys.executable, "-m", "patrol", *words],
            cwd=self.root, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode in expected, f"patrol {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def patrol(self, site: str) -> dict[str, Any]:
        """Patrol one site; what ``patrol run --json`` says of its target."""
        [target] = self._run("--site", site)
        return target

    def patrol_all(self) -> list[dict[str, Any]]:
        """Patrol every site in one run."""
        return self._run("--all")

    def _run(self, *words: str) -> list[dict[str, Any]]:
        said: dict[str, Any] = json.loads(self.command("run", *words, "--json", expected=(0, 1)))
        targets: list[dict[str, Any]] = said["targets"]
        return targets

    def kept(self, site: str) -> list[Kept]:
        database = Database.ready(self.workspace.database_url)
        try:
            with database.session() as session:
                rows = session.execute(
                    select(Capture, CaptureText.text)
                    .outerjoin(CaptureText, CaptureText.capture_id == Capture.id)
                    .where(Capture.site == site, Capture.role != HOME)
                    .order_by(Capture.id)
                )
                return [Kept(c.url, c.state, text or "", read_extraction(c.extracted)) for c, text in rows]
        finally:
            database.close()
