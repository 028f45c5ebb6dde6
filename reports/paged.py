"""Paged report: writes very many leads as a searchable list with the leads in pages beside it.

Views are taken from the database a few at a time and rendered a page at a time, so that neither grows with the report.
The pages' folder carries their digest in its name, and the list, which names each page's digest, is replaced last and at
once: whenever the work is cut short, the list that is there fits the pages that are there.

The list holds the one script of all reports. It hides rows by what they say, its policy lets nothing run but its very text,
and without it the list is whole and the browser's own search finds everything in it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from patrol.files import making_folder, place_folder, replace_file
from patrol.leads.queries import each_lead_view
from patrol.leads.statistics import Figures
from patrol.leads.views import LeadFilter, LeadView, work_names
from patrol.vocabulary import Grade
from reports.charts import Chart
from reports.layout import Head, Shown, digest_of, page

ONE_FILE = 300
"""Leads that one file shows, at most: some ten megabytes, which every browser opens at once."""
A_PAGE = 200
"""Leads in a page of a divided report."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the list says of one lead."""

    id: int
    number: str
    grade: str
    kind: str
    title: str
    work: str
    seller: str

    @classmethod
    def of(cls, lead: LeadView) -> Row:
        work = lead.work.title if lead.work else ""
        return cls(lead.id, lead.number, lead.grade.label, lead.kind.label, lead.title, work, lead.seller)


@dataclass(frozen=True, slots=True)
class Written:
    """A page as it stands in the folder: its file's name, its rows, the digest of its bytes, which versions of the
    library its leads were compared with, and the names of works that are not to be covered."""

    name: str
    rows: tuple[Row, ...]
    sha256: str
    indexes: frozenset[str]
    works: tuple[str, ...]


def write_pages(
    session: Session,
    workspace: Path | None,
    head: Head,
    figures: Figures,
    charts: list[Chart],
    path: Path,
    where: LeadFilter | None = None,
) -> int:
    """Write the list to ``path`` and the pages to a folder beside it; return how many leads they show."""
    start, end = (head.period.start, head.period.end) if head.period else (None, None)
    with making_folder(path.with_name(f"{path.stem}_分页")) as making:
        pages = list(
            _pages(each_lead_view(session, workspace, start, end, where), head, figures.total.leads, path, making)
        )
        digest = hashlib.sha256("".join(written.sha256 for written in pages).encode()).hexdigest()
        folder = path.with_name(f"{path.stem}_分页-{digest[:12]}")
        place_folder(making, folder)
    total = sum(len(written.rows) for written in pages)
    listed = page(
        "index.html", replace(head, names=tuple(dict.fromkeys(name for written in pages for name in written.works))),
        script="find.js", figures=figures, charts=charts, total=total, pages=pages, folder=folder.name,
        indexes=sorted(frozenset().union(*(written.indexes for written in pages))), grades=[grade.label for grade in Grade],
        kinds=[row.name for row in figures.by_kind if row.leads],
    )  # fmt: skip
    replace_report(path, listed, keep=folder)
    return total


def _pages(leads: Iterable[LeadView], head: Head, expected: int, path: Path, folder: Path) -> Iterator[Written]:
    last = -(-expected // A_PAGE)
    for number, group in enumerate(_batches(leads), start=1):
        shown = [Shown.of(lead, head.masked) for lead in group]
        indexes, works = frozenset().union(*(s.indexes for s in shown)), work_names(group)
        text = page(
            "page.html", replace(head, names=works), number=number, last=max(last, number), listed=path.name,
            graded=[(grade, [s for s in shown if s.lead.grade is grade]) for grade in Grade],
            total=len(shown), indexes=sorted(indexes),
        )  # fmt: skip
        name = page_name(number)
        (folder / name).write_text(text, encoding="utf-8")
        yield Written(name, tuple(Row.of(s.lead) for s in shown), digest_of(text), indexes, works)


def _batches(leads: Iterable[LeadView]) -> Iterator[tuple[LeadView, ...]]:
    left = iter(leads)
    while group := tuple(islice(left, A_PAGE)):
        yield group


def pages_of(path: Path) -> Path | None:
    """Return the folder with the pages of the report at ``path``; None where it is one file."""
    return next((folder for folder in path.parent.iterdir() if _ours(path).fullmatch(folder.name)), None)


def _ours(path: Path) -> re.Pattern[str]:
    return re.compile(re.escape(f"{path.stem}_分页-") + "[0-9a-f]{12}")


def page_name(number: int) -> str:
    return f"{number:04}.html"


def replace_report(path: Path, text: str, keep: Path | None = None) -> None:
    """Put ``text`` in ``path``'s place at once, then take away the pages of a report that stood there before."""
    replace_file(path, text.encode())
    for old in path.parent.iterdir():
        if _ours(path).fullmatch(old.name) and old != keep and old.is_dir():
            shutil.rmtree(old)
