"""Console: prints results, errors, tables, JSON and progress, in one way for all commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Print one JSON document on standard output, Chinese as it is; times and decimals as text."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Any]:
    """Draw a bar on the error stream; yields ``advance(steps=1, of=None)``, ``of`` being the
    total where it is known only then. Nothing is drawn where there is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(steps: int = 1, of: int | None = None) -> None:
            bar.update(task, advance=steps, total=of if of is not None else total)

        yield advance
