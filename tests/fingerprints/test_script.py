"""A script's own structure, read from canonical text and compared."""

from __future__ import annotations

from fingerprints.canonical import canonicalise
from fingerprints.script import Script, clauses, compare, read_script, times
from fingerprints.verdict import _breaks

ORIGINAL = """【角色】
沈砚秋：戏班班主。
柳如眉：当红花旦。
顾长河：军阀参谋。
【第一幕 夜宴】
19:30 众人在花厅入席，沈砚秋敬酒三杯。
晚上八点一刻，柳如眉回房更衣，听见楼上有瓷器碎裂的声音。
晚上九点半，顾长河在后院看见一个提灯笼的人影。
【第二幕 雨夜】
22:05 停电，书房传来一声枪响。
【线索卡一】
书桌抽屉里有一张撕去一角的当票，日期是三天以前。
【线索卡二】
花盆下压着半把铜钥匙，齿上沾有蜡油。
【真相】
凶手借停电之机用备用钥匙进入书房，枪声其实是事先录在唱片上的，死者在八点一刻已经中毒身亡。
"""
RESKINNED = """【角色】
林舟：科考站站长。
苏晚：首席生物学家。
韩铮：安保主管。
【第一幕 晚餐】
19:30 众人在餐厅就座，林舟举杯三次。
晚上八点一刻，苏晚回舱换衣服，听见上层有玻璃碎裂的声音。
晚上九点半，韩铮在后舱看见一个提着头灯的人影。
【第二幕 暴雪】
22:05 断电，控制室传来一声爆响。
【线索卡一】
控制台抽屉里有一张撕去一角的物资领取单，日期是三天以前。
【线索卡二】
花盆下压着半把磁卡钥匙，边上沾有蜡油。
【真相】
凶手借断电之机用备用磁卡进入控制室，爆响其实是事先录在录音机里的，死者在八点一刻已经中毒身亡。
"""
OTHER = """【角色】
赵一白：铁匠。
钱二娘：店主。
【第一幕】
07:00 开市。
早上九点，城门口贴出告示。
【线索卡一】
河边有一只绣鞋。
【真相】
是山洪冲走了渡船，并没有人行凶。
"""


def read(text: str) -> Script:
    page = canonicalise(text)
    script = read_script(clauses(page.codes, _breaks(page.start, page.end)))
    assert script is not None
    return script


def test_a_script_shows_its_acts_roles_times_clues_and_truth() -> None:
    script = read(ORIGINAL)
    assert len(script.acts) == 2
    assert {"沈砚秋", "柳如眉", "顾长河"} <= set(script.roles)
    assert len(script.clues) == 2
    assert "当票" in script.clues[0]
    assert script.truth.startswith("凶手借停电")
    assert script.times[:4] == (19 * 60 + 30, 20 * 60 + 15, 21 * 60 + 30, 22 * 60 + 5)


def test_a_reskinned_script_keeps_its_timeline_and_its_clue_cards() -> None:
    like = compare(read(ORIGINAL), read(RESKINNED))
    assert like.timeline == 1.0
    assert like.acts == (2, 2)
    assert like.clue_cards is not None
    assert like.clue_cards > 0.5


def test_another_script_has_another_timeline() -> None:
    like = compare(read(ORIGINAL), read(OTHER))
    assert like.timeline is not None
    assert like.timeline < 0.3
    assert like.clue_cards is not None
    assert like.clue_cards < 0.2


def test_a_novel_is_no_script() -> None:
    page = canonicalise("那天晚上八点，他坐在灯下写信，写了三页，又都撕了。第二天一早便出门去了。")
    assert read_script(clauses(page.codes, _breaks(page.start, page.end))) is None


def test_times_are_the_same_however_they_are_written() -> None:
    assert times(["晚上七点半"]) == times(["19", "30"]) == [19 * 60 + 30]
    assert times(["凌晨两点十五分"]) == [2 * 60 + 15]
    assert times(["他那时候还小"]) == []
