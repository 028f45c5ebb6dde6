"""Disguise maker: disguises text as uploaders do, by rule, so that the demo knows exactly what it planted.

Each function takes text and a seeded ``Random`` and returns the disguised text; none of them is used to undo
anything: the engine has its own tables, so the demo cannot pass by sharing them.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

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


_SIMPLIFIED = (
    "万东丝两个临为么义乡书于云亲从们众会伞余侧债儿兑关养内册写凑击刚剑动医卖厅参双发变叠叶号叹后吗听响嘱图场坏块坟声"
    "头夹夺宁对寿尔层岁岭师带干开张弦归当怀户护拦拨挂挡捞换摆摊撑攒断旧时机条来柜样楼横气没浏温灯炉点烛烟烧熏爷现电畅"
    "疯盏盘码离种秘笔签终给继续编缠网脉脚脸苏药装见览讠认讨让记许证识诉诊试话说请读谁调账贵贺赌赶载边过还这进远连遗里"
    "钟钥钱铁铜银铺锄错镯门问间闻阅阴阵陆险页顶顾领额饼馅馆鸣鹤麦"
)
_FORMS = (
    "萬東絲兩個臨爲麼義鄉書於雲親從們衆會傘餘側債兒兌關養內冊寫湊擊剛劍動醫賣廳參雙發變疊葉號嘆後嗎聽響囑圖場壞塊墳聲"
    "頭夾奪寧對壽爾層歲嶺師帶乾開張絃歸當懷戶護攔撥掛擋撈換擺攤撐攢斷舊時機條來櫃樣樓橫氣沒瀏溫燈爐點燭煙燒燻爺現電暢"
    "瘋盞盤碼離種祕筆簽終給繼續編纏網脈腳臉蘇藥裝見覽訁認討讓記許證識訴診試話說請讀誰調賬貴賀賭趕載邊過還這進遠連遺裏"
    "鍾鑰錢鐵銅銀鋪鋤錯鐲門問間聞閱陰陣陸險頁頂顧領額餅餡館鳴鶴麥"
)
_TRADITIONAL = str.maketrans(_SIMPLIFIED, _FORMS)
"""Traditional forms of the characters that the demo's texts have, as OpenCC (Apache-2.0) writes most of them there."""


def traditional(text: str, random: Random) -> str:
    return text.translate(_TRADITIONAL)


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
