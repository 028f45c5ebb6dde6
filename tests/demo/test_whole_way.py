"""The main job as a user runs it: ``patrol demo``, with real sites, a real browser and a real database."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.calling import patrol


def test_the_demo_finds_what_was_planted_and_accuses_nobody_else(tmp_path: Path) -> None:
    done = patrol("demo", "--json", "--dir", tmp_path / "town")
    assert done.returncode in (0, 1), done.stderr
    result = json.loads(done.stdout)
    assert result["false_alarms"] == []
    kinds = {row["kind"]: row for row in result["kinds"]}
    for exact in ("verbatim", "excerpt", "disguised", "sale"):
        assert kinds[exact]["found"] == kinds[exact]["planted"], result["missed"]
    assert kinds["licence"]["found"] == kinds["licence"]["planted"], result["missed"]
    assert result["first_precision"] >= 0.95, "an officer with time for a few leads sees the right ones"
    planted = sum(row["planted"] for row in kinds.values())
    assert sum(row["found"] for row in kinds.values()) >= 0.97 * planted, result["missed"]
    report = Path(result["report"]).read_text(encoding="utf-8")
    assert "梧桐公馆的第七声钟" in report
    assert "<script" not in report
