"""Skip list: writes down what was not opened and why, in a CSV file beside the patrol's log and in the statistics."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from patrol.patrols.outcome import skipped_folder, skipped_words

MAX_LINES = 10_000
MAX_ADDRESS_LENGTH = 2000
_FORMULA = tuple("=+-@\t\r")


class Skipped:
    """``note(why, url, found_on)``; ``count`` counts a reason in the statistics; ``path``: where the
    list goes, None: nowhere. At most 10,000 lines a run."""

    def __init__(self, count: Callable[[str], None], path: Path | None) -> None:
        self._count = count
        self._path = path
        self._file: TextIO | None = None
        self._lines = 0

    def note(self, why: str, url: str = "", found_on: str = "") -> None:
        """Count one page that was not followed and write it down."""
        self._count(why)
        if self._path is None or not url or self._lines >= MAX_LINES:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = not self._path.exists()
            self._file = self._path.open("a", encoding="utf-8-sig" if new else "utf-8", newline="", errors="replace")
            if new:
                csv.writer(self._file).writerow(("地址", "没有打开的原因", "见于"))
        self._lines += 1
        csv.writer(self._file).writerow(map(_cell, (url, skipped_words(why), found_on)))
        if self._lines == MAX_LINES:
            csv.writer(self._file).writerow((f"已列出 {MAX_LINES} 条，其余只计数", "", ""))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def skipped_file(root: Path, patrol_id: int, site: str) -> Path:
    """Return where the list of one site's run stands."""
    stem = re.sub(r"[^\w-]", "_", site)[:80]
    return skipped_folder(root, patrol_id) / f"{stem}.csv"


def _cell(text: str) -> str:
    """One line, not too long, and no formula for whoever opens the list in a spreadsheet."""
    plain = re.sub(r"[\x00-\x1f\x7f]", " ", text[:MAX_ADDRESS_LENGTH])
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
