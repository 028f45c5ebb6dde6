"""Key directory (重点目录): imports targets from a table, lists them, and tells a spider what to visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.config import Workspace
from patrol.db.models import Capture, PatrolTarget, Target, Work
from patrol.db.session import Database
from patrol.directory.known_pages import KnownPages
from patrol.directory.schedule import WEEKLY, Schedule
from patrol.directory.site_file import find_sites
from patrol.errors import InputError, InputProblems, Problem
from patrol.items import HOME
from patrol.text.sheets import Column, Record, Sheet, read_sheet
from patrol.vocabulary import Field, RunStatus

COLUMNS = (
    Column("name", ("名称", "目标名称", "目标"), required=True),
    Column("field", ("领域", "类别"), required=True),
    Column("site", ("站点", "站点名", "平台"), required=True),
    Column("url", ("网址", "地址", "链接")),
    Column("account", ("账号", "店铺", "账号或店铺")),
    Column("operator", ("经营者", "主体", "运营主体", "主办单位")),
    Column("schedule", ("频次", "巡查频次", "周期")),
    Column("note", ("备注", "说明")),
)
_COMPARED = ("name", "field", "operator", "schedule", "note")


@dataclass(frozen=True, slots=True)
class DirectoryImported:
    """Counts of targets, which sites they name, and which of these have no site file and cannot be patrolled yet."""

    added: int
    changed: int
    unchanged: int
    sites: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    unknown_sites: tuple[str, ...] = ()


def import_into(workspace: Workspace, session: Session, path: Path) -> DirectoryImported:
    """Enter all targets of the table, and say which sites have no file. Raises as ``import_directory``."""
    done = import_directory(session, path)
    known = find_sites(workspace.site_folders)
    return replace(done, unknown_sites=tuple(site for site in done.sites if site not in known))


def import_directory(session: Session, path: Path) -> DirectoryImported:
    """Enter all targets of the table in the caller's transaction. A target is known by site, address and account.

    Raises InputError or InputProblems (every fault with row and column); then nothing was entered.
    """
    if not path.is_file():
        raise InputError(f"没有这个文件：{path}")
    sheet = read_sheet(path, COLUMNS)
    if not sheet.records:
        raise InputError(f"{path.name}：只有表头，没有目标")
    problems: list[Problem] = []
    rows = [row for record in sheet.records if (row := _row(sheet, record, problems))]
    _refuse_twins(sheet, rows, problems)
    if problems:
        raise InputProblems(problems, f"{len(problems)} 处问题，重点目录没有导入：")
    added = changed = 0
    now = clock.now()
    known = {(t.site, t.url, t.account): t for t in session.scalars(select(Target))}
    for _, new in rows:
        old = known.get((new.site, new.url, new.account))
        if old is None:
            new.imported_at, new.source, new.active = now, path.name, True
            session.add(new)
            added += 1
        elif any(getattr(old, key) != getattr(new, key) for key in _COMPARED) or not old.active:
            for key in _COMPARED:
                setattr(old, key, getattr(new, key))
            old.active = True
            changed += 1
    sites = tuple(sorted({row.site for _, row in rows}))
    return DirectoryImported(added, changed, len(rows) - added - changed, sites, sheet.ignored)


def _row(sheet: Sheet, record: Record, problems: list[Problem]) -> tuple[int, Target] | None:
    before = len(problems)
    for key in ("name", "site"):
        if not record[key]:
            problems.append(sheet.problem(record, key, "没有填写"))
    field = schedule = ""
    try:
        field = Field.parse(record["field"]).value
    except ValueError as error:
        problems.append(sheet.problem(record, "field", str(error)))
    try:
        schedule = Schedule.parse(record["schedule"] or WEEKLY.label).value
    except ValueError as error:
        problems.append(sheet.problem(record, "schedule", str(error)))
    url = record["url"]
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        problems.append(sheet.problem(record, "url", f"“{url[:80]}”不是完整网址", "应以 http:// 或 https:// 开头"))
    if len(problems) > before:
        return None
    return record.row, Target(
        name=record["name"][:300],
        field=field,
        site=record["site"][:100],
        url=url[:2000],
        account=record["account"][:300],
        operator=record["operator"][:300],
        schedule=schedule,
        note=record["note"][:2000],
    )


def _refuse_twins(sheet: Sheet, rows: Sequence[tuple[int, Target]], problems: list[Problem]) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    for number, target in rows:
        key = (target.site, target.url, target.account)
        if key in seen:
            said = f"与第 {seen[key]} 行是同一个目标（站点、网址、账号都相同）"
            problems.append(Problem(sheet.file, said, number))
        seen.setdefault(key, number)


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target as officers read it. ``source``: the table it stood in; ``last_patrolled_at`` None: never."""

    id: int
    name: str
    field: Field
    site: str
    url: str
    account: str
    operator: str
    schedule: Schedule
    note: str
    source: str
    last_patrolled_at: datetime | None

    @property
    def place(self) -> str:
        """What of the site is patrolled."""
        return " ".join(filter(None, (self.url, self.account))) or "整站"


def target_views(session: Session, field: Field | None = None, site: str | None = None) -> list[TargetView]:
    """Return the active targets, by site and name."""
    return [_view(target) for target in list_targets(session, field, site)]


def target_view(session: Session, number: int) -> TargetView:
    """Return the active target of this number (序号). Raises InputError when there is none."""
    target = session.get(Target, number)
    if target is None or not target.active:
        raise InputError(f"重点目录里没有序号为 {number} 的目标。可用 patrol directory list 查看")
    return _view(target)


def _view(target: Target) -> TargetView:
    return TargetView(
        id=target.id,
        name=target.name,
        field=Field(target.field),
        site=target.site,
        url=target.url,
        account=target.account,
        operator=target.operator,
        schedule=Schedule.of(target.schedule),
        note=target.note,
        source=target.source,
        last_patrolled_at=target.last_patrolled_at,
    )


def list_targets(session: Session, field: Field | None = None, site: str | None = None) -> list[Target]:
    """Return the active targets, by site and name."""
    query = select(Target).where(Target.active.is_(True)).order_by(Target.site, Target.name, Target.id)
    if field is not None:
        query = query.where(Target.field == field.value)
    if site is not None:
        query = query.where(Target.site == site)
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Assignment:
    """One target as a spider needs it. ``single``: ``url`` is the page itself."""

    target_id: int
    name: str
    field: Field
    url: str
    account: str
    single: bool = False


@dataclass(frozen=True, slots=True)
class Assignments:
    """What a spider is to do on one site in one patrol. ``done``: canonical addresses that this patrol has captured
    already; ``terms``: titles and aliases of all works, for search addresses; ``known``: what earlier patrols saw;
    ``home_done``: this patrol has read the home page already."""

    targets: tuple[Assignment, ...] = ()
    done: frozenset[str] = frozenset()
    terms: tuple[str, ...] = ()
    known: KnownPages = field(default_factory=KnownPages)
    home_done: bool = False


def assignments(
    database_url: str, patrol_id: int, site: str, root: Path = Path(), *, all_pages: bool = False
) -> Assignments:
    """Return the targets of ``site`` that are still to do in the patrol, what it has captured there, and the search
    terms."""
    database = Database(database_url)
    try:
        with database.session() as session:
            targets = session.execute(
                select(Target.id, Target.name, Target.field, Target.url, Target.account, Target.single)
                .join(PatrolTarget, PatrolTarget.target_id == Target.id)
                .where(PatrolTarget.patrol_id == patrol_id, Target.site == site)
                .where(PatrolTarget.status.not_in((RunStatus.DONE.value, RunStatus.SKIPPED.value)))
                .order_by(Target.id)
            )
            found = tuple(Assignment(row[0], row[1], Field(row[2]), *row[3:]) for row in targets)
            kept = select(Capture.canonical_url).where(Capture.patrol_id == patrol_id, Capture.site == site)
            done = frozenset(session.scalars(kept.where(Capture.role != HOME)))
            home = session.scalar(kept.where(Capture.role == HOME).limit(1)) is not None
            terms = _terms(session)
        targets_here = [target.target_id for target in found]
        known = KnownPages.load(database_url, root, patrol_id, site, targets_here, everything=all_pages)
        return Assignments(found, done, terms, known, home)
    finally:
        database.close()


def search_terms(database_url: str) -> tuple[str, ...]:
    """Return the titles and aliases of all works."""
    database = Database(database_url)
    try:
        with database.session() as session:
            return _terms(session)
    finally:
        database.close()


def _terms(session: Session) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for title, aliases in session.execute(select(Work.title, Work.aliases).order_by(Work.id)):
        for name in (title, *aliases):
            if name:
                names[name] = None
    return tuple(names)
