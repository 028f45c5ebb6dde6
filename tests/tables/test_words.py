"""Nothing reaches an officer as a code: each that can be emitted has its sentence."""

from __future__ import annotations

import re
from pathlib import Path

from fingerprints import canonical, coefficients
from patrol.judging import assess
from patrol.tables.phrases import PHRASES
from patrol.tables.words import Sentences
from patrol.vocabulary import MatchKind

WORDS = Sentences.load(None)
EMITTED = re.compile(r"SignalDraft\(\s*\"(\w+)\"")


def test_every_reason_of_the_engine_has_words_for_and_against() -> None:
    assert set(coefficients.FEATURES) <= set(WORDS.reasons)
    for code in set(WORDS.reasons):
        assert WORDS.reason(code, 1.0) != WORDS.reason(code, -1.0)


def test_every_disguise_that_the_engine_undoes_has_a_name() -> None:
    assert {*canonical._NAMES.values(), "homophone", "advertisement"} <= set(WORDS.disguises)


def test_every_signal_that_judging_emits_has_words() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(assess.__file__).parent.glob("*.py"))
    emitted = set(EMITTED.findall(source)) | {
        "title_in_title",
        "title_in_text",
        "sales",
        "views",
        "phrase",
        "phrase_capped",
    }
    emitted |= {f"text_{kind.value}" for kind in MatchKind if kind.of_text}
    assert len(emitted) > 12
    assert emitted <= set(WORDS.signals)


def test_no_comparison_is_called_certain() -> None:
    values = {"work": "甲", "characters": 500, "probability": 1.0}
    assert WORDS.signal("text_verbatim", values).endswith("把握 99.9%")
    assert WORDS.signal("text_verbatim", values | {"probability": 0.87}).endswith("把握 87%")


def test_every_innocent_group_that_weighs_has_words() -> None:
    groups = {group.code for group in PHRASES.read(None).innocent if group.effect != "void"}
    assert groups <= set(WORDS.signals)


def test_a_missing_or_odd_value_leaves_the_sentence_standing() -> None:
    assert "—" in WORDS.signal("price_low", {})
    assert "很多" in WORDS.signal("text_verbatim", {"work": "甲", "characters": "很多", "probability": "高"})
    assert WORDS.signal("unheard_of", {"a": 1}) == "其他依据（unheard_of：a=1）"
