"""Step parser: parses what the browser does on a page before it is read, from verbs in the site file or a recording.

Both come to the same frozen ``Step``; what a verb or a recorded step means to the browser is in ``spiders.browser.steps``.
Selectors are kept in the form that Chrome's recorder writes: ``aria/…``, ``text/…``, ``xpath/…``, ``pierce/…``, or CSS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from patrol.directory.rules import Rule, RuleError

StepKind = Literal[
    "navigate", "click", "double_click", "fill", "key_down", "key_up", "scroll", "scroll_to", "viewport", "hover",
    "wait_for", "wait_for_text", "remove", "pause",
]  # fmt: skip
MAX_STEPS = 100
MAX_PAUSE = 30
MAX_SCROLLS = 200
USUAL_SECONDS = 5.0
VERBS = {
    "click": "点一下，例如 click: .more",
    "click_if_there": "有就点，没有就算了，例如 click_if_there: .popup .close",
    "wait_for": "等这个元素出现，例如 wait_for: .list",
    "wait_for_text": "等这几个字出现，例如 wait_for_text: 全部商品",
    "scroll": "往下滚几屏，例如 scroll: 5",
    "remove": "去掉遮挡的元素，例如 remove: .overlay",
    "pause": f"停几秒，最多 {MAX_PAUSE} 秒，例如 pause: 2",
}


@dataclass(frozen=True, slots=True)
class Step:
    """``written``: how the clerk finds it again. ``selectors``: alternatives, tried in order; each a chain from outside to
    inside. ``value``: text, key or address; ``amount``: times or seconds; ``place``: width and height, or x and y;
    ``frame``: positions of nested frames from the page down; ``target``: "main", or the address of an embedded page.
    ``count``: how many elements ``wait_for`` waits for; ``seconds``: how long the step may take."""

    kind: StepKind
    written: str
    selectors: tuple[tuple[str, ...], ...] = ()
    value: str = ""
    amount: float = 0
    place: tuple[int, int] = (0, 0)
    button: Literal["left", "middle", "right"] = "left"
    optional: bool = False
    frame: tuple[int, ...] = ()
    target: str = "main"
    count: tuple[Literal[">=", "==", "<="], int] = (">=", 1)
    visible: bool | None = None
    seconds: float = USUAL_SECONDS


def parse_verb(value: Any) -> Step:
    """Parse ``{click: .more}`` as a step. Raises ValueError with a Chinese sentence."""
    if isinstance(value, Step):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("每一步单独一行，写成“- 动作: 内容”，例如 - click: .more")
    verb, content = next(iter(value.items()))
    if verb not in VERBS:
        raise ValueError(f"没有“{verb}”这个动作。可用：{'；'.join(f'{name} {said}' for name, said in VERBS.items())}")
    if not isinstance(content, str) or not content.strip():
        raise ValueError(f"“{verb}”后面要写一行内容：{VERBS[verb]}")
    text, written = content.strip(), f"{verb}: {content.strip()}"
    if verb == "scroll":
        return Step("scroll", written, amount=_number(verb, text, MAX_SCROLLS, whole=True))
    if verb == "pause":
        return Step("pause", written, amount=_number(verb, text, MAX_PAUSE, whole=False))
    if verb == "wait_for_text":
        return Step("wait_for_text", written, value=text[:200], seconds=10)
    selectors = ((_selector(text),),)
    if verb == "click_if_there":
        return Step("click", written, selectors, optional=True, seconds=1.5)
    if verb == "remove":
        return Step("remove", written, selectors)
    if verb == "wait_for":
        return Step("wait_for", written, selectors, seconds=10)
    return Step("click", written, selectors)


def _number(verb: str, text: str, most: int, *, whole: bool) -> float:
    if not re.fullmatch(r"\d{1,4}" if whole else r"\d{1,4}(\.\d{1,3})?", text, re.ASCII) or not 0 < float(text) <= most:
        raise ValueError(f"“{verb}: {text}”应当是 1 到 {most} 的数字：{VERBS[verb]}")
    return float(text)


def _selector(text: str) -> str:
    """``.more``, ``xpath: //a`` or ``text: 展开全文`` in the recorder's form."""
    if found := re.match(r"text\s*:\s*(.+)$", text):
        return f"text/{found[1]}"
    try:
        rule = Rule.parse(text)
    except RuleError as error:
        raise ValueError(str(error)) from error
    if rule.language not in ("css", "xpath") or rule.filters or re.search(r"@[\w:-]+$", text):
        raise ValueError(f"“{text}”应当指一个元素：写 CSS 选择器，或 'text: 页面上的字'，或 'xpath: //路径'")
    body = re.sub(r"^(css|xpath)\s*:\s*", "", text)
    return f"xpath/{body}" if rule.language == "xpath" else body
