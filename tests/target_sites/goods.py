"""What the target sites sell: written by rule from hand-written parts, the same at every run.

Only the standard library is used: the sites' own environment imports this too.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

CATEGORIES = ("小说", "童书", "教辅", "桌游", "文具")
SELLERS = ("青禾书店", "拾光旧书社", "城南文化用品", "小满童书馆", "北岸桌游", "墨川教育专营店", "云栖纸品", "长亭书屋")
_PLACES = ("河湾", "石桥", "槐树巷", "灯塔", "北岸", "雾港", "盐田", "旧车站", "梅岭", "渡口", "山坳", "西城门")
_THINGS = (
    "来信",
    "钟声",
    "账本",
    "邮差",
    "夜班",
    "雨季",
    "棋局",
    "灯火",
    "渔火",
    "长桥",
    "歌谣",
    "秘方",
    "年轮",
    "课堂",
)
_FORMS = {
    "小说": ("{p}{t}", "{p}的{t}", "{t}与{p}"),
    "童书": ("{p}的小{t}", "小熊去{p}", "{p}{t}绘本"),
    "教辅": ("{p}{t}同步练习", "{t}课课通", "{p}名师{t}"),
    "桌游": ("{p}{t}谜案", "{p}疑云：{t}", "{t}风暴·{p}"),
    "文具": ("{p}{t}手账本", "{t}信笺套装", "{p}{t}笔记"),
}
_AUTHORS = ("沈知白", "林小满", "顾长河", "许一苇", "周砚秋", "陆听雨", "何青山", "江晚舟", "苏木", "秦望舒")
_PRESSES = ("河湾文艺出版社", "梅岭少儿出版社", "北岸教育出版社", "盐田工艺社")
_OPENINGS = (
    "这一册讲的是{p}边上三代人的日子，",
    "写给第一次走进{p}的读者，",
    "从{p}的一张旧照片说起，",
    "全书以{p}为背景，",
    "取材于{p}一带的真实往事，",
)
_MIDDLES = (
    "语言平实，细节扎实，读来像听邻居讲古。",
    "每一章都留了一处可以动手的小题目。",
    "附有手绘地图一张和人物表一份。",
    "编者走访了十七位老人，记下了他们的原话。",
    "插图由作者亲自绘制，用的是本地产的颜料。",
    "故事分成四段，四段之间互为伏笔。",
    "书末列出了参考资料，方便继续查考。",
    "纸张偏黄不刺眼，适合长时间翻阅。",
)
_ENDINGS = (
    "适合十岁以上的孩子和大人一起读，一个下午可以看完。",
    "本店现货，当天下午四点以前下单的当天发出，偏远地区除外。",
    "如有缺页、倒装，收到后七天内可以调换，运费由本店承担。",
    "旧版读者请注意：本版重写了最后一章，并订正了若干地名。",
)


@dataclass(frozen=True, slots=True)
class Good:
    """One thing for sale. ``gone``: once listed, taken down since."""

    number: int
    code: str
    title: str
    category: str
    seller: str
    author: str
    press: str
    price: Decimal
    sales: int
    published: date
    description: str
    gone: bool = False


def make_goods(count: int, *, gone: int = 0, seed: str = "patrol") -> list[Good]:
    """``count`` things for sale, and ``gone`` more that are not any more; some share a title, none a code.

    Prices run from under one yuan to over ten thousand, so that separators and bare fractions are met.
    """
    chance = random.Random(seed)
    made: list[Good] = []
    for number in range(1, count + gone + 1):
        category = CATEGORIES[number % len(CATEGORIES)]
        place, thing = chance.choice(_PLACES), chance.choice(_THINGS)
        title = chance.choice(_FORMS[category]).format(p=place, t=thing)
        if number % 25 == 0:
            title = made[-10].title
        middles = "".join(chance.sample(_MIDDLES, 3))
        opening = chance.choice(_OPENINGS).format(p=place)
        description = f"{opening}{middles}编号第{number}种。{chance.choice(_ENDINGS)}"
        made.append(
            Good(
                number=number,
                code=f"P{number:05d}",
                title=title,
                category=category,
                seller=SELLERS[chance.randrange(len(SELLERS))],
                author=chance.choice(_AUTHORS),
                press=chance.choice(_PRESSES),
                price=_price(number, chance),
                sales=chance.choice((0, 3, 47, 680, 1299, 12000)),
                published=date(2019, 1, 1) + timedelta(days=chance.randrange(2500)),
                description=description,
                gone=number > count,
            )
        )
    return made


def _price(number: int, chance: random.Random) -> Decimal:
    if number % 40 == 0:
        return Decimal(chance.randrange(1_000_00, 13_000_00)) / 100
    if number % 33 == 0:
        return Decimal(chance.randrange(10, 99)) / 100
    return Decimal(chance.randrange(5_00, 199_00)) / 100
