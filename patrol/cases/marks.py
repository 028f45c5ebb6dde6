"""Identity marks: point to who is behind a page: telephone, WeChat, QQ, e-mail, address, licence numbers, the text itself.

Pure functions over text, linear in its length. Values are kept for comparing and covered wherever they are shown.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from patrol.text.licences import LicenceKind, read_numbers
from patrol.text.masking import COVER, mask
from patrol.vocabulary import Labelled

MAX_CHARACTERS = 200_000
_OF_A_SELLER = frozenset(
    {
        LicenceKind.PUBLICATION,
        LicenceKind.CULTURE,
        LicenceKind.NET_PUBLISHING,
        LicenceKind.AUDIOVISUAL,
        LicenceKind.CREDIT_CODE,
    }
)
"""Numbers that a seller's own page may bear; filing numbers there are mostly the platform's."""


class MarkKind(Labelled):
    """相同之处的种类, as ``tables/ties.yaml`` weighs them."""

    URL = "url", "同一网址"
    SAME_SITE = "same_site", "同站同名"
    NAME = "name", "名称"
    PHONE = "phone", "电话"
    WECHAT = "wechat", "微信"
    QQ = "qq", "QQ"
    EMAIL = "email", "邮箱"
    LICENCE = "licence", "证照号码"
    ADDRESS = "address", "地址"
    TEXT = "text", "相同文字"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """``value`` as normalised, so that equal ones are equal."""

    kind: MarkKind
    value: str

    @property
    def shown(self) -> str:
        """What may be shown: personal data covered, its ends left so that an officer recognises it."""
        if self.kind is MarkKind.TEXT:
            return f"文字摘要 {self.value[:8]}"
        if self.kind is MarkKind.EMAIL:
            name, _, host = self.value.partition("@")
            return f"{_covered(name)}@{host}"
        if self.kind is MarkKind.PHONE:
            return f"{self.value[:3]}{COVER * 4}{self.value[-4:]}"
        if self.kind in (MarkKind.WECHAT, MarkKind.QQ):
            return _covered(self.value)
        if self.kind is MarkKind.ADDRESS:
            return mask(self.value)
        return self.value


def _covered(text: str) -> str:
    if len(text) <= 3:
        return text[:1] + COVER * (len(text) - 1)
    ends = 3 if len(text) >= 10 else 2 if len(text) >= 6 else 1
    return text[:ends] + COVER * (len(text) - 2 * ends) + text[-ends:]


_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9A-Za-z])")
_WECHAT = re.compile(
    r"(?:微信|薇信|威信|v信|(?<![a-z])vx|(?<![a-z])wx|wechat|weixin|加v)(?:号|id)?[:\s]{0,3}([a-z][-_a-z0-9]{5,19})(?![-_a-z0-9])"
)
_QQ = re.compile(r"(?:(?<![a-z])qq|扣扣|企鹅号)(?:号|群)?[:\s]{0,3}([1-9][0-9]{4,10})(?![0-9])")
_EMAIL = re.compile(
    r"(?<![a-z0-9._%+-])([a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9](?:[a-z0-9.-]{0,100})\.[a-z]{2,10})(?![a-z0-9])"
)
_ADDRESS = re.compile(r"(?:店铺|经营|发货|退货|联系|办公|公司|仓库)地址:\s{0,3}([^\n,;。|]{6,60})")


def read_marks(text: str) -> tuple[Mark, ...]:
    """Return all marks in a page's text, each once, in order of kind.

    >>> [mark.shown for mark in read_marks("加微信：yehang_chuan，电话138-0013-8000")]
    ['138＊＊＊＊8000', 'yeh＊＊＊＊＊＊uan']
    """
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold()
    numbers = read_numbers(text) if _LICENCE_HINT.search(plain) else ()
    licences = (Mark(MarkKind.LICENCE, n.number) for n in numbers if n.kind in _OF_A_SELLER)
    return tuple(dict.fromkeys((*_read(plain), *licences)))


def operator_marks(footer: str) -> tuple[Mark, ...]:
    """Return the numbers of who runs a site, from its home page: filings and permits without the suffix that tells
    apart the sites of one operator.

    >>> [mark.value for mark in operator_marks("浙ICP备10046444号-1")]
    ['浙ICP备10046444号']
    """
    numbers = (_SUFFIX.sub("", found.number) for found in read_numbers(footer) if not found.doubts)
    return tuple(Mark(MarkKind.LICENCE, number) for number in dict.fromkeys(numbers))


_LICENCE_HINT = re.compile(r"许可|新出发|网文|出网证|信用代码|[0-9a-z]{18}")
_SUFFIX = re.compile(r"(?<=号)-\d{1,3}[AXK]?$")


def _read(plain: str) -> Iterator[Mark]:
    for found in _PHONE.finditer(plain):
        yield Mark(MarkKind.PHONE, "".join(found.groups()))
    for found in _WECHAT.finditer(plain):
        yield Mark(MarkKind.WECHAT, found[1])
    for found in _QQ.finditer(plain):
        yield Mark(MarkKind.QQ, found[1])
    for found in _EMAIL.finditer(plain):
        name, _, host = found[1].partition("@")
        number_of_qq = host == "qq.com" and name.isdigit()
        yield Mark(MarkKind.QQ, name) if number_of_qq else Mark(MarkKind.EMAIL, found[1])
    for found in _ADDRESS.finditer(plain):
        yield Mark(MarkKind.ADDRESS, "".join(found[1].split()))


def text_mark(text: str, least: int) -> Mark | None:
    """Return the text itself, blanks apart; None for one shorter than ``least`` characters."""
    bare = "".join(text.split())
    if len(bare) < least:
        return None
    return Mark(MarkKind.TEXT, hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest())


def plain_name(name: str) -> str:
    """Return a seller's name without what people vary: width, case, blanks, punctuation, emoji.

    >>> plain_name("【官方】 夜航·书店☆")
    '官方夜航书店'
    """
    folded = unicodedata.normalize("NFKC", name[:300]).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN")


def name_core(name: str, common_words: tuple[str, ...]) -> str:
    """Return what is left of a plain name without the words that everybody uses (``common_words``).

    >>> name_core("夜航船旧书店", ("书店", "旧书店", "店"))
    '夜航船'
    """
    core = plain_name(name)
    for word in sorted(common_words, key=len, reverse=True):
        core = core.replace(word, "")
    return core
