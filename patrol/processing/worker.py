"""Comparing process: opens the index once (memory-mapped, shared by all), then compares batches of pages."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fingerprints
from fingerprints.coefficients import Model
from fingerprints.verdict_types import Verdict
from patrol.judging.grouping import text_simhash
from patrol.judging.model import Findings
from patrol.judging.scanning import NamedWork, PageText, Scanner
from patrol.tables.phrases import Phrases


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a process needs to begin. ``index``: the index file; None compares no text (titles are still looked for).
    ``model``: the office's own coefficients, if any."""

    index: Path | None
    works: tuple[NamedWork, ...]
    phrases: Phrases
    floor: float
    model: Model | None = None


class _WorkerState:
    def __init__(self, setup: WorkerSetup) -> None:
        self._index = fingerprints.Index.open(setup.index, model=setup.model) if setup.index is not None else None
        self._scanner = Scanner(setup.works, setup.phrases)
        self._floor = setup.floor

    def compare(self, pages: Sequence[PageText]) -> list[Findings]:
        try:
            return self._together(pages)
        except Exception:
            if len(pages) == 1:
                raise
        # One page of the batch could not be compared: find out which, and keep the others' results.
        return [self._alone(page) for page in pages]

    def _together(self, pages: Sequence[PageText]) -> list[Findings]:
        texts = [page.text for page in pages]
        verdicts = self._index.judge_many(texts) if self._index is not None else [[] for _ in texts]
        return [
            self._found(page, tuple(v for v in found if v.probability >= self._floor))
            for page, found in zip(pages, verdicts, strict=True)
        ]

    def _found(self, page: PageText, verdicts: tuple[Verdict, ...]) -> Findings:
        sightings = self._scanner.scan(page)
        telling = verdicts or sightings.mentions
        return Findings(verdicts, sightings, simhash=text_simhash(page.text) if telling else None)

    def _alone(self, page: PageText) -> Findings:
        try:
            return self._together([page])[0]
        except Exception as error:  # noqa: BLE001 - a hostile page must not stop the others
            return Findings(failed=f"{type(error).__name__}: {error}")


_bench: _WorkerState | None = None


def begin(setup: WorkerSetup) -> None:
    """Initialise this process. Ctrl-C is the parent's affair; when the parent dies, so does this process."""
    global _bench
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    _bench = _WorkerState(setup)


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(0)


def compare(pages: Sequence[PageText]) -> list[Findings]:
    """Compare a batch; results in order. A page that cannot be compared has its reason in ``failed``."""
    assert _bench is not None, "begin() runs first in every process"
    try:
        return _bench.compare(pages)
    except Exception as error:  # noqa: BLE001 - a hostile page must not stop the others
        return [Findings(failed=f"{type(error).__name__}: {error}") for _ in pages]
