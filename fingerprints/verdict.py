"""Verdict: judges a page and a work as one calibrated answer: how sure, of what kind, where, and why.

The probability is a logistic regression on the named features of :mod:`fingerprints.features`; its coefficients stand
in ``model.toml``, which ``benchmarks/calibrate.py`` writes and a person reviews. Reasons carry each feature's share of the
log-odds, so that a report can say in words what the verdict rests on.

A page that nothing resembles is dismissed by retrieval's score alone (the gate); only the rest is aligned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fingerprints.align import Chain, best_chain, chains
from fingerprints.candidates import Candidate
from fingerprints.coefficients import FEATURES, Model, default_model
from fingerprints.explain import Likeness, homophones, likeness, passages
from fingerprints.features import Alignment, Window, region, vector, windows
from fingerprints.reskin import NamePair, infer
from fingerprints.script import clauses, compare, read_script
from fingerprints.verdict_types import Disguise, MatchKind, Reason, Renaming, Verdict

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]


_QUICK = 2.5
"""Agreements worth less do not count by themselves in the first, quick alignment."""


class PageText(Protocol):
    """Canonical text as :func:`fingerprints.canonical.canonicalise` returns it."""

    @property
    def codes(self) -> U16: ...

    @property
    def start(self) -> I32: ...

    @property
    def end(self) -> I32: ...

    @property
    def disguises(self) -> Sequence[Disguise]: ...

    def disguised_within(self, first: int, last: int) -> Mapping[str, int]: ...


class LibraryView(Protocol):
    """What the verdict needs of the works under protection; works go by their number."""

    @property
    def weights(self) -> F32:
        """:func:`fingerprints.features.character_weights` of the library."""
        ...

    def codes(self, work: int) -> U16: ...

    def origins(self, work: int) -> tuple[I32, I32]:
        """Return where each canonical character starts and ends in the work's original text."""
        ...

    def work_id(self, work: int) -> str: ...


def passes_gate(window: Window, gate: Mapping[str, float]) -> bool:
    """Tell whether retrieval alone gives reason to align: a strong score, or a fair one that no other work comes near."""
    return window.score >= gate["sure_score"] or window.score * window.margin >= gate["score_times_margin"]


def align(
    page: U16, candidates: Sequence[Candidate], library: LibraryView, gate: Mapping[str, float]
) -> list[Alignment]:
    """Align the windows that pass the gate, best first; only chains of a score worth a second look come back."""
    kept = [window for window in windows(candidates) if passes_gate(window, gate)]
    found = []
    for window in kept[: int(gate["most_windows"])]:
        codes = library.codes(window.work)
        start, end = region(window, len(codes))
        part, passage = page[window.page_start : window.page_end], codes[start:end]
        if best_chain(part, passage, library.weights, _QUICK)[0] < gate["least_order"]:
            continue
        best = chains(part, passage, library.weights)[0]
        chain = Chain(best.score, best.page + window.page_start, best.work + start)
        found.append(Alignment(window, chain))
    return found


def judge(
    page: PageText,
    candidates: Sequence[Candidate],
    library: LibraryView,
    *,
    floor: float = 0.5,
    model: Model | None = None,
) -> list[Verdict]:
    """Find the works that the page uses, surest first, with a probability of at least ``floor``.

    ``candidates`` come from :meth:`Candidates.query` and from exact runs; a page like nothing is not aligned.
    """
    model = model or default_model()
    best: dict[int, tuple[float, Alignment, NDArray[np.float64]]] = {}
    every: dict[int, list[Alignment]] = {}
    for alignment in align(page.codes, candidates, library, model.gate):
        work = alignment.window.work
        features = vector(alignment, page.codes, library.codes(work), library.weights)
        odds = model.log_odds(features)
        every.setdefault(work, []).append(alignment)
        if work not in best or odds > best[work][0]:
            best[work] = (odds, alignment, features)
    verdicts = []
    for work, (odds, alignment, features) in best.items():
        probability = 1.0 / (1.0 + exp(-max(min(odds, 40.0), -40.0)))
        if probability >= floor:
            verdicts.append(_explain(page, library, work, probability, alignment, every[work], features, model))
    return sorted(verdicts, key=lambda v: (-v.probability, v.work_id))


def renaming_of(
    found: Sequence[Chain],
    page: PageText,
    codes: U16,
    origins: tuple[I32, I32],
    near: Likeness,
    kinds: Mapping[str, float],
) -> list[NamePair]:
    """Choose the renaming that is sure enough to show: seen twice, or once where all the rest was kept."""
    pairs = infer(found, page.codes, codes, _breaks(page.start, page.end), _breaks(*origins))
    return [pair for pair in pairs if pair.support >= 2 or (near.identity >= kinds["same_text"] and pair.in_gaps)]


LEANINGS = ("support", "names_kept", "names_known")
"""Logarithm of the renaming's support, share of the work's names kept, share of the page's own names known to the work."""


def leaning(near: Likeness, names: Sequence[NamePair]) -> NDArray[np.float64]:
    """Return what tells a reskinned page from a washed one, in the order of :data:`LEANINGS`."""
    support = sum(pair.support for pair in names if pair.support >= 2)
    return np.array([np.log1p(support), near.names_kept, near.names_known])


def _explain(
    page: PageText,
    library: LibraryView,
    work: int,
    probability: float,
    alignment: Alignment,
    every: Sequence[Alignment],
    features: NDArray[np.float64],
    model: Model,
) -> Verdict:
    codes = library.codes(work)
    origins = library.origins(work)
    found = [a.chain for a in every]
    near = likeness(alignment.chain, page.codes, codes, library.weights)
    names = renaming_of(found, page, codes, origins, near, model.kinds)
    heard = homophones(found, page, codes)
    kind = _kind(near, names, sum(d.count for d in heard), page, len(codes), model.kinds)
    return Verdict(
        work_id=library.work_id(work),
        kind=kind,
        probability=probability,
        passages=passages(found, page, codes, *origins),
        renamings=tuple(Renaming(p.old, p.new, p.support) for p in names) if kind is MatchKind.RESKINNED else (),
        disguises=(*page.disguises, *heard) if kind is MatchKind.DISGUISED else tuple(page.disguises),
        reasons=(*_reasons(features, near, model), *_script_reasons(page, codes, origins)),
    )


def _script_reasons(page: PageText, codes: U16, origins: tuple[I32, I32]) -> tuple[Reason, ...]:
    """How the structure of two scripts agrees: shown, with no weight of its own. Nothing when either is no script."""
    mine = read_script(clauses(page.codes, _breaks(page.start, page.end)))
    theirs = read_script(clauses(codes, _breaks(*origins))) if mine is not None else None
    if mine is None or theirs is None:
        return ()
    like = compare(theirs, mine)
    counted: list[tuple[str, float | int | str]] = []
    for name, (in_work, on_page) in (("acts", like.acts), ("roles", like.roles), ("clues", like.clues)):
        counted += [(f"{name}_work", in_work), (f"{name}_page", on_page)]
    shares = (("timeline", like.timeline), ("clue_cards", like.clue_cards), ("truth", like.truth))
    counted += [(name, round(share, 3)) for name, share in shares if share is not None]
    return (Reason("script_structure", 0.0, tuple(counted)),)


def _breaks(start: I32, end: I32) -> NDArray[np.bool_]:
    """Where the original has something between two canonical characters: a mark, a space, a line's end."""
    return np.concatenate([[True], start[1:] > end[:-1], [True]])


def _kind(
    near: Likeness, names: Sequence[NamePair], sounds: int, page: PageText, length: int, kinds: Mapping[str, float]
) -> MatchKind:
    first, last = near.place
    counts = page.disguised_within(first, last)
    hidden = sum(count for name, count in counts.items() if name not in _HARMLESS) + sounds
    manner = "kept" if near.identity >= kinds["same_text"] else "reworded"
    weights = [kinds[f"{manner}_{name}"] for name in LEANINGS]
    enough = max(kinds["least_disguised"], kinds["disguised_per_thousand"] * near.span / 1000.0)
    if near.identity >= kinds["same_text"] and hidden >= enough:
        return MatchKind.DISGUISED
    if kinds[f"{manner}_bias"] + float(np.dot(weights, leaning(near, names))) > 0.0:
        return MatchKind.RESKINNED
    if near.identity < kinds["unchanged_text"]:
        return MatchKind.WASHED
    cut = near.span < len(page.codes) / 2 or (near.span <= kinds["excerpt"] and near.span < length / 2)
    return MatchKind.EXCERPT if cut else MatchKind.VERBATIM


_HARMLESS = frozenset({"full_width"})
"""Disguises that typing habits explain by themselves."""


def _reasons(features: NDArray[np.float64], near: Likeness, model: Model) -> tuple[Reason, ...]:
    measures: dict[str, tuple[tuple[str, float | int | str], ...]] = {
        "order_cover": (("agreements", near.points), ("span", near.span)),
        "order_density": (("identity", round(near.identity, 3)),),
        "exact_run": (("longest", near.longest),),
    }
    shares = np.array(model.coefficients) * (features - np.array(model.usual))
    reasons = [
        Reason(name, round(float(share), 3), measures.get(name, (("value", round(float(value), 3)),)))
        for name, share, value in zip(FEATURES, shares, features, strict=True)
    ]
    return tuple(sorted(reasons, key=lambda reason: -abs(reason.weight)))
