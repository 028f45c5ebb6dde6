"""YAML reader: reads YAML 1.2 with every scalar as text, notes the line of each value, and tells each fault in Chinese.

Text for every scalar takes away YAML's surprises (``no``, ``20:00``, ``1_000``); whoever reads the values types them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from patrol.errors import InputProblems, Problem

MAX_CHARACTERS = 200_000
MAX_DEEP = 12
Lines = dict[tuple[Any, ...], int]
"""Path of keys and positions in the file → line from 1."""


def read_yaml(
    text: str, name: str, example_of: Callable[[str, bool], str] = lambda _key, _inside: ""
) -> tuple[Any, Lines]:
    """Read one YAML document as plain dictionaries, lists and texts (None for nothing), and the line of each value.

    ``name`` is how the file is called in messages; ``example_of`` gives, for a key without a value and whether it stands
    within another, what it might hold. Raises InputProblems with every fault found.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputProblems([Problem(name, f"文件太大（超过 {MAX_CHARACTERS // 10_000} 万字）")])
    if re.search(r"[\[{][\s\[{]{30}", text):
        # The parser takes minutes over brackets without end.
        raise InputProblems([Problem(name, "方括号或花括号没有成对")])
    try:
        root = YAML(pure=True).compose(text)
    except MarkedYAMLError as error:
        raise InputProblems([_unreadable(error, name)]) from error
    except (YAMLError, RecursionError) as error:
        raise InputProblems([Problem(name, "文件里有 YAML 不允许的字符或写法")]) from error
    reader = _Reader(name, example_of)
    value = reader.plain(root, ())
    if reader.problems:
        raise InputProblems(reader.problems)
    return value, reader.lines


def line_at(lines: Lines, place: tuple[Any, ...]) -> int | None:
    """Return the line of the value at ``place``, else of the nearest one around it."""
    return next((lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in lines), None)


def _unreadable(error: MarkedYAMLError, name: str) -> Problem:
    """What the parser choked on, placed where the fault begins rather than where it was noticed."""
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    if "quoted scalar" in said and "escape" not in said:
        mark = error.context_mark or mark
        message, remedy = "引号没有成对", "在末尾补上同样的引号"
    elif "escape" in said:
        message, remedy = "双引号里的反斜线有特殊意思", "把双引号换成单引号"
    elif "flow" in said:
        mark = error.context_mark or mark
        message, remedy = "方括号或花括号没有成对，或中间缺了逗号", "补上括号或逗号"
    elif "document" in said:
        message, remedy = "“---”把文件分成了两份，一个文件只写一份", "删掉这一行"
    else:
        message, remedy = "这一行的写法 YAML 读不懂", "检查缩进是否与上下行对齐，冒号后面是否有空格"
    return Problem(name, message, mark.line + 1 if mark else None, None, remedy)


class _Reader:
    """Turns nodes into plain values, noting lines and faults."""

    def __init__(self, name: str, example_of: Callable[[str, bool], str]) -> None:
        self._name = name
        self._example_of = example_of
        self._seen: set[int] = set()
        self.lines: Lines = {}
        self.problems: list[Problem] = []

    def plain(self, node: Node | None, path: tuple[Any, ...]) -> Any:
        if node is None:
            return None
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if node.anchor or id(node) in self._seen or len(path) > MAX_DEEP:
            # Aliases unfold without bound, and no file of ours needs them.
            self.problems.append(Problem(self._name, "不用 & 和 * 引用，也不要套得太深", line))
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.plain(part, (*path, n)) for n, part in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        if node.style is None and node.value in ("", "~", "null", "Null", "NULL"):
            return None
        return str(node.value)

    def _mapping(self, node: MappingNode, path: tuple[Any, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self.problems.append(Problem(self._name, "冒号前面应当是一项的名称", line))
                continue
            word = str(key.value)
            here = (*path, word)
            if word in found:
                self.problems.append(Problem(self._name, f"“{word}”写了两次", line, None, "只留一个"))
            before = len(self.problems)
            found[word] = self.plain(value, here)
            self.lines[here] = line
            if found[word] is None and len(self.problems) == before:
                self._empty(word, line, inside=bool(path))
        return found

    def _empty(self, word: str, line: int, *, inside: bool) -> None:
        if "：" in word:
            left, _, right = word.partition("：")
            self.problems.append(Problem(self._name, "冒号是中文全角的", line, None, f"改成：{left}: {right}"))
            return
        example = self._example_of(word, inside)
        remedy = f"写上内容，例如 {word}: {example}；不用就删掉这一行" if example else "写上内容，或删掉这一行"
        self.problems.append(Problem(self._name, f"“{word}”后面没有内容", line, None, remedy))
