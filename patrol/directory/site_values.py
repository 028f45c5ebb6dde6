"""Site-file values: accept leniently what a clerk writes in a key; what is typed or named wrong is said in Chinese."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo

from patrol import clock
from patrol.directory.recording import read_recording
from patrol.directory.rules import Rule, RuleError
from patrol.directory.steps import MAX_STEPS, Step, parse_verb
from patrol.vocabulary import Field as DirectoryField

LANGUAGES = ("css", "xpath", "json", "re")


def listed(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _rule(value: Any) -> Rule:
    """One rule as written, or as YAML splits ``json: $.a`` when its quotes were forgotten."""
    if isinstance(value, Rule):
        return value
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in LANGUAGES:
        value = ": ".join(map(str, *value.items()))
    if not isinstance(value, str):
        raise ValueError("一条规则应当是一行字，或几行字的列表")
    try:
        return Rule.parse(value)
    except RuleError as error:
        raise ValueError(str(error)) from error


def _rules(value: Any) -> tuple[Rule, ...]:
    return tuple(_rule(part) for part in listed(value))


def _signs(value: Any) -> Any:
    """Words; ``status: 404`` without its quotes is put together again."""
    parts = [": ".join(map(str, *v.items())) if isinstance(v, dict) and len(v) == 1 else v for v in listed(value)]
    if any(not isinstance(part, str) or not part.strip() for part in parts):
        raise ValueError("应当是文字，或几条文字的列表")
    for part in parts:
        if part.startswith("css:"):
            _rule(part)
        elif part.startswith("status:") and not re.fullmatch(r"status:\s*[1-5]\d\d", part):
            raise ValueError(f"“{part}”不对，应写成 'status: 404' 这样")
    return parts


def _steps(value: Any, info: ValidationInfo) -> Any:
    """A list of verbs as written (each is read by itself, so that a fault has its line), or a recording's steps."""
    if isinstance(value, str):
        folder = (info.context or {}).get("folder")
        if folder is None or not value.endswith(".json"):
            raise ValueError("应当是几行“- 动作: 内容”，或录制文件的名字，例如 recorded/open-details.json")
        return read_recording(folder, value)
    parts = listed(value)
    if len(parts) > MAX_STEPS:
        raise ValueError(f"最多 {MAX_STEPS} 步")
    return parts


def _element(value: Any) -> Any:
    """One selector of an element, in the form of a step's."""
    return parse_verb({"click": value}).selectors[0][0] if isinstance(value, str) and value else value


def _truth(value: Any) -> bool:
    words = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
    if isinstance(value, bool):
        return value
    if str(value).casefold() not in words:
        raise ValueError("应当是 true 或 false")
    return words[str(value).casefold()]


def _address(value: Any) -> Any:
    if isinstance(value, str) and value and not re.match(r"https?://[^/\s]", value):
        raise ValueError(f"“{value}”不是完整网址，应以 http:// 或 https:// 开头")
    if isinstance(value, str) and (found := re.search(r"\{(\d+)\s*(\.\.|[-~～—–…至到]+)\s*(\d+)\}", value)):
        low, high = sorted((found[1], found[3]), key=int)
        if found[0] != f"{{{low}..{high}}}":
            raise ValueError(f"“{found[0]}”应写成 {{{low}..{high}}}")
    return value


def _day(value: Any) -> date | None:
    return clock.parse_day(str(value or ""))


def _fields(value: Any) -> tuple[DirectoryField, ...]:
    """Fields of the directory, also as one text with marks between them."""
    words = [word for part in listed(value) for word in re.split(r"[、，,；;\s]+", str(part)) if word]
    return tuple(DirectoryField.parse(word) for word in words)


Address = Annotated[str, BeforeValidator(_address)]
Rules = Annotated[tuple[Rule, ...], BeforeValidator(_rules)]
Words = Annotated[tuple[str, ...], BeforeValidator(listed)]
Signs = Annotated[tuple[str, ...], BeforeValidator(_signs)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Steps = Annotated[tuple[Annotated[Step, BeforeValidator(parse_verb)], ...], BeforeValidator(_steps)]
Load = Literal["images", "fonts", "media"]
Element = Annotated[str, BeforeValidator(_element)]
Loads = Annotated[tuple[Load, ...], BeforeValidator(listed)]
Day = Annotated[date | None, BeforeValidator(_day)]
Fields = Annotated[tuple[DirectoryField, ...], BeforeValidator(_fields)]
