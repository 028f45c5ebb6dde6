"""Disguise maker: disguises text as uploaders do, by rule, so that the demo knows exactly what it planted.

Each function takes text and a seeded ``Random`` and returns the disguised text; none of them is used to undo
anything: the engine has its own tables, so the demo cannot pass by sharing them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
MARKS = "*·^~|▪_·"
EMOJI = "🔥✨🌟💯🎉👀📚🌸"
ADVERTS = (
    "一秒记住本站网址，精彩内容不断更",
    "（本章未完，请点击下一页继续阅读）",
    "手机用户请浏览移动版，阅读更流畅",
)
HOMOPHONES = {
    "在": "再", "是": "事", "有": "友", "到": "道", "时": "识", "里": "理", "想": "响", "做": "作", "候": "后",
    "请": "清", "只": "之", "心": "新", "门": "们", "声": "生", "地": "弟", "手": "守", "头": "投", "家": "加",
}  # fmt: skip
SPLITS = {
    "的": "白勺", "好": "女子", "明": "日月", "他": "亻也", "你": "亻尔", "说": "讠兑", "林": "木木",
    "时": "日寸", "到": "至刂", "想": "相心", "知": "矢口", "动": "云力", "村": "木寸", "件": "亻牛",
}  # fmt: skip
PINYIN = {
    "死": "si",
    "血": "xue",
    "杀": "sha",
    "钱": "qian",
    "人": "ren",
    "成": "cheng",
    "是": "shi",
    "不": "bu",
}


@cache
def _traditional_converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")


def traditional(text: str, random: Random) -> str:
    return str(_traditional_converter().convert(text))


def zero_width(text: str, random: Random) -> str:
    return "".join(c + random.choice(ZERO_WIDTH) if random.random() < 0.15 else c for c in text)


def marks(text: str, random: Random) -> str:
    return "".join(c + random.choice(MARKS) if random.random() < 0.12 else c for c in text)


def emoji(text: str, random: Random) -> str:
    return "".join(c + random.choice(EMOJI) if random.random() < 0.04 else c for c in text)


def homophone(text: str, random: Random) -> str:
    return "".join(HOMOPHONES[c] if c in HOMOPHONES and random.random() < 0.5 else c for c in text)


def split(text: str, random: Random) -> str:
    return "".join(SPLITS[c] if c in SPLITS and random.random() < 0.5 else c for c in text)


def pinyin(text: str, random: Random) -> str:
    return "".join(PINYIN[c] if c in PINYIN and random.random() < 0.7 else c for c in text)


def advert(text: str, random: Random) -> str:
    sentences = text.split("。")
    for at in range(2, len(sentences), 6):
        sentences[at] = f"{random.choice(ADVERTS)}{sentences[at]}"
    return "。".join(sentences)


def mixed(text: str, random: Random) -> str:
    for step in (pinyin, split, homophone, marks, advert, traditional):
        text = step(text, random)
    return text


DISGUISES: dict[str, Callable[[str, Random], str]] = {
    "traditional": traditional,
    "zero_width": zero_width,
    "marks": marks,
    "emoji": emoji,
    "homophone": homophone,
    "split": split,
    "pinyin": pinyin,
    "advert": advert,
    "mixed": mixed,
}
