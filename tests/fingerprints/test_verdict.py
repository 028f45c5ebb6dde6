"""What the engine says of a page: which work, what kind, where, how sure, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprints import Index, MatchKind
from fingerprints.coefficients import FEATURES, default_model, read_model
from tests.fingerprints.texts import OTHER, QUARREL, RENAMES, RESKINNED, STORY, WASHED, WORKS, Text


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.build(WORKS, Path(tmp_path_factory.mktemp("index")) / "works.idx")


def only(index: Index, text: str):
    verdicts = index.judge(text)
    assert [v.work_id for v in verdicts] == ["茧"]
    return verdicts[0]


def test_a_page_that_is_the_work_is_a_verbatim_copy(index: Index) -> None:
    verdict = only(index, STORY)
    assert verdict.kind is MatchKind.VERBATIM
    assert verdict.probability > 0.99
    assert len(verdict.passages) == 1
    passage = verdict.passages[0]
    assert STORY[passage.page_start : passage.page_end] == STORY[passage.work_start : passage.work_end]
    assert passage.page_end - passage.page_start > 0.98 * len(STORY)


def test_a_hundred_characters_inside_other_prose_are_an_excerpt(index: Index) -> None:
    before = "昨夜读到一段旧稿，随手抄下，不知是谁写的。" * 6
    verdict = only(index, before + STORY[60:170] + before)
    assert verdict.kind is MatchKind.EXCERPT
    passage = verdict.passages[0]
    assert abs(passage.page_start - len(before)) <= 6
    assert abs(passage.page_end - len(before) - 110) <= 6


def test_inserted_marks_make_a_disguised_copy_shown_in_the_pages_own_characters(index: Index) -> None:
    page = "★".join(STORY)
    verdict = only(index, page)
    assert verdict.kind is MatchKind.DISGUISED
    assert verdict.disguises
    passage = verdict.passages[0]
    assert "★" in page[passage.page_start : passage.page_end]


def test_homophones_are_counted_as_a_disguise(index: Index) -> None:
    page = STORY
    for right, wrong in (
        ("掌柜", "掌贵"),
        ("借据", "借剧"),
        ("银元", "银圆"),
        ("扁担", "扁旦"),
        ("茶棚", "查棚"),
        ("茧行", "简行"),
    ):
        page = page.replace(right, wrong)
    verdict = only(index, page)
    assert verdict.kind is MatchKind.DISGUISED
    homophones = [d for d in verdict.disguises if d.kind == "homophone"]
    assert homophones
    assert homophones[0].count >= 8


def test_a_reworded_page_is_washed(index: Index) -> None:
    verdict = only(index, WASHED)
    assert verdict.kind is MatchKind.WASHED
    assert verdict.probability > 0.9


def test_a_page_with_other_names_is_reskinned_and_says_which(index: Index) -> None:
    verdict = only(index, RESKINNED)
    assert verdict.kind is MatchKind.RESKINNED
    told = {pair.old: pair.new for pair in verdict.renamings}
    assert told.items() <= RENAMES.items()
    assert told["林阿四"] == "陆小七"
    assert told["孙驼子"] == "老魏头"
    assert len(set(told.values())) == len(told)


def test_a_short_attributed_quotation_is_no_lead(index: Index) -> None:
    quoted = "《茧》里有一句话：“火烧的是你家的屋，烧不掉我欠的钱。”我一直记得。" + "后来我离开了那座城市，" * 20
    assert index.judge(quoted) == []


def test_an_unrelated_story_is_no_lead(index: Index) -> None:
    page = "火车误点了四十分钟，候车室里只剩一个卖报的老人和三个学生。广播一遍遍念着站名，谁也听不清。" * 8
    assert index.judge(page) == []


def test_a_page_of_two_works_gives_two_verdicts(index: Index) -> None:
    assert {v.work_id for v in index.judge(STORY + "。" + OTHER + QUARREL[:5])} == {"茧", "当铺"}


def test_reasons_add_up_to_the_log_odds_and_are_named(index: Index) -> None:
    verdict = only(index, WASHED)
    counted = [reason for reason in verdict.reasons if reason.weight]
    assert {reason.code for reason in counted} <= set(FEATURES)
    assert sum(reason.weight for reason in counted) > 0
    assert counted == sorted(counted, key=lambda reason: -abs(reason.weight))


def test_a_model_without_a_feature_is_refused() -> None:
    with pytest.raises(KeyError):
        read_model("bias = 0\n[coefficients]\n[usual]\n[gate]\n[kinds]\n")
    assert len(default_model().coefficients) == len(FEATURES)


def test_a_passage_copied_five_hundred_times_over_is_one_verdict(index: Index) -> None:
    page = (QUARREL[:200] + "长街上灯火渐次亮起来，行人各自归家。") * 500
    assert [v.work_id for v in index.judge(page)] == ["十七层"]


MARKS = st.lists(st.tuples(st.integers(0, len(STORY) - 1), st.sampled_from("★ \u200b*~·|_\n")), max_size=150)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MARKS)
def test_inserted_marks_never_change_the_work(index: Index, marks: list[tuple[int, str]]) -> None:
    characters = list(STORY)
    for at, mark in marks:
        characters[at] += mark
    page = "".join(characters)
    verdict = only(index, page)
    for passage in verdict.passages:
        assert 0 <= passage.page_start < passage.page_end <= len(page)
        assert 0 <= passage.work_start < passage.work_end <= len(STORY)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=600))
def test_any_bytes_are_judged_the_same_twice_and_never_raise(index: Index, data: bytes) -> None:
    page = STORY[:150] + data.decode("utf-8", "surrogateescape") + WASHED[:200]
    assert index.judge(page, floor=0.0) == index.judge(page, floor=0.0)


def test_a_short_piece_of_a_long_work_is_an_excerpt_even_alone_on_its_page(tmp_path: Path) -> None:
    long = Text("合集", STORY + QUARREL + OTHER)
    verdict = Index.build([long], tmp_path / "long.idx").judge(STORY[20:220])[0]
    assert verdict.kind is MatchKind.EXCERPT
