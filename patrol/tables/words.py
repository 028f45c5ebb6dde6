"""Sentences: put codes into Chinese, one sentence per reason and signal, one label per disguise (``sentences.yaml``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from pydantic import Field

from patrol.tables.phrases import PHRASES
from patrol.tables.table import Row, Table
from patrol.validation import unknown_key


class BothWays(Row):
    """The two sentences of a reason."""

    speaks_for: str = Field(alias="for", title="支持", description="用于支持“相同”的依据")
    speaks_against: str = Field(alias="against", title="不支持", description="用于不支持的依据")


class SentenceTable(Row):
    reasons: Mapping[str, BothWays] = Field({}, title="比对依据", description="每个代号两句话")
    signals: Mapping[str, str] = Field({}, title="线索依据", description="每个代号一句话")
    disguises: Mapping[str, str] = Field({}, title="变形手法", description="每个代号一个名称")


SENTENCES: Table[SentenceTable] = Table(
    "sentences", "依据用语表",
    "每个依据代号对应的一句话。{ } 里是程序填入的数值，只能用原句里有的。本单位的表里只写要改的几句，其余用程序自带的。",
    SentenceTable,
)  # fmt: skip


class _Missing:
    """Stands in a sentence for a value that was not given, whatever its format."""

    def __format__(self, spec: str) -> str:
        return "—"


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> _Missing:
        return _Missing()


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one office: the shipped ones, with its own in their places."""

    reasons: Mapping[str, BothWays]
    signals: Mapping[str, str]
    disguises: Mapping[str, str]

    @classmethod
    def load(cls, workspace: Path | None) -> Sentences:
        """Read the sentences. Raises ConfigError naming file, line and key for a code or a value that there is not."""
        shipped, own = SENTENCES.read(None), SENTENCES.read(workspace)
        allowed = {
            "reasons": tuple(shipped.reasons),
            "signals": signal_codes(workspace),
            "disguises": tuple(shipped.disguises),
        }
        for section, codes in allowed.items():
            for code in getattr(own, section):
                if code not in codes:
                    raise SENTENCES.fault(workspace, (section, code), unknown_key(code, codes))
        for code, sentence in own.signals.items():
            _check(workspace, ("signals", code), sentence, shipped.signals.get(code, "{phrase}"))
        for code, both in own.reasons.items():
            known = shipped.reasons[code]
            _check(workspace, ("reasons", code, "for"), both.speaks_for, known.speaks_for + known.speaks_against)
            _check(
                workspace, ("reasons", code, "against"), both.speaks_against, known.speaks_for + known.speaks_against
            )
        return cls(
            {**shipped.reasons, **own.reasons},
            {**shipped.signals, **own.signals},
            {**shipped.disguises, **own.disguises},
        )

    def reason(self, code: str, weight: float, values: Iterable[tuple[str, Any]] | Mapping[str, Any] = ()) -> str:
        """Put the engine's reason ``code`` as a sentence, by whether it spoke for or against; an unknown code is shown
        as it is, never left out."""
        both = self.reasons.get(code)
        if both is None:
            return _say(None, code, dict(values))
        return _say(both.speaks_for if weight >= 0 else both.speaks_against, code, dict(values))

    def signal(self, code: str, values: Mapping[str, Any]) -> str:
        """Put the signal ``code`` as a sentence."""
        sure = values.get("probability")
        if isinstance(sure, (int, float)):
            values = {**values, "probability": confidence(sure)}
        return _say(self.signals.get(code), code, values)

    def disguise(self, kind: str) -> str:
        """Return what officers call a disguise."""
        return self.disguises.get(kind, kind)


def signal_codes(workspace: Path | None) -> tuple[str, ...]:
    """Return the codes that a signal may have: those with a shipped sentence, and the office's own groups of phrases."""
    groups = (group.code for group in PHRASES.read(workspace).innocent)
    return tuple(dict.fromkeys((*SENTENCES.read(None).signals, *groups)))


MAX_CONFIDENCE = 0.999
"""No comparison is certain."""


def confidence(probability: float) -> str:
    """Write 把握 in whole per cent; near the top with one decimal, and never 100 %, since no comparison is certain."""
    return f"{min(probability, MAX_CONFIDENCE):.1%}" if probability >= 0.99 else f"{probability:.0%}"


def _check(workspace: Path | None, place: tuple[str, ...], own: str, shipped: str) -> None:
    """Raise ConfigError where an office's sentence has values that the program does not give."""
    try:
        names, known = _names(own), _names(shipped)
    except ValueError as error:
        raise SENTENCES.fault(workspace, place, "花括号没有成对") from error
    for name in names:
        if name not in known:
            shown = "、".join(f"{{{one}}}" for one in known) or "这一句没有"
            raise SENTENCES.fault(workspace, place, f"没有 {{{name}}} 这个数值（可用：{shown}）")


def _names(sentence: str) -> list[str]:
    return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(sentence) if name is not None))


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
