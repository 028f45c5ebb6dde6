"""Early-warning import (重点作品版权保护预警名单): enters and marks works, which are then judged by a stricter bar.

The lists of the state copyright office come in batches and name the platforms that may show each work. They bring no
text; a work that the library has already is only marked.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.db.models import Authorization, Work
from patrol.errors import InputError, InputProblems, Problem
from patrol.text.sheets import Column, Record, Sheet, read_sheet
from patrol.vocabulary import WorkKind
from patrol.works.importing import split_names

COLUMNS = (
    Column("title", ("作品名称", "作品", "片名", "剧名", "名称", "书名"), required=True),
    Column("batch", ("批次", "预警批次", "期次")),
    Column("aliases", ("别名", "又名")),
    Column("authors", ("作者", "导演")),
    Column("holder", ("权利人", "著作权人", "出品方", "出品单位", "版权方", "申报单位")),
    Column("platforms", ("授权平台", "播出平台", "播放平台", "平台", "已获授权平台")),
    Column("kind", ("类型", "作品类型", "类别")),
    Column("published", ("上映日期", "上映时间", "首播日期", "发表日期", "出版日期")),
)


@dataclass(frozen=True, slots=True)
class WarningsImported:
    """Counts: works entered anew, works that were there and got the mark, platforms entered as authorised."""

    added: int
    marked: int
    platforms: int
    ignored_columns: tuple[str, ...]


def import_warnings(session: Session, path: Path) -> WarningsImported:
    """Enter a list in the caller's transaction; entering it again changes nothing.

    Raises InputError or InputProblems (every fault with row and column); then nothing was entered.
    """
    if not path.is_file():
        raise InputError(f"没有这个文件：{path}")
    sheet = read_sheet(path, COLUMNS)
    if not sheet.records:
        raise InputError(f"{path.name}：只有表头，没有作品")
    problems: list[Problem] = []
    known = _Known(session)
    added = marked = platforms = 0
    for record in sheet.records:
        if not _name(record["title"]):
            problems.append(sheet.problem(record, "title", "作品名称是空的"))
            continue
        work = known.find(sheet, record, problems)
        if work is None:
            work = _new(sheet, record, known)
            session.add(work)
            known.add(work)
            added += 1
        else:
            marked += not work.early_warning
            work.early_warning = True
            work.holder = work.holder or record["holder"][:500]
        platforms += _authorise(work, record)
    if problems:
        raise InputProblems(problems, f"{len(problems)} 处问题，预警名单没有导入：")
    return WarningsImported(added, marked, platforms, sheet.ignored)


class _Known:
    """The works of the library by name."""

    def __init__(self, session: Session) -> None:
        self._by_name: dict[str, list[Work]] = {}
        self.ids: set[str] = set()
        for work in session.scalars(select(Work)):
            self.add(work)

    def add(self, work: Work) -> None:
        self.ids.add(work.id)
        for name in {_name(work.title), *map(_name, work.aliases)}:
            self._by_name.setdefault(name, []).append(work)

    def find(self, sheet: Sheet, record: Record, problems: list[Problem]) -> Work | None:
        """The work of this name; of several, the one of this holder. Another holder's of the same name is another."""
        holder = _name(record["holder"])
        held = self._by_name.get(_name(record["title"]), [])
        fitting = [w for w in held if not holder or not w.holder or _overlap(_name(w.holder), holder)]
        exact = [w for w in fitting if holder and w.holder] or fitting
        if len(exact) > 1:
            said = f"作品库里有 {len(exact)} 部作品叫“{record['title']}”，分不清是哪一部"
            problems.append(sheet.problem(record, "title", said, "请在“权利人”一栏写明"))
        return exact[0] if exact else None


def _new(sheet: Sheet, record: Record, known: _Known) -> Work:
    title = record["title"].strip("《》 ")[:500]
    tries = (title, f"{title}（{record['holder']}）", *(f"{title}（{n}）" for n in range(2, 1000)))
    return Work(
        id=next(name for name in (t[:200] for t in tries) if name not in known.ids),
        title=title,
        aliases=list(split_names(record["aliases"])),
        authors=list(split_names(record["authors"])),
        holder=record["holder"][:500],
        kind=_kind(record["kind"]).value,
        published=record["published"][:40],
        early_warning=True,
        source=f"预警名单 {sheet.file} 第 {record.row} 行{'，' if record['batch'] else ''}{record['batch']}"[:1000],
        imported_at=clock.now(),
    )


def _authorise(work: Work, record: Record) -> int:
    """The platforms that the list names may show the work everywhere on them."""
    had = {grant.licensee for grant in work.authorizations}
    fresh = [name[:300] for name in split_names(record["platforms"]) if name[:300] not in had]
    note = f"预警名单所列平台 {record['batch']}".strip()[:1000]
    work.authorizations += [Authorization(licensee=name, account="全站", note=note) for name in dict.fromkeys(fresh)]
    return len(dict.fromkeys(fresh))


def _kind(text: str) -> WorkKind:
    """The lists name films, series and shows, in many words; a kind of ours stands as it is."""
    try:
        return WorkKind.parse(text)
    except ValueError:
        return WorkKind.AUDIOVISUAL


def _name(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip("《》 \t").casefold()


def _overlap(one: str, other: str) -> bool:
    return one in other or other in one or bool(set(split_names(one)) & set(split_names(other)))
