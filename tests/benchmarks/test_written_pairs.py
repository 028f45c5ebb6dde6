"""The project's own rewritings are well formed: enough of each kind, original stretches that are the works' own."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from patrol.config import CHECKOUT

FOLDER = CHECKOUT / "benchmarks" / "written"


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def test_pairs_and_works_fit_together() -> None:
    works = {row["id"]: row["text"] for row in _rows("works.jsonl")}
    rows = _rows("pairs.jsonl")
    kinds = Counter(row["kind"] for row in rows)
    assert sum(kinds.values()) >= 30
    assert set(kinds) == {"washed", "reskinned", "innocent"}
    assert len({row["source"] for row in rows}) == len(rows)
    for row in rows:
        work = works[f"{row['book']}/{row['chapter']}"]
        assert row["original"] == work[row["first"] : row["first"] + len(row["original"])]
        assert row["text"] not in work
        for old, new in row["renamed"].items():
            assert old in row["original"]
            assert new in row["text"]
