"""Direction of writing: puts characters that an override runs backwards into the order in which they are seen.

Only overrides count (U+202E, ``<bdo dir=rtl>``, ``unicode-bidi: bidi-override``): they are a disguise for text that is
written from left to right. Hebrew and Arabic stay as they are written.
"""

from __future__ import annotations

import re

BACKWARD, FORWARD, ENDED = "\u202e", "\u202d", "\u202c"
_MARK = re.compile("([\u202a-\u202e\n])")


def displayed(text: str) -> str:
    """Return the text as it is seen, each line by itself; without the marks."""
    out: list[str] = []
    open_: list[tuple[bool, list[str]]] = [(False, [])]
    for piece in _MARK.split(text):
        if piece == ENDED:
            if len(open_) > 1:
                _close(open_)
        elif piece == "\n":
            directions = [is_backward for is_backward, _ in open_]
            while len(open_) > 1:
                _close(open_)
            out += open_[0][1]
            out.append("\n")
            open_ = [(is_backward, []) for is_backward in directions]
        elif _MARK.fullmatch(piece):
            open_.append((piece == BACKWARD, []))
        elif open_[-1][0]:
            open_[-1][1].extend(piece)
        else:
            open_[-1][1].append(piece)
    while len(open_) > 1:
        _close(open_)
    return "".join(out + open_[0][1])


def _close(open_: list[tuple[bool, list[str]]]) -> None:
    """End the innermost run: within the one around it, it stays as it is."""
    is_backward, pieces = open_.pop()
    open_[-1][1].append("".join(reversed(pieces) if is_backward else pieces))
