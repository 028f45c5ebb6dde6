"""Sheet reader: reads tables that people fill in (CSV in whatever encoding Excel left it, XLSX) into named, located values."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from patrol.errors import InputError, InputProblems, Problem
from patrol.text.encodings import decode

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a table may have: ``key`` in code, ``heads`` as people write it, the first being the usual one."""

    key: str
    heads: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One row: ``row`` counts from 1 as the spreadsheet shows it; a missing cell is ""."""

    row: int
    values: dict[str, str]

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that are not empty, and the columns nobody asked for (they are left out, and said)."""

    file: str
    columns: tuple[Column, ...]
    records: tuple[Record, ...]
    ignored: tuple[str, ...]

    def head(self, key: str) -> str:
        return next(c.heads[0] for c in self.columns if c.key == key)

    def problem(self, record: Record, key: str, message: str, remedy: str = "") -> Problem:
        return Problem(self.file, message, record.row, self.head(key), remedy)


def read_bytes(path: Path) -> bytes:
    """Read the file's bytes. Raises InputError when it is missing, unreadable or larger than ``MAX_BYTES``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name}：文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆分后再导入")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}：无法读取这个文件（{error.strerror or error}）") from error


def check_archive(path: Path) -> None:
    """Refuse a ZIP-based file (XLSX, DOCX, EPUB) that is broken, or unpacks to more than ``MAX_UNPACKED``."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{path.name}：文件已损坏或不是有效的 {path.suffix[1:].upper()} 文件") from error
    if size > MAX_UNPACKED:
        raise InputError(f"{path.name}：解开后超过 {MAX_UNPACKED // 1024 // 1024} MB，不予导入")


def read_sheet(path: Path, columns: Sequence[Column]) -> Sheet:
    """Read a CSV or XLSX file whose first row names the columns, in Chinese or English.

    Raises InputError when the file cannot be read, InputProblems when a required column is missing.
    """
    return _named(path, columns, read_rows(path))


def read_rows(path: Path, most: int | None = None) -> list[tuple[int, list[str]]]:
    """Read the rows that are not empty, heads included, each with its number as the spreadsheet shows it; at most
    ``most``.

    Raises InputError when the file cannot be read or is empty.
    """
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        rows = list(islice(_csv_rows(path), most))
    elif suffix in (".xlsx", ".xlsm"):
        rows = _excel_rows(path, most)
    else:
        raise InputError(f"{path.name}：不认识的文件类型，请用 CSV 或 XLSX（.xls 请在 Excel 里另存为 .xlsx）")
    if not rows:
        raise InputError(f"{path.name}：这是一个空文件")
    return rows


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = decode(read_bytes(path), path.name).replace("\0", "")
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count) if any(d in first for d in ",\t;") else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise InputError(f"{path.name} 第 {reader.line_num} 行：格式有误（{error}）") from error


def _excel_rows(path: Path, most: int | None) -> list[tuple[int, list[str]]]:
    # Loaded for an Excel file only: it takes as long to load as most commands take altogether.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    read_bytes(path)
    check_archive(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            found = (
                (number, [_cell(value) for value in row])
                for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
                if any(value is not None and str(value).strip() for value in row)
            )
            rows = list(islice(found, most))
        finally:
            book.close()
    except (InvalidFileException, KeyError, ValueError, IndexError, OSError, SyntaxError) as error:
        raise InputError(f"{path.name}：打不开这个 Excel 文件，可能已损坏或加了密码") from error
    return rows


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def plain_cell(text: str) -> str:
    """Make a cell safe in a table that goes out: what a spreadsheet would take for a formula is marked as text (OWASP,
    CSV injection)."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


def _key(head: str) -> str:
    return re.sub(r"[\s_*（）()：:]", "", head).casefold()


def _named(path: Path, columns: Sequence[Column], rows: list[tuple[int, list[str]]]) -> Sheet:
    number, heads = rows[0]
    known = {_key(head): column.key for column in columns for head in (*column.heads, column.key)}
    places = [known.get(_key(head)) for head in heads]
    problems = []
    for column in columns:
        if column.required and column.key not in places:
            strangers = {_key(head): head for head, place in zip(heads, places, strict=True) if not place and head}
            near = get_close_matches(_key(column.heads[0]), strangers, n=1, cutoff=0.4)
            remedy = (
                f"表头里的“{strangers[near[0]]}”是不是想写“{column.heads[0]}”？" if near else "请在第一行加上这一列"
            )
            problems.append(Problem(path.name, f"缺少“{column.heads[0]}”列", number, None, remedy))
    twice = {place for place in places if place and places.count(place) > 1}
    problems += [
        Problem(path.name, f"“{head}”列出现了两次", number) for head, p in zip(heads, places, strict=True) if p in twice
    ]
    if problems:
        raise InputProblems(problems)
    records = tuple(
        Record(row, {place: cell for place, cell in zip(places, cells, strict=False) if place and cell})
        for row, cells in rows[1:]
    )
    ignored = tuple(head for head, place in zip(heads, places, strict=True) if head and place is None)
    return Sheet(path.name, tuple(columns), records, ignored)
