"""Template filler: fills Word templates, the office's own copy before the program's; the same words make the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from lxml.etree import XMLSyntaxError
from markupsafe import Markup, escape

from patrol.errors import InputError
from reports.comparison.compare import Segment
from reports.gb9704 import FANGSONG
from reports.reproducible import frozen_archive

TEMPLATES = Path(__file__).with_name("templates")


def filled(name: str, own_templates: Path | None, context: Mapping[str, Any], *, at: datetime | None = None) -> bytes:
    """Fill the template ``name`` (with ``.docx``) with ``context``, as of ``at``.

    Raises InputError when the office's template cannot be used.
    """
    own = own_templates / name if own_templates else None
    path = own if own is not None and own.is_file() else TEMPLATES / name
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.filters["chinese"] = chinese
    out = BytesIO()
    try:
        template = DocxTemplate(str(path))
        template.render(dict(context), jinja_env=environment, autoescape=True)
        template.save(out)
    except (TemplateError, PackageNotFoundError, BadZipFile, KeyError, ValueError, XMLSyntaxError) as error:
        raise InputError(f"文书模板 {path} 用不了：{error}。请对照程序自带的模板改正，或删去后使用自带模板") from error
    return frozen_archive(out.getvalue(), at)


def chinese(number: int) -> str:
    """Write a number as headings count, 1–9999; beyond in figures.

    >>> chinese(1), chinese(10), chinese(21), chinese(103), chinese(110), chinese(1010)
    ('一', '十', '二十一', '一百零三', '一百一十', '一千零一十')
    """
    if not 0 < number < 10_000:
        return f"{number}"
    said, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            said += ("零" if gap else "") + "零一二三四五六七八九"[digit] + name
        gap = bool(said) and not digit
    return said.removeprefix("一") if 10 <= number < 20 else said


_MARKS = {"same": '<w:u w:val="single"/>', "renamed": '<w:u w:val="double"/>', "disguised": '<w:u w:val="dotted"/>'}


def marked_runs(segments: Iterable[Segment], size: float = 10.5) -> Markup:
    """Write compared text as Word runs for ``{{r … }}``: 下实线 the same, 双线加粗 renamed, 点线 disguised.

    The marks are lines of three shapes, so that they read in black-and-white print too.
    """
    runs = []
    for segment in segments:
        bold = "<w:b/>" if segment.mark == "renamed" else ""
        half_points = round(size * 2)
        runs.append(
            f'<w:r><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{FANGSONG}"/>'
            f'{bold}<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>{_MARKS.get(segment.mark, "")}</w:rPr>'
            f'<w:t xml:space="preserve">{escape(segment.text)}</w:t></w:r>'
        )
    return Markup("".join(runs))
