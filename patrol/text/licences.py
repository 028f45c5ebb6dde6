"""Licence-number reader: finds licence and filing numbers on a page, and checks them as far as their form can be checked.

Pure functions. The formats are those seen in real footers (GB 32100 for the credit code,
ISO 2108 for ISBN). A well-formed number can still belong to somebody else: ``doubts`` only says what its own form gives
away, in Chinese; whether the same number stands on unrelated hosts is for others to see.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum import isbn
from stdnum.cn import uscc

from patrol.vocabulary import Labelled

_PROVINCES = {
    "11": "京", "12": "津", "13": "冀", "14": "晋", "15": "蒙", "21": "辽", "22": "吉", "23": "黑", "31": "沪", "32": "苏",
    "33": "浙", "34": "皖", "35": "闽", "36": "赣", "37": "鲁", "41": "豫", "42": "鄂", "43": "湘", "44": "粤", "45": "桂",
    "46": "琼", "50": "渝", "51": "川", "52": "贵", "53": "云", "54": "藏", "61": "陕", "62": "甘", "63": "青", "64": "宁",
    "65": "新",
}  # fmt: skip
"""First two digits of an area code (GB/T 2260) → the province's letter."""

_SAME = {"滇": "云", "黔": "贵", "蜀": "川"}
_P = "京津沪渝冀豫云滇辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵黔粤青藏川蜀宁琼"
_BRACKETS = str.maketrans(dict.fromkeys("〔【﹝{(", "[") | dict.fromkeys("〕】﹞})", "]"))
_DASHES = re.compile("[\u2010-\u2015\u2212\u2500\u30fc_~]")
_BLANKS = re.compile(r"[^\S\n]+|[\u200b-\u200f\ufeff]")
MAX_CHARACTERS = 200_000


class LicenceKind(Labelled):
    """证照和备案的种类."""

    ICP_FILING = "icp_filing", "ICP 备案"
    ICP_PERMIT = "icp_permit", "ICP 证"
    TELECOM = "telecom", "增值电信业务经营许可证"
    POLICE = "police", "公安备案"
    CULTURE = "culture", "网络文化经营许可证"
    PUBLICATION = "publication", "出版物经营许可证"
    NET_PUBLISHING = "net_publishing", "网络出版服务许可证"
    AUDIOVISUAL = "audiovisual", "信息网络传播视听节目许可证"
    BLOCKCHAIN = "blockchain", "区块链信息服务备案"
    ALGORITHM = "algorithm", "算法备案"
    REGISTRATION = "registration", "作品登记号"
    CREDIT_CODE = "credit_code", "统一社会信用代码"
    ISBN = "isbn", "书号"


@dataclass(frozen=True, slots=True)
class Licence:
    """One number as normalised; ``place``: the province's letter it claims, or ""; ``doubts``: what is wrong with it."""

    kind: LicenceKind
    number: str
    place: str = ""
    doubts: tuple[str, ...] = ()


def normalise(text: str) -> str:
    """Normalise a text: NFKC, all brackets to ``[ ]``, all dashes to ``-``, blanks away; lines stay apart, since what
    is joined over a line's end would make numbers that nobody wrote.

    >>> normalise("京 ICP 备１００４６４４４号－1")
    '京ICP备10046444号-1'
    """
    plain = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).translate(_BRACKETS)
    return _BLANKS.sub("", _DASHES.sub("-", plain))


def read_numbers(text: str) -> tuple[Licence, ...]:
    """Find all numbers in a text (a footer, a licence page), each once, in the order of the kinds.

    >>> [(n.kind.label, n.number, n.place) for n in read_numbers("浙ICP备10046444号-1")]
    [('ICP 备案', '浙ICP备10046444号-1', '浙')]
    """
    plain = normalise(text)
    found: dict[tuple[LicenceKind, str], Licence] = {}
    for kind, pattern, judge in _FORMATS:
        for match in pattern.finditer(plain):
            licence = judge(kind, match)
            if licence is not None:
                found.setdefault((kind, licence.number), licence)
    return tuple(found.values())


def lines_with_numbers(text: str) -> str:
    """Keep only the lines of a page in which a number stands, so that a footer without a mark of its own is found too."""
    return "\n".join(line for line in text[:MAX_CHARACTERS].splitlines() if len(line) < 2000 and read_numbers(line))


_Judge = Callable[[LicenceKind, re.Match[str]], Licence | None]


def _digits(*lengths: int) -> _Judge:
    """Group 1: the province's letter (may be missing); group 2: digits that must be so many."""

    def judge(kind: LicenceKind, match: re.Match[str]) -> Licence:
        doubts = []
        if len(match[2]) not in lengths:
            wanted = "或".join(map(str, lengths))
            doubts.append(f"号码有 {len(match[2])} 位数字，应为 {wanted} 位")
        doubts += _repeated(match[2])
        return Licence(kind, match[0], _letter(match[1]), tuple(doubts))

    return judge


def _police(kind: LicenceKind, match: re.Match[str]) -> Licence:
    letter, digits = _letter(match[1]), match[2]
    doubts = [] if len(digits) == 14 else [f"号码有 {len(digits)} 位数字，应为 14 位"]
    owner = _PROVINCES.get(digits[:2], "")
    if not owner:
        doubts.append(f"号码开头 {digits[:2]} 不是行政区划代码")
    elif owner != letter:
        doubts.append(f"写的是“{letter}”，号码却是“{owner}”的行政区划代码（{digits[:6]}），疑似冒用")
    return Licence(kind, match[0], letter, tuple(doubts))


def _telecom(kind: LicenceKind, match: re.Match[str]) -> Licence:
    year = int(match[3][:4])
    doubts = () if 1999 <= year <= 2100 else (f"年份 {year} 不对",)
    return Licence(kind, match[0], _letter(match[1]), doubts)


def _plain(kind: LicenceKind, match: re.Match[str]) -> Licence:
    letter = next((group for group in match.groups() if group and group in _P and len(group) == 1), "")
    return Licence(kind, match[0], _letter(letter))


def _numbered(kind: LicenceKind, match: re.Match[str]) -> Licence:
    return Licence(kind, match[1], "", tuple(_repeated(match[1])))


def _credit_code(kind: LicenceKind, match: re.Match[str]) -> Licence | None:
    labelled, code = bool(match[1]), match[2].upper()
    if uscc.is_valid(code):
        return Licence(kind, code, _PROVINCES.get(code[2:4], ""))
    return Licence(kind, code, "", ("校验位不对",)) if labelled else None


def _isbn(kind: LicenceKind, match: re.Match[str]) -> Licence | None:
    labelled, number = bool(match[1]), match[2].replace("-", "").upper()
    if len(number) not in (10, 13) or (len(number) == 10 and not labelled):
        return None
    if isbn.is_valid(number):
        return Licence(kind, number)
    return Licence(kind, number, "", ("校验位不对",)) if labelled else None


def _repeated(digits: str) -> Iterator[str]:
    if len(set(digits)) == 1:
        yield "数字重复，像模板里的假号"
    elif digits in "012345678901234567890":
        yield "数字连号，像模板里的假号"


def _letter(letter: str | None) -> str:
    return _SAME.get(letter or "", letter or "")


def _format(kind: LicenceKind, pattern: str, judge: _Judge) -> tuple[LicenceKind, re.Pattern[str], _Judge]:
    return kind, re.compile(pattern.replace("<P>", f"[{_P}]"), re.I), judge


_FORMATS = (
    _format(LicenceKind.ICP_FILING, r"(<P>)ICP备案?号?:?(\d{5,14})号?(?:-\d{1,3}[AXK]?(?!\d))?", _digits(8, 10)),
    _format(LicenceKind.ICP_PERMIT, r"(<P>)ICP证:?(\d{4,12})号?(?:-\d{1,3}(?!\d))?", _digits(6)),
    _format(
        LicenceKind.TELECOM, r"(?<![A-Z0-9])(<P>)?([AB][12])\.?-?(\d{8})(?!\d{2})(?:-\d{1,3}(?!\d))?", _telecom
    ),
    _format(LicenceKind.POLICE, r"(<P>)公网安备案?号?:?(\d{6,18})号?", _police),
    _format(LicenceKind.CULTURE, r"(<P>)网文\[\d{4}\]\d{3,4}-\d{3,4}号?", _plain),
    _format(LicenceKind.CULTURE, r"文网文\[\d{4}\]\d{3,4}号?", _plain),
    _format(LicenceKind.PUBLICATION, r"新出发\[?(<P>)\]?[批零展]字第?[\u4e00-\u9fff]{0,6}-?\d{2,12}号?", _plain),
    _format(LicenceKind.NET_PUBLISHING, r"\[?[总署]\]?网出证\[?(<P>)\]?字第?\d{3,4}号?", _plain),
    _format(LicenceKind.NET_PUBLISHING, r"新出网证\[?(<P>)\]?字第?\d{2,4}号?", _plain),
    _format(
        LicenceKind.AUDIOVISUAL, r"视听(?:节目)?(?:服务)?许可证?\D{0,8}?(?<!\d)(\d{7})(?!\d)", _numbered
    ),
    _format(LicenceKind.BLOCKCHAIN, r"(<P>)网信备(\d{19}[\dX]|\d{8,25})号?", _digits(20)),
    _format(LicenceKind.ALGORITHM, r"()网信算备(\d{12,26})号?", _digits(21)),
    _format(LicenceKind.REGISTRATION, r"(国|<P>)作登字-\d{4}-[A-L]-\d{8}(?!\d)", _plain),
    _format(
        LicenceKind.CREDIT_CODE,
        r"(统一社会信用代码\D{0,6}?|信用代码:?)?(?<![0-9A-Z])([0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10})(?![0-9A-Z])",
        _credit_code,
    ),
    _format(LicenceKind.ISBN, r"(ISBN:?-?(?:1[03]:)?|书号:?)?(?<![\d-])(97[89]-?(?:\d-?){9}\d|(?:\d-?){9}[\dX])(?![\d-])", _isbn),
)  # fmt: skip
