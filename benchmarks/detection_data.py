"""Rows of the detection benchmark: works under protection, and pages of known origin.

Formats are those of ``data/detection/README.md``. Chapter novels recap the chapter before, so clean pages cut from a
protected chapter or from the one after it are left out: they are not clean.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Work:
    """A text under protection (:class:`fingerprints.verdict_types.WorkText`)."""

    id: str
    title: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A page: ``works`` are the ids it uses, none when it is clean; ``spans`` are (page from, to, work, from, to)."""

    id: str
    label: str
    strength: str
    works: tuple[str, ...]
    text: str
    spans: tuple[tuple[int, int, str, int, int], ...] = ()
    renamed: dict[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def group(self) -> str:
        """The label, with its strength where the table tells strengths apart."""
        return self.label if self.label == "clean" else f"{self.label}: {self.strength}"


def _lines(path: Path) -> Iterator[dict[str, object]]:
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def read_works(path: Path) -> list[Work]:
    """Works of a JSON-lines file, compressed or not."""
    return [
        Work(str(r["id"]), str(r.get("title", r["id"])), str(r.get("kind", "novel")), str(r["text"]))
        for r in _lines(path)
    ]


def read_rows(path: Path) -> list[Row]:
    """Suspect pages of a JSON-lines file."""
    rows = []
    for r in _lines(path):
        spans = tuple(tuple(span) for span in r.get("spans") or ())  # type: ignore[attr-defined]
        rows.append(
            Row(
                id=str(r["id"]),
                label=str(r["label"]),
                strength=str(r["strength"]),
                works=tuple(r["works"]),  # type: ignore[arg-type]
                text=str(r["text"]),
                spans=spans,
                renamed=dict(r.get("renamed") or {}),  # type: ignore[call-overload]
                source=str(r.get("note") or ""),
            )
        )
    return rows


def written_works_of(path: Path) -> Path:
    """The works that stand beside a file of written pairs: ``written_dev.jsonl`` has ``written_works_dev.jsonl``,
    ``pairs.jsonl`` has ``works.jsonl``."""
    if path.name.startswith("written_"):
        return path.with_name(path.name.replace("written_", "written_works_", 1))
    return path.with_name("works.jsonl")


def read_written(path: Path) -> list[Row]:
    """Passages rewritten by hand; the work's id is ``book/chapter``, unless the row names its ``work``."""
    rows = []
    for number, r in enumerate(_lines(path)):
        kind = str(r["kind"])
        work = str(r.get("work") or f"{r['book']}/{r['chapter']}")
        rows.append(
            Row(
                id=f"{path.parent.name}/{path.stem}/{number}",
                label="written",
                strength=kind,
                works=() if kind == "innocent" else (work,),
                text=str(r["text"]),
                renamed=dict(r.get("renamed") or {}),  # type: ignore[call-overload]
                source=work,
            )
        )
    return rows


_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")}
_CHAPTER = re.compile("第([零一二三四五六七八九十百]+)([回章])$")


def _number(text: str) -> int:
    total = current = 0
    for character in text:
        if character in _DIGITS:
            current = _DIGITS[character]
        else:
            total += max(current, 1) * (100 if character == "百" else 10)
            current = 0
    return total + current


def chapter(source: str) -> tuple[str, int] | None:
    """Book and chapter number of an id such as ``儒林外史/第二十三回``; None where there is no such number."""
    book, _, rest = source.rpartition("/")
    found = _CHAPTER.search(rest)
    return (book, _number(found[1])) if found else None


def really_clean(rows: list[Row], works: list[Work]) -> list[Row]:
    """``rows`` without the clean ones that were cut from a protected chapter or the next, when ``works`` protect it."""
    taken = set()
    for work in works:
        place = chapter(work.id)
        if place:
            taken |= {place, (place[0], place[1] + 1)}
    return [
        row for row in rows if row.label != "clean" or row.strength != "other novel" or chapter(row.source) not in taken
    ]
