"""Import of works: reads and checks everything first, then enters it in one transaction, then indexes it.

Accepted: a folder of texts (with or without a CSV/XLSX table of metadata in it), such a table, one text file, or
JSON Lines (``id, title, kind, text``; plain or .xz). A work with a known id is replaced.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from patrol import clock
from patrol.db.models import Work, WorkText
from patrol.errors import InputError, InputProblems, Problem
from patrol.text.sheets import Column, Record, Sheet, read_sheet
from patrol.vocabulary import WorkKind
from patrol.works.texts import READERS, read_document

COLUMNS = (
    Column("title", ("作品名称", "名称", "书名", "作品", "标题"), required=True),
    Column("id", ("编号", "作品编号")),
    Column("aliases", ("别名", "又名")),
    Column("authors", ("作者",)),
    Column("holder", ("权利人", "著作权人", "出品方", "出版社")),
    Column("kind", ("类型", "作品类型")),
    Column("registration", ("登记号", "作品登记号")),
    Column("price", ("定价", "价格", "建议售价")),
    Column("published", ("出版日期", "发表日期", "首次发表")),
    Column("warning", ("预警", "重点作品预警")),
    Column("file", ("文件", "文本文件", "正文文件")),
)
_TABLES = (".csv", ".xlsx", ".xlsm")
_MANY = re.compile(r"[、;；|/]|,\s*|，")


@dataclass(frozen=True, slots=True)
class NewWork:
    """A work as read from a file, checked and ready to be entered. ``text`` may be "" (only title and signals);
    ``early_warning`` None: the file does not say, and a mark that is there stays."""

    id: str
    title: str
    text: str
    source: str
    aliases: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    holder: str = ""
    kind: WorkKind = WorkKind.OTHER
    registration: str = ""
    list_price: Decimal | None = None
    published: str = ""
    early_warning: bool | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: ids that are new, changed, and the same as before; columns that were left out."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    ignored_columns: tuple[str, ...] = ()


def read_works(path: Path, advance: Callable[[int], None] = lambda _: None) -> tuple[list[NewWork], tuple[str, ...]]:
    """Read every work at ``path``, and name the table columns nobody asked for; ``advance(1)`` after each file.

    Raises InputError or InputProblems (all faults at once); nothing is entered here.
    """
    if not path.exists():
        raise InputError(f"没有这个文件或文件夹：{path}")
    ignored: tuple[str, ...] = ()
    if path.is_dir():
        tables = [p for p in sorted(path.iterdir()) if p.suffix.lower() in _TABLES and not p.name.startswith("~$")]
        if len(tables) > 1:
            raise InputError(f"{path.name}：有 {len(tables)} 个表格，分不清哪一个是作品目录，请只留一个")
        if tables:
            works, ignored = _from_table(tables[0], advance)
        else:
            works = _from_folder(path, advance)
    elif path.suffix.lower() in _TABLES:
        works, ignored = _from_table(path, advance)
    elif path.name.lower().endswith((".jsonl", ".jsonl.xz")):
        works = _from_lines(path, advance)
    else:
        works = [_from_file(path, path.stem)]
    _refuse_twins(path, works)
    return works, ignored


def enter_works(session: Session, works: list[NewWork]) -> Imported:
    """Enter ``works`` in the caller's transaction."""
    added, changed, unchanged = [], [], []
    now = clock.now()
    for new in works:
        old = session.get(Work, new.id)
        values = _values(new)
        if old is None:
            values["early_warning"] = bool(new.early_warning)
            session.add(Work(id=new.id, imported_at=now, text=WorkText(text=new.text) if new.text else None, **values))
            added.append(new.id)
        elif all(getattr(old, key) == value for key, value in values.items() if key != "source"):
            unchanged.append(new.id)
        else:
            _replace(session, old, new, values, now)
            changed.append(new.id)
    return Imported(tuple(added), tuple(changed), tuple(unchanged))


def _values(new: NewWork) -> dict[str, Any]:
    said = {} if new.early_warning is None else {"early_warning": new.early_warning}
    return said | {
        "title": new.title,
        "aliases": list(new.aliases),
        "authors": list(new.authors),
        "holder": new.holder,
        "kind": new.kind.value,
        "registration": new.registration,
        "list_price": new.list_price,
        "published": new.published,
        "characters": len(new.text),
        "text_sha256": hashlib.sha256(new.text.encode()).hexdigest() if new.text else "",
        "source": new.source,
    }


def _replace(session: Session, old: Work, new: NewWork, values: dict[str, Any], now: datetime) -> None:
    for key, value in values.items():
        setattr(old, key, value)
    old.imported_at = now
    if old.text is None and new.text:
        old.text = WorkText(text=new.text)
    elif old.text is not None and new.text:
        old.text.text = new.text
    elif old.text is not None:
        session.delete(old.text)


def _from_folder(folder: Path, advance: Callable[[int], None]) -> list[NewWork]:
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix.lower() in READERS]
    if not files:
        raise InputError(f"{folder}：文件夹里没有作品。可用的类型：{'、'.join(sorted(READERS))}，或 CSV/XLSX 目录")
    works, problems = [], []
    for file in files:
        try:
            works.append(_from_file(file, file.relative_to(folder).with_suffix("").as_posix()))
        except InputProblems as error:
            problems += error.problems
        except InputError as error:
            name, _, said = str(error).partition("：")
            problems.append(Problem(name, said))
        advance(1)
    if problems:
        raise InputProblems(problems, f"{len(problems)} 处问题，全部作品都没有导入：")
    return works


def _from_file(path: Path, name: str) -> NewWork:
    meta, text = read_document(path)
    fields = {column.key: _joined(meta.get(column.key)) for column in COLUMNS}
    fields["title"] = fields["title"] or path.stem
    fields["id"] = fields["id"] or name
    fields["warning"] = fields["warning"] or _joined(meta.get("early_warning"))
    problems: list[Problem] = []
    work = _built(fields, text, path.name, lambda key, said: problems.append(Problem(path.name, f"{key}：{said}")))
    if problems:
        raise InputProblems(problems)
    return work


def _joined(value: Any) -> str:
    if value is None:
        return ""
    return "、".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _from_table(path: Path, advance: Callable[[int], None]) -> tuple[list[NewWork], tuple[str, ...]]:
    sheet = read_sheet(path, COLUMNS)
    if not sheet.records:
        raise InputError(f"{path.name}：只有表头，没有作品")
    works: list[NewWork] = []
    problems: list[Problem] = []
    for record in sheet.records:
        work = _from_row(path, sheet, record, problems)
        if work:
            works.append(work)
        advance(1)
    if problems:
        raise InputProblems(problems, f"{len(problems)} 处问题，全部作品都没有导入：")
    return works, sheet.ignored


def _from_row(path: Path, sheet: Sheet, record: Record, problems: list[Problem]) -> NewWork | None:
    if not record["title"]:
        problems.append(sheet.problem(record, "title", "作品名称是空的"))
        return None
    file = _text_file(path.parent, record)
    text = ""
    if record["file"] and file is None:
        problems.append(
            sheet.problem(record, "file", f"找不到“{record['file']}”", f"它应当放在 {path.parent.name}/ 里")
        )
    if file is not None:
        try:
            _, text = read_document(file)
        except InputError as error:
            problems.append(sheet.problem(record, "file", str(error)))
    fields = {column.key: record[column.key] for column in COLUMNS}
    fields["id"] = fields["id"] or fields["title"]
    return _built(
        fields,
        text,
        f"{path.name} 第 {record.row} 行",
        lambda key, said: problems.append(sheet.problem(record, key, said)),
    )


def _text_file(folder: Path, record: Record) -> Path | None:
    """The row's text: the file it names, within the folder, else one whose name is the work's id or title."""
    root = folder.resolve()
    if record["file"]:
        file = (root / record["file"]).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    names = [n for n in (record["id"], record["title"]) if n and not set(n) & set('/\\:*?"<>|')]
    return next((f for n in names for suffix in READERS if (f := root / f"{n}{suffix}").is_file()), None)


def _built(fields: dict[str, str], text: str, source: str, wrong: Callable[[str, str], None]) -> NewWork:
    kind, price = WorkKind.OTHER, None
    if fields["kind"]:
        try:
            kind = WorkKind.parse(fields["kind"])
        except ValueError:
            kind = WorkKind.OTHER
    if fields["price"]:
        try:
            price = Decimal(re.sub(r"[￥¥元,，\s]", "", fields["price"])).quantize(Decimal("0.01"))
            if not 0 <= price < 10_000_000:
                raise InvalidOperation
        except InvalidOperation:
            wrong("price", f"“{fields['price']}”不是价格，请写成 59.80 这样")
            price = None
    return NewWork(
        id=fields["id"][:200],
        title=fields["title"][:500],
        text=text,
        source=source,
        aliases=split_names(fields["aliases"]),
        authors=split_names(fields["authors"]),
        holder=fields["holder"][:500],
        kind=kind,
        registration=fields["registration"][:100],
        list_price=price,
        published=fields["published"][:40],
        early_warning=fields["warning"].casefold() in ("是", "预警", "yes", "true", "1") if fields["warning"] else None,
    )


def split_names(text: str) -> tuple[str, ...]:
    """Split names that stand in one cell, as people part them."""
    return tuple(part for raw in _MANY.split(text) if (part := raw.strip()))


def _from_lines(path: Path, advance: Callable[[int], None]) -> list[NewWork]:
    works: list[NewWork] = []
    problems: list[Problem] = []
    for number, line in _lines(path):
        try:
            row = json.loads(line)
            title, text = str(row["title"]), str(row["text"])
            fields = {c.key: _joined(row.get(c.key)) for c in COLUMNS} | {
                "title": title,
                "id": str(row.get("id") or title),
            }
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            said = f"缺少 {error}" if isinstance(error, KeyError) else "不是有效的 JSON 行"
            problems.append(Problem(path.name, said, number, None, "每行应有 id、title、kind、text"))
            continue
        clean = text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
        row_problems: list[Problem] = []

        def wrong(key: str, said: str, line: int = number, found: list[Problem] = row_problems) -> None:
            found.append(Problem(path.name, said, line, key))

        works.append(_built(fields, clean, path.name, wrong))
        problems += row_problems
        advance(1)
    if problems:
        raise InputProblems(problems, f"{len(problems)} 处问题，全部作品都没有导入：")
    if not works:
        raise InputError(f"{path.name}：里面没有作品")
    return works


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with (
            lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8-sig") as file
        ):
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}：无法读取这个文件（{error}）") from error


def _refuse_twins(path: Path, works: list[NewWork]) -> None:
    seen: dict[str, str] = {}
    problems = []
    for work in works:
        if work.id in seen:
            problems.append(Problem(path.name, f"编号“{work.id}”重复：{seen[work.id]} 与 {work.source}"))
        seen[work.id] = work.source
    if problems:
        raise InputProblems(problems, "作品编号重复，全部作品都没有导入：")
