"""The lists beside the engine: their version says when an index must be built anew; what they hold is what it was."""

from __future__ import annotations

import lzma
import unicodedata
from hashlib import blake2b
from importlib.resources import files

import pytest

from fingerprints import lists
from fingerprints.tables import adverts, tables

VERSION, CONTENT = "0a1211c0c57a7bccc96d752d93263797", "e5e3b64bc0f6c2eda451a759c5957831"


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="the digests are those of Python 3.11's Unicode")
def test_the_version_changes_whenever_what_canonical_text_is_changes() -> None:
    """When CONTENT alone changed, count ``lists.RULES`` up: indexes built before must not be read. Then enter both anew."""
    t = tables()
    state = blake2b(digest_size=16)
    for array in (
        t.code,
        t.what,
        t.reading,
        t.syllable_keys,
        t.syllable_ids,
        t.split_keys,
        t.split_codes,
        t.split_sure,
    ):
        state.update(array.data)
    state.update("\n".join(f"{one.word} {one.pattern and one.pattern.pattern}" for one in adverts()).encode())
    assert (lists.version(), state.hexdigest()) == (VERSION, CONTENT)


def test_dictionary_words_are_found_and_others_are_not() -> None:
    assert lists.dictionary_words(["暗无天日", "笑傲江湖", "月光下的茧", "T恤衫", "更漏多一声", "# "]) == {
        "暗无天日",
        "笑傲江湖",
        "T恤衫",
    }
    assert lists.dictionary_words([]) == set()


def test_the_list_of_words_is_whole() -> None:
    """As many as jieba 0.42.1 has, of three and four characters that are not all Latin."""
    words = lzma.decompress(files("fingerprints").joinpath("words.txt.xz").read_bytes()).decode().splitlines()
    kept = [word for word in words if not word.startswith("#")]
    assert len(kept) == len(set(kept)) == 216_239
    assert {len(word) for word in kept} == {3, 4}
