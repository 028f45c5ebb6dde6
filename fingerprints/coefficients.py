"""Coefficients: hold the reviewed model of ``model.toml``, which ``benchmarks/calibrate.py`` writes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import mul

FEATURES = (
    "pairs_shared",
    "order_rarity",
    "order_pairs",
    "order_density",
    "order_cover",
    "exact_run",
    "names_kept",
)
"""The features, in the order of ``model.toml``; :func:`fingerprints.features.vector` says what each is."""


@dataclass(frozen=True, slots=True)
class Model:
    """The reviewed coefficients of ``model.toml``."""

    bias: float
    coefficients: tuple[float, ...]
    usual: tuple[float, ...]
    """The features' means over clean pages that passed the gate: reasons are counted from here."""
    gate: Mapping[str, float]
    kinds: Mapping[str, float]

    def log_odds(self, features: Iterable[float]) -> float:
        """Compute the log-odds of features in the order of ``FEATURES``."""
        return self.bias + float(sum(map(mul, self.coefficients, features)))


@cache
def default_model() -> Model:
    """Return the model that comes with the engine."""
    return read_model(files(__package__ or "fingerprints").joinpath("model.toml").read_text(encoding="utf-8"))


def read_model(text: str) -> Model:
    """Read the coefficients; raises ``KeyError`` when a feature is missing."""
    table = tomllib.loads(text)
    return Model(
        bias=float(table["bias"]),
        coefficients=tuple(float(table["coefficients"][name]) for name in FEATURES),
        usual=tuple(float(table["usual"][name]) for name in FEATURES),
        gate={key: float(value) for key, value in table["gate"].items()},
        kinds={key: float(value) for key, value in table["kinds"].items()},
    )
