"""Stylesheet reader: tells what a page's own styles hide, add, and put in another order.

Only what changes the text that a person sees is read: hiding, the text of ``::before`` and ``::after``, the order of boxes
and of characters. Rules in ``<style>`` elements and ``style`` attributes count; what cannot be judged without a layout or
a hand on the mouse (states, sizes of the screen) is passed over, so that in doubt a piece is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from spiders.reading.selectors import Matcher, Selector, key_of, read_selector

MAX_SOURCE = 1_000_000
"""Characters of style sheets that are read of a page."""

MAX_RULES = 20_000
MAX_STEPS = 300_000
"""Comparisons of elements with selectors on one page, after which rules count no more."""

MAX_LOOKS = 20_000
MAX_BODY = 2_000

Declarations = dict[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """What styles say of one element. ``display``: "" where they say nothing; ``is_hidden``: nothing of it is shown;
    ``is_faint``: white or transparent on no ground of its own; ``is_backward``: characters from right to left;
    ``is_reversed``: boxes in reverse; ``before`` and ``after``: text around its own."""

    display: str = ""
    is_hidden: bool = False
    is_faint: bool = False
    is_backward: bool = False
    is_reversed: bool = False
    floats_right: bool = False
    order: int = 0
    before: str = ""
    after: str = ""


PLAIN = Look()

_EFFECTS = (
    "display:none", ";visibility:h", ";visibility:c", ";opacity:0", ";font-size:0", ";order:", "float:right", "-override",
    "-reverse", ";color:#ff", ";color:w", ";color:t", ":-9", "rect(", ";height:0", ";width:0", ";max-height:0",
)  # fmt: skip
"""What declarations contain that change the text, white space aside: quicker to look for than to read them all."""

_ADDED = re.compile(r"content\s*:[^;]*(?:attr\(|[^\x00-\x7f]|\\[0-9a-dA-D]|[\"'][^\"'\\;]*[a-zA-Z0-9])", re.I)
_UNDOING = ("display:", "visibility:v")
_NAME = re.compile(r"[.#]?[\w-]+")
_DECLARATION = re.compile(
    r"(?:^|(?<=[;\s]))([a-z-]{3,20}+)\s*+:\s*+((?>[^;\"']++|\"(?>[^\"\\]++|\\.)*+\"|'(?>[^'\\]++|\\.)*+')++)",
    re.S | re.I,
)
_ZERO = re.compile(r"0+(?:\.0*)?(?:px|em|rem|pt|%|vw|vh)?$")
_WHITE = re.compile(
    r"#fff(?:fff)?$|white$|transparent$|rgba?\((?:255[\s,]+){2}255\s*\)$|rgba\([^)]*,\s*0(?:\.0*)?\)$|#[0-9a-f]{6}00$"
)
_AWAY = re.compile(r"-\d{3,}(?:px|em|rem|pt|%)?$|-\d{2}(?:em|rem)$")
_CLIPPED = re.compile(r"rect\(\s*[01](?:px)?(?:[\s,]+[01](?:px)?){3}\s*\)$")
_GROUNDS = frozenset({"background", "background-color", "background-image", "text-shadow", "-webkit-text-stroke"})
_CONTENT = re.compile(r"\"((?>[^\"\\]++|\\.)*+)\"|'((?>[^'\\]++|\\.)*+)'|attr\(\s*([\w:-]{1,60})[^)]{0,60}\)", re.S)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.S)
_WORDS = re.compile(r"(?![\ue000-\uf8ff])[^\W_]|[，。！？；：、“”‘’…—（）《》]")
_ATTRIBUTE = re.compile("\0([^\0]+)\0")
_OTHER_MEDIA = re.compile(r"print|speech|not\b|\(", re.I)
_SCREEN = re.compile(r"@(?:media|layer|supports)", re.I)


class Styles:
    """The rules of one document; ``look(node)`` tells of an element of it. Rules are kept as they are written under the
    name that they are about, and read when an element has it. ``has_order``: boxes were found to stand in another order than
    in the source."""

    def __init__(self, source: str = "") -> None:
        self.has_order = False
        self._plain, self._particular = _Index(), _Index()
        self._matcher = Matcher()
        self._kinds: dict[Any, int] = {}
        self._kinds_by_key: dict[tuple[int, str, str | None, str | None], int] = {}
        self._found_by_kind: dict[int, tuple[list[_Rule], Look, bool]] = {}
        self._looks: dict[Any, Look] = {}
        self._asked: dict[Any, Look] = {}
        self._steps = 0
        self._take_up(source[:MAX_SOURCE])
        self.has_rules = bool(self._plain.rules or self._particular.rules)

    @classmethod
    def of(cls, root: Any) -> Self:
        """Collect the rules of a document's ``<style>`` elements."""
        sources = (
            node.text for node in root.iter("style") if node.text and not _OTHER_MEDIA.search(node.get("media") or "")
        )
        return cls("\n".join(sources))

    def _take_up(self, source: str) -> None:
        others: list[tuple[int, str, str]] = []
        for number, (heads, body) in enumerate(read_rules(source)):
            if number == MAX_RULES:
                break
            plain = ";" + "".join(body[:MAX_BODY].split()).lower()
            if any(effect in plain for effect in _EFFECTS) or (";content:" in plain and _ADDED.search(body)):
                self.has_order = self.has_order or ";order:" in plain
                self._add(number, heads, body)
            elif any(effect in plain for effect in _UNDOING):
                others.append((number, heads, body))
        # What undoes an effect counts where it is about the same elements.
        names = frozenset(self._plain.rules) | frozenset(self._particular.rules)
        for number, heads, body in others:
            if not names.isdisjoint(_NAME.findall(heads)):
                self._add(number, heads, body, names)

    def _add(self, number: int, heads: str, body: str, names: frozenset[str] | None = None) -> None:
        for head in heads.split(","):
            if head := head.strip():
                key = key_of(head)
                if names is None or key in names:
                    index = (
                        self._particular if "[" in head or "(" in head or "-" in head.partition(":")[2] else self._plain
                    )
                    index.add(key, _Rule(number, head, body))

    def look(self, node: Any, style: str | None) -> Look:
        """Tell what is said of an element. ``style``: its attribute, which the caller has at hand."""
        if not self.has_order:
            return self._look(node, style)
        # Asked for by its parent, for its place, and then for itself.
        known = self._asked.pop(node, None)
        if known is None:
            known = self._asked[node] = self._look(node, style)
        return known

    def _look(self, node: Any, style: str | None) -> Look:
        found, look, is_particular = self._shared(node) if self.has_rules else ([], PLAIN, False)
        more = self._found(node, self._particular) if is_particular else []
        if style or more:
            key = (*(rule.number for rule in found), -1, *(rule.number for rule in more), style)
            known = self._looks.get(key)
            look = known or self._made([*found, *more], style)
            if known is None and len(self._looks) < MAX_LOOKS:
                self._looks[key] = look
        if "\0" in look.before or "\0" in look.after:

            def said(found: re.Match[str]) -> str:
                return node.get(found[1]) or ""

            return replace(look, before=_ATTRIBUTE.sub(said, look.before), after=_ATTRIBUTE.sub(said, look.after))
        return look

    def _made(self, found: list[_Rule], style: str | None) -> Look:
        own: Declarations = {}
        around: dict[str, Declarations] = {"before": {}, "after": {}}
        for rule in sorted(found, key=lambda rule: rule.number):
            if rule.selector:
                _put(around[rule.selector.pseudo] if rule.selector.pseudo else own, _declared(rule.body))
        _put(own, _declared(style or ""))
        self.has_order = self.has_order or "order" in own
        return replace(_look(own), before=_added(around["before"]), after=_added(around["after"]))

    def _shared(self, node: Any) -> tuple[list[_Rule], Look, bool]:
        """The plain rules that are about an element, what they say, and whether particular ones may be. Elements whose tag,
        class and id are the same, and those of all around them, share all this."""
        key = (self._kinds.get(node.getparent(), 0), node.tag, node.get("class"), node.get("id"))
        kind = self._kinds_by_key.get(key)
        if kind is None:
            kind = self._kinds_by_key[key] = len(self._kinds_by_key) + 1
            found = self._found(node, self._plain)
            look = self._made(found, None) if found else PLAIN
            self._found_by_kind[kind] = found, look, self._particular.may_hold(node)
        self._kinds[node] = kind
        return self._found_by_kind[kind]

    def _found(self, node: Any, index: _Index) -> list[_Rule]:
        found = index.named(node)
        for key, name in index.attributes:
            if node.get(name) is not None:
                found += index.rules[key]
        if index.has_places and (more := index.rules.get(f":{self._matcher.siblings.place(node)[0]}")):
            found += more
        if not found or self._steps > MAX_STEPS:
            return []
        self._steps += len(found)
        is_meant = self._matcher.is_meant
        return [rule for rule in found if (selector := rule.selector) and is_meant(selector, node)]


class _Index:
    """Rules by the name that they are about."""

    def __init__(self) -> None:
        self.rules: dict[str, list[_Rule]] = {}
        self.attributes: list[tuple[str, str]] = []
        self.has_places = False

    def add(self, key: str, rule: _Rule) -> None:
        if key not in self.rules:
            self.rules[key] = []
            if key[0] == "[":
                self.attributes.append((key, key[1:-1]))
            self.has_places = self.has_places or key[0] == ":"
        self.rules[key].append(rule)

    def named(self, node: Any) -> list[_Rule]:
        """The rules for an element's tag, classes and id."""
        rules = self.rules
        found = [*rules.get(node.tag, ()), *rules.get("*", ())]
        if names := node.get("class"):
            for name in names.split():
                if more := rules.get(f".{name}"):
                    found += more
        if (name := node.get("id")) and (more := rules.get(f"#{name}")):
            found += more
        return found

    def may_hold(self, node: Any) -> bool:
        """Whether any rule may be about an element of this tag, class and id."""
        return bool(self.attributes or self.has_places or (self.rules and self.named(node)))


@dataclass(slots=True)
class _Rule:
    """``number``: its place in the sheet."""

    number: int
    head: str
    body: str
    _selector: Selector | None = None
    _is_read: bool = False

    @property
    def selector(self) -> Selector | None:
        if not self._is_read:
            self._selector, self._is_read = read_selector(self.head), True
        return self._selector


def read_rules(source: str) -> Iterator[tuple[str, str]]:
    """Heads and declarations of the rules that hold on a screen. Each piece of the source ends where a block does."""
    around: list[bool] = []  # whether what stands in each open at-rule counts
    for piece in _without_comments(source).split("}"):
        *heads, body = piece.split("{")
        if not heads:
            if around:
                around.pop()
            continue
        for head in heads[:-1]:
            said = head.rpartition(";")[2].strip()
            around.append(_SCREEN.match(said) is not None and not _OTHER_MEDIA.search(said))
        head = heads[-1].rpartition(";")[2].strip()
        if head[:1] != "@" and all(around):
            yield head, body


def _without_comments(source: str) -> str:
    if "/*" not in source:
        return source
    first, *others = source.split("/*")
    return first + "".join(part.partition("*/")[2] for part in others)


def _declared(body: str) -> Declarations:
    said: Declarations = {}
    for found in _DECLARATION.finditer(body):
        _put(said, {found[1].lower(): found[2].strip() if found[1].lower() == "content" else found[2].strip().lower()})
    return said


def _put(into: Declarations, said: Declarations) -> None:
    """Add declarations, the later ones over the earlier, but for ``!important``."""
    for name, value in said.items():
        if "!important" not in into.get(name, "") or "!important" in value:
            into[name] = value


def _look(said: Declarations) -> Look:
    if not said:
        return PLAIN
    get = {name: value.replace("!important", "").strip() for name, value in said.items()}.get
    flow = f"{get('flex-direction', '')} {get('flex-flow', '').replace('wrap-reverse', '')}"
    order = get("order", "")
    return Look(
        display=get("display", ""),
        is_hidden=_is_hidden(get),
        is_faint=_WHITE.match(get("color", "")) is not None and not _GROUNDS & said.keys(),
        is_backward="override" in get("unicode-bidi", "") and get("direction") == "rtl",
        is_reversed="-reverse" in flow,
        floats_right=get("float") == "right",
        order=int(order) if re.fullmatch(r"-?\d{1,6}", order) else 0,
    )


def _is_hidden(get: Any) -> bool:
    def is_zero(*names: str) -> bool:
        return any(_ZERO.match(get(name, "1")) for name in names)

    return (
        get("display") == "none"
        or get("visibility") in ("hidden", "collapse")
        or is_zero("opacity", "font-size")
        or (get("overflow") == "hidden" and is_zero("width", "height", "max-width", "max-height"))
        or (get("position") in ("absolute", "fixed") and any(_AWAY.match(get(side, "")) for side in ("left", "top")))
        or _CLIPPED.match(get("clip", "")) is not None
    )


def _added(said: Declarations) -> str:
    """The text of a pseudo element, attributes as ``\\0NAME\\0``; "" for what adorns (icons, rules, dots)."""
    if "content" not in said or _look(said).is_hidden or _ZERO.match(said.get("height", "1")):
        return ""
    parts = (
        f"\0{name.lower()}\0" if name else _ESCAPE.sub(_character, one or other)
        for one, other, name in _CONTENT.findall(said["content"])
    )
    text = "".join(parts)
    return text if _WORDS.search(text) or "\0" in text else ""


def _character(found: re.Match[str]) -> str:
    if not found[1]:
        return "" if found[2] == "\n" else found[2]
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
