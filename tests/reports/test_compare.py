"""A comparison as an officer reads it: what is the same, what was replaced, who was renamed, what was disguised."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.leads.views import DisguiseView, MatchView, PassageView, ReasonView, RenamingView, WorkView
from patrol.text.masking import mask
from patrol.vocabulary import MatchKind
from reports.comparison.compare import MAX_COMPARED_LENGTH, Comparison, Segment, compare
from tests.reports.cases import COPY, NOVEL, RESKIN, SCRIPT, SCRIPT_COPY, WASHED


def _match(
    page: str, work: str, renamed: tuple[tuple[str, str], ...] = (), disguises: tuple[str, ...] = (), before: str = "",
    reasons: tuple[str, ...] = (),
) -> MatchView:  # fmt: skip
    passage = PassageView(len(before), len(before) + len(page), 0, len(work), 0.5, page, work)
    return MatchView(
        id=1, kind=MatchKind.RESKINNED, probability=0.9, index_version="1", work=WorkView("w", "雾信"),
        capture=None,  # type: ignore[arg-type]
        page_text=before + page, work_text=work, passages=(passage,),
        renamings=tuple(RenamingView(old, new, 1) for old, new in renamed),
        disguises=tuple(DisguiseView(kind, kind, 1, "", "") for kind in disguises),
        reasons=tuple(ReasonView(code, 0.0, code) for code in reasons),
    )  # fmt: skip


def _marked(segments: tuple[Segment, ...], mark: str) -> list[str]:
    return [segment.text for segment in segments if segment.mark == mark]


def _text(segments: tuple[Segment, ...]) -> str:
    return "".join(segment.text for segment in segments)


def _whole(compared: Comparison, page: str, work: str) -> None:
    for pair in compared.pairs:
        assert _text(pair.page) == page and _text(pair.work) == work


def test_a_copy_is_marked_the_same_with_its_commas_and_paragraphs() -> None:
    compared = compare(_match(NOVEL, NOVEL))
    (pair,) = compared.pairs
    assert pair.identity == 1
    _whole(compared, NOVEL, NOVEL)
    assert _text(tuple(s for s in pair.page if s.mark == "")).strip("。！？”\n") == ""
    assert {s.mark for s in pair.page} <= {"same", ""}


def test_renamed_people_replaced_words_and_kept_sentences_have_three_marks() -> None:
    names = (("陈默", "林深"), ("苏晚", "江眠"), ("老人", "掌柜"))
    compared = compare(_match(RESKIN, NOVEL, names))
    (pair,) = compared.pairs
    _whole(compared, RESKIN, NOVEL)
    assert set(_marked(pair.page, "renamed")) == {"林深", "江眠", "掌柜"}
    assert set(_marked(pair.work, "renamed")) == {"陈默", "苏晚", "老人"}
    assert {"渡口", "急忙"} <= set(_marked(pair.page, "replaced"))
    assert {"码头", "很快地"} <= set(_marked(pair.work, "replaced"))
    assert any("船票" in text for text in _marked(pair.page, "same"))
    assert [(r.old, r.in_work, r.on_page) for r in compared.renamed] == [
        (old, NOVEL.count(old), RESKIN.count(new)) for old, new in names
    ]


def test_a_disguise_stands_as_on_the_page_and_is_marked_against_what_it_hides() -> None:
    (pair,) = compare(_match(COPY, NOVEL, disguises=("traditional", "inserted_mark", "homophone"))).pairs
    hidden = "".join(_marked(pair.page, "disguised"))
    assert "燈" in hidden and "*货*" in hidden and "氣" in hidden
    assert "灯" in "".join(_marked(pair.work, "disguised"))


def test_a_word_of_the_same_sound_is_a_disguise_only_where_the_engine_heard_one() -> None:
    page, work = "他在码头等一条没有回成的船来接他回家", "他在码头等一条没有回程的船来接他回家"
    assert "成" in _marked(compare(_match(page, work, disguises=("homophone",))).pairs[0].page, "disguised")
    assert "成" in _marked(compare(_match(page, work)).pairs[0].page, "replaced")


def test_strips_stand_sentence_by_sentence_on_both_sides() -> None:
    (pair,) = compare(_match(NOVEL, NOVEL)).pairs
    assert len(pair.strips) >= 6
    for strip in pair.strips:
        assert _text(strip.page) == _text(strip.work)
        assert _text(strip.page).rstrip()[-1] in "。！？”"
    (washed,) = compare(_match(WASHED, NOVEL[:180])).pairs
    assert "信" in _text(washed.strips[0].page) and "邮票" in _text(washed.strips[0].work)


def test_a_text_without_any_mark_is_cut_all_the_same() -> None:
    bare = "".join(c for c in NOVEL * 3 if c.isalpha())
    (pair,) = compare(_match(bare, NOVEL * 3)).pairs
    assert len(pair.strips) > 1
    assert max(len(_text(strip.page)) for strip in pair.strips) < 400
    assert _text(pair.page) == bare and _text(pair.work) == NOVEL * 3


def test_of_a_whole_book_the_beginning_is_shown_and_the_rest_counted() -> None:
    book = NOVEL * 300
    (pair,) = compare(_match(book, book)).pairs
    assert len(_text(pair.page)) <= MAX_COMPARED_LENGTH
    assert len(_text(pair.page)) + pair.page_left_out == len(book)
    assert len(_text(pair.work)) + pair.work_left_out == len(book)
    assert pair.identity == 0.5


def test_a_number_that_the_passage_cuts_in_two_is_covered() -> None:
    page = "3800138000，" + NOVEL[:60]
    (pair,) = compare(_match(page, NOVEL[:60], before="联系电话1"), mask).pairs
    assert "3800138000" not in _text(pair.page)
    (open_pair,) = compare(_match(page, NOVEL[:60], before="联系电话1")).pairs
    assert len(_text(open_pair.page)) == len(_text(pair.page))
    assert [s.mark for s in open_pair.page] == [s.mark for s in pair.page]


def test_scripts_are_laid_side_by_side_by_their_parts() -> None:
    rows = {row.label: row for row in compare(_match(SCRIPT_COPY, SCRIPT, reasons=("script_structure",))).structure}
    assert "沈青" in rows["角色"].work and "白露" in rows["角色"].page
    assert "20:30" in rows["时间线"].work and rows["时间线"].agreement == 1
    assert rows["线索卡"].work.startswith("2 张")
    assert compare(_match(SCRIPT_COPY, SCRIPT)).structure == ()
    assert compare(_match(NOVEL, SCRIPT, reasons=("script_structure",))).structure == ()


_pieces = st.text(
    st.sampled_from("陈默林深老人灯燈。，！？\n “”*\u200b\U0001f47b\u0301aA1甲乙丙丁\ud800"), max_size=120
)


@settings(max_examples=60, deadline=None)
@given(_pieces, _pieces, st.booleans())
def test_whatever_stands_there_nothing_is_lost_or_doubled(page: str, work: str, heard: bool) -> None:
    compared = compare(
        _match(page + NOVEL[:80] + work, work + NOVEL[:90] + page, (("陈默", "林深"), ("", "")), ("homophone",) * heard)
    )
    _whole(compared, page + NOVEL[:80] + work, work + NOVEL[:90] + page)
