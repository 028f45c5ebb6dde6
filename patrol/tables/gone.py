"""Table of gone words: reads the sentences that say a page is gone wherever they stand, by kind of page."""

from __future__ import annotations

from pathlib import Path

from patrol.errors import ConfigError
from patrol.tables import load_table
from patrol.vocabulary import PageKind


def gone_words(kind: PageKind, workspace: Path | None) -> tuple[str, ...]:
    """Read the words for ``kind`` and those for all kinds. Raises ConfigError naming the file and the key."""
    path, table = load_table("gone", workspace)
    known = ("all", *(kind.value for kind in PageKind))
    if not isinstance(table, dict):
        raise ConfigError(f"{path}：应当是 类型: [话, 话…] 这样的表")
    for key, words in table.items():
        if key not in known:
            raise ConfigError(f"{path}：没有“{key}”这种页面类型，可用：{'、'.join(known)}")
        if not isinstance(words, list) or not all(isinstance(word, str) and len(word) >= 3 for word in words):
            raise ConfigError(f"{path}：“{key}”后面应当是方括号里的几句话，每句至少三个字")
    return tuple(dict.fromkeys((*table.get(kind.value, ()), *table.get("all", ()))))
