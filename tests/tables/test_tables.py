"""The officers' tables: an office's own takes the place of the one shipped, and every slip is named by file, line, key."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from patrol.cases.law import Law
from patrol.cases.ties import Ties
from patrol.errors import ConfigError
from patrol.leads.feedback import FEEDBACK
from patrol.leads.queries import lead_view
from patrol.notices.content import Letters
from patrol.notices.safe_harbour import SAFE_HARBOUR
from patrol.tables.gone import GONE, gone_words
from patrol.tables.policy import Policy
from patrol.tables.table import SHIPPED
from patrol.tables.words import Sentences
from patrol.vocabulary import PageKind
from reports.references import references
from tests.leads.cases import Cases

READ = {
    "phrases": Policy.load, "weights": Policy.load, "departments": Policy.load, "goods": Policy.load,
    "sentences": Sentences.load, "law": Law.load, "ties": Ties.load, "notices": Letters.load,
    "safe_harbour": SAFE_HARBOUR.read, "feedback": FEEDBACK.read, "gone": GONE.read,
    "references": lambda root: references("lead", workspace=root),
}  # fmt: skip
"""Table → how it is read."""

SLIPS = {
    "a key misspelt": ("phrases", "signs: []\nsings: []\n", "第 2 行：“sings”：没有“sings”这一项，你是不是想写 signs？"),
    "a key misspelt in a row": (
        "goods", "- code: a\n  label: 甲\n  licensd: true\n  words: [甲]\n",
        "第 3 行：第 1 项 “licensd”：没有“licensd”这一项，你是不是想写 licensed？",
    ),
    "words for a number": (
        "phrases", "signs:\n- {code: a, label: 甲,\n   points: 多, strong: true, phrases: [x]}\n",
        "第 3 行：“signs” 第 1 项 “points”：应当是数字",
    ),
    "a field that there is not": (
        "phrases", "signs:\n- {code: a, label: 甲, points: 1, strong: true, fields: [诗歌], phrases: [x]}\n",
        "第 2 行：“signs” 第 1 项 “fields” 第 1 项：“诗歌”不在可选范围内",
    ),
    "a bracket left open": ("phrases", "signs: [", "第 1 行：方括号或花括号没有成对"),
    "two rows of one code": (
        "goods", "- {code: a, label: 甲, licensed: true, words: [甲]}\n- {code: a, label: 乙, licensed: true, words: [乙]}\n",
        "第 1 行：全文：code“a”写了两次",
    ),
    "nothing after the colon": ("feedback", "lawful:\n", "第 1 行：“lawful”后面没有内容"),
    "no mapping at all": ("ties", "- 甲\n", "第 1 行：全文：应当是“名称: 内容”的行"),
    "a grade without its bar": ("weights", None, "缺少：丙级"),
    "an option that there is not": (
        "safe_harbour", "- code: a\n  rule: 甲\n  question: 乙\n  look: eyes\n  against: true\n",
        "第 4 行：第 1 项 “look”：“eyes”不在可选范围内（可选：phrases、home、notice、repeat、ask）",
    ),
    "neither true nor false": (
        "safe_harbour", "- {code: a, rule: 甲, question: 乙, look: ask, against: 大概}\n",
        "第 1 行：第 1 项 “against”：应当是 true 或 false",
    ),
    "a day that there is not": ("law", None, "“thresholds” 第 1 项 “from”：不是日期"),
    "too short a sentence": ("gone", "all: [没了]\n", "第 1 行：“all” 第 1 项：至少要有 3 个字"),
    "a kind of page that there is not": ("gone", "listings: [商品已下架]\n", "没有“listings”这一项，你是不是想写 listing？"),
    "a kind of letter that there is not": (
        "notices", None, "“kinds” “责令改错”：“责令改错”不在可选范围内（可选：权利人通知、责令改正、协助调查函）",
    ),
    "a rule without its article": ("references", None, "“lead” 第 1 项 “article”：缺少这一项"),
    "a code without a sentence": (
        "sentences", "signals:\n  titel_in_title: 标题有作品名\n", "第 2 行：“signals” “titel_in_title”：没有“titel_in_title”这一项，你是不是想写 title_in_title？",
    ),
    "a value that there is not": (
        "sentences", "signals:\n  price_low: 只卖 {pirce} 元\n", "第 2 行：“signals” “price_low”：没有 {pirce} 这个数值（可用：{price}、",
    ),
    "a brace left open": ("sentences", "disguises: {emoji: 表情}\nsignals: {selling: '有价 {price'}\n", "第 2 行：“signals” “selling”：花括号没有成对"),
    "a signal of no department": (
        "departments", "- department: 甲\n  signals: [no_ipc]\n", "第 2 行：第 1 项 “signals” 第 1 项：没有“no_ipc”这一项，你是不是想写 no_icp？",
    ),
}  # fmt: skip
CHANGED = {
    "a grade without its bar": ("  丙级: 25\n", ""),
    "a day that there is not": ("from: 2021-06-01", "from: 2021-06-31"),
    "a kind of letter that there is not": ("  责令改正:", "  责令改错:"),
    "a rule without its article": ("    article: 第五十三条\n", ""),
}
"""Slip in the shipped table → what stands there, and what is written instead."""


def own(root: Path, name: str, text: str) -> Path:
    (root / "tables").mkdir(exist_ok=True)
    file = root / "tables" / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return root


def shipped(name: str) -> str:
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def test_every_shipped_table_is_read_here() -> None:
    assert set(READ) == {path.stem for path in SHIPPED.glob("*.yaml")}


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_is_named_by_file_line_and_key_in_chinese(tmp_path: Path, slip: str) -> None:
    name, text, words = SLIPS[slip]
    if text is None:
        before, after = CHANGED[slip]
        text = shipped(name).replace(before, after, 1)
        assert text != shipped(name)
    with pytest.raises(ConfigError) as caught:
        READ[name](own(tmp_path, name, text))
    said = str(caught.value)
    assert str(tmp_path / "tables" / f"{name}.yaml") in said
    assert re.search(r"第 \d+ 行", said), said
    assert words in said, said
    assert not re.search(r"[A-Za-z]{4,} [a-z]{2,}", said.replace(str(tmp_path), "")), said


@pytest.mark.parametrize("name", READ)
def test_an_own_table_that_is_none_is_refused_whatever_the_table(tmp_path: Path, name: str) -> None:
    for text in ("", "?!", "[甲", "a: b\n"):
        with pytest.raises(ConfigError, match=f"{name}.yaml"):
            READ[name](own(tmp_path, name, text))
    (tmp_path / "tables" / f"{name}.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(ConfigError, match=f"{name}.yaml"):
        READ[name](tmp_path)


@pytest.mark.parametrize("name", READ)
def test_a_copy_of_the_shipped_table_is_a_good_table(tmp_path: Path, name: str) -> None:
    READ[name](own(tmp_path, name, shipped(name)))
    (tmp_path / "tables" / f"{name}.yaml").write_bytes(shipped(name).replace("\n", "\r\n").encode("gb18030"))
    READ[name](tmp_path)


def test_the_office_s_own_table_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    own(tmp_path, "departments", "- {department: 某局}\n")
    assert [row.department for row in Policy.load(tmp_path).departments] == ["某局"]
    own(tmp_path, "gone", "all: [本店已打烊]\nlisting: [货已卖完]\n")
    assert gone_words(PageKind.LISTING, tmp_path) == ("货已卖完", "本店已打烊")
    assert "商品已下架" in gone_words(PageKind.LISTING, None)


def test_a_table_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    own(tmp_path, "feedback", "lawful: [授权]\n")
    assert FEEDBACK.read(tmp_path).lawful == ("授权",)
    file = own(tmp_path, "feedback", "lawful: [许可]\n") / "tables" / "feedback.yaml"
    os.utime(file, ns=(1, 1))
    assert FEEDBACK.read(tmp_path).lawful == ("许可",)


def test_an_office_writes_only_the_sentences_that_it_changes(tmp_path: Path, cases: Cases) -> None:
    own(
        tmp_path,
        "sentences",
        "signals:\n  title_in_title: 标题就叫《{work}》\nreasons:\n  exact_run: {for: 一字不差 {longest} 字, against: 没有}\n".replace(
            "{for", "{'for'"
        ).replace("一字不差 {longest} 字", "'一字不差 {longest} 字'"),
    )
    mine = Sentences.load(tmp_path)
    assert mine.signal("title_in_title", {"work": "夜航船", "named": "夜航船"}) == "标题就叫《夜航船》"
    assert mine.reason("exact_run", 1.0, {"longest": 12}) == "一字不差 12 字"
    assert mine.signal("selling", {"price": 5}) == Sentences.load(None).signal("selling", {"price": 5})
    number = cases.lead("http://shop.example.cn/1")
    with cases.database.session() as session:
        views = [lead_view(session, root, number) for root in (tmp_path, None)]
    assert all(views)
    own_words, shipped_words = ([signal.words for signal in view.signals] for view in views if view)
    assert "标题就叫" in "".join(own_words)
    assert "标题就叫" not in "".join(shipped_words)


def test_a_group_of_phrases_of_the_office_s_own_may_have_its_sentence(tmp_path: Path) -> None:
    group = "  - {code: charity, scope: page, effect: points, points: -9, phrases: [义卖]}\n"
    own(tmp_path, "phrases", shipped("phrases").rstrip() + "\n" + group)
    own(tmp_path, "sentences", "signals:\n  charity: 有“{phrase}”字样，像是义卖\n")
    assert Sentences.load(tmp_path).signal("charity", {"phrase": "义卖"}) == "有“义卖”字样，像是义卖"
