"""Complaint reader: reads filings from CSV and XLSX lists, and from letters (RFC 822) with lists in them or attached.

The columns are the items of the guide to administrative copyright complaints. Only the address is demanded: whatever
else is missing is said, not refused. A faulty row is named by row and column, and the others go in.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from ipaddress import ip_address
from pathlib import Path

from patrol import clock
from patrol.complaints.mail import Letter, read_letter
from patrol.directory.default_site import host_of
from patrol.errors import InputError, InputProblems, Problem
from patrol.text.sheets import Column, read_sheet
from patrol.text.storage import storable
from patrol.vocabulary import Field

COLUMNS = (
    Column(
        "url", ("网址", "侵权网址", "涉嫌侵权网址", "侵权链接", "链接", "链接地址", "地址链接", "URL"), required=True
    ),
    Column("work", ("作品", "作品名称", "被侵权作品", "权利作品", "作品名")),
    Column("complainant", ("投诉人", "投诉人名称", "投诉人姓名", "举报人", "权利人", "申请人")),
    Column("contact", ("联系方式", "联系电话", "电话", "手机", "手机号", "邮箱", "投诉人电话")),
    Column("address", ("投诉人地址", "通信地址", "通讯地址", "联系地址", "投诉人住址")),
    Column("identity", ("身份证明", "证件", "证件号码", "身份证号", "统一社会信用代码", "主体证明")),
    Column("respondent", ("被投诉人", "被投诉人名称", "侵权人", "被举报人", "经营者")),
    Column("respondent_address", ("被投诉人地址", "侵权人地址", "被投诉人住址")),
    Column("account", ("账号", "店铺", "店铺名称", "账号或店铺", "店铺或账号", "侵权账号")),
    Column("date", ("日期", "投诉日期", "申请日期", "举报日期")),
    Column("facts", ("主要事实和理由", "主要事实", "事实和理由", "事实与理由", "侵权事实", "投诉内容", "说明")),
    Column("proof", ("权属证明", "权利证明", "初步权属证明", "权属证据", "登记号")),
    Column("copies", ("侵权复制品", "复制品", "侵权证据", "证据", "附件")),
    Column("place", ("行为地", "侵权行为实施地", "侵权行为地", "实施地")),
    Column("field", ("领域", "类别")),
)
LIMITS = {
    "url": 2000, "work": 500, "complainant": 300, "contact": 300, "address": 500, "identity": 300, "respondent": 300,
    "respondent_address": 500, "account": 300, "place": 500, "facts": 20_000, "proof": 5_000, "copies": 5_000,
}  # fmt: skip
MAX_URLS = 200
"""Addresses in one cell or one letter."""

_HEADS = {re.sub(r"\s", "", head): column.key for column in COLUMNS for head in column.heads}
_URL = re.compile(r"https?://[!-~]+|(?<![\w.@/-])(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}(?::\d+)?(?:/[!-~]*)?", re.I)
_TAIL = ",.;:!?)]}>\"'"
_MANY = re.compile(r"[\s;；，、|]+(?=https?://)|\s+", re.I)
_LINE = re.compile(r"^\s*[（(]?\d{0,2}[)）.、]?\s*([\u4e00-\u9fffA-Za-z]{2,12})\s*[:：]\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Filing:
    """One complaint about one address. ``source`` names file and row; "" and None: not given."""

    url: str
    source: str
    work: str = ""
    complainant: str = ""
    contact: str = ""
    address: str = ""
    identity: str = ""
    respondent: str = ""
    respondent_address: str = ""
    account: str = ""
    date: date | None = None
    facts: str = ""
    proof: str = ""
    copies: str = ""
    place: str = ""
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a file held: the rows that can be taken, what is wrong with the others, the columns nobody asked for."""

    filings: tuple[Filing, ...]
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()


def read_complaints(path: Path, private: Callable[[str], bool] = lambda _: False) -> Read:
    """Read a CSV, XLSX or EML file. ``private`` says of which addresses within this network a site file knows.

    Raises InputError (InputProblems for a table without its column of addresses) when nothing of it can be used.
    """
    if not path.is_file():
        raise InputError(f"没有这个文件：{path}")
    if path.suffix.lower() == ".eml":
        return _from_letter(path, private)
    return _from_table(path, path.name, {}, private)


def _from_table(path: Path, name: str, given: Mapping[str, str], private: Callable[[str], bool]) -> Read:
    """``given`` fills the cells that a row leaves empty (who wrote the letter, when)."""
    sheet = read_sheet(path, COLUMNS)
    reader = _Reader(name, private)
    filings = [
        filing
        for record in sheet.records
        for filing in reader.filings({**given, **record.values}, record.row, f"{name} 第 {record.row} 行")
    ]
    if not sheet.records:
        raise InputError(f"{name}：只有表头，没有投诉")
    return Read(tuple(filings), tuple(reader.problems), sheet.ignored)


class _Reader:
    """Makes filings of one file's rows; collects what is wrong."""

    def __init__(self, name: str, private: Callable[[str], bool]) -> None:
        self._name, self._private = name, private
        self.problems: list[Problem] = []

    def filings(self, values: Mapping[str, str], row: int | None, source: str) -> Iterator[Filing]:
        """One filing an address of the row; none when something in the row is wrong."""
        before = len(self.problems)
        cells = {key: storable(value.strip()) for key, value in values.items()}
        for key, limit in LIMITS.items():
            if key != "url" and len(cells.get(key, "")) > limit:
                self._wrong(row, key, f"太长，有 {len(cells[key])} 个字", f"最多 {limit} 个字")
        filed = self._day(row, cells.pop("date", ""))
        field = self._field(row, cells.pop("field", ""))
        urls = self._urls(row, cells.pop("url", ""))
        if len(self.problems) == before:
            for url in urls:
                yield Filing(url, source, date=filed, field=field, **cells)

    def _urls(self, row: int | None, cell: str) -> list[str]:
        if not cell:
            self._wrong(row, "url", "没有填写网址", "请写被投诉页面的完整网址")
            return []
        found = list(dict.fromkeys(address(part) for part in _MANY.split(cell) if part.strip(" ;；，、|")))
        if len(found) > MAX_URLS:
            self._wrong(row, "url", f"一格里有 {len(found)} 个网址", f"最多 {MAX_URLS} 个，请分行填写")
        for url in found[:MAX_URLS]:
            if fault := self._fault(url):
                self._wrong(row, "url", f"“{url[:80]}”{fault[0]}", fault[1])
        return found

    def _fault(self, url: str) -> tuple[str, str] | None:
        if len(url) > LIMITS["url"]:
            return f"太长，有 {len(url)} 个字", f"最多 {LIMITS['url']} 个字"
        host = host_of(url)
        if not host or not re.match(r"https?:", url, re.I):
            return "不是完整网址", "应以 http:// 或 https:// 开头，写明域名"
        if _within(host) and not self._private(url):
            return "是内网地址，无法巡查", "请写公开的网址"
        return None

    def _day(self, row: int | None, text: str) -> date | None:
        try:
            return clock.parse_day(text)
        except ValueError as error:
            self._wrong(row, "date", str(error))
            return None

    def _field(self, row: int | None, text: str) -> Field | None:
        try:
            return Field.parse(text) if text else None
        except ValueError as error:
            self._wrong(row, "field", str(error))
            return None

    def _wrong(self, row: int | None, key: str, message: str, remedy: str = "") -> None:
        head = next(column.heads[0] for column in COLUMNS if column.key == key)
        self.problems.append(Problem(self._name, message, row, head, remedy))


def address(text: str) -> str:
    """Return an address as written, with ``http://`` before a bare host (``www.a.cn/1``) and without stray marks.

    >>> address("www.example.cn/book/1。")
    'http://www.example.cn/book/1'
    """
    url = text.strip(" \t\r\n;；，、|。《》【】“”‘’（）").rstrip(_TAIL[:6])
    if not re.match(r"[a-z][a-z0-9+.-]*:", url, re.I) or re.match(r"[\w.-]+\.[a-z]+:\d", url, re.I):
        return f"http://{url}" if re.match(r"[^\s/]+\.[^\s/]{2,}", url) else url
    return url


def _within(host: str) -> bool:
    name = host.rpartition(":")[0] if ":" in host else host
    if name == "localhost" or name.endswith((".local", ".internal", ".localhost")):
        return True
    try:
        return not ip_address(name).is_global
    except ValueError:
        return False


# -- letters ------------------------------------------------------------------------------------------------------------


def _from_letter(path: Path, private: Callable[[str], bool]) -> Read:
    """Attached lists first; without one, the labelled lines (网址：…) or else every address in the letter."""
    letter = read_letter(path)
    given = _given(letter)
    filings: list[Filing] = []
    problems: list[Problem] = []
    ignored: list[str] = []
    tables = [(name, data) for name, data in letter.attachments if name.lower().endswith((".csv", ".xlsx", ".xlsm"))]
    for name, data in tables:
        label = f"{path.name} › {name}"
        try:
            read = _attached(name, data, label, given, private)
        except InputProblems as error:
            problems += [replace(problem, file=label) for problem in error.problems]
        except InputError as error:
            problems.append(Problem(label, str(error).partition("：")[2] or str(error)))
        else:
            filings += read.filings
            problems += read.problems
            ignored += read.ignored
    if not tables:
        reader = _Reader(path.name, private)
        filings += _from_body(letter, given, reader, path.name)
        problems += reader.problems
    if not filings and not problems:
        raise InputError(f"{path.name}：信里没有网址，也没有 CSV 或 XLSX 附件。请让投诉人写明侵权网址")
    return Read(tuple(filings), tuple(problems), tuple(ignored))


def _given(letter: Letter) -> dict[str, str]:
    others = [name for name, _ in letter.attachments if not name.lower().endswith((".csv", ".xlsx", ".xlsm"))]
    given = {
        "complainant": letter.sender_name or letter.sender,
        "contact": letter.sender,
        "date": letter.day.isoformat() if letter.day else "",
        "copies": "随信附件：" + "、".join(others) if others else "",
    }
    return {key: value for key, value in given.items() if value}


def _attached(name: str, data: bytes, label: str, given: Mapping[str, str], private: Callable[[str], bool]) -> Read:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list{Path(name).suffix.lower()}"
        path.write_bytes(data)
        return _from_table(path, label, given, private)


def _from_body(letter: Letter, given: Mapping[str, str], reader: _Reader, name: str) -> Iterator[Filing]:
    values: dict[str, str] = dict(given)
    last = ""
    for line in letter.body.splitlines():
        found = _LINE.match(line)
        key = _HEADS.get(re.sub(r"\s", "", found[1])) if found and not line.strip().lower().startswith("http") else None
        if key and found:
            again = key == last or key == "url"
            values[key] = f"{values[key]}\n{found[2]}" if again and key in values and key not in given else found[2]
            last = key
        elif last in ("url", "facts", "proof", "copies") and line.strip():
            values[last] = f"{values.get(last, '')}\n{line.strip()}"
    if not values.get("url", "").strip():
        values["url"] = "\n".join(found.rstrip(_TAIL) for found in _addresses_in(letter.body))
    else:
        values["url"] = "\n".join(_addresses_in(values["url"])) or values["url"]
    values.setdefault("facts", "\n".join(part for part in (letter.subject, letter.body) if part)[: LIMITS["facts"]])
    if values["url"].strip():
        yield from reader.filings(values, None, f"{name} 信件正文")


def _addresses_in(text: str) -> list[str]:
    """Addresses in running text; bare hosts count only where no full address is."""
    found = [match.rstrip(_TAIL) for match in _URL.findall(text)]
    full = [url for url in found if url.lower().startswith("http")]
    return full or found
