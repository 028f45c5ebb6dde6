"""Calibration: fits the coefficients anew to an office's own decisions, held near those that come with the engine.

Ridge logistic regression whose penalty pulls towards given coefficients instead of towards nothing (the posterior mode
under a Gaussian prior there): a few decisions move a verdict little, many move it where they point. Plain numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fingerprints.coefficients import FEATURES, Model

F64 = NDArray[np.float64]

PENALTY = 5.0
"""As in ``benchmarks/calibrate.py``."""
_MIN_SPREAD = 0.25
"""A feature that hardly varies among a few rows says nothing; its coefficient must not run away."""
_EDGES = (0.0, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Band:
    """Of verdicts stated in ``low <= p < high`` (the last band holds 1): how many, their mean, the share that was right."""

    low: float
    high: float
    count: int
    stated: float
    right: float


def probabilities(model: Model, x: F64) -> F64:
    """Return what a model says of rows of features (in the order of ``FEATURES``)."""
    odds: F64 = x @ np.array(model.coefficients) + model.bias
    said: F64 = 1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0)))
    return said


def fitted(x: F64, y: F64, shipped: Model, penalty: float = PENALTY) -> Model:
    """Fit ``shipped``: its bias and coefficients are moved towards the rows ``x`` with labels ``y`` (0 or 1), by
    Newton's method."""
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), _MIN_SPREAD)
    z = np.hstack([(x - mean) / spread, np.ones((len(x), 1))])
    old = np.array(shipped.coefficients)
    prior = np.append(old * spread, shipped.bias + old @ mean)
    ridge = np.diag([penalty] * len(old) + [1.0])
    beta = prior.copy()
    cost = _cost(z, y, beta, prior, ridge)
    for _ in range(200):
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ beta, -30.0, 30.0)))
        step = np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + ridge, z.T @ (y - p) - ridge @ (beta - prior))
        # Where all rows are said to be sure the full step goes far too far: halve it until it helps.
        size = 1.0
        while size > 1e-6 and (new := _cost(z, y, beta + size * step, prior, ridge)) > cost:
            size /= 2
        if size <= 1e-6:
            break
        beta, cost = beta + size * step, new
        if np.abs(size * step).max() < 1e-8:
            break
    coefficients = beta[:-1] / spread
    return replace(
        shipped, bias=float(beta[-1] - coefficients @ mean), coefficients=tuple(float(c) for c in coefficients)
    )


def _cost(z: F64, y: F64, beta: F64, prior: F64, ridge: F64) -> float:
    """What the fit makes least: negative log-likelihood and the pull towards the prior."""
    odds = z @ beta
    pull = beta - prior
    return float(np.logaddexp(0.0, odds).sum() - y @ odds + 0.5 * pull @ ridge @ pull)


def held_out(x: F64, y: F64, groups: Sequence[str], shipped: Model, folds: int = 5) -> F64:
    """Return what is said of each row by coefficients fitted without any row of its group."""
    names, counts = np.unique(np.array(groups), return_counts=True)
    load = [0] * folds
    fold: dict[str, int] = {}
    for place in np.argsort(-counts, kind="stable"):
        lightest = load.index(min(load))
        fold[str(names[place])] = lightest
        load[lightest] += int(counts[place])
    number = np.array([fold[group] for group in groups])
    said = np.empty(len(y))
    for k in range(folds):
        mine = number == k
        if mine.any():
            rest = ~mine
            model = fitted(x[rest], y[rest], shipped) if rest.any() else shipped
            said[mine] = probabilities(model, x[mine])
    return said


def log_loss(p: F64, y: F64) -> float:
    """Compute the mean negative log-likelihood, in nats; the lower the better."""
    safe = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-(y * np.log(safe) + (1 - y) * np.log(1 - safe)).mean())


def reliability(p: F64, y: F64) -> tuple[Band, ...]:
    """Compute the reliability table: bands with no verdict are left out."""
    bands = []
    for low, high in pairwise(_EDGES):
        inside = (p >= low) & ((p < high) | (high == 1.0))
        if inside.any():
            bands.append(Band(low, high, int(inside.sum()), float(p[inside].mean()), float(y[inside].mean())))
    return tuple(bands)


def model_text(model: Model, note: str) -> str:
    """Write a model as ``model.toml`` has it (read back by ``verdict.read_model``)."""
    lines = [f"# {line}" for line in note.splitlines()]
    lines += [f"bias = {model.bias:.4f}", "", "[coefficients]"]
    lines += [f"{name} = {value:.4f}" for name, value in zip(FEATURES, model.coefficients, strict=True)]
    lines += ["", "[usual]", *(f"{name} = {value:.4f}" for name, value in zip(FEATURES, model.usual, strict=True))]
    for name, table in (("gate", model.gate), ("kinds", model.kinds)):
        lines += ["", f"[{name}]", *(f"{key} = {float(value)!r}" for key, value in table.items())]
    return "\n".join(lines) + "\n"
