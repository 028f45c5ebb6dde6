"""Essays and chapters for the target sites that are read rather than bought from: the same at every run."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
AUTHORS = ("苏木", "陆听雨", "周砚秋")
CATEGORIES = ("街巷", "手艺", "读书")
_PLACES = ("河湾", "石桥", "槐树巷", "灯塔", "北岸", "雾港", "盐田", "旧车站", "梅岭", "渡口")
_THINGS = ("修伞", "酿醋", "糊灯笼", "刻章", "磨剪刀", "晒盐", "编竹篮", "装裱", "打铁", "做豆腐")
_SENTENCES = (
    "{p}的早晨是从一声卷帘门响开始的。",
    "我去的那天下着小雨，屋檐下排着五六双胶鞋。",
    "老师傅说，{t}这件事，手比脑子记得牢。",
    "他的工具箱是祖父留下来的，边角磨得发亮。",
    "墙上挂着一张褪色的价目表，最贵的一项也不到两块钱。",
    "中午时分，隔壁的收音机开始播送天气预报。",
    "一个孩子趴在柜台上，看得忘了手里的糖。",
    "{p}的人不大说“热爱”这个词，他们说“做惯了”。",
    "我问他有没有想过歇下来，他只是笑，把灯往下拉了拉。",
    "{t}要等天时，急不得，也拖不得。",
    "临走的时候，他从抽屉里翻出一本手写的账，纸页已经脆了。",
    "河面上起了一层薄雾，对岸的灯一盏一盏亮起来。",
    "我把这些写下来，是怕有一天再去，门口换了招牌。",
    "邻居们路过都要停一停，说两句闲话，再接着走。",
    "那把椅子他不让别人坐，说是留给下一个学{t}的人。",
    "雨停的时候，石板路上映出半条街的影子。",
    "他记得每一位老主顾的名字，也记得他们欠下的零头。",
    "后来我才知道，那条巷子在地图上已经没有名字了。",
    "同去的朋友叫陶喆堃，他带了一包囍糖，分给排队的人。",
)


@dataclass(frozen=True, slots=True)
class Essay:
    """``paragraphs`` joined make the text; ``published`` is Beijing time."""

    number: int
    title: str
    author: str
    category: str
    tags: tuple[str, ...]
    published: datetime
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.paragraphs)


def make_essays(count: int, *, seed: str, paragraphs: int = 4) -> list[Essay]:
    """``count`` essays, each of its own words; every title its own."""
    chance = random.Random(seed)
    pairs = [(place, thing) for place in _PLACES for thing in _THINGS]
    chance.shuffle(pairs)
    made = []
    for number in range(1, count + 1):
        place, thing = pairs[(number - 1) % len(pairs)]
        again = f"（之{number // len(pairs) + 1}）" if number > len(pairs) else ""
        said = [sentence.format(p=place, t=thing) for sentence in chance.sample(_SENTENCES, 3 * paragraphs)]
        made.append(
            Essay(
                number=number,
                title=f"{place}{thing}记{again}",
                author=AUTHORS[chance.randrange(len(AUTHORS))],
                category=CATEGORIES[number % len(CATEGORIES)],
                tags=(place, thing),
                published=datetime(2024, 1, 1, 8, 30, tzinfo=BEIJING) + timedelta(days=9 * number, minutes=number),
                paragraphs=tuple(
                    "".join(said[n : n + 3]) + f"（{number}·{n // 3 + 1}）" for n in range(0, len(said), 3)
                ),
            )
        )
    return made
