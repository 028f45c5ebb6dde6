"""Works catalogue: enters works and keeps the comparison library in step, lists and shows them, takes one out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.config import Workspace
from patrol.db.models import Authorization, Capture, Work
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.vocabulary import WorkKind
from patrol.works import library
from patrol.works.importing import Imported, enter_works, read_works
from patrol.works.warnings import WarningsImported, import_warnings

_OPENING = 200


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """A protected work as lists have it. ``characters``: of its text, 0 without one; ``licences``: how many it has."""

    id: str
    title: str
    aliases: tuple[str, ...]
    authors: tuple[str, ...]
    holder: str
    kind: WorkKind
    registration: str
    list_price: Decimal | None
    early_warning: bool
    characters: int
    licences: int


@dataclass(frozen=True, slots=True)
class Licence:
    """Who may use a work, where, and from which day to which (None: open)."""

    licensee: str
    site: str
    territory: str
    valid_from: date | None
    valid_to: date | None
    scope: str

    @property
    def words(self) -> str:
        period = f"{self.valid_from or '不限'} 至 {self.valid_to or '不限'}"
        return "　".join(filter(None, (self.licensee, self.site, self.territory, period, self.scope)))


@dataclass(frozen=True, slots=True)
class WorkDetail:
    """A work with its licences and the first characters of its text."""

    entry: WorkEntry
    licences: tuple[Licence, ...]
    opening: str


@dataclass(frozen=True, slots=True)
class WorksEntered:
    """What an import of works came to. ``works`` in the file, ``characters`` of their texts; ``archived``: pages captured
    before, with which the new works have not been compared yet (``patrol rescan --since day``)."""

    done: Imported
    works: int
    characters: int
    ignored_columns: tuple[str, ...]
    archived: int
    day: date


def import_works(
    workspace: Workspace, database: Database, path: Path, advance: Callable[[int], None] = lambda _: None
) -> WorksEntered:
    """Enter all works of ``path`` and bring the library in step. Raises InputError or InputProblems: then none is entered.

    ``advance`` is told how many works have been read.
    """
    works, ignored = read_works(path, advance)
    day = clock.today()
    with database.session() as session:
        done = enter_works(session, works)
        archived = session.scalar(select(func.count(Capture.id)).where(Capture.judged_at.is_not(None))) or 0
    library.refresh(workspace, database)
    fresh = archived if done.added or done.changed else 0
    return WorksEntered(done, len(works), sum(len(work.text) for work in works), ignored, fresh, day)


def import_warning_list(workspace: Workspace, database: Database, path: Path) -> WarningsImported:
    """Mark the works of an early-warning list, enter those that are not there, and bring the library in step."""
    with database.session() as session:
        done = import_warnings(session, path)
    library.refresh(workspace, database)
    return done


def list_works(session: Session, find: str = "") -> list[WorkEntry]:
    """Return the works by title; with ``find`` those that have it in title, alias, holder or id."""
    counted = select(Authorization.work_id, func.count()).group_by(Authorization.work_id)
    licences = {row[0]: row[1] for row in session.execute(counted)}
    works = session.scalars(select(Work).order_by(Work.title, Work.id))
    entries = (_entry(work, licences.get(work.id, 0)) for work in works)
    return [one for one in entries if find in " ".join((one.title, one.id, one.holder, *one.aliases))]


def show_work(session: Session, work_id: str) -> WorkDetail:
    """Return a work whole. Raises InputError when there is none of this id."""
    work = _named(session, work_id)
    licences = tuple(
        Licence(row.licensee, row.site, row.territory, row.valid_from, row.valid_to, row.scope)
        for row in work.authorizations
    )
    return WorkDetail(_entry(work, len(licences)), licences, work.text.text[:_OPENING] if work.text else "")


def remove_work(workspace: Workspace, database: Database, work_id: str) -> str:
    """Take a work out of the library; return its title. Leads and evidence stay. Raises InputError when there is none."""
    with database.session() as session:
        work = _named(session, work_id)
        title = work.title
        session.delete(work)
    library.refresh(workspace, database)
    return title


def work_titles(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of those of ``ids`` that are works."""
    query = select(Work.id, Work.title).where(Work.id.in_(list(ids)))
    return {row[0]: row[1] for row in session.execute(query)}


def _named(session: Session, work_id: str) -> Work:
    work = session.get(Work, work_id)
    if work is None:
        raise InputError(f"作品库里没有编号为“{work_id}”的作品。可用 patrol works list 查看")
    return work


def _entry(work: Work, licences: int) -> WorkEntry:
    return WorkEntry(
        id=work.id,
        title=work.title,
        aliases=tuple(work.aliases),
        authors=tuple(work.authors),
        holder=work.holder,
        kind=WorkKind(work.kind),
        registration=work.registration,
        list_price=work.list_price,
        early_warning=work.early_warning,
        characters=work.characters,
        licences=licences,
    )
