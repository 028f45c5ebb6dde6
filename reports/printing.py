"""Printing: turns a filled Word file into one offline HTML file, and HTML into PDF by the Chromium at hand.

``word_html.py`` turns the body over; here are the page around it, and the printer.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path

import docx
from markupsafe import Markup, escape
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from patrol.errors import ConfigError
from reports.reproducible import FrozenPdf, frozen_pdf
from reports.word_html import WordBody

PRINT_TIMEOUT = 300_000
"""Milliseconds that a paper may take to be laid out."""


def as_html(paper: bytes, title: str, charts: Mapping[str, Markup] | None = None) -> str:
    """Turn one filled Word file into HTML that loads nothing, runs nothing and prints as the Word file does; ``charts``
    (SVG) by the heading that each stands below."""
    word = docx.Document(BytesIO(paper))
    head = " ".join(p.text.strip() for p in word.sections[0].header.paragraphs if p.text.strip())
    css = (Path(__file__).with_name("templates") / "paper.css").read_text(encoding="utf-8")
    quoted = "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in head)
    body = WordBody(
        word, {title: Markup('<div class="chart">{}</div>').format(svg) for title, svg in (charts or {}).items()}
    ).html()
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<style>{css}@page {{ @top-center {{ content: "{quoted}"; }} }}</style>\n'
        f"</head>\n<body>\n"
        + (f'<p class="draft">{escape(head)}</p>\n' if head else "")
        + f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


Print = Callable[[str, datetime | None], FrozenPdf]


@contextmanager
def printer(browser: Path | None) -> Iterator[Print]:
    """Start Chromium, up once for as many papers as there are: HTML and its moment in, PDF out. Scripts are off and
    nothing is loaded. Raises ConfigError when there is no browser, it does not come up, or it cannot print a paper."""
    if browser is None:
        raise ConfigError(
            "没有找到 Chromium 或 Chrome 浏览器，出不了 PDF。请安装后再试，或在 patrol.toml 的 [browser] 中写明，"
            "或改用 --form docx"
        )
    arguments = ["--disable-background-networking"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox does not start for root
    with tempfile.TemporaryDirectory(prefix="patrol-print-") as folder:
        page_file = Path(folder) / "paper.html"
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=str(browser), args=arguments)
                try:
                    page = chromium.new_context(java_script_enabled=False, offline=True).new_page()

                    def printed(html: str, at: datetime | None) -> FrozenPdf:
                        page_file.write_text(html, encoding="utf-8")
                        page.goto(page_file.as_uri(), timeout=PRINT_TIMEOUT)
                        pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
                        return frozen_pdf(pdf, at)

                    yield printed
                finally:
                    chromium.close()
        except BrowserError as error:
            raise ConfigError(f"浏览器 {browser} 没能印出 PDF：{error.message.splitlines()[0]}") from error
