"""Sentences: put codes into Chinese, one sentence per reason and signal, one label per disguise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from string import Formatter
from typing import Any

from patrol.tables import load_table


class _Missing:
    """Stands in a sentence for a value that was not given, whatever its format."""

    def __format__(self, spec: str) -> str:
        return "—"


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> _Missing:
        return _Missing()


@cache
def _sentences() -> Mapping[str, Mapping[str, Any]]:
    _, content = load_table("sentences")
    return {section: dict(rows) for section, rows in content.items()}


def codes(section: str) -> frozenset[str]:
    """Return the codes that have words in ``section`` (``reasons``, ``signals``, ``disguises``)."""
    return frozenset(_sentences()[section])


def reason_words(code: str, weight: float, values: Iterable[tuple[str, Any]] | Mapping[str, Any] = ()) -> str:
    """Put the engine's reason ``code`` into a sentence, by whether it spoke for or against; an unknown code is shown as
    it is, never left out."""
    rows = _sentences()["reasons"].get(code)
    return _say(rows and rows["for" if weight >= 0 else "against"], code, dict(values))


def signal_words(code: str, values: Mapping[str, Any]) -> str:
    """Put the signal ``code`` into a sentence."""
    sure = values.get("probability")
    if isinstance(sure, (int, float)):
        values = {**values, "probability": confidence(sure)}
    return _say(_sentences()["signals"].get(code), code, values)


MAX_CONFIDENCE = 0.999
"""No comparison is certain."""


def confidence(probability: float) -> str:
    """Write 把握 in whole per cent; near the top with one decimal, and never 100 %, since no comparison is certain."""
    return f"{min(probability, MAX_CONFIDENCE):.1%}" if probability >= 0.99 else f"{probability:.0%}"


def disguise_label(kind: str) -> str:
    """Return what officers call a disguise."""
    label: str = _sentences()["disguises"].get(kind, kind)
    return label


def _say(template: str | None, code: str, values: Mapping[str, Any]) -> str:
    if template is None:
        shown = "，".join(f"{key}={value}" for key, value in values.items())
        return f"其他依据（{code}{'：' + shown if shown else ''}）"
    try:
        return template.format_map(_Values(values))
    except (ValueError, TypeError):
        # A number's format met a value of another type: the words still stand, the value as it came.
        return _plain(template).format_map(_Values({key: str(value) for key, value in values.items()}))


def _plain(template: str) -> str:
    """The template with every format specification taken off."""
    return "".join(
        text + ("{" + name + "}" if name is not None else "") for text, name, _, _ in Formatter().parse(template)
    )
