"""Rule parser: parses the one string that says what to read off a page.

``h1.title`` (CSS), ``a@href`` (an attribute), ``xpath: //h1``, ``json: $.offers.price``, ``re: 售价(\\d+)``; then
filters: ``| number``, ``| date``, ``| join``; last of all ``| link https://a.cn/item/{}``, which puts what was read into
an address. Parsed here, where site files are checked; compiled by the spiders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import jmespath
from cssselect import HTMLTranslator, SelectorError
from jmespath.exceptions import JMESPathError
from lxml import etree

Language = Literal["css", "xpath", "json", "re"]
FILTERS = ("number", "date", "join")
_PREFIX = re.compile(r"^(xpath|json|re|css)\s*:\s*")
_LINK = re.compile(r"\|\s*link(?:\s+(\S+))?\s*$")
_ATTRIBUTE = re.compile(r"@([\w:-]+)$")


class RuleError(ValueError):
    """The rule is not well formed; the text is Chinese."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``expression`` in its ``language`` (CSS is kept as XPath, JSON paths as JMESPath); ``written`` as the clerk wrote it;
    ``link``: an address with ``{}`` where the quoted value goes, or ""."""

    written: str
    language: Language
    expression: str
    filters: tuple[str, ...] = ()
    link: str = ""

    @classmethod
    def parse(cls, written: str) -> Rule:
        """Parse a rule as a clerk wrote it. Raises RuleError, in Chinese, when it cannot be understood."""
        text = written.strip()
        if not text:
            raise RuleError("规则是空的")
        found = _PREFIX.match(text)
        language: Language = found.group(1) if found else "css"  # type: ignore[assignment]
        body = text[found.end() :] if found else text
        body, link = _link(body)
        body, filters = _filters(body, language)
        if language == "css":
            return cls(written, "css", _css(body), filters, link)
        if language == "xpath":
            return cls(written, "xpath", _xpath(body), filters, link)
        if language == "json":
            return cls(written, "json", _json(body), filters, link)
        return cls(written, "re", _pattern(body), filters, link)


def _link(body: str) -> tuple[str, str]:
    found = _LINK.search(body)
    if found is None:
        if re.search(r"\|\s*link\s+(https?:/)?/\S*\s*\|", body):
            raise RuleError("link 要写在最后，后面不能再有别的处理方式")
        return body, ""
    template = found[1] or ""
    if "{}" not in template:
        raise RuleError("link 后面要写地址，读到的值填在 {} 处，例如 | link https://a.cn/item/{}")
    if not re.match(r"https?://[^/\s{]|/", template):
        raise RuleError(f"link 的地址“{template}”应以 https://、http:// 或 / 开头")
    return body[: found.start()], template


def _filters(body: str, language: Language) -> tuple[str, tuple[str, ...]]:
    names: list[str] = []
    while True:
        head, bar, last = body.rpartition("|")
        name = last.strip()
        if not bar or not (name in FILTERS or (language == "css" and name.isalpha() and head.endswith(" "))):
            return body.strip(), tuple(reversed(names))
        if name not in FILTERS:
            raise RuleError(f"没有“{name}”这个处理方式，可用：{'、'.join(FILTERS)}")
        names.append(name)
        body = head


def _css(body: str) -> str:
    attribute = _ATTRIBUTE.search(body)
    selector = body[: attribute.start()] if attribute else body
    if wide := re.search("[（），。：；“”‘’【】＠＃｜、]", re.sub(r"\"[^\"]*\"|'[^']*'", "", selector)):
        raise RuleError(f"“{body}”里的“{wide[0]}”不能写在 CSS 选择器里")
    try:
        path = HTMLTranslator().css_to_xpath(selector.strip() or "*", prefix="descendant-or-self::")
    except SelectorError as error:
        raise RuleError(f"“{body}”不是正确的 CSS 选择器") from error
    if not attribute:
        return path
    # Of several selectors with a comma, the attribute belongs to each.
    return f"({path})/@{attribute.group(1)}" if " | " in path else f"{path}/@{attribute.group(1)}"


def _xpath(body: str) -> str:
    try:
        etree.XPath(body)
    except etree.XPathError as error:
        raise RuleError(f"“{body}”不是正确的 XPath") from error
    return body


def _json(body: str) -> str:
    """``$.a.b[0]`` as people write it, turned into JMESPath; names that JMESPath would not take bare are quoted."""
    path = re.sub(r"^\$\.?", "", body.strip()) or "@"
    path = re.sub(r"\[(?:'([^']*)'|\"([^\"]*)\")\]", lambda m: f'."{m[1] or m[2]}"', path).lstrip(".")
    path = re.sub(r"(?:(?<=\.)|^)([^\W\d][\w-]*|\d[\w-]*)(?=[.\[]|$)", _quoted_name, path)
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        raise RuleError(f"“{body}”不是正确的 JSON 路径") from error
    return path


def _quoted_name(found: re.Match[str]) -> str:
    name = found[1]
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f'"{name}"'


def _pattern(body: str) -> str:
    try:
        re.compile(body)
    except re.error as error:
        raise RuleError(f"“{body}”不是正确的正则表达式") from error
    return body
