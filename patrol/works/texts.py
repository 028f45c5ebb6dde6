"""Document reader: gives the text of a TXT, Markdown, DOCX, PDF or EPUB file, as the author would read it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax import SAXException

import pypdfium2
from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree, html
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from patrol.errors import InputError
from patrol.text.encodings import decode
from patrol.text.sheets import check_archive, read_bytes

MAX_CHARACTERS = 20_000_000
_MIN_PER_PAGE = 5


def read_document(path: Path) -> tuple[dict[str, Any], str]:
    """Read the metadata that stands in the file itself (a Markdown file's front matter) and its text.

    Raises InputError, naming the file, when it cannot be read, holds no text, or is longer than 20 million characters.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.name}：不认识的文件类型。可用：{'、'.join(sorted(READERS))}")
    meta, text = reader(path)
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    text = text.encode("utf-8", "ignore").decode("utf-8")
    if not text:
        raise InputError(f"{path.name}：里面没有文字")
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"{path.name}：超过 {MAX_CHARACTERS // 10000} 万字，请拆分后再导入")
    return meta, text


def read_text(path: Path) -> str:
    """Read the text of a document of a known kind, or of any other file that holds nothing but text.

    Raises InputError when it is not there or cannot be read.
    """
    if not path.is_file():
        raise InputError(f"没有这个文件：{path}")
    if path.suffix.lower() in READERS:
        return read_document(path)[1]
    return decode(read_bytes(path), path.name)


def _plain(path: Path) -> tuple[dict[str, Any], str]:
    return {}, decode(read_bytes(path), path.name)


def _markdown(path: Path) -> tuple[dict[str, Any], str]:
    text = decode(read_bytes(path), path.name)
    if not text.startswith("---\n"):
        return {}, text
    head, mark, body = text[4:].partition("\n---\n")
    if not mark:
        return {}, text
    try:
        meta = YAML(typ="safe", pure=True).load(head)
    except YAMLError as error:
        raise InputError(f"{path.name}：文件开头“---”之间的内容格式有误（{_line(error)}）") from error
    if not isinstance(meta, dict):
        raise InputError(f"{path.name}：文件开头“---”之间应当是“名称: 内容”的行")
    return meta, body


def _line(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"第 {mark.line + 2} 行" if mark is not None else "无法识别"


def _word(path: Path) -> tuple[dict[str, Any], str]:
    read_bytes(path)
    check_archive(path)
    try:
        document = Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name}：打不开这个 Word 文件，可能已损坏或加了密码") from error
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += ["　".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    return {}, "\n".join(lines)


def _pdf(path: Path) -> tuple[dict[str, Any], str]:
    return {}, pdf_text(read_bytes(path), path.name)


def pdf_text(data: bytes, name: str) -> str:
    """Read the text of a PDF, lines that only the paper's edge ended joined again.

    Raises InputError, naming the file, when it is broken, locked, or holds pictures only.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        said = "加了密码，请先去除密码" if "password" in str(error).lower() else "打不开，文件可能已损坏"
        raise InputError(f"{name}：这个 PDF {said}") from error
    try:
        pages: list[str] = []
        for number in range(len(document)):
            page = document[number]
            words = page.get_textpage()
            pages.append(words.get_text_range())
            words.close()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise InputError(f"{name}：第 {len(pages) + 1} 页无法读取，文件可能已损坏") from error
    finally:
        document.close()
    if sum(map(len, pages)) < _MIN_PER_PAGE * len(pages):
        raise InputError(f"{name}：这个 PDF 只有图片没有文字，请先做文字识别（OCR）")
    return _unwrapped("\n".join(pages))


def _unwrapped(text: str) -> str:
    """PDF lines end where the paper ends: join a line that does not end a sentence with the next."""
    return re.sub(r"(?<=[\u3400-\u9fff，、；：])\r?\n(?=[\u3400-\u9fff])", "", text)


def _epub(path: Path) -> tuple[dict[str, Any], str]:
    read_bytes(path)
    check_archive(path)
    try:
        with zipfile.ZipFile(path) as archive:
            meta, chapters = _spine(archive)
            texts = [_markup_text(archive.read(name)) for name in chapters if name in archive.namelist()]
    except (KeyError, IndexError, etree.XMLSyntaxError, etree.ParserError, SAXException, RuntimeError) as error:
        raise InputError(f"{path.name}：这个 EPUB 的结构有误或加了密") from error
    return meta, "\n".join(texts)


def _spine(archive: zipfile.ZipFile) -> tuple[dict[str, Any], list[str]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    container = etree.fromstring(archive.read("META-INF/container.xml"), parser)
    package_name = container.xpath("//*[local-name()='rootfile']/@full-path")[0]
    package = etree.fromstring(archive.read(package_name), parser)
    folder = package_name.rpartition("/")[0]
    items = {i.get("id"): i.get("href") for i in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")}
    order = [items[r] for r in package.xpath("//*[local-name()='itemref']/@idref") if r in items]
    titles = package.xpath("//*[local-name()='metadata']/*[local-name()='title']/text()")
    creators = package.xpath("//*[local-name()='metadata']/*[local-name()='creator']/text()")
    meta = {"title": titles[0].strip() if titles else "", "authors": [c.strip() for c in creators]}
    return meta, [f"{folder}/{name}" if folder else name for name in order]


def _markup_text(raw: bytes) -> str:
    tree = html.document_fromstring(raw, parser=html.HTMLParser(encoding="utf-8", no_network=True))
    for node in tree.xpath("//script|//style|//head"):
        node.drop_tree()
    blocks = tree.xpath("//p|//h1|//h2|//h3|//h4|//li|//div[not(.//p|.//div)]")
    return "\n".join(block.text_content().strip() for block in blocks) or tree.text_content()


READERS: dict[str, Callable[[Path], tuple[dict[str, Any], str]]] = {
    ".txt": _plain,
    ".md": _markdown,
    ".docx": _word,
    ".pdf": _pdf,
    ".epub": _epub,
}
"""How each type of file is read, by its ending."""
