"""Embedded text: finds prose that a page carries for its scripts: state, templates, JSON-LD, strings that are written out.

One linear pass over each script, told by where Chinese characters stand (as they are, or as references to them), not by a
grammar: state is broken in many ways that browsers bear, and nests strings in strings. What is found may add to what a page
shows and never stands in its place; labels and settings are not prose and are left.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import unquote

from lxml import etree

from spiders.reading.labels import SENTENCE
from spiders.reading.styles import Styles
from spiders.reading.tree import parse_html
from spiders.reading.visible import read_visible

MIN_PROSE = 60
"""Characters from which a passage of script data is text; summaries and messages of a program are shorter."""

MIN_LETTERS = 36
MIN_SHARE = 0.3
MIN_ATTRIBUTE = 200
MAX_PASSAGES = 2_000
MAX_CHARACTERS = 1_000_000
MAX_DOCUMENTS = 200
MAX_GAP = 60
"""Characters between two strings of one list, or of one sum."""

MAX_APART = 1_000
"""Characters between two strings of one name in a list of objects."""

MAX_SPLINTER = 4
MAX_LOOKED_AT = 100_000

_WORD = r"[^\x00-\x7f]|\\{1,4}u[0-9a-fA-F]{4}|%u[0-9a-fA-F]{4}|%[eE][3-9]%[0-9a-fA-F]{2}%[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]{4,6};"
_RUN = re.compile(rf"(?>{_WORD})++")
_POINTS = {
    "": ("，", "。", "！", "？", "；", "…"),
    "\\u": ("\\uff0c", "\\uFF0C", "\\u3002", "\\uff01", "\\uFF01"),
    "%E": ("%EF%BC", "%E3%80%82"),
    "%e": ("%ef%bc", "%e3%80%82"),
    "%u": ("%uff0c", "%uFF0C", "%u3002"),
    "&#": ("&#65292;", "&#xff0c;", "&#xFF0C;", "&#12290;", "&#x3002;"),
}
"""The points of a sentence as scripts write them, by what each of them begins with."""

_QUOTES = "\"'`"
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r?\n)|(.))", re.S)
_IN_TAG = re.compile(r"\s{0,4}/?>|\s{1,4}[\w-]{1,40}=")
_PLAIN = {"n": "\n", "r": "\n", "t": "\t", "b": "", "f": "", "v": "", "0": ""}
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")
_PAIRS = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,400}>")
_KEY = re.compile(r"([\w$-]{1,40})[\"'\\]{0,8}\s{0,4}:[\s\[{]{0,8}[\"'`\\]{1,8}$")
_LETTER = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WRITTEN = re.compile(r"[\u3400-\u9fff，。！？；：、“”]{12,}")
_ATTRIBUTES = etree.XPath(
    f"//@*[string-length() >= {MIN_ATTRIBUTE}][name() != 'style' and name() != 'srcdoc' and name() != 'href' and name() != 'src'"
    " and name() != 'onclick' and not(contains(name(), 'url') or contains(name(), 'src'))][not(parent::meta or parent::input)]"
)
_DATA_ATTRIBUTES = ("&quot;", "='{", "='[", '="{', '="[')
_TEMPLATES = ("text/template", "text/html", "text/x-template", "text/x-handlebars", "text/ng-template", "text/plain")
_CODES = re.compile(r"(?:\d{2,6}\s?,\s?){9,}\d{2,6}")
_BASE64 = re.compile(r"[\"'`]([A-Za-z0-9+/]{200,}={0,2})[\"'`]")


@dataclass(frozen=True, slots=True)
class Passage:
    """Prose that does not stand on the page. ``source``: where it was found, in Chinese."""

    text: str
    source: str

    @property
    def length(self) -> int:
        return len("".join(self.text.split()))


def find_passages(
    root: Any, is_shown: Callable[[str], bool] = lambda text: False, *, attributes: bool = True
) -> list[Passage]:
    """Find the prose in a document's scripts and templates, in order; longer than ``MIN_PROSE`` each. ``is_shown`` tells of a
    text whether it stands on the page: such is left out. ``attributes``: looked for in long attributes as well."""
    return _Finder(is_shown).of_document(root, attributes)


def has_data_attributes(html: str) -> bool:
    """Tell whether there are objects in a page's attributes, as programs put them there."""
    return any(sign in html for sign in _DATA_ATTRIBUTES)


def passages_of(source: str) -> list[Passage]:
    """Find the prose in a document that is JSON or a script as a whole."""
    return _Finder(lambda text: False).of_script(source, "接口数据", is_json=True)


class _Finder:
    def __init__(self, is_shown: Callable[[str], bool]) -> None:
        self._is_shown = is_shown
        self._characters, self._documents = MAX_CHARACTERS, MAX_DOCUMENTS

    def of_document(self, root: Any, attributes: bool) -> list[Passage]:
        found: list[Passage] = []
        for node in root.iter("script", "template", "code"):
            if len(found) >= MAX_PASSAGES or self._characters <= 0:
                break
            if node.tag == "script":
                found += self._of_script_element(node)
            elif node.tag == "template" and not (node.get("shadowrootmode") or node.get("shadowroot")):
                found += self._of_markup(node, "模板")
            elif node.tag == "code" and len(node) == 1 and not isinstance(node[0].tag, str) and node[0].text:
                found += self._of_source(node[0].text, "注释里的网页")
        for value in _ATTRIBUTES(root) if attributes else ():
            if len(found) >= MAX_PASSAGES or self._characters <= 0:
                break
            text = str(value)
            if _is_wordy(text) and not self._is_shown_already(text):
                found += self.of_script(text if text[0] in "{[" else text.join("``"), "标签属性")
        return found

    def _of_script_element(self, node: Any) -> list[Passage]:
        text, kind = node.text or "", (node.get("type") or "").lower()
        if "atob" in text:
            text = _BASE64.sub(_plain, text)
        if "fromCharCode" in text:
            text = _CODES.sub(_characters, text)
        if len(text) < MIN_PROSE or not _is_wordy(text) or self._is_shown_already(text):
            return []
        if kind.startswith(_TEMPLATES):
            return self._of_source(text, "模板")
        if text.lstrip()[:3].upper() in ("%7B", "%5B"):
            text = unquote(text)
        return self.of_script(text, "JSON-LD" if "ld+json" in kind else "脚本数据", "json" in kind)

    def of_script(self, source: str, name: str, is_json: bool = False) -> list[Passage]:
        """The passages of one script. Strings that follow one another in a list or are put together make one, and so do
        those of one name in a list of objects."""
        source = source.replace("\\\n", "")
        series: dict[str, _Series] = {}
        done: list[_Series] = []
        key, end_before = "", -MAX_GAP - 1
        for start, end, level in _spans(source, is_json):
            gap = source[max(0, end_before, start - MAX_GAP) : start]
            if named := _KEY.search(gap):
                key = named[1]
            elif start - end_before > MAX_GAP or "=" in gap.replace("+=", "") or ":" in gap:
                key = f"{start}"  # neither of a name nor beside another: a series of its own
            one = series.get(key)
            if one is None or start - one.end > MAX_APART:
                one = series[key] = _Series(start)
                done.append(one)
            one.add(_decoded(source[start:end], level), "+" in gap)
            one.end = end_before = end
        found: list[Passage] = []
        for one in done:
            if len(found) >= MAX_PASSAGES or self._characters <= 0:
                break
            found += self._passage("".join(one.parts), name)
        return found

    def _is_shown_already(self, source: str) -> bool:
        """Whether all that is written out in a source stands on the page: it need not be taken apart then."""
        written = [found[0] for found in _WRITTEN.finditer(source, 0, MAX_LOOKED_AT)]
        return bool(written) and "\\u" not in source and all(map(self._is_shown, written))

    def _passage(self, text: str, name: str) -> list[Passage]:
        if "&" in text:
            text = unescape(text)
        if len(text) < MIN_PROSE or not _is_prose(text):
            return []
        if _MARKUP.search(text):
            return self._of_source(text, name)
        return self._kept(text, name)

    def _of_source(self, source: str, name: str) -> list[Passage]:
        self._documents -= 1
        if self._documents < 0:
            return self._kept(_MARKUP.sub("\n", source), name)
        return self._of_markup(parse_html(source).root, name)

    def _of_markup(self, node: Any, name: str) -> list[Passage]:
        return self._kept(read_visible(node, Styles()).text, name)

    def _kept(self, text: str, name: str) -> list[Passage]:
        lines = (" ".join(line.split()) for line in text.split("\n"))
        text = "\n".join(line for line in lines if line and not _is_code(line))
        if len(text) < MIN_PROSE or not _is_prose(text, MIN_SHARE) or self._is_shown(text):
            return []
        text = text[: max(0, self._characters)]
        self._characters -= len(text)
        return [Passage(text, name)]


def _is_code(line: str) -> bool:
    return sum(map(line.count, "{};=()")) > 0.08 * len(line)


def _is_wordy(text: str) -> bool:
    """Whether there is enough that may be Chinese sentences in a text, asked as cheaply as can be."""
    for sign, points in _POINTS.items():
        if sign in text and any(map(text.__contains__, points)):
            written = text.count(sign) if sign else len(text) - len(text.encode("ascii", "ignore"))
            if written >= MIN_LETTERS:
                return True
    return False


def _is_prose(text: str, share: float = 0.0) -> bool:
    """Whether a passage has the letters and the points of sentences; ``share``: least part of it that is letters."""
    text = text[:MAX_LOOKED_AT]
    letters = len(_LETTER.findall(text))
    return letters >= max(MIN_LETTERS, share * len(text)) and SENTENCE.search(text) is not None


@dataclass(slots=True)
class _Series:
    """Strings that make one text; ``end``: where the last of them ends."""

    end: int
    parts: list[str] = field(default_factory=list)

    def add(self, text: str, is_glued: bool) -> None:
        if self.parts and not is_glued and (len(text) > MAX_SPLINTER or len(self.parts[-1]) > MAX_SPLINTER):
            self.parts.append("\n")
        self.parts.append(text)


def _spans(source: str, is_json: bool) -> Iterator[tuple[int, int, int]]:
    """Where strings with Chinese in them begin and end, and how deep they are quoted: from the quotation mark before a run
    of it to the same mark after, with as many backslashes or fewer. A string of a program ends with its line, unless it is a
    template; one of data does not, whatever its grammar says."""
    end = 0
    for run in _RUN.finditer(source):
        if run.start() < end:
            continue
        start = _opening(source, end, run.start(), is_json)
        if start >= 0:
            slashes = _slashes(source, start)
            end = _closing(source, source[start], slashes, run.end(), is_json)
            yield start + 1, end, slashes


def _opening(source: str, begin: int, at: int, is_json: bool) -> int:
    """The quotation mark before a place; -1 for none. One that ends an attribute of markup in the string is not it."""
    marks = sorted((source.rfind(mark, begin, at) for mark in _QUOTES), reverse=True)
    for start in marks:
        if start < 0 or (source[start] != "`" and not is_json and source.find("\n", start, at) >= 0):
            return -1
        if not _IN_TAG.match(source, start + 1, at):
            return start
    return -1


def _slashes(source: str, at: int) -> int:
    """How many backslashes stand before a mark."""
    begin = at
    while begin and source[begin - 1] == "\\":
        begin -= 1
    return at - begin


def _closing(source: str, mark: str, slashes: int, at: int, is_json: bool) -> int:
    line_end = -1 if mark == "`" or is_json else source.find("\n", at)
    line_end = len(source) if line_end < 0 else line_end
    end = source.find(mark, at, line_end)
    while end >= 0:
        before = _slashes(source, end)
        if before <= slashes or (not slashes and before % 2 == 0):
            return end - before
        end = source.find(mark, end + 1, line_end)
    return line_end


def _decoded(raw: str, slashes: int) -> str:
    """A string as the program has it. ``slashes``: 0, 1, 3, 7 where strings stand in strings."""
    text = raw
    for _ in range(1 + slashes.bit_length()):
        if "\\" not in text:
            break
        text = _ESCAPE.sub(_character, text)
    if "%" in text:
        text = unquote(_PERCENT_U.sub(lambda found: chr(int(found[1], 16)), text))
    return _PAIRS.sub(lambda found: found[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _plain(found: re.Match[str]) -> str:
    """A string in base64 as it is meant, where it is text."""
    try:
        text = base64.b64decode(found[1]).decode("utf-8")
    except ValueError:
        return found[0]
    return text.replace("`", "'").join("``")


def _characters(found: re.Match[str]) -> str:
    """A list of character codes as a string."""
    numbers = (int(number) for number in found[0].split(","))
    text = "".join(chr(number) for number in numbers if 31 < number < 0x110000 and not 0xD800 <= number < 0xE000)
    return text.replace("`", "'").join("``")


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else ""
    return "" if found[4] else _PLAIN.get(found[5], found[5])
