"""Kill the crawling process from within at its n-th durable step: half way through a write, before or after a sync, before
or after a commit. Armed by ``TINY_KILL``, which the tiny spider's settings read in the crawling process only.

Only adds the kill: every step is otherwise done by the real code on real files.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import event
from sqlalchemy.engine import Engine

from patrol.evidence import chain, vault

VARIABLE = "TINY_KILL"


@dataclass
class _Countdown:
    """``left`` steps to go; at the last one ``part`` of its bytes are written (0 none, 1 all)."""

    left: int
    part: float

    def due(self) -> bool:
        self.left -= 1
        return self.left == 0

    def kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def arm() -> None:
    """Arm what ``TINY_KILL`` says (``STEP,PART``), if anything."""
    said = os.environ.get(VARIABLE)
    if not said:
        return
    step, part = said.split(",")
    countdown = _Countdown(int(step), float(part))
    write, sync = chain.write_all, os.fdatasync

    def write_all(file: BinaryIO, data: bytes) -> None:
        if countdown.due():
            write(file, data[: int(len(data) * countdown.part)])
            countdown.kill()
        write(file, data)

    def fdatasync(handle: int) -> None:
        if countdown.due():
            if countdown.part >= 0.5:
                sync(handle)
            countdown.kill()
        sync(handle)

    def commit(_connection: Any) -> None:
        if countdown.due():
            countdown.kill()

    chain.write_all = vault.write_all = write_all  # type: ignore[attr-defined]
    os.fdatasync = fdatasync
    event.listen(Engine, "commit", commit)
