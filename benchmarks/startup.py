"""Processor seconds and memory until a command speaks, and until a patrol has captured its first page.

    .venv/bin/python -m benchmarks.startup [--rounds 10] [--only help|leads|patrol] [--checkout FOLDER]

Each command runs in a process of its own, with warm bytecode; the least seconds of the rounds and the most memory count, for other
work on the machine only ever adds. *patrol* patrols the demo town: the seconds are of all its processes together when the
first line of a capture stands in the evidence chain. ``--checkout`` measures another checkout with the same interpreter.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import fill
from patrol.config import CHECKOUT, Workspace
from patrol.db.session import Database
from patrol.demo.office import furnish
from patrol.demo.server import town_process
from patrol.workspace import make_workspace

LEADS = 100
_TICKS = os.sysconf("SC_CLK_TCK")


def _start(checkout: Path, workspace: Path | None, *words: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PATROL_WORKSPACE": str(workspace or "")}
    return subprocess.Popen(
        [sys.executable, "-m", "patrol", *words],
        cwd=checkout,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def command(checkout: Path, workspace: Path | None, *words: str) -> tuple[float, float]:
    """Run one command; processor seconds and MB at most."""
    process = _start(checkout, workspace, *words)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), words
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def first_capture(checkout: Path) -> tuple[float, float]:
    """Patrol the demo town until its first page is captured: processor seconds and MB of all processes together then."""
    with tempfile.TemporaryDirectory() as temporary, town_process() as ports:
        folder = Path(temporary) / "office"
        make_workspace(folder)
        furnish(folder, ports)
        for words in (
            ("works", "import", str(folder / "works")),
            ("directory", "import", str(folder / "directory.csv")),
        ):
            command(checkout, folder, *words)
        process = _start(checkout, folder, "run", "--all")
        chain = folder / "evidence" / "patrol-000001" / "chain.txt"
        try:
            while not (chain.is_file() and b'"kind":"capture"' in chain.read_bytes()):
                assert process.poll() is None, "the patrol ended without a page"
                time.sleep(0.005)
            return _used(process.pid)
        finally:
            process.terminate()
            process.wait(60)


def _used(root: int) -> tuple[float, float]:
    """Processor seconds and resident MB of a process and all that it started."""
    parents: dict[int, tuple[int, float, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        seconds = sum(map(int, fields[11:15])) / _TICKS
        parents[int(stat.parent.name)] = (int(fields[1]), seconds, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20)
    ours = {root}
    while more := {pid for pid, (parent, _, _) in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(parents[pid][1] for pid in ours), sum(parents[pid][2] for pid in ours)


def _best(rounds: int, measure: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    measure()
    figures = [measure() for _ in range(rounds)]
    return min(seconds for seconds, _ in figures), max(megabytes for _, megabytes in figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", choices=("help", "leads", "patrol"))
    parser.add_argument("--checkout", type=Path, default=CHECKOUT)
    asked = parser.parse_args()

    def show(name: str, rounds: int, measure: Callable[[], tuple[float, float]]) -> None:
        seconds, megabytes = _best(rounds, measure)
        print(f"{name:32} {seconds:6.2f} s {megabytes:6.0f} MB", flush=True)

    print(f"load average {os.getloadavg()[0]:.1f}")
    if asked.only in (None, "help"):
        for words in (("--version",), ("--help",), ("leads", "--help"), ("sites", "--help"), ("evidence", "--help")):
            show(" ".join(words), asked.rounds, lambda words=words: command(asked.checkout, None, *words))
    if asked.only in (None, "leads"):
        with tempfile.TemporaryDirectory() as temporary:
            workspace: Workspace = make_workspace(Path(temporary) / "office")
            database = Database.ready(workspace.database_url)
            fill(database, LEADS)
            database.close()
            for words in (("leads", "list"), ("leads", "show", "1")):
                show(" ".join(words), asked.rounds, lambda words=words: command(asked.checkout, workspace.root, *words))
    if asked.only in (None, "patrol"):
        show("run: first capture", max(1, asked.rounds // 3), lambda: first_capture(asked.checkout))


if __name__ == "__main__":
    main()
