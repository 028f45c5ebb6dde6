"""Patrol lock: lets one patrol at a time work in a workspace, and ends with the processes that hold it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from patrol import clock
from patrol.errors import BusyError, ConfigError

LOCK_NAME = ".patrol.lock"


@contextmanager
def patrol_lock(root: Path) -> Iterator[int]:
    """Hold the workspace's lock; yields its file descriptor, which a child process may inherit (the lock then lasts
    until the child has ended too).

    Raises BusyError, saying since when and by which process, when it is held; ConfigError when it cannot be made.
    """
    path = root / LOCK_NAME
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ConfigError(f"工作区写不进去：{path}（{error.strerror}）。请检查目录权限") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"这个工作区里已有一次巡查或重新比对正在进行{_holder(handle)}。请等它结束，或先停止它"
            ) from None
        os.ftruncate(handle, 0)
        said = {"pid": os.getpid(), "since": clock.now().isoformat(timespec="seconds")}
        os.pwrite(handle, json.dumps(said).encode(), 0)
        yield handle
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    try:
        said = json.loads(os.pread(handle, 1000, 0))
        since = datetime.fromisoformat(said["since"])
        return f"（{clock.show_minute(since)} 开始，进程号 {int(said['pid'])}）"
    except (ValueError, KeyError, TypeError):
        return ""
