"""How well and how fast the engine finds copies: one detector, one threshold, all labels.

    python -m benchmarks.detection --works W --suspects S [--library L] [--written F ...] [--peers] --json OUT

``docs/benchmarks.md`` explains the figures. ``--written`` may be given more than once; the works beside each file are
put under protection too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import detection_metrics as metrics
from benchmarks.detection_data import Row, Work, read_rows, read_works, read_written, really_clean, written_works_of
from benchmarks.detection_metrics import Judged
from fingerprints import Index

_MEMORY = """
import sys
from fingerprints import Index
def resident():
    return next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('RssAnon')) * 1024
index = Index.open(sys.argv[1])
before = resident()
text = open(sys.argv[2], encoding='utf-8').read()
for start in range(0, len(text), 1200):
    index.judge(text[start:start + 1200])
print(resident())
"""


def judge_all(index: Index, rows: Sequence[Row]) -> list[Judged]:
    """The best verdict of every row, however improbable."""
    judged = []
    for row in rows:
        verdicts = index.judge(row.text, floor=0.0)
        best = verdicts[0] if verdicts else None
        judged.append(Judged(row, best.probability if best else 0.0, best.work_id if best else "", best))
    return judged


def named(index: Index, rows: Sequence[Row]) -> float:
    """The share of copies for which the right work is among the verdicts of .5 and more."""
    return sum(any(v.work_id in row.works for v in index.judge(row.text)) for row in rows) / len(rows)


def pages_a_second(index: Index, rows: Sequence[Row], rounds: int = 3) -> float:
    """Clean pages judged in a second of one core's time, as patrols do it; the best of a few rounds.

    Processor time, not the clock: other work on the machine does not count.
    """
    texts = [row.text for row in rows]
    best = 0.0
    for _ in range(rounds):
        start = time.process_time()
        for text in texts:
            index.judge(text)
        best = max(best, len(texts) / (time.process_time() - start))
    return best


def explaining(index: Index, rows: Sequence[Row]) -> dict[str, float]:
    """Milliseconds to judge and explain a page that is a copy."""
    times = []
    for row in rows:
        start = time.perf_counter()
        index.judge(row.text)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return {"median": statistics.median(times), "p95": times[int(len(times) * 0.95)], "worst": times[-1]}


def build(works: Sequence[Work], path: Path) -> dict[str, float]:
    """Build the index and measure it: characters a second, bytes a character, opening in milliseconds."""
    characters = sum(len(work.text) for work in works)
    Index.build(works[:2], path.with_name("warm.idx"))
    start = time.perf_counter()
    Index.build(works, path)
    built = time.perf_counter() - start
    opened = []
    for _ in range(5):
        start = time.perf_counter()
        Index.open(path)
        opened.append((time.perf_counter() - start) * 1000)
    size = (
        sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size
    )
    return {
        "works": len(works),
        "characters": characters,
        "characters_a_second": characters / built,
        "bytes_a_character": size / characters,
        "bytes": size,
        "open_ms": statistics.median(opened),
    }


def resident_bytes(index: Path, sample: str, folder: Path) -> int:
    """Anonymous memory of a fresh process that has opened the index and judged a few pages (mapped pages are shared)."""
    text = folder / "sample.txt"
    text.write_text(sample, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(index), str(text)], capture_output=True, text=True, check=True
    )
    return int(done.stdout.strip().splitlines()[-1])


def figures(judged: Sequence[Judged]) -> dict[str, object]:
    """Everything that is computed from the verdicts."""
    clean = [j.score for j in judged if j.row.label == "clean"]
    at_one, at_tenth = metrics.threshold(clean, 0.01), metrics.threshold(clean, 0.001)
    one, tenth = metrics.recall(judged, at_one), metrics.recall(judged, at_tenth)
    innocent = [j.score for j in judged if j.row.group == "written: innocent"]
    return {
        "clean_rows": len(clean),
        "threshold": {"1%": at_one, "0.1%": at_tenth},
        "recall": {group: {"1%": one[group], "0.1%": tenth[group]} for group in sorted(one)},
        "innocent_above": {"rows": len(innocent), "1%": sum(s > at_one for s in innocent)},
        "kind": metrics.kinds(judged, at_one),
        "plagdet": metrics.plagdet(judged),
        "renaming": metrics.renaming(judged),
        "reliability": metrics.reliability(judged),
    }


def run(arguments: argparse.Namespace) -> dict[str, object]:
    """The whole benchmark; the result is plain data."""
    works, rows = read_works(arguments.works), read_rows(arguments.suspects)
    for path in arguments.written:
        works += read_works(written_works_of(path))
        rows += read_written(path)
    works = list({work.id: work for work in works}.values())
    rows = really_clean(rows, works)
    clean = [row for row in rows if row.label == "clean"]
    copies = [row for row in rows if row.works]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "works.idx"
        result: dict[str, object] = {"index": build(works, path)}
        index = Index.open(path)
        index.judge(copies[0].text)
        judged = judge_all(index, rows)
        result["detection"] = figures(judged)
        result["explain_ms"] = explaining(index, copies)
        speed = {"clean_pages_a_second": pages_a_second(index, clean)}
        result["resident_bytes"] = resident_bytes(path, "".join(row.text for row in clean[:100]), folder)
        if arguments.library:
            library = [
                replace(work, id=f"{number} {work.id}") for number, work in enumerate(read_works(arguments.library))
            ]
            large = folder / "library.idx"
            result["large_index"] = build([*works, *library], large)
            index = Index.open(large)
            index.judge(copies[0].text)
            # The library holds some of the books that clean pages were cut from: with it they are copies.
            books = {work.id.removeprefix("L ").split("/")[0] for work in read_works(arguments.library)}
            clean = [row for row in clean if row.source.split("/")[0] not in books]
            speed["clean_pages"] = len(clean)
            speed["alone"] = pages_a_second(Index.open(path), clean)
            speed["with_library"] = pages_a_second(index, clean)
            speed["slower_with_library"] = speed["alone"] / speed["with_library"]
            result["named_with_library"] = {
                "alone": named(Index.open(path), copies),
                "with_library": named(index, copies),
            }
            result["large_resident_bytes"] = resident_bytes(large, "".join(row.text for row in clean[:100]), folder)
        result["speed"] = speed
    if arguments.peers:
        from benchmarks.detection_peers import run_peers

        result["peers"] = run_peers(works, rows)
    return result


def table(result: dict[str, object]) -> str:
    """The result as a person reads it."""
    detection = result["detection"]
    assert isinstance(detection, dict)
    lines = ["| group | 1 % | 0.1 % | kind |", "| --- | --- | --- | --- |"]
    for group, row in detection["recall"].items():
        kind = detection["kind"].get(group)
        lines.append(f"| {group} | {row['1%']:.3f} | {row['0.1%']:.3f} | {'' if kind is None else f'{kind:.2f}'} |")
    rest = {key: value for key, value in detection.items() if key not in ("recall", "reliability")}
    lines += ["", json.dumps(rest, ensure_ascii=False, indent=1)]
    lines += [
        f"stated {row['from']:.2f}-{row['to']:.2f}: {row['verdicts']:5d} verdicts, mean {row['stated']:.3f}, right {row['right']:.3f}"
        for row in detection["reliability"]
    ]
    shown = {key: value for key, value in result.items() if key != "detection"}
    lines.append(json.dumps(shown, ensure_ascii=False, indent=1))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=Path, required=True)
    parser.add_argument("--suspects", type=Path, required=True)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--written", type=Path, action="append", default=[])
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    needed = [
        arguments.works,
        arguments.suspects,
        *([arguments.library] if arguments.library else []),
        *arguments.written,
    ]
    missing = [str(path) for path in needed if not path.exists()]
    if missing:
        print("skipped: not here:", *missing)
        return
    result = run(arguments)
    print(table(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
