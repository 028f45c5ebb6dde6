"""An index says the same whatever way it came to hold its works, bears any input, and is shared by processes."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprints import DuplicateWork, FingerprintError, Index, IndexVersion, store
from fingerprints.index import SEGMENTS
from tests.fingerprints.effort import LENGTH, assert_linear
from tests.fingerprints.prose import prose
from tests.fingerprints.texts import OTHER, QUARREL, RESKINNED, STORY, WASHED, WORKS, Text

SHELF = [Text(f"书{n}", prose(n, 1500)) for n in range(12)]
PAGES = [STORY, WASHED, RESKINNED, OTHER[:120] + QUARREL, SHELF[3].text[200:700], prose(400, 900)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "works.idx"
    Index.build([*WORKS, *SHELF], path)
    return path


@pytest.fixture(scope="module")
def index(path: Path) -> Index:
    return Index.open(path)


def named(index: Index, text: str) -> set[str]:
    return {verdict.work_id for verdict in index.judge(text)}


# -- holding works ----------------------------------------------------------------------------------------------------


def test_an_index_names_its_works_in_order(index: Index) -> None:
    assert index.works == tuple(work.id for work in [*WORKS, *SHELF])


def test_the_same_works_make_the_same_index(path: Path, tmp_path: Path) -> None:
    again = Index.build([*WORKS, *SHELF], tmp_path / "again.idx")
    assert again.version == Index.open(path).version
    assert (tmp_path / "again.idx").read_bytes() == path.read_bytes()


def test_two_works_of_one_id_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(DuplicateWork, match="茧"):
        Index.build([*WORKS, WORKS[0]], tmp_path / "x.idx")
    assert not (tmp_path / "x.idx").exists()


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    empty = Index.build([], tmp_path / "x.idx")
    assert empty.works == ()
    assert empty.judge(STORY) == []
    assert named(Index.add(tmp_path / "x.idx", WORKS), STORY) == {"茧"}


def test_works_without_text_are_held_and_never_found(tmp_path: Path) -> None:
    index = Index.build([Text("空", ""), Text("标点", "，。！"), Text("一字", "茧"), *WORKS], tmp_path / "x.idx")
    assert index.works[:3] == ("空", "标点", "一字")
    assert named(index, STORY) == {"茧"}


def test_a_work_that_is_added_is_found(path: Path, tmp_path: Path) -> None:
    (tmp_path / "x.idx").write_bytes(path.read_bytes())
    page = prose(500, 800)
    assert named(Index.open(path), page) == set()
    index = Index.add(tmp_path / "x.idx", [Text("新书", prose(500, 1600)[:1000])])
    assert index.works[-1] == "新书"
    assert named(index, page) == {"新书"}


def test_adding_and_then_removing_a_work_restores_the_verdicts(path: Path, tmp_path: Path) -> None:
    (tmp_path / "x.idx").write_bytes(path.read_bytes())
    Index.add(tmp_path / "x.idx", [Text("新书", prose(500, 1500))])
    index = Index.remove(tmp_path / "x.idx", ["新书"])
    assert (tmp_path / "x.idx").read_bytes() == path.read_bytes()
    assert index.judge_many(PAGES, floor=0.0) == Index.open(path).judge_many(PAGES, floor=0.0)


def test_a_work_that_is_removed_is_found_no_more_and_the_others_are(path: Path, tmp_path: Path) -> None:
    (tmp_path / "x.idx").write_bytes(path.read_bytes())
    index = Index.remove(tmp_path / "x.idx", ["茧", "书3"])
    assert "茧" not in index.works and "书3" not in index.works
    for page in [*PAGES[:3], SHELF[3].text]:
        assert index.judge(page, floor=0.0) == [] or index.judge(page, floor=0.0)[0].work_id not in ("茧", "书3")
    assert named(index, SHELF[4].text) == {"书4"}
    assert named(index, QUARREL) == {"十七层"}


def test_a_work_that_is_added_again_replaces_its_old_text(path: Path, tmp_path: Path) -> None:
    (tmp_path / "x.idx").write_bytes(path.read_bytes())
    index = Index.add(tmp_path / "x.idx", [Text("茧", prose(600, 900))])
    assert index.works.count("茧") == 1
    assert named(index, STORY) == set()
    assert named(index, prose(600, 900)[100:600]) == {"茧"}


def test_removing_what_is_not_there_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FingerprintError, match="无此书"):
        Index.remove(path, ["书1", "无此书"])
    assert path.read_bytes() == before


def test_works_added_one_by_one_are_found_as_if_built_together(tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    Index.build(SHELF[:3], path)
    for work in SHELF[3:]:
        index = Index.add(path, [work])
    assert set(index.works) == {work.id for work in SHELF}
    assert len(index._segments) <= SEGMENTS + 1
    for work in SHELF:
        assert named(index, work.text[300:900]) == {work.id}
    for work in SHELF[:10]:
        index = Index.remove(path, [work.id])
        assert named(index, work.text[300:900]) == set()
    assert named(index, SHELF[11].text[300:900]) == {"书11"}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 11), min_size=1, max_size=3)), max_size=8))
def test_whatever_was_added_and_removed_only_what_is_held_is_found(
    tmp_path: Path, steps: list[tuple[bool, set[int]]]
) -> None:
    path = tmp_path / "x.idx"
    index = Index.build(SHELF[:2], path)
    held = {0, 1}
    for adds, works in steps:
        if adds:
            index = Index.add(path, [SHELF[n] for n in sorted(works)])
            held |= works
        elif works & held:
            index = Index.remove(path, [SHELF[n].id for n in sorted(works & held)])
            held -= works
    assert set(index.works) == {SHELF[n].id for n in held}
    for n, work in enumerate(SHELF):
        assert named(index, work.text[100:600]) == ({work.id} if n in held else set())


def test_the_way_home_of_a_work_survives_merging(tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    disguised = Text("拆", "".join(f"{c}\u200b" for c in STORY) + "　" * 400 + "亻也讠兑白勺" * 3 + OTHER)
    Index.build([SHELF[0], disguised, SHELF[1]], path)
    before = Index.open(path).judge(OTHER)
    after = Index.remove(path, ["书0", "书1"]).judge(OTHER)
    for verdicts in (before, after):
        (verdict,) = verdicts
        at = verdict.passages[0]
        assert disguised.text[at.work_start : at.work_end] == OTHER[at.page_start : at.page_end]


def test_an_index_read_by_other_tables_is_refused(path: Path, tmp_path: Path) -> None:
    stored = store.read(path)
    store.write(tmp_path / "x.idx", stored.meta | {"tables": "0" * 32}, stored.arrays)
    with pytest.raises(IndexVersion, match="tables"):
        Index.open(tmp_path / "x.idx")


# -- judging ----------------------------------------------------------------------------------------------------------


def test_judging_is_deterministic(path: Path) -> None:
    one, two = Index.open(path), Index.open(path)
    forwards = one.judge_many(PAGES, floor=0.0)
    backwards = two.judge_many(PAGES[::-1], floor=0.0)[::-1]
    assert forwards == backwards == one.judge_many(PAGES, floor=0.0)


MARKS = st.sampled_from(["*", "~", "♡", "\u200b", "\u2060", "🔥", "▪", "^"])


@settings(max_examples=40)
@given(inserted=st.lists(st.tuples(st.integers(0, 400), MARKS), max_size=200), page=st.sampled_from(PAGES[:3]))
def test_inserting_marks_never_changes_the_work(index: Index, inserted: list[tuple[int, str]], page: str) -> None:
    hidden = list(page)
    for at, mark in sorted(inserted, reverse=True):
        hidden.insert(min(at, len(hidden)), mark)
    assert named(index, "".join(hidden)) == named(index, page) == {"茧"}


@settings(max_examples=60)
@given(st.data())
def test_passages_lie_within_the_page_and_the_work(index: Index, data: st.DataObject) -> None:
    texts = {work.id: work.text for work in [*WORKS, *SHELF]}
    work = data.draw(st.sampled_from([*WORKS, *SHELF]))
    start = data.draw(st.integers(0, len(work.text) - 150))
    junk = data.draw(st.text(alphabet=st.characters(), max_size=80))
    page = junk + work.text[start : start + 150] + junk[::-1]
    verdicts = index.judge(page)
    assert work.id in {verdict.work_id for verdict in verdicts}
    for verdict in verdicts:
        assert 0.5 <= verdict.probability <= 1.0
        for p in verdict.passages:
            assert 0 <= p.page_start < p.page_end <= len(page)
            assert 0 <= p.work_start < p.work_end <= len(texts[verdict.work_id])
            assert 0.0 < p.identity <= 1.0


@settings(max_examples=60)
@given(st.binary(max_size=4000) | st.text(alphabet=st.characters(), max_size=600))
def test_no_input_makes_judging_fail(index: Index, raw: bytes | str) -> None:
    text = raw if isinstance(raw, str) else raw.decode("gb18030", "replace") + raw.decode("utf-8", "surrogateescape")
    assert index.judge(text) == []


@pytest.mark.parametrize("text", ["", "茧", "\ud800", "\0", "，。" * 50, "\u200b" * 1000])
def test_pages_with_next_to_no_text_resemble_nothing(index: Index, text: str) -> None:
    assert index.judge(text, floor=0.0) == []


@pytest.mark.parametrize("piece", ["啊", "*", "网址", "林阿四", "亻也", "cheng说", "火把账烧了，就算两清。"])
def test_a_megabyte_of_repeats_takes_no_longer_than_its_length_allows(index: Index, piece: str) -> None:
    assert_linear(index.judge, piece * (LENGTH // len(piece)))


def test_works_and_pages_that_repeat_themselves_take_no_longer_either(tmp_path: Path) -> None:
    works = [Text("啊", "啊" * 200_000), Text("甲乙", "甲乙" * 100_000), Text("句", STORY[:60] * 3000)]
    index = Index.build(works, tmp_path / "x.idx")
    for page in ("啊" * 400_000, "甲乙" * 200_000, STORY[:60] * 6000, STORY[3:40] * 9000):
        assert_linear(index.judge, page[:LENGTH])


def test_a_story_is_found_in_the_middle_of_a_novel_of_five_million_characters(index: Index) -> None:
    novel = prose(900, 1_250_000) * 4
    assert named(index, novel[:3_000_000] + STORY + novel[3_000_000:]) == {"茧"}


def test_a_poem_that_many_works_quote_is_no_lead(tmp_path: Path) -> None:
    poem = "山径无人问落花，溪声一夜到谁家。明朝若有东风便，吹送残红上晚槎。"
    shelf = [Text(f"诗{n}", prose(700 + n, 700) + poem + prose(800 + n, 700)) for n in range(10)]
    index = Index.build([*shelf, *WORKS], tmp_path / "x.idx")
    assert index.judge(prose(990, 500) + poem + prose(991, 500)) == []


# -- sharing ----------------------------------------------------------------------------------------------------------

EVEN, ODD = [Text("偶", SHELF[0].text)], [Text("奇", SHELF[0].text)]


def _judge_again_and_again(path: str, times: int, answers: multiprocessing.Queue[set[tuple[str, ...]]]) -> None:
    seen: set[tuple[str, ...]] = set()
    for _ in range(times):
        index = Index.open(path)
        seen.add((*index.works, *(verdict.work_id for verdict in index.judge(SHELF[0].text))))
    answers.put(seen)


def test_two_processes_judge_while_a_third_replaces_the_index(tmp_path: Path) -> None:
    path = tmp_path / "works.idx"
    Index.build([*EVEN, *WORKS], path)
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[set[tuple[str, ...]]] = context.Queue()
    readers = [context.Process(target=_judge_again_and_again, args=(str(path), 100, answers)) for _ in range(2)]
    for reader in readers:
        reader.start()
    turns = 0
    while any(reader.is_alive() for reader in readers) and answers.qsize() < 2:
        turns += 1
        Index.build([*(ODD if turns % 2 else EVEN), *WORKS], path)
    for reader in readers:
        reader.join()
    assert [reader.exitcode for reader in readers] == [0, 0]
    seen = answers.get() | answers.get()
    assert seen == {("偶", "茧", "当铺", "十七层", "偶"), ("奇", "茧", "当铺", "十七层", "奇")}


def test_a_reader_goes_on_with_the_index_that_it_opened(tmp_path: Path) -> None:
    path = tmp_path / "works.idx"
    old = Index.build([*EVEN, *WORKS], path)
    Index.build(ODD, path)
    assert named(old, SHELF[0].text) == {"偶"}
    assert named(old, QUARREL) == {"十七层"}
    assert named(Index.open(path), QUARREL) == set()
