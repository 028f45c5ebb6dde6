"""Nothing reaches an officer as a code: each that can be emitted has its sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fingerprints import canonical, features
from patrol.errors import ConfigError
from patrol.judging import assess
from patrol.tables import words
from patrol.tables.policy import Policy
from patrol.vocabulary import MatchKind

EMITTED = re.compile(r"SignalDraft\(\s*\"(\w+)\"")


def test_every_reason_of_the_engine_has_words_for_and_against() -> None:
    assert set(features.FEATURES) <= words.codes("reasons")
    for code in words.codes("reasons"):
        assert words.reason_words(code, 1.0) != words.reason_words(code, -1.0)


def test_every_disguise_that_the_engine_undoes_has_a_name() -> None:
    assert {*canonical._NAMES.values(), "homophone", "advertisement"} <= words.codes("disguises")


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
    assert emitted <= words.codes("signals")


def test_no_comparison_is_called_certain() -> None:
    values = {"work": "甲", "characters": 500, "probability": 1.0}
    assert words.signal_words("text_verbatim", values).endswith("把握 99.9%")
    assert words.signal_words("text_verbatim", values | {"probability": 0.87}).endswith("把握 87%")


def test_every_innocent_group_that_weighs_has_words() -> None:
    groups = {group.code for group in Policy.load().phrases.innocent if group.effect != "void"}
    assert groups <= words.codes("signals")


def test_a_missing_or_odd_value_leaves_the_sentence_standing() -> None:
    assert "—" in words.signal_words("price_low", {})
    assert "很多" in words.signal_words("text_verbatim", {"work": "甲", "characters": "很多", "probability": "高"})
    assert words.signal_words("unheard_of", {"a": 1}) == "其他依据（unheard_of：a=1）"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("signs: []\nsings: []", "“sings”：没有这一项"),
        ("signs: [{code: a, label: 甲, points: 多, strong: true, phrases: [x]}]", "应当是数字"),
        ("signs: [{code: a, label: 甲, points: 1, strong: true, fields: [诗歌], phrases: [x]}]", "不在可选范围内"),
        ("signs: [", "第 1 行"),
    ],
)
def test_a_wrong_table_of_the_office_is_refused_by_name(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "phrases.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"phrases\.yaml") as caught:
        Policy.load(tmp_path)
    assert said in str(caught.value)


def test_the_office_s_own_table_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "departments.yaml").write_text("- {department: 某局}", encoding="utf-8")
    assert [row.department for row in Policy.load(tmp_path).departments] == ["某局"]
