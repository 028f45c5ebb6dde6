"""The demo's town is what ``truth.json`` says, and fair: as much innocence as guilt, and look-alikes that look alike."""

from __future__ import annotations

import re

from patrol.demo.score import TRUTH, DemoScore, FoundPages, Planted, read_truth, score
from patrol.demo.town import SITES, build_town, works
from patrol.demo.truth import truth_text
from patrol.vocabulary import MatchKind

KINDS = {kind.value for kind in MatchKind}


def test_the_reviewed_truth_is_the_towns_own() -> None:
    assert TRUTH.read_text(encoding="utf-8") == truth_text(), "run python -m patrol.demo.truth"


def test_every_kind_is_planted_and_innocence_outweighs_it() -> None:
    labels = [row["label"] for row in build_town().truth()]
    assert set(labels) >= KINDS
    assert labels.count("innocent") + labels.count("authorised") >= sum(label in KINDS for label in labels)


def test_every_site_has_guilty_and_innocent_pages() -> None:
    for site in SITES:
        guilty = [page.label in KINDS for page in build_town().on(site)]
        assert any(guilty)
        assert not all(guilty)


def test_no_address_tells_what_is_planted() -> None:
    paths = [page.path for page in build_town().pages]
    assert len({(p.site, p.path) for p in build_town().pages}) == len(paths)
    assert not any(label in path for path in paths for label in (*KINDS, "innocent"))


def test_the_two_script_games_are_long_and_have_their_parts() -> None:
    scripts = [work for work in works().values() if work.meta["kind"] == "script_game"]
    assert len(scripts) == 2
    for script in scripts:
        assert len(script.text) >= 6000
        for part in ("角色", "第一幕", "第二幕", "第三幕", "时间线", "线索卡", "真相"):
            assert part in script.text


def test_a_reskinned_page_keeps_no_name_of_the_original() -> None:
    for page in build_town().pages:
        if page.label == "reskinned" and page.work == "s1":
            assert not re.search("顾鹤亭|周阿福|苏婉宁|梧桐公馆", page.text)


def test_a_planted_page_counts_only_with_the_right_work() -> None:
    truth = [
        Planted("shop", "/a", "verbatim", "w1"),
        Planted("shop", "/b", "sale", "w1"),
        Planted("shop", "/c", "innocent", None),
        Planted("shop", "/d", "authorised", "w1"),
    ]
    found = [
        FoundPages("shop", "/a", frozenset({"w1"}), frozenset({"washed"})),
        FoundPages("shop", "/b", frozenset({"w2"}), frozenset({"sale"})),
        FoundPages("shop", "/c", frozenset({"w1"}), frozenset({"sale"})),
    ]
    result: DemoScore = score(truth, found, visited=4)
    by_kind = {kind.kind: kind for kind in result.kinds}
    assert (by_kind["verbatim"].found, by_kind["verbatim"].named_rightly) == (1, 0)
    assert by_kind["sale"].found == 0
    assert [page.path for page in result.missed] == ["/b"]
    assert [page.path for page in result.false_alarms] == ["/c"]
    assert result.recall == 0.5
    assert round(result.precision, 3) == 0.667


def test_the_truth_file_can_be_read_back() -> None:
    assert len(read_truth()) == len(build_town().truth())


def test_the_first_leads_count_as_right_only_with_a_planted_page_and_its_work() -> None:
    truth = [
        Planted("shop", "/a", "verbatim", "w1"),
        Planted("shop", "/b", "sale", "w2"),
        Planted("novel", "/", "licence", None),
        Planted("shop", "/c", "innocent", None),
    ]
    a = FoundPages("shop", "/a", frozenset({"w1"}), frozenset({"verbatim"}))
    wrong = FoundPages("shop", "/b", frozenset({"w1"}), frozenset({"sale"}))
    site = FoundPages("novel", "/", frozenset(), frozenset({"licence"}))
    innocent = FoundPages("shop", "/c", frozenset({"w1"}), frozenset({"sale"}))
    result = score(truth, [a, wrong, site, innocent], 4, [[a, innocent], [wrong], [site], [innocent]])
    assert (result.first, result.first_right) == (3, 2)
    assert score(truth, [a], 4, [[a]]).first_precision == 1.0
