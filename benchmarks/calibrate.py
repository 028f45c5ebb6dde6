"""Train the verdict's coefficients and print how far to trust them.

    python -m benchmarks.calibrate --works W --suspects S [--written F ...] [--write]

Works and pages go through the engine's own stages; the logistic regression is fitted here in plain numpy (ridge penalty
``PENALTY`` on standardised features, chosen by cross-validation over books and fixed since). Without ``--write`` nothing is
changed; with it ``fingerprints/model.toml`` is written anew, for a person to review. All figures come twice: *fitted* on
all rows, and *held out*, where each book's pages are judged by a model that never saw a page of that book.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import detection_metrics as metrics
from benchmarks.detection_data import Row, read_rows, read_works, read_written, really_clean, written_works_of
from benchmarks.detection_metrics import Judged
from fingerprints import Index
from fingerprints.coefficients import FEATURES, Model, default_model
from fingerprints.explain import likeness
from fingerprints.features import vector
from fingerprints.verdict import LEANINGS, align, leaning, renaming_of

PENALTY = 5.0
FOLDS = 6
WRITTEN = 5
"""How often a rewriting by a skilled hand counts where kinds are learnt: there are few, and they are what comes."""
_MODEL = Path(__file__).resolve().parent.parent / "fingerprints" / "model.toml"

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One aligned work of one page: its features, whether it is right, and what tells kinds apart."""

    row: Row
    work: str
    features: Matrix
    kind_features: Matrix
    identity: float

    @property
    def right(self) -> bool:
        return self.work in self.row.works


def examples(index: Index, rows: Sequence[Row], model: Model) -> list[Example]:
    """Every alignment that passes the gate, over all rows."""
    found = []
    for row in rows:
        page, candidates, library = index.examine(row.text)
        for a in align(page.codes, candidates, library, model.gate):
            codes = library.codes(a.window.work)
            near = likeness(a.chain, page.codes, codes, library.weights)
            names = renaming_of([a.chain], page, codes, library.origins(a.window.work), near, model.kinds)
            found.append(
                Example(
                    row,
                    library.work_id(a.window.work),
                    vector(a, page.codes, codes, library.weights),
                    leaning(near, names),
                    near.identity,
                )
            )
    return found


def fit(x: Matrix, y: Matrix, penalty: float) -> tuple[Matrix, float]:
    """Ridge logistic regression by Newton's method: coefficients on the features as they are, and the bias."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([(x - mean) / spread, np.ones((len(x), 1))])
    ridge = np.diag([penalty] * x.shape[1] + [1e-6])
    beta = np.zeros(z.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(z @ beta, -30, 30)))
        step = np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + ridge, z.T @ (y - p) - ridge @ beta)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    coefficients = beta[:-1] / spread
    return coefficients, float(beta[-1] - coefficients @ mean)


def _book(work: str) -> str:
    parts = work.split("/")
    return parts[0] if len(parts) < 3 else "/".join(parts[:2])


def held_out(found: Sequence[Example], x: Matrix, y: Matrix, penalty: float) -> Matrix:
    """Log-odds of each example by a model that saw no example of its book."""
    books = sorted({_book(e.work) for e in found})
    size = {book: sum(_book(e.work) == book for e in found) for book in books}
    fold: dict[str, int] = {}
    load = [0] * FOLDS
    for book in sorted(books, key=lambda b: (-size[b], b)):
        fold[book] = load.index(min(load))
        load[fold[book]] += size[book]
    number = np.array([fold[_book(e.work)] for e in found])
    odds = np.zeros(len(found))
    for k in range(FOLDS):
        coefficients, bias = fit(x[number != k], y[number != k], penalty)
        odds[number == k] = x[number == k] @ coefficients + bias
    return odds


def judged(rows: Sequence[Row], found: Sequence[Example], odds: Matrix) -> list[Judged]:
    """The best work of each row, as the benchmark's metrics want it."""
    best: dict[str, Judged] = {}
    for example, value in zip(found, odds.tolist(), strict=True):
        score = 1 / (1 + np.exp(-value))
        if example.row.id not in best or score > best[example.row.id].score:
            best[example.row.id] = Judged(example.row, score, example.work)
    return [best.get(row.id) or Judged(row, 0.0, "") for row in rows]


def report(name: str, rows: Sequence[Row], found: Sequence[Example], odds: Matrix) -> None:
    """Print recall at both rates and the reliability table."""
    all_judged = judged(rows, found, odds)
    clean = [j.score for j in all_judged if j.row.label == "clean"]
    limits = [metrics.threshold(clean, rate) for rate in (0.01, 0.001)]
    one, tenth = (metrics.recall(all_judged, limit) for limit in limits)
    print(f"{name}: {len(clean)} clean rows, thresholds {limits[0]:.4f} and {limits[1]:.4f}")
    for group in sorted(one):
        print(f"  {group:34s} {one[group]:.3f} {tenth[group]:.3f}")
    for row in metrics.reliability(all_judged):
        print(
            "  stated {from:.2f}-{to:.2f}: {verdicts:5d} verdicts, mean {stated:.3f}, right {right:.3f}".format(**row)
        )


def fit_kinds(found: Sequence[Example], same_text: float) -> tuple[dict[str, float], dict[str, float]]:
    """What tells reskinned from otherwise changed pages, apart for kept and for reworded text: coefficients by name, and the
    share told rightly, held out by halves."""
    learned: dict[str, float] = {}
    told: dict[str, float] = {}
    for manner in ("kept", "reworded"):
        chosen = [
            e
            for e in found
            if e.right
            and e.row.label in ("washed", "washed_real", "reskin", "written")
            and (e.identity >= same_text) == (manner == "kept")
        ]
        x = np.array([e.kind_features for e in chosen])
        y = np.array([float("reskin" in e.row.group) for e in chosen])
        times = np.array([WRITTEN if e.row.label == "written" else 1 for e in chosen])
        order = np.random.default_rng(0).permutation(len(x))
        halves = (order[::2], order[1::2])
        hits = 0
        for train, test in (halves, halves[::-1]):
            coefficients, bias = fit(x[train].repeat(times[train], 0), y[train].repeat(times[train]), PENALTY)
            hits += int(((x[test] @ coefficients + bias > 0) == (y[test] > 0.5)).sum())
        coefficients, bias = fit(x.repeat(times, 0), y.repeat(times), PENALTY)
        learned |= {f"{manner}_{name}": value for name, value in zip(LEANINGS, coefficients.tolist(), strict=True)}
        learned[f"{manner}_bias"] = bias
        told[manner] = hits / len(x)
    return learned, told


def written_model(
    coefficients: Matrix, bias: float, usual: Matrix, learned: Mapping[str, float], old: Model, note: str
) -> str:
    """``model.toml`` as text."""
    lines = [f"# {line}" for line in note.splitlines()]
    lines += [f"bias = {bias:.4f}", "", "[coefficients]"]
    lines += [f"{name} = {value:.4f}" for name, value in zip(FEATURES, coefficients, strict=True)]
    lines += ["", "# Means over clean pages that passed the gate: reasons are counted from here.", "[usual]"]
    lines += [f"{name} = {value:.4f}" for name, value in zip(FEATURES, usual, strict=True)]
    lines += ["", "# Set by hand, so that no development row of any label is lost here.", "[gate]"]
    lines += [f"{name} = {value:g}" for name, value in old.gate.items()]
    lines += [
        "",
        "# kept_*, reworded_*: what tells a reskinned page, trained with the rest. The others are set by hand.",
        "[kinds]",
    ]
    lines += [f"{name} = {value:g}" for name, value in old.kinds.items() if name not in learned]
    lines += [f"{name} = {value:.4f}" for name, value in learned.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=Path, required=True)
    parser.add_argument("--suspects", type=Path, required=True)
    parser.add_argument("--written", type=Path, action="append", default=[])
    parser.add_argument("--penalty", type=float, default=PENALTY)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    missing = [str(path) for path in (arguments.works, arguments.suspects, *arguments.written) if not path.exists()]
    if missing:
        print("skipped: not here:", *missing)
        return
    works, rows = read_works(arguments.works), read_rows(arguments.suspects)
    for path in arguments.written:
        works += read_works(written_works_of(path))
        rows += read_written(path)
    works = list({work.id: work for work in works}.values())
    rows = really_clean(rows, works)
    model = default_model()
    with tempfile.TemporaryDirectory() as folder:
        found = examples(Index.build(works, Path(folder) / "works.idx"), rows, model)
    x = np.array([e.features for e in found])
    y = np.array([float(e.right) for e in found])
    coefficients, bias = fit(x, y, arguments.penalty)
    lost = {row.id for row in rows if row.works} - {e.row.id for e in found if e.right}
    print(
        f"{len(found)} alignments of {len(rows)} rows, {int(y.sum())} right; lost at the gate: {sorted(lost) or 'none'}"
    )
    report("fitted", rows, found, x @ coefficients + bias)
    report("held out by book", rows, found, held_out(found, x, y, arguments.penalty))
    learned, told = fit_kinds(found, model.kinds["same_text"])
    print(f"reskinned told rightly, held out: {told}")
    for name, value in zip(FEATURES, coefficients, strict=True):
        print(f"  {name:16s} {value:8.4f}")
    if arguments.write:
        usual = x[[e.row.label == "clean" for e in found]].mean(axis=0)
        note = (
            "The verdict's coefficients, written by benchmarks/calibrate.py and reviewed by a person.\n"
            f"Trained on {len(rows)} development rows ({len(found)} alignments), ridge penalty {arguments.penalty:g}.\n"
            "Log-odds = bias + sum of coefficient times feature; fingerprints/features.py says what each feature is."
        )
        _MODEL.write_text(written_model(coefficients, bias, usual, learned, model, note), encoding="utf-8")


if __name__ == "__main__":
    main()
