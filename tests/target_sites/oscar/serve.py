"""Start the seeded shop: ``python -m tests.target_sites.oscar.serve --port 8899 [--folder DIR]``; Ctrl-C ends it.

``PATROL_SITES_VENV`` names the environment that has django-oscar, ``.venv-sites`` of this checkout if unset.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.target_sites.running import HOST, foreign_python, free_port, started


@contextmanager
def shop(folder: Path, port: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """``(address, truth)`` of a shop that is seeded into ``folder`` and serves until the block ends."""
    port = port or free_port()
    words = ("--port", str(port), "--folder", str(folder))
    with started("tests.target_sites.oscar.shop", *words, python=foreign_python()):
        yield f"http://{HOST}:{port}", json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="patrol-oscar-") as temporary:
        folder = chosen.folder or Path(temporary)
        with shop(folder, chosen.port) as (address, truth):
            sys.stdout.write(f"{address}/catalogue/  {len(truth)} products, truth in {folder / 'truth.json'}\n")
            sys.stdout.flush()
            with suppress(KeyboardInterrupt):
                signal.pause()


if __name__ == "__main__":
    main()
