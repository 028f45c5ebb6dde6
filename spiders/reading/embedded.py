"""Embedded text: finds prose that a page carries for its scripts: state, templates, JSON-LD, strings that are written out.

One linear pass over each script, told by where Chinese characters stand (as they are, or as references to them), not by a
grammar: state is broken in many ways that browsers bear, and nests strings in strings. What is found may add to what a page
shows and never stands in its place; labels and settings are not prose and are left.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import unquote

from spiders.reading.labels import SENTENCE
from spiders.reading.styles import Styles
from spiders.reading.tree import parse_html
from spiders.reading.visible import read_visible

MIN_PROSE = 60
"""Characters from which a passage of script data is text; summaries and messages of a program are shorter."""

MIN_ATTRIBUTE = 200
MAX_PASSAGES = 2_000
MAX_CHARACTERS = 1_000_000
MAX_DOCUMENTS = 200
MAX_GAP = 60
"""Characters between two strings of one list, or of one sum."""

MAX_APART = 1_000
"""Characters between two strings of one name in a list of objects."""

MAX_SPLINTER = 4

_WORD = r"[^\x00-\x7f]|\\{1,4}u[0-9a-fA-F]{4}|%u[0-9a-fA-F]{4}|%[eE][3-9]%[0-9a-fA-F]{2}%[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]{4,6};"
_RUN = re.compile(rf"(?>{_WORD})++")
_QUOTES = "\"'`"
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r?\n)|(.))", re.S)
_IN_TAG = re.compile(r"\s{0,4}/?>|\s{1,4}[\w-]{1,40}=")
_PLAIN = {"n": "\n", "r": "\n", "t": "\t", "b": "", "f": "", "v": "", "0": ""}
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")
_PAIRS = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,400}>")
_KEY = re.compile(r"([\w$-]{1,40})[\"'\\]{0,8}\s{0,4}:[\s\[{]{0,8}[\"'`\\]{1,8}$")
_LETTER = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
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


def find_passages(root: Any, scripted: bool = False) -> list[Passage]:
    """The prose in a document's scripts, templates and attributes, in order; longer than ``MIN_PROSE`` each."""
    return _Finder(scripted).of_document(root)


def passages_of(source: str) -> list[Passage]:
    """The prose in a document that is JSON or a script as a whole."""
    return _Finder(False).of_script(source, "接口数据", is_json=True)


class _Finder:
    def __init__(self, scripted: bool) -> None:
        self._scripted = scripted
        self._characters, self._documents = MAX_CHARACTERS, MAX_DOCUMENTS

    def of_document(self, root: Any) -> list[Passage]:
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
        for value in root.xpath(f"//@*[string-length() >= {MIN_ATTRIBUTE}][name() != 'srcdoc' and name() != 'style']"):
            if len(found) >= MAX_PASSAGES or self._characters <= 0:
                break
            if _is_wordy(str(value)):
                text = str(value)
                found += self.of_script(text if text[0] in "{[" else text.join("``"), "标签属性")
        return found

    def _of_script_element(self, node: Any) -> list[Passage]:
        text, kind = node.text or "", (node.get("type") or "").lower()
        if "atob" in text:
            text = _BASE64.sub(_plain, text)
        if "fromCharCode" in text:
            text = _CODES.sub(_characters, text)
        if len(text) < MIN_PROSE or not _is_wordy(text):
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

    def _passage(self, text: str, name: str) -> list[Passage]:
        if "&" in text:
            text = unescape(text)
        if len(text) < MIN_PROSE or not _is_prose(text):
            return []
        if _MARKUP.search(text):
            return self._of_source(text, name)
        return self._kept("\n".join(line for part in text.split("\n") if (line := " ".join(part.split()))), name)

    def _of_source(self, source: str, name: str) -> list[Passage]:
        self._documents -= 1
        if self._documents < 0:
            return self._kept(_MARKUP.sub("\n", source), name)
        return self._of_markup(parse_html(source).root, name)

    def _of_markup(self, node: Any, name: str) -> list[Passage]:
        return self._kept(read_visible(node, Styles(), scripted=self._scripted).text, name)

    def _kept(self, text: str, name: str) -> list[Passage]:
        if len(text) < MIN_PROSE or not _is_prose(text):
            return []
        text = text[: max(0, self._characters)]
        self._characters -= len(text)
        return [Passage(text, name)]


def _is_wordy(text: str) -> bool:
    """Whether there is enough that may be Chinese in a text, asked as cheaply as can be."""
    if not text.isascii() and len(text) - len(text.encode("ascii", "ignore")) >= MIN_PROSE // 2:
        return True
    return text.count("\\u") + text.count("%u") + text.count("&#") + text.count("%E") + text.count("%e") >= MIN_PROSE // 2


def _is_prose(text: str) -> bool:
    """Whether a passage has the letters and the points of sentences."""
    return len(_LETTER.findall(text, 0, 100_000)) >= 0.6 * MIN_PROSE and SENTENCE.search(text) is not None


@dataclass(slots=True)
class _Series:
    """Strings that make one text."""

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
