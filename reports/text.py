"""Report text: makes what was crawled harmless to the eye, and writes shares and figures."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from markupsafe import Markup

from patrol.tables.words import confidence
from reports.comparison.compare import Segment

MAX_COMBINED = 4
"""Marks that may stand on one character; languages that are written need no more."""

_BREAKING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_COMBINED = {"Mn", "Me"}
_WRITTEN = "\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u3000-\u3029\u3030-\u303f\u3041-\u3096\u3105-\u312f\u4e00-\u9fff\uff01-\uff5e"
_ORDINARY = re.compile(f"[\n\t -~{_WRITTEN}]*")
"""Characters that are written every day: letters and marks that neither hide nor move anything."""
_HARMLESS = re.compile(f"[ !#-%(-;=?-~{_WRITTEN}]*")
"""The same without line ends and without the five characters that HTML has a use for."""
_BLANK_LINES = re.compile(r"[ \t\u3000]*\n\s*")


def plain(text: object) -> str:
    """Show every control, format and direction-changing character of ``text`` as its code, so that nothing crawled can
    reorder or hide what an officer reads, and count piles of combining marks (which run over the lines around them).
    Line ends and tabs stay."""
    whole = str(text)
    if _ORDINARY.fullmatch(whole):
        return whole
    shown: list[str] = []
    combined = 0
    for character in whole:
        kind = unicodedata.category(character)
        if kind in _COMBINED:
            combined += 1
            if not shown:
                shown.append("◌")
            if combined <= MAX_COMBINED:
                shown.append(character)
            continue
        _tell(shown, combined)
        combined = 0
        shown.append(character if character in "\n\t" or kind not in _BREAKING else f"⟨{ord(character):04X}⟩")
    _tell(shown, combined)
    return "".join(shown)


def _tell(shown: list[str], combined: int) -> None:
    if combined > MAX_COMBINED:
        shown.append(f"⟨另有 {combined - MAX_COMBINED} 个叠加符号⟩")


def marked(segments: Iterable[Segment]) -> Markup:
    """Write a comparison's runs as HTML, each with its mark. One look tells that a sentence has nothing to be shown
    otherwise, which is nearly always so: a report has hundreds of thousands of runs."""
    runs = list(segments)
    harmless = _HARMLESS.fullmatch("".join(text for text, _ in runs))
    parts = []
    for text, mark in runs:
        shown = text if harmless else html.escape(tidy(plain(text)))
        parts.append(f'<mark class="{mark}">{shown}</mark>' if mark else shown)
    return Markup("".join(parts))


def clipped(text: object, most: int) -> str:
    """Cut ``text`` to at most ``most`` characters; what is left out is said."""
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[:most]}……（共 {len(whole)} 字）"


def tidy(text: str) -> str:
    """Tidy ``text``: no blank lines, no spaces at the ends of lines."""
    return _BLANK_LINES.sub("\n", text) if "\n" in text else text


def css_string(text: str) -> str:
    """Write ``text`` as a string of a style sheet, every character by its number."""
    return '"' + "".join(f"\\{ord(character):06x}" for character in plain(text)) + '"'


def share(value: float) -> str:
    """Write a share that was counted, and may be whole."""
    return "100%" if value >= 1 else confidence(value)


def signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
