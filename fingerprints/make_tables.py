"""List maker: writes ``traditional.txt``, ``readings.txt`` and ``words.txt.xz`` anew from the packages that know them.

    python -m fingerprints.make_tables

Run by hand. Needs ``opencc-python-reimplemented`` (its ``TSCharacters.txt``), ``pypinyin`` and ``jieba`` (its ``dict.txt``) of
the group *lists*; the engine needs none of them, so that a worker process starts quickly and reads the same on every machine.
"""

from __future__ import annotations

import lzma
import unicodedata
from collections import defaultdict
from importlib.metadata import distribution
from pathlib import Path

_HERE = Path(__file__).parent
_WIDTH = 100
_TRADITIONAL = """\
# Traditional to simplified: the simplified character first, then the forms that are read as it.
# From OpenCC's TSCharacters (Apache-2.0), first choice of each; made by make_tables.py.
"""
_READINGS = """\
# How characters sound, without tones: a syllable, then its characters. First readings of pypinyin (MIT);
# made by make_tables.py.
"""


_WORDS = """\
# Words of three and four characters, not all Latin, of jieba's dictionary (MIT, Copyright 2013 Sun Junyi); made by
# make_tables.py. A work whose name is one of them is not named by that word alone.
"""


def _simplified() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in _lines("opencc-python-reimplemented", "opencc/dictionary/TSCharacters.txt"):
        old, _, new = line.partition("\t")
        first = new.split(" ")[0]
        if len(old) == len(first) == 1 and old != first and max(old, first) < "\uffff":
            found[first].append(old)
    return found


def _readings() -> dict[str, list[str]]:
    from pypinyin.pinyin_dict import pinyin_dict

    found: dict[str, list[str]] = defaultdict(list)
    for point, spoken in sorted(pinyin_dict.items()):
        if 0x4E00 <= point < 0xA000:
            plain = spoken.split(",", 1)[0].replace("ü", "v")
            letters = unicodedata.normalize("NFD", plain).replace("u\u0308", "v")
            found["".join(c for c in letters if c.isascii())].append(chr(point))
    return found


def _words() -> list[str]:
    words = {line.split(" ", 1)[0] for line in _lines("jieba", "jieba/dict.txt")}
    return sorted(word for word in words if 3 <= len(word) <= 4 and not word.isascii())


def _lines(package: str, name: str) -> list[str]:
    return Path(str(distribution(package).locate_file(name))).read_text(encoding="utf-8").splitlines()


def _write(name: str, header: str, groups: dict[str, list[str]], between: str) -> None:
    lines, line = [], ""
    for first, rest in sorted(groups.items()):
        entry = first + between + "".join(sorted(rest))
        if between or len(line) + len(entry) > _WIDTH:
            lines.append(line)
            line = entry
        else:
            line = f"{line} {entry}".strip()
    lines.append(line)
    (_HERE / name).write_text(header + "\n".join(filter(None, lines)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write("traditional.txt", _TRADITIONAL, _simplified(), "")
    _write("readings.txt", _READINGS, _readings(), " ")
    packed = lzma.compress((_WORDS + "\n".join(_words()) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME)
    (_HERE / "words.txt.xz").write_bytes(packed)
