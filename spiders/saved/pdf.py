"""PDF: reads a document as one page, its text kept as text; the PDF itself is kept with the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from patrol.errors import InputError
from patrol.items import Extracted
from patrol.works.texts import pdf_text
from spiders.saved.saved_page import FILE_TIME, MEGABYTE, Fault, SavedPage, Source, file_time, read_whole

MAX_BYTES = 256 * MEGABYTE
TEXT_TYPE = (("Content-Type", "text/plain; charset=utf-8"),)
_OF_THE_FILE = re.compile("^[^：]*：")


def read_pdf(source: Source) -> Iterator[SavedPage | Fault]:
    """Read the document's text. Raises InputError where there is none to read (a scan is named as such)."""
    extracted = pdf_extraction(read_whole(source, MAX_BYTES), PurePath(source.name).stem)
    body = extracted.text.encode("utf-8", "replace")
    yield SavedPage(
        "整个文件", body, claimed_at=file_time(source), claimed_by=FILE_TIME, headers=TEXT_TYPE, extracted=extracted
    )


def pdf_extraction(data: bytes, title: str) -> Extracted:
    """Read what a PDF says. Raises InputError without the file's name, which the caller gives."""
    try:
        text = pdf_text(data, "")
    except InputError as error:
        raise InputError(_OF_THE_FILE.sub("", str(error))) from error
    return Extracted(title=title[:1000], text=text.strip(), rules=(("text", "PDF 文字"),))
