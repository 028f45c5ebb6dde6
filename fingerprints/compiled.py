"""Compiled engine: translates the engine's loops into machine code once, so that no patrol and no test waits for it.

``python -m fingerprints.compiled``; it takes a third of a minute the first time. Where nobody runs it, the first process that
compares does the same, and processes that begin together do it side by side.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fingerprints.canonical import canonicalise
from fingerprints.index import Index
from fingerprints.simhash_value import simhash

_STORY = (
    "渡口的老船工姓冯，撑了四十年的船。那年秋天水退得早，石阶露出最下面的三级，他在淤泥里捡到一只封了口的陶罐。"
    "罐里没有银钱，只有半本账，记着谁家借过几斗米，谁家还没有还。冯船工不识字，托学堂的程先生念给他听。念到一半，"
    "程先生的声音低了下去：最后一页写的，是他自己父亲的名字。冯船工把账本合上，说，水冲走的东西，就当它没有来过。"
)
_NAMES = {"冯": "邓", "程先生": "罗老师", "陶罐": "铁盒", "渡口": "驿站"}


class _Work(NamedTuple):
    id: str
    text: str
    title: str = ""
    kind: str = "novel"


def compile_engine() -> None:
    """Go the engine's whole way once: works built, added, opened; a copy, a disguise, a rewriting with other
    names and a text that is none of them judged."""
    renamed = _STORY
    for old, new in _NAMES.items():
        renamed = renamed.replace(old, new)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "works.idx"
        Index.build([_Work("1", _STORY * 2), _Work("2", _STORY[::-1])], path)
        Index.add(path, [_Work("3", renamed[::-1])])
        Index.open(path).judge_many([_STORY, "★".join(_STORY), renamed, "".join(sorted(_STORY))])
    simhash(canonicalise(_STORY).codes)


if __name__ == "__main__":
    compile_engine()
