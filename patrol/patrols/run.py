"""Patrol run: starts a patrol, or goes on with an interrupted one, and follows it to its end.

The crawl itself runs in a process of its own (``crawl.py``); this side plans, watches, and puts the outcome together.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from patrol import clock
from patrol.config import CHECKOUT, Workspace
from patrol.db.session import Database
from patrol.errors import PatrolError
from patrol.evidence.files import patrol_folder
from patrol.evidence.stamping import Authorities, StampOutcome, stamp_folders
from patrol.leads.queries import target_runs
from patrol.leads.views import TargetRunView
from patrol.lock import patrol_lock
from patrol.notices.follow_up import Observation, observe
from patrol.patrols import records
from patrol.patrols.job import Job, SiteJob
from patrol.patrols.outcome import skipped_folder
from patrol.patrols.plan import plan_sites, planned_targets
from patrol.patrols.records import Wanted
from patrol.vocabulary import RunStatus
from patrol.works import library

STOP_TIMEOUT = 60.0
STAMP_TIMEOUT = 30.0
SETTINGS_MODULE = "settings"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sites have come, by name; ``figures`` as ``crawl.py`` reports them (fetched, captures, judged,
    leads, joined, unchanged, skipped); ``authorities``: by which robots.txt was not obeyed, of the sites where it was not."""

    sites: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    states: Mapping[str, RunStatus] = field(default_factory=dict)
    stopping: bool = False
    authorities: Mapping[str, str] = field(default_factory=dict)

    def total(self, name: str) -> int:
        return sum(figures.get(name, 0) for figures in self.sites.values())


@dataclass(frozen=True, slots=True)
class PatrolOutcome:
    """What a patrol came to. ``timed_out``: it reached its minutes; ``skipped_list``: the folder that lists what was not
    opened, if anything was. ``error`` is Chinese and set when it stopped on something that a person must mend;
    ``warnings`` (Chinese) say what in the surroundings was not clean; ``noticed``: what it newly showed of pages about
    which a notice is out."""

    patrol_id: int
    status: RunStatus
    resumed: bool
    runs: tuple[TargetRunView, ...]
    progress: Progress
    seconds: float
    error: str = ""
    interrupted_by_user: bool = False
    warnings: tuple[str, ...] = ()
    stamps: tuple[StampOutcome, ...] = ()
    timed_out: bool = False
    skipped_list: Path | None = None
    noticed: tuple[Observation, ...] = ()

    @property
    def complete(self) -> bool:
        """Everything planned was patrolled, and nothing is to be looked at."""
        return self.status is RunStatus.DONE and all(
            run.status is RunStatus.DONE and not run.reason for run in self.runs
        )


def run_patrol(
    workspace: Workspace,
    database: Database,
    wanted: Wanted,
    *,
    watch: Callable[[Progress], None] = lambda _: None,
    fresh: bool = False,
    minutes: float = 0.0,
    all_pages: bool = False,
    now: datetime | None = None,
) -> PatrolOutcome:
    """Patrol what is due (or go on with the interrupted patrol that was asked for the same, unless ``fresh``); at most ``minutes``
    (0: until it is done), pages that are not due too if ``all_pages``.

    ``watch`` is called with the progress now and then. KeyboardInterrupt is taken as the wish to stop: what is in
    hand is finished and kept, and the outcome says so; a second one ends the crawl at once (evidence stays whole).
    Raises PatrolError: BusyError when another patrol runs here, NothingDue when there is nothing to do, ConfigError …
    """
    started = now or clock.now()
    with patrol_lock(workspace.root) as lock:
        patrol_id = None if fresh else records.interrupted(database, wanted)
        resumed = patrol_id is not None
        if patrol_id is None:
            targets = planned_targets(database, wanted, started)
        library.refresh(workspace, database)
        if patrol_id is None:
            version = library.index_version(workspace)
            patrol_id = records.begin(database, wanted, [target.id for target in targets], started, version)
        else:
            records.resume(database, patrol_id)
        jobs, skipped = plan_sites(workspace, records.to_do(database, patrol_id))
        for skip in skipped:
            records.set_targets(database, patrol_id, skip.targets, skip.status, skip.reason)
        return crawl_through(workspace, database, patrol_id, jobs, lock, watch, started, resumed, minutes, all_pages)


def crawl_through(
    workspace: Workspace,
    database: Database,
    patrol_id: int,
    jobs: tuple[SiteJob, ...],
    lock: int,
    watch: Callable[[Progress], None],
    started: datetime,
    resumed: bool,
    minutes: float = 0.0,
    all_pages: bool = False,
) -> PatrolOutcome:
    """Run the crawling process of a patrol whose rows stand, follow it to its end, and say what it came to. ``lock`` is
    the workspace's, held by the caller."""
    job = Job(str(workspace.root), patrol_id, jobs, str(_log_file(workspace, patrol_id)), minutes, all_pages)
    end = _Child(job, lock, watch).follow()
    with database.session() as session:
        noticed = observe(session, workspace.root)
    stamps = () if end.interrupted else _stamped(workspace, patrol_id)
    listed = skipped_folder(workspace.root, patrol_id)
    return PatrolOutcome(
        patrol_id=patrol_id,
        status=end.status,
        resumed=resumed,
        runs=_runs(database, patrol_id),
        progress=end.progress,
        seconds=(clock.now() - started).total_seconds(),
        error=end.error,
        interrupted_by_user=end.interrupted,
        warnings=end.warnings,
        stamps=stamps,
        timed_out=end.timed_out,
        skipped_list=listed if listed.is_dir() else None,
        noticed=tuple(noticed),
    )


def _stamped(workspace: Workspace, patrol_id: int) -> tuple[StampOutcome, ...]:
    """Time-stamps over this patrol's chain and over earlier ones that have none yet. Never stops a patrol, and never
    holds it up for long: what could not be had is asked for again next time."""
    try:
        authorities = Authorities.of(workspace)
    except PatrolError as error:
        return (StampOutcome(patrol_folder(workspace, patrol_id), "", None, str(error)),)
    if not authorities.urls:
        return ()
    folders = [folder for folder in workspace.evidence.glob("patrol-*") if folder.is_dir()]
    return tuple(stamp_folders(folders, authorities, seconds=STAMP_TIMEOUT))


def _runs(database: Database, patrol_id: int) -> tuple[TargetRunView, ...]:
    with database.session() as session:
        return target_runs(session, [patrol_id])


def _log_file(workspace: Workspace, patrol_id: int) -> Path:
    folder = workspace.root / "logs"
    folder.mkdir(exist_ok=True)
    return folder / f"patrol-{patrol_id:06d}.log"


@dataclass(slots=True)
class _End:
    status: RunStatus = RunStatus.INTERRUPTED
    error: str = ""
    interrupted: bool = False
    warnings: tuple[str, ...] = ()
    timed_out: bool = False
    progress: Progress = field(default_factory=Progress)


class _Child:
    """The crawling process, its lines, and how to stop it."""

    def __init__(self, job: Job, lock: int, watch: Callable[[Progress], None]) -> None:
        self._job, self._lock, self._watch = job, lock, watch
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._figures: Mapping[str, Mapping[str, int]] = {}
        self._states: dict[str, RunStatus] = {}
        self._authorities: dict[str, str] = {}
        self._stopping = False

    def follow(self) -> _End:
        """Run it to its end."""
        end = _End()
        with open(self._job.log_file, "ab") as log:
            process = self._start(log)
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        ended = False
        while True:
            try:
                line = self._lines.get()
                if line is None:
                    break
                ended = self._take(line, end) or ended
            except KeyboardInterrupt:
                end.interrupted = True
                self._stop(process)
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        end.progress = self._progress()
        if not ended:
            end.error = end.error or (
                ""
                if end.interrupted
                else f"巡查进程意外退出（代码 {code}），详见 {self._job.log_file}。再次运行会接着巡查"
            )
        return end

    def _start(self, log: Any) -> subprocess.Popen[str]:
        environment = dict(os.environ)
        environment.setdefault("SCRAPY_SETTINGS_MODULE", SETTINGS_MODULE)
        environment["PATROL_WORKSPACE"] = self._job.workspace
        paths = [str(CHECKOUT), *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "patrol.patrols"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=environment,
                pass_fds=(self._lock,),
                start_new_session=True,
            )
            assert process.stdin is not None
            process.stdin.write(self._job.to_line())
            process.stdin.flush()
        except OSError as error:
            raise PatrolError(f"启动不了巡查进程：{error}") from error
        return process

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _take(self, line: str, end: _End) -> bool:
        """Take in one line; true for the last."""
        try:
            said = json.loads(line)
            kind = said["type"]
        except (ValueError, KeyError, TypeError):
            return False  # a library printed something of its own
        if kind == "progress":
            self._figures = said["sites"]
        elif kind == "site":
            self._states[said["name"]] = RunStatus(said["status"])
            if said.get("authority"):
                self._authorities[said["name"]] = said["authority"]
        elif kind == "surroundings":
            end.warnings = tuple(said["warnings"])
        elif kind == "stopping":
            self._stopping = True
        elif kind == "end":
            end.status, end.error = RunStatus(said["status"]), said["error"]
            end.timed_out = bool(said.get("timed_out"))
        self._watch(self._progress())
        return bool(kind == "end")

    def _progress(self) -> Progress:
        return Progress(self._figures, dict(self._states), self._stopping, dict(self._authorities))

    def _stop(self, process: subprocess.Popen[str]) -> None:
        """First time: ask it to stop. Second time, or after a minute: end it; kept evidence stays whole."""
        if self._stopping:
            process.kill()
            return
        self._stopping = True
        if process.stdin is not None:
            process.stdin.close()
        patience = threading.Timer(STOP_TIMEOUT, process.kill)
        patience.daemon = True
        patience.start()
        self._watch(self._progress())
