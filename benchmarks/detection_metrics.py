"""Figures of the detection benchmark: recall at a false-alarm rate, plagdet, renaming, reliability."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

from benchmarks.detection_data import Row
from fingerprints.verdict_types import Verdict

RIGHT_KINDS: Mapping[str, frozenset[str]] = {
    "verbatim": frozenset({"verbatim", "excerpt"}),
    "obfuscated": frozenset({"disguised"}),
    "washed": frozenset({"washed"}),
    "washed_real": frozenset({"washed"}),
    "reskin": frozenset({"reskinned"}),
    "written: washed": frozenset({"washed"}),
    "written: reskinned": frozenset({"reskinned"}),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with the best verdict of one detector: score, the work it names ("" for none), and the verdict itself if it has one."""

    row: Row
    score: float
    work: str
    verdict: Verdict | None = None

    @property
    def right(self) -> bool:
        return self.work in self.row.works


def threshold(clean: Sequence[float], rate: float) -> float:
    """The score that at most ``rate`` of the clean pages pass (a page passes when its score is *greater*)."""
    ranked = sorted(clean, reverse=True)
    allowed = int(len(ranked) * rate)
    return ranked[allowed] if allowed < len(ranked) else 0.0


def recall(judged: Sequence[Judged], limit: float) -> dict[str, float]:
    """For each group the share of rows whose right work is named above ``limit``."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for j in judged:
        if j.row.works:
            groups[j.row.group].append(j.right and j.score > limit)
    return {group: sum(hits) / len(hits) for group, hits in groups.items()}


def kinds(judged: Sequence[Judged], limit: float) -> dict[str, float]:
    """For each group the share of the found whose kind is right, and ``all`` for all of them."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for j in judged:
        if j.row.works and j.right and j.score > limit and j.verdict is not None:
            wanted = RIGHT_KINDS.get(j.row.label) or RIGHT_KINDS[j.row.group]
            groups[j.row.group].append(j.verdict.kind.value in wanted)
    everything = [hit for hits in groups.values() for hit in hits]
    return {group: sum(hits) / len(hits) for group, hits in groups.items()} | {
        "all": sum(everything) / max(1, len(everything))
    }


def _characters(spans: Sequence[tuple[int, int, int, int]]) -> set[tuple[str, int]]:
    covered: set[tuple[str, int]] = set()
    for page_start, page_end, work_start, work_end in spans:
        covered.update(("page", at) for at in range(page_start, page_end))
        covered.update(("work", at) for at in range(work_start, work_end))
    return covered


def plagdet(judged: Sequence[Judged]) -> dict[str, float]:
    """Character-level plagdet (Potthast et al. 2010) over rows with known spans: macro precision, recall, granularity."""
    precision: list[float] = []
    recalled: list[float] = []
    pieces: list[int] = []
    for j in judged:
        if j.row.label not in ("verbatim", "obfuscated") or not j.row.spans:
            continue
        truth = [(a, b, c, d) for a, b, work, c, d in j.row.spans if work == j.work]
        found = (
            [(p.page_start, p.page_end, p.work_start, p.work_end) for p in j.verdict.passages]
            if j.verdict is not None
            else []
        )
        true_characters = _characters(truth)
        found_characters = _characters(found)
        for span in found:
            own = _characters([span])
            precision.append(len(own & true_characters) / max(1, len(own)))
        for span_row in j.row.spans:
            own = _characters([(span_row[0], span_row[1], span_row[3], span_row[4])])
            hit = len(own & found_characters) if span_row[2] == j.work else 0
            recalled.append(hit / max(1, len(own)))
            if hit:
                pieces.append(sum(bool(_characters([span]) & own) for span in found))
    p = sum(precision) / max(1, len(precision))
    r = sum(recalled) / max(1, len(recalled))
    granularity = sum(pieces) / max(1, len(pieces))
    score = 2 * p * r / (p + r) / log2(1 + max(granularity, 1.0)) if p + r else 0.0
    return {"plagdet": score, "precision": p, "recall": r, "granularity": granularity}


def renaming(judged: Sequence[Judged], strength: str = "names") -> dict[str, float]:
    """Precision and recall of the inferred pairs against the rows' ``renamed``."""
    right = claimed = known = 0
    for j in judged:
        if j.row.label == "reskin" and j.row.strength == strength:
            known += len(j.row.renamed)
            for pair in j.verdict.renamings if j.verdict is not None and j.right else ():
                claimed += 1
                right += j.row.renamed.get(pair.old) == pair.new
    return {"precision": right / max(1, claimed), "recall": right / max(1, known)}


def reliability(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Of verdicts in each range of probability, how many there are, what they say on average, and how many are right."""
    edges = (0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0000001)
    table = []
    for low, high in itertools.pairwise(edges):
        inside = [j for j in judged if j.work and low <= j.score < high]
        if inside:
            table.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "verdicts": len(inside),
                    "stated": sum(j.score for j in inside) / len(inside),
                    "right": sum(j.right for j in inside) / len(inside),
                }
            )
    return table
