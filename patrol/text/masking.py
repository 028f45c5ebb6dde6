"""Masking: covers personal data, one character for one (telephone, identity and bank card numbers, street addresses).

Evidence keeps everything; what is printed or handed on goes through ``mask``. The result has the length of the text,
so offsets of marked passages stay right, and masking twice changes nothing. Addresses of pages (``http…``) stay as
they are: an address that is changed cannot be found again. So do names of works (《山茶街十三号》), which the caller
gives; nothing in a page's own title, or between 《 and 》, is an address, though a telephone number there is one. The
time is linear in the length of the text.

What counts (and is checked, so that filing and licence numbers, ISBNs, prices and dates stay):
mobile numbers (1 and 3–9, eleven digits, 86 before them or not) and fixed lines with area code; identity numbers of 18
characters with a date and the check digit of GB 11643 (ISO 7064 MOD 11-2); cards of 16–19 digits with the check digit
of Luhn (ISO/IEC 7812-1); house, building and room numbers after a road, village or estate. Service numbers (400, 95…)
are a firm's, not a person's, and stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate, pairwise

COVER = "＊"
"""What stands for a covered character; as wide as a Chinese one, and hardly ever written by anybody."""

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－—–‐‑　", "0123456789Xx----- ")
_URL = re.compile(r"https?://[!-~]+")
# Digits in groups that one space, hyphen or nothing divides; a covered character belongs to its run, so that a run
# which was masked once is known as such and let alone.
_RUN = re.compile(rf"[0-9{COVER}](?:[ \-]?[0-9{COVER}])*(?:[ \-]?[Xx](?![A-Za-z0-9_]))?")
_GROUP = re.compile(r"[0-9]+[Xx]?|[Xx]")
_WORD = re.compile(r"[A-Za-z0-9_]")

_NUMBER = r"[0-9A-Za-z一二三四五六七八九十百甲乙丙丁东南西北][0-9A-Za-z一二三四五六七八九十百\-]{0,5}"
_UNIT = r"(?:号楼|号院|单元|号|弄|幢|栋|座|楼|层|室)"
_ROAD = (
    r"(?:(?<!线)(?<!公)路|大街|(?<![大上逛])街|大道|巷|胡同|小区|花园|家园|新村|公寓|苑|(?<=[\u4e00-\u9fff])村|社区)"
)
# “259号昌地火炬大厦1号楼”: a building's name may stand between its numbers.
_NAMED = rf"[\u4e00-\u9fff]{{1,10}}?(?={_NUMBER}{_UNIT})"
_ADDRESS = re.compile(
    rf"(?<=[\u4e00-\u9fff]){_ROAD}[ ,，]?((?:{_NUMBER}{_UNIT}(?!线|文|令|公告|通知)(?:[ ,，\-]|{_NAMED})?){{1,6}})"
)
_TITLE = re.compile(r"(?<=《)[^《》\n]{1,200}(?=》)")
_HOUSE_PART = re.compile(rf"({_NUMBER}){_UNIT}")


def mask(text: str, names: Iterable[str] = (), titles: Iterable[str] = ()) -> str:
    """Cover personal data in ``text`` by ``COVER``; the result has the same length. What lies within one of ``names``
    (of works; see ``names_to_keep``) stays; within one of ``titles`` (of pages) nothing is taken for an address.

    >>> mask("电话 138-0013-8000，京ICP备10046444号")
    '电话 138-＊＊＊＊-8000，京ICP备10046444号'
    >>> mask("山茶街十三号，寄桂花巷8号", names=["山茶街十三号"])
    '山茶街十三号，寄桂花巷＊号'
    """
    read = text.translate(_WIDE)
    pages = [match.span() for match in _URL.finditer(read)]
    named = [*_places(text, names)]
    works, entitled = (
        _Spans(named),
        _Spans([*named, *_places(text, titles), *(m.span() for m in _TITLE.finditer(text))]),
    )
    out = list(text)
    _apply(out, [span for span in _number_spans(read) if not works.hold(*span)], pages)
    _apply(out, list(_address_spans("".join(out).translate(_WIDE), entitled)), pages)
    return "".join(out)


def mask_title(title: str, names: Iterable[str] = ()) -> str:
    """Cover personal data in a page's own title, in which nothing is an address."""
    return mask(title, names, (title,))


def names_to_keep(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``names`` that masking would change, each once: hardly any, so that looking for them costs nothing."""
    return tuple(name for name in dict.fromkeys(names) if mask(name) != name)


def _places(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    for name in names:
        at = text.find(name) if name else -1
        while at >= 0:
            yield at, at + len(name)
            at = text.find(name, at + len(name))


class _Spans:
    """Places of a text, those that overlap joined, so that one look tells whether something lies within one."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def hold(self, start: int, end: int) -> bool:
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and end <= self._ends[at]


def _apply(out: list[str], spans: list[tuple[int, int]], kept: list[tuple[int, int]]) -> None:
    """Cover the spans that touch no kept one. Both are in order."""
    at = 0
    for start, end in spans:
        while at < len(kept) and kept[at][1] <= start:
            at += 1
        if at < len(kept) and kept[at][0] < end:
            continue
        for place in range(start, end):
            if out[place] not in " -－—–‐‑　":
                out[place] = COVER


def _number_spans(read: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for run in _RUN.finditer(read):
        if run.end() - run.start() < 10 or COVER in run.group() or _inside_a_code(read, run.start(), run.end()):
            continue
        groups = [(run.start() + g.start(), run.start() + g.end()) for g in _GROUP.finditer(run.group())]
        at = 0
        while at < len(groups):
            for last in range(min(at + 5, len(groups)), at, -1):
                window = groups[at:last]
                found = _covered(read, window)
                if found:
                    spans.extend(found)
                    at = last
                    break
            else:
                at += 1
    return spans


def _inside_a_code(read: str, start: int, end: int) -> bool:
    """Is the run a part of a digest, an identifier or a licence number: letters behind it, or many before?"""
    if end < len(read) and _WORD.match(read[end]):
        return True
    before = start
    while before > 0 and start - before <= 10 and _WORD.match(read[before - 1]):
        before -= 1
    return start - before > 10


def _covered(read: str, groups: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of these groups of digits is to be covered, if together they are a number of a person."""
    if groups[-1][1] - groups[0][0] > 24:
        return []
    pieces = [read[start:end] for start, end in groups]
    shape = tuple(map(len, pieces))
    joined = "".join(pieces).upper()
    if pieces[0] == "86" and len(pieces) > 1:
        return _covered(read, groups[1:])
    if shape == (13,) and joined.startswith("86") and _is_mobile(joined[2:]):
        return _middle(groups, 5, 9)
    if shape in ((11,), (3, 4, 4), (3, 8)) and _is_mobile(joined):
        return _middle(groups, 3, 7)
    if len(joined) == 18 and shape in ((18,), (6, 8, 4), (6, 4, 4, 4), (17, 1)) and is_identity_number(joined):
        return _middle(groups, 6, 14)
    if is_bank_card(joined) and (len(shape) == 1 or (set(shape[:-1]) == {4} and shape[-1] <= 4) or shape[:1] == (6,)):
        return _middle(groups, 6, len(joined) - 4)
    if _is_fixed_line(joined) and shape in ((11,), (12,), (3, 8), (4, 7), (4, 8), (4, 4, 4), (3, 4, 4), (4, 3, 4)):
        return _middle(groups, 4 if joined[1] in "3456789" else 3, len(joined) - 2)
    return []


def _middle(groups: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The characters from ``start`` to ``end`` of the groups' digits, as spans of the text."""
    lengths = [right - left for left, right in groups]
    begins = list(accumulate(lengths, initial=0))
    spans = []
    for (left, _right), (first, after) in zip(groups, pairwise(begins), strict=True):
        low, high = max(start, first), min(end, after)
        if low < high:
            spans.append((left + low - first, left + high - first))
    return spans


def _is_mobile(digits: str) -> bool:
    return len(digits) == 11 and digits.isdigit() and digits[0] == "1" and digits[1] in "3456789"


def _is_fixed_line(digits: str) -> bool:
    """Area code (010, 02x, or four digits from 03xx) and a number of seven or eight digits that begins with 2–8."""
    if len(digits) not in (11, 12) or not digits.isdigit() or digits[0] != "0":
        return False
    if digits[1] in "12":
        return len(digits) == 11 and digits[3] in "2345678" and (digits[1] == "2" or digits[2] == "0")
    return digits[1] in "3456789" and digits[4] in "2345678"


def is_identity_number(text: str) -> bool:
    """Tell whether a text is an identity number: 18 characters, a day of birth between 1900 and 2099, and the check
    digit of GB 11643-1999."""
    if len(text) != 18 or not text.isascii() or not text[:17].isdigit() or text[0] not in "12345678":
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(text[:17]))
    return 1900 <= born.year < 2100 and text[17].upper() == "10X98765432"[total % 11]


def is_bank_card(text: str) -> bool:
    """Tell whether a text is a bank card number: 16 digits of the great card schemes, or 16–19 of China UnionPay (62…),
    with the check digit of Luhn."""
    if not (text.isascii() and text.isdigit()) or not (
        (text.startswith("62") and 16 <= len(text) <= 19) or (len(text) == 16 and text[0] in "3456")
    ):
        return False
    total = 0
    for place, digit in enumerate(reversed(text)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _address_spans(read: str, titles: _Spans) -> Iterator[tuple[int, int]]:
    """The numbers of each address; not those that stand in a title together with their road."""
    for found in _ADDRESS.finditer(read):
        for part in _HOUSE_PART.finditer(read, *found.span(1)):
            if not titles.hold(found.start(), part.end(1)):
                yield part.span(1)
