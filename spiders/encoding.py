"""Bytes to text as a browser would show them, and better where a page lies about its own encoding.

A byte-order mark decides. Valid UTF-8 with enough in it is UTF-8, whatever is declared: bytes of GBK or Big5 hardly
ever are. All else is read in each likely encoding (those declared in header and meta tag, UTF-8, GB18030, Big5, a
statistical guess) and the reading that looks most like written Chinese wins; a declaration is a vote, not a verdict.
Encodings by their WHATWG names, read with the wider Python codec (gb2312 as gb18030, big5 with HKSCS).
"""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "hz": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs",
    "euc_kr": "cp949", "shift_jis": "cp932", "utf-8-sig": "utf-8", "iso8859-1": "cp1252", "latin-1": "cp1252",
    "ascii": "cp1252", "utf-7": "utf-8",
}  # fmt: skip
_LITTLE = 64
"""Non-ASCII bytes below which valid UTF-8 may be chance, so that another declared encoding is weighed too."""

_SAMPLE = 8_000
_VOTE = 0.1
_SURE = 0.35
"""Share of common characters at which a reading is beyond doubt: a wrong one has a few hundredths."""

_COMMON = frozenset(
    # The commonest characters of modern Chinese text, simplified, then those whose traditional form differs, then marks.
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家"
    "种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十"
    "民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西月"
    "话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四"
    "神总何电数安少报才结反受目太量再感建务做接必场件计管期市直资命山金指许统区保至队形社便空决治展马科司五基眼书非则"
    "听白却界达光放强即像难且权思王完设式色路记南品住告类求据程北边死张该交规万取望觉术领共确传师观清今切院让识候带导"
    "争运店价售卖买评帖回复发货盗版电子版章节目录上页剧本作者商铺"
    "這個們來為國說時會對過後裡發經學現當沒動麼還進樣開從實長機無與業關點問將兩間戰應頭體見產話員論處義認條氣題變總"
    "電數報結場計資許統區隊決書則聽卻達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運賣買評復貨盜節錄頁劇鋪"
    "，。、！？：；“”‘’（）《》「」『』【】…—·\u3000"
)
_ODD = re.compile("[\x80-\x9f\uff61-\uff9f\ue000-\uf8ff\U000f0000-\U0010ffff]")
_ASCII_RUN = re.compile(rb"([\x00-\x7f])[\x00-\x7f]{15,}")
_ASCII = re.compile("[\x00-\x7f]+")


def decode_page(body: bytes, content_type: str = "") -> tuple[str, str]:
    """The text of a page and the encoding that it was read with (a Python codec name)."""
    name, mark = read_bom(body)
    if name and mark:
        return body[len(mark) :].decode(name, "replace"), name
    declared = _declared(body, content_type)
    text = _utf8(body)
    if text is not None and (not set(declared) - {"utf-8", "cp1252"} or _much(body)):
        return text, "utf-8"
    best = _likeliest(body, declared)
    if best == "utf-8" and text is not None:
        return text, best
    return body.decode(best, "replace"), best


def _much(body: bytes) -> bool:
    return len(body) - len(body.translate(None, _HIGH)) >= _LITTLE


_HIGH = bytes(range(0x80, 0x100))


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # Cut in the middle of the last character by a server or by our own size limit.
        if error.end >= len(body) - 3 and error.reason == "unexpected end of data":
            return body[: error.start].decode("utf-8")
        return None


def _declared(body: bytes, content_type: str) -> tuple[str, ...]:
    """What the header, then the page's head, says; () when neither names an encoding that there is."""
    named = (http_content_type_encoding(content_type), html_body_declared_encoding(body[:4096]))
    found = [_codec(name) for name in named if name]
    return tuple(dict.fromkeys(name for name in found if name))


def _codec(name: str) -> str:
    resolved = resolve_encoding(name)
    if not resolved:
        return ""
    usual = codecs.lookup(resolved).name
    return _WIDER.get(usual, _WIDER.get(resolved, usual))


def _likeliest(body: bytes, declared: tuple[str, ...]) -> str:
    sample = _ASCII_RUN.sub(rb"\1\n", body)[:_SAMPLE]
    wide = ("utf-16-le", "utf-16-be") if sample.count(0) > len(sample) // 8 else ()
    marks: dict[str, float] = {}
    for name in dict.fromkeys((*wide, "gb18030", "utf-8", *declared, "big5hkscs", "cp1252")):
        marks[name] = _looks(sample, name) + (_VOTE if name in declared else 0.0)
        if marks[name] > _SURE:
            return name
    guessed = _codec(detect_encoding(sample) or "")
    if guessed and guessed not in marks:
        marks[guessed] = _looks(sample, guessed)
    return max(marks, key=lambda name: marks[name])


def _looks(sample: bytes, name: str) -> float:
    """How much the sample reads like written Chinese in this encoding: the share of common characters among all that
    are not ASCII, less what cannot be read or is hardly ever written."""
    try:
        text = sample.decode(name, "replace")
    except (LookupError, UnicodeError):
        return -10.0
    text = _ASCII.sub("", text)[:1200]
    if not text:
        return 0.0
    common = sum(character in _COMMON for character in text)
    odd = len(_ODD.findall(text))
    return (common - 4 * text.count("\ufffd") - 2 * odd) / len(text)
