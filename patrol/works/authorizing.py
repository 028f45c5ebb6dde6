"""Import of authorisations (授权): reads who may use a work, where, from when to when, and replaces them work by work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from patrol import clock
from patrol.db.models import Authorization, Work
from patrol.db.portions import portions
from patrol.errors import InputError, InputProblems, Problem
from patrol.text.sheets import Column, Record, Sheet, read_sheet

COLUMNS = (
    Column("work", ("作品", "作品编号", "作品名称"), required=True),
    Column("licensee", ("被授权方", "被授权人", "授权店铺", "授权账号"), required=True),
    Column("site", ("站点", "平台")),
    Column("account", ("账号", "店铺")),
    Column("territory", ("地域", "授权地域")),
    Column("scope", ("授权范围", "范围", "方式")),
    Column("from", ("起始日期", "开始日期", "授权起")),
    Column("to", ("截止日期", "结束日期", "授权止")),
    Column("note", ("备注",)),
)


@dataclass(frozen=True, slots=True)
class LicencesImported:
    licences: int
    works: int
    ignored_columns: tuple[str, ...]


def import_authorizations(session: Session, path: Path) -> LicencesImported:
    """Enter all licences of the table in the caller's transaction; those of the works it names are replaced.

    A work is named by its id or its title. Raises InputError or InputProblems; then nothing was entered.
    """
    if not path.is_file():
        raise InputError(f"没有这个文件：{path}")
    sheet = read_sheet(path, COLUMNS)
    ids = _ids(session)
    problems: list[Problem] = []
    rows = [row for record in sheet.records if (row := _row(sheet, record, ids, problems))]
    if problems:
        raise InputProblems(problems, f"{len(problems)} 处问题，授权都没有导入：")
    works = {row.work_id for row in rows}
    for portion in portions(sorted(works)):
        session.execute(delete(Authorization).where(Authorization.work_id.in_(portion)))
    session.add_all(rows)
    return LicencesImported(len(rows), len(works), sheet.ignored)


def _ids(session: Session) -> dict[str, list[str]]:
    """Work ids by id and by title."""
    names: dict[str, list[str]] = {}
    for i, title in session.execute(select(Work.id, Work.title)):
        names.setdefault(i, []).append(i)
        if title != i:
            names.setdefault(title, []).append(i)
    return names


def _row(sheet: Sheet, record: Record, ids: dict[str, list[str]], problems: list[Problem]) -> Authorization | None:
    before = len(problems)
    named = record["work"].strip("《》 ")
    found = ids.get(named, [])
    if not named:
        problems.append(sheet.problem(record, "work", "没有写作品"))
    elif not found:
        problems.append(sheet.problem(record, "work", f"作品库里没有“{named}”", "请先导入作品，或核对名称"))
    elif len(found) > 1:
        problems.append(sheet.problem(record, "work", f"有 {len(found)} 部作品叫“{named}”", "请改写作品编号"))
    if not record["licensee"]:
        problems.append(sheet.problem(record, "licensee", "没有写被授权方"))
    days = {}
    for key in ("from", "to"):
        try:
            days[key] = clock.parse_day(record[key])
        except ValueError as error:
            problems.append(sheet.problem(record, key, str(error)))
    start, end = days.get("from"), days.get("to")
    if start and end and end < start:
        problems.append(sheet.problem(record, "to", "截止日期早于起始日期"))
    if len(problems) > before:
        return None
    return Authorization(
        work_id=found[0],
        licensee=record["licensee"],
        site=record["site"],
        account=record["account"],
        territory=record["territory"],
        scope=record["scope"],
        valid_from=start,
        valid_to=end,
        note=record["note"],
    )
