"""Format detection: chooses the reader of a file by its first bytes, then by its name, because names are often wrong."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from patrol.errors import InputError
from spiders.saved.html import read_html
from spiders.saved.mhtml import read_mhtml
from spiders.saved.pdf import read_pdf
from spiders.saved.rows import read_table
from spiders.saved.saved_page import Fault, SavedPage, Source
from spiders.saved.wacz import read_wacz
from spiders.saved.webarchive import read_warc

_MIME = re.compile(rb"^(From|Subject|Date|MIME-Version|Content-Type|Snapshot-Content-Location|X-\w[\w-]*):", re.I)
_NAMES = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".shtml": "html", ".mhtml": "mhtml", ".mht": "mhtml", ".csv": "table",
    ".tsv": "table", ".warc": "warc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its Chinese name and its reader."""

    label: str
    read: Callable[[Source], Iterator[SavedPage | Fault]]


FORMATS = {
    "html": Format("网页", read_html),
    "mhtml": Format("MHTML 网页", read_mhtml),
    "warc": Format("WARC 存档", read_warc),
    "wacz": Format("WACZ 存档", read_wacz),
    "pdf": Format("PDF", read_pdf),
    "table": Format("表格", read_table),
}


def format_of(source: Source) -> Format:
    """Choose the format of a file. Raises InputError, with what to do, for one that cannot be imported."""
    try:
        with source.path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(f"无法读取这个文件（{error.strerror or error}）") from error
    if not head.strip():
        raise InputError("这是一个空文件")
    start = head.lstrip(b"\xef\xbb\xbf\r\n\t ")
    named = _NAMES.get(source.path.suffix.lower(), "")
    if head.startswith((b"WARC/", b"\x1f\x8b")):
        return FORMATS["warc"]
    if start.startswith(b"%PDF"):
        return FORMATS["pdf"]
    if head.startswith(b"PK\x03\x04"):
        return FORMATS[_inside(source)]
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError("这是旧版 Office 文件（.xls、.doc），请另存为 .xlsx 再导入")
    if _MIME.match(start) and named in ("mhtml", "html", ""):
        return FORMATS["mhtml"]
    if start[:1] == b"<" and named != "table":
        return FORMATS["html"]
    if named:
        return FORMATS[named]
    raise InputError("不认识的文件类型。可导入：网页（.html）、MHTML、WARC、WACZ、PDF、CSV、XLSX")


def _inside(source: Source) -> str:
    try:
        with zipfile.ZipFile(source.path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError("打不开，压缩包已损坏或不完整") from error
    if "xl/workbook.xml" in names:
        if source.path.suffix.lower() not in (".xlsx", ".xlsm"):
            raise InputError("这是 Excel 表格，请把文件名的结尾改成 .xlsx 再导入")
        return "table"
    if "datapackage.json" in names or any(name.startswith("archive/") for name in names):
        return "wacz"
    raise InputError("这是普通压缩包，请先解开，再导入解开后的文件夹")
