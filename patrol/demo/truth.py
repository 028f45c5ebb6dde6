"""Demo truth: writes ``truth.json`` from the town (``python -m patrol.demo.truth``); a test fails when the two differ."""

from __future__ import annotations

import json

from patrol.demo.score import TRUTH
from patrol.demo.town import build_town


def truth_text() -> str:
    """Write the town's truth, one row a line, so that a change is readable in review."""
    rows = (json.dumps(row, ensure_ascii=False) for row in build_town().truth())
    return "[\n" + ",\n".join(rows) + "\n]\n"


if __name__ == "__main__":
    TRUTH.write_text(truth_text(), encoding="utf-8")
