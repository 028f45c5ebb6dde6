"""Reskinned text (换皮): infers which names of the work stand replaced on the page, and how surely.

Two sources of evidence, both on top of an order-keeping alignment:

* *gaps*: between two neighbouring agreements the work says one short string and the page another. Where the text was kept
  and only names were replaced, each gap is exactly one old name against one new name;
* *company*: strings that the page repeats and the work never has, against strings that the work repeats and the page never
  has, wherever the alignment puts them at the same place. This still speaks when every sentence was reworded.

Both are counted together, and names are paired off one to one, best supported first, as in building a bilingual
dictionary from aligned text (Melamed 2000, "Models of translational equivalence", competitive linking).
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingerprints.align import Chain

U16 = NDArray[np.uint16]
Breaks = NDArray[np.bool_]

MAX_NAME_LENGTH = 4
"""Canonical characters in a name, at most, where it is found by its company; a gap may hold one more."""
_NEAR = 24
"""Characters of the work by which a reworded sentence may have moved a name."""
_MAX_ONCE_LENGTH = 3
"""Characters in a name that is seen once only: longer gaps are as a rule two names or a reworded phrase."""
_MIN_REPEATED = 3
_MIN_SHARE = 0.5
"""Of the occurrences of either name, so many at least must stand where the other does."""


@dataclass(frozen=True, slots=True)
class NamePair:
    """An old name (in the work) and the new one (on the page), canonical; ``support`` places agree."""

    old: str
    new: str
    support: int
    in_gaps: int


def _text(codes: U16) -> str:
    return "".join(map(chr, codes.tolist()))


def _strip(old: str, new: str) -> tuple[str, str]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    old, new = old[start:], new[start:]
    end = 0
    while end < min(len(old), len(new)) and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[: len(old) - end], new[: len(new) - end]


def _split(codes: U16, breaks: Breaks, start: int, end: int) -> list[str]:
    """The strings between ``start`` and ``end``, cut where the text has a mark (``breaks[i]``: a mark before ``i``)."""
    cuts = [start, *(int(at) for at in np.flatnonzero(breaks[start + 1 : end]) + start + 1), end]
    return [_text(codes[a:b]) for a, b in itertools.pairwise(cuts) if b > a]


def gaps(
    chains: Sequence[Chain], page: U16, work: U16, page_breaks: Breaks, work_breaks: Breaks
) -> Counter[tuple[str, str]]:
    """Count how often the alignment has one short string of the work against another of the page, between close
    agreements."""
    found: Counter[tuple[str, str]] = Counter()
    for chain in chains:
        i, j = chain.page, chain.work
        di, dj = np.diff(i), np.diff(j)
        firm = (di == 1) & (dj == 1)
        before = np.concatenate([[False], firm[:-1]])
        after = np.concatenate([firm[1:], [False]])
        short = (di > 1) & (dj > 1) & (di <= 3 * MAX_NAME_LENGTH) & (dj <= 3 * MAX_NAME_LENGTH)
        for p in np.flatnonzero(short & before & after).tolist():
            olds = _split(work, work_breaks, int(j[p]) + 1, int(j[p + 1]))
            news = _split(page, page_breaks, int(i[p]) + 1, int(i[p + 1]))
            if len(olds) != len(news):
                continue
            for old, new in zip(olds, news, strict=True):
                old, new = _strip(old, new)
                if old and new and len(old) <= MAX_NAME_LENGTH + 1 and len(new) <= MAX_NAME_LENGTH + 1:
                    found[old, new] += 1
    return found


def _repeated(codes: U16, foreign: U16) -> dict[str, list[int]]:
    """Strings of 2 … ``MAX_NAME_LENGTH`` characters that ``codes`` repeat and of which ``foreign`` has no pair, with their places;
    of strings that stand in the same places the longest only."""
    if len(codes) < 2:
        return {}
    keys = _pairs(codes)
    _, group, times = np.unique(keys, return_inverse=True, return_counts=True)
    own = (times[group] >= _MIN_REPEATED) & ~np.isin(keys, _pairs(foreign))
    text = _text(codes)
    places: dict[str, list[int]] = defaultdict(list)
    fits = own.copy()
    for size in range(2, MAX_NAME_LENGTH + 1):
        for at in np.flatnonzero(fits).tolist():
            places[text[at : at + size]].append(at)
        # A string one longer fits where all its pairs do.
        fits = fits[:-1] & own[size - 1 :]
    kept = {string: at for string, at in places.items() if len(at) >= _MIN_REPEATED}
    for string in sorted(kept, key=len, reverse=True):
        for part in (string[1:], string[:-1]):
            if part in kept and len(kept[part]) == len(kept.get(string, ())):
                del kept[part]
    return kept


def _pairs(codes: U16) -> NDArray[np.uint32]:
    return codes[:-1].astype(np.uint32) << np.uint32(16) | codes[1:]


def company(chain: Chain, page: U16, work: U16) -> Counter[tuple[str, str]]:
    """Count repeated strings that only one side has, paired by how often the alignment puts them near each other."""
    p0, p1 = int(chain.page[0]), int(chain.page[-1]) + 1
    w0, w1 = int(chain.work[0]), int(chain.work[-1]) + 1
    page_part, work_part = page[p0:p1], work[w0:w1]
    news, olds = _repeated(page_part, work_part), _repeated(work_part, page_part)
    found: Counter[tuple[str, str]] = Counter()
    if not news or not olds:
        return found
    for new, at in news.items():
        expected = np.interp(np.array(at) + p0, chain.page, chain.work) - w0
        for old, places in olds.items():
            near = np.abs(expected[:, None] - np.array(places)[None, :]) <= _NEAR
            support = int(min(near.any(axis=0).sum(), near.any(axis=1).sum()))
            if support >= 2 and support >= _MIN_SHARE * max(len(at), len(places)):
                found[old, new] = support
    return found


def infer(chains: Sequence[Chain], page: U16, work: U16, page_breaks: Breaks, work_breaks: Breaks) -> list[NamePair]:
    """Infer the one-to-one renaming that the alignment supports, best supported first.

    ``page`` and ``work`` are canonical codes, the chains' points index them; ``*_breaks[i]`` says that the original has
    a mark or space before character ``i``.
    """
    if not chains:
        return []
    exact = _resolve(gaps(chains, page, work, page_breaks, work_breaks))
    near = company(chains[0], page, work)
    olds, news = Counter[str](), Counter[str]()
    for (old, new), times in exact.items():
        olds[old] += times
        news[new] += times
    ranked = sorted(set(exact) | set(near), key=lambda pair: (-(2 * exact[pair] + near[pair]), pair))
    renaming: list[NamePair] = []
    for pair in ranked:
        old, new = pair
        times = exact[pair]
        if (
            min(len(old), len(new)) < 2
            or not _printable(old + new)
            or (times and (2 * times < olds[old] or 2 * times < news[new]))
        ):
            continue
        if not times and any(_overlap(old, p.old) or _overlap(new, p.new) for p in renaming):
            continue
        if any(old == p.old or new == p.new for p in renaming):
            continue
        renaming.append(NamePair(old, new, max(times, near[pair]), times))
    return renaming


def _printable(text: str) -> bool:
    """Canonical codes of pinyin syllables are no characters."""
    return not any("\ud800" <= character < "\uf900" for character in text)


def _overlap(a: str, b: str) -> bool:
    return any(a[at : at + 2] in b for at in range(len(a) - 1))


def _resolve(found: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Take names that are sure by themselves out of longer gaps: two names may stand side by side."""
    sure = sorted((pair for pair, times in found.items() if times >= 2), key=lambda pair: -len(pair[0]) - len(pair[1]))
    resolved: Counter[tuple[str, str]] = Counter()
    for (old, new), times in found.items():
        if times == 1:
            for known_old, known_new in sure:
                if len(known_old) < len(old) and len(known_new) < len(new):
                    if old.startswith(known_old) and new.startswith(known_new):
                        resolved[known_old, known_new] += 1
                        old, new = old[len(known_old) :], new[len(known_new) :]
                    elif old.endswith(known_old) and new.endswith(known_new):
                        resolved[known_old, known_new] += 1
                        old, new = old[: -len(known_old)], new[: -len(known_new)]
            if max(len(old), len(new)) > _MAX_ONCE_LENGTH:
                continue
        resolved[old, new] += times
    return resolved
