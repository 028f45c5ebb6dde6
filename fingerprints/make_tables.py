"""Table maker: writes ``traditional.txt`` and ``readings.txt`` anew from the packages that know them (run by hand).

    python -m fingerprints.make_tables

Needs ``opencc-python-reimplemented`` (its ``TSCharacters.txt``) and ``pypinyin``; the engine itself needs neither, so
that a worker process starts quickly and reads the same tables on every machine.
"""

from __future__ import annotations

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


def _simplified() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    path = distribution("opencc-python-reimplemented").locate_file("opencc/dictionary/TSCharacters.txt")
    for line in Path(str(path)).read_text(encoding="utf-8").splitlines():
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
