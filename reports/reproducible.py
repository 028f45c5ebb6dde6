"""Reproducible output: takes the moment of writing out of files, so that the same data make the same bytes.

Word and Excel files are ZIP archives: every entry gets the time ``at``, and so do the properties that say when the file
was made. Chromium's PDF has two dates of fixed length in its information dictionary (PDF 32000-1, 7.9.4), no identifier of the file,
and names for its tagged elements that count from wherever the browser happens to be; all are overwritten in place with as
many characters, so that no offset moves. ``at`` is the newest moment in the data.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands where the data name no time. (A ZIP knows none before 1980.)"""

_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")
_PDF_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}([+\-Z])\d\d'\d\d'\)")
_ELEMENT = re.compile(rb"\(node(\d{8})\)")


def frozen_archive(data: bytes, at: datetime | None = None) -> bytes:
    """Freeze a DOCX or XLSX file: the same parts in the same order, all of them as of ``at``."""
    when = max(at or EARLIEST, EARLIEST).astimezone(UTC)
    stamp = when.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _MADE.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            same = zipfile.ZipInfo(entry.filename, when.timetuple()[:6])
            same.compress_type = zipfile.ZIP_DEFLATED
            same.external_attr = 0o600 << 16
            new.writestr(same, content)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class FrozenPdf:
    """A PDF; ``certain``: the same data will give the same bytes again."""

    data: bytes
    certain: bool


def frozen_pdf(data: bytes, at: datetime | None = None) -> FrozenPdf:
    """Freeze a PDF of Chromium's: both of its dates set to ``at`` and its elements counted from 1; as long as it was.

    A browser that writes other than the two dates that are known writes a good PDF all the same; only that it comes out
    the same next time is no longer certain.
    """
    stamp = max(at or EARLIEST, EARLIEST).astimezone(UTC).strftime("%Y%m%d%H%M%S").encode()
    fixed, count = _PDF_DATE.subn(rb"\g<1>" + stamp + rb"+00'00')", data)
    # In their order, since the tree that finds an element by its name is sorted by names.
    names = {name: number for number, name in enumerate(sorted(set(_ELEMENT.findall(fixed))), 1)}
    return FrozenPdf(_ELEMENT.sub(lambda found: b"(node%08d)" % names[found[1]], fixed), certain=count == 2)
