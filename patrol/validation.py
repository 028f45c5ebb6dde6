"""Validation words: say in Chinese what a typed model refuses of a file that a person wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

_SHAPES = {
    "string": "应当是文字",
    "bool": "应当是 true 或 false",
    "int": "应当是整数",
    "float": "应当是数字",
    "decimal": "应当是数字",
    "finite": "应当是数字",
    "list": "应当是一列，每行以短横开头，或写成 [甲, 乙]",
    "tuple": "应当是一列，每行以短横开头，或写成 [甲, 乙]",
    "dict": "应当是“名称: 内容”的行",
    "mapping": "应当是“名称: 内容”的行",
    "model": "应当是“名称: 内容”的行",
    "dataclass": "应当是“名称: 内容”的行",
    "date": "不是日期，应写成 2026-11-24",
}
"""First word of a kind of fault in pydantic → what the value should be."""

_BOUNDS = {"greater_than": ("gt", "应当大于"), "greater_than_equal": ("ge", "不能小于"),
           "less_than": ("lt", "应当小于"), "less_than_equal": ("le", "不能大于")}  # fmt: skip


def say_fault(error: Mapping[str, Any]) -> str:
    """Say one of ``ValidationError.errors()`` in Chinese, without its place.

    >>> say_fault({"type": "greater_than_equal", "ctx": {"ge": 0}, "input": "-1", "msg": ""})
    '不能小于 0'
    """
    kind, given = str(error["type"]), error.get("ctx") or {}
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind in ("literal_error", "enum"):
        options = str(given.get("expected", "")).replace(" or ", "、").replace(", ", "、").replace("'", "")
        return f"“{error['input']}”不在可选范围内（可选：{options}）"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{words} {given[key]}"
    if kind in ("string_too_short", "too_short"):
        least = given["min_length"]
        empty = "不能是空的" if kind == "string_too_short" else "至少要有一项"
        return empty if least == 1 else f"至少要有 {least} {'个字' if kind == 'string_too_short' else '项'}"
    if kind in ("string_too_long", "too_long"):
        return f"最多 {given['max_length']} {'个字' if kind == 'string_too_long' else '项'}"
    known = {
        "missing": "缺少这一项",
        "extra_forbidden": "没有这一项，请检查拼写",
        "string_pattern_mismatch": "写法不对",
    }
    return known.get(kind) or _SHAPES.get(kind.partition("_")[0], "写法不对")


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Say that there is no such key, and name the nearest one or all."""
    names = list(known)
    near = get_close_matches(str(key), names, n=1, cutoff=0.5)
    return f"没有“{key}”这一项" + (f"，你是不是想写 {near[0]}？" if near else f"。可用：{'、'.join(names)}")
