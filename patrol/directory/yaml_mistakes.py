"""YAML mistake finder: finds the slips of lay people that YAML answers with silence or with English.

A file is looked over line by line before it is parsed; each slip is one sentence with its line and the line mended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(r"^(\s*(?:- )?)([\w-]+):(\s+)(\S.*)$")
_BLOCK = re.compile(r"(?:^|\s)[|>][-+0-9]*\s*(?:#.*)?$")
_LOST_ID = re.compile(r"^([^'\"\[{#]\S*(?: [^#'\"]\S*)*) (#[A-Za-z_][\w-]*(?:[ .>:\[@|+~].*)?)$")
_WIDE = str.maketrans("：，【】［］｛｝（）‘’“”　０１２３４５６７８９－", ":,[][]{}()''\"\" 0123456789-")
_UNSEEN = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
_BULLET = re.compile(r"^(\s*)[–—•·●▪■‐−－*]\s+(\S.*)$")
# Full-width signs that belong to selectors, numbers and addresses; names and words on pages may have them.
_TYPED_WIDE = "０１２３４５６７８９＠＃．｜＞～／－＝？＆"
_TYPED_NARROW = str.maketrans(_TYPED_WIDE, "0123456789@#.|>~/-=?&")
_WORDS = {"name", "gone", "logged_out", "blocked", "also", "fields"}
_SIGNS = frozenset(
    [
        "name",
        "kind",
        "fields",
        "home",
        "verified",
        "start",
        "crawl",
        "items",
        "next",
        "next_part",
        "scroll",
        "limit",
        "extract",
        "render",
        "pace",
        "states",
        "expect",
        "title",
        "text",
        "description",
        "author",
        "seller",
        "seller_url",
        "price",
        "sales",
        "views",
        "published",
        "tags",
        "images",
        "footer",
        "search",
        "also",
    ]
)
_ATTRIBUTE_SELECTOR = re.compile(r"^\[[\w-]+(?:[~|^$*]?=[^\]]*)?\]\s*[\w.#@>:~+\[|]")


@dataclass(frozen=True, slots=True)
class Slip:
    """``line`` from 1; ``mended``: the whole line as it should be written."""

    line: int
    said: str
    mended: str

    @property
    def remedy(self) -> str:
        return f"改成：{self.mended}"


def yaml_slips(text: str, *, prose: bool = False) -> list[Slip]:
    """Find every slip in the file, in order. Text blocks (``key: |``) are left alone. ``prose``: the values are words
    that stand on pages, in which full-width signs are at home."""
    slips = []
    block: int | None = None
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        indent = len(line) - len(line.lstrip())
        if block is not None and (not line.strip() or indent > block):
            continue
        block = indent if _BLOCK.search(line) and not line.lstrip().startswith("#") else None
        if found := _slip(line, prose):
            slips.append(Slip(number, *found))
    return slips


def _slip(line: str, prose: bool) -> tuple[str, str] | None:
    if not line.strip() or line.lstrip().startswith("#"):
        return None
    if _UNSEEN.search(line):
        return "这一行里有看不见的字符（多半是从网页或 Word 里带来的）", _UNSEEN.sub("", line)
    if line.lstrip().startswith("＃"):
        return "注释要用英文半角的 # 开头", line.replace("＃", "#", 1)
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return "行首用了制表符（Tab），YAML 只认空格", indent.replace("\t", "  ") + line.lstrip()
    if set(indent) - {" ", "\ufeff"}:
        return "行首用了全角空格，YAML 只认半角空格", "  " * len(indent) + line.lstrip()
    if tabbed := re.match(r"^(\s*(?:-|[\w-]+:))\s*\t\s*(.*)$", line):
        return "冒号或短横后面用了制表符（Tab），要用空格", f"{tabbed[1]} {tabbed[2]}"
    if bullet := _BULLET.match(line):
        return "列表每行开头要用英文短横加一个空格", f"{bullet[1]}- {bullet[2]}"
    if doubled := re.match(r"^(\s*)(?:- +)+(- .*)$", line):
        return "列表每行开头只要一个短横", f"{doubled[1]}{doubled[2]}"
    bare = re.match(r"^(\s*)([A-Za-z_]+)\s*(=\s*|\s)(?![:=])(\S.*)$", line)
    if bare and bare[2] in _SIGNS and not re.match(r"[^'\"]*:(\s|$)", bare[4]):
        return "名称和内容之间要用英文冒号加一个空格", f"{bare[1]}{bare[2]}: {bare[4]}"
    wide = re.match(r"^(\s*(?:- )?)([\w-]+)\s*：\s*(.*)$", line)
    if wide:
        return "冒号是中文全角的，要用英文半角冒号加一个空格", f"{wide[1]}{wide[2]}: {wide[3]}"
    tight = re.match(r"^(\s*(?:- )?)([a-z_]+):(?!//)([^\s/:].*)$", line)
    if tight and tight[2] not in ("http", "https"):
        return "冒号后面要有一个空格", f"{tight[1]}{tight[2]}: {tight[3]}"
    dash = re.match(r"^(\s*)-([^\s\-].*)$", line)
    if dash:
        return "短横后面要有一个空格", f"{dash[1]}- {dash[2]}"
    found = _KEY.match(line)
    if found:
        head, key, _, value = found.groups()
        return _value_slip(f"{head}{key}: ", value, prose)
    entry = re.match(r"^(\s*- )(\S.*)$", line)
    return _value_slip(entry[1], entry[2], prose) if entry else None


def _value_slip(head: str, value: str, prose: bool) -> tuple[str, str] | None:
    bare = _without_comment(value)
    quoted = f"{head}{_quoted(bare)}"
    if not prose and (typed := _typed_slip(head, bare)):
        return typed
    tail = re.match(r"^('(?:[^']|'')*'(?!')|\"(?:[^\"\\]|\\.)*\")\s*([^\s#,\]}'\"].*)$", value)
    if tail and value[0] not in "[{":
        return "引号要把整个内容括在里面", f"{head}{_quoted(tail[1][1:-1] + bare[len(tail[1]) :])}"
    if re.match(r"#\S", value):
        return "井号开头的内容会被当作注释丢掉，要加引号", f"{head}{_quoted(value)}"
    if value[0] in "@`%!?,]}":
        return f"“{value[0]}”开头的内容要加引号", quoted
    if value[0] in "*&" and not value.startswith(("* ", "& ")):
        return f"“{value[0]}”开头的内容会被当作引用，要加引号", quoted
    if re.match(r"[>|]\s*[^\s\-+0-9#]", value):
        return f"“{value[0]}”开头的内容有特殊意思，要加引号", quoted
    if (
        (value[0] in "【［｛“‘" and not prose)
        or (value[0] in "[{" and re.search("[“‘]", _outside(bare)))
        or (value[0] in "[{'\"" and not _closed(bare))
    ):
        return "括号、逗号、冒号和引号要用英文半角的", f"{head}{_narrow(bare)}"
    if _ATTRIBUTE_SELECTOR.match(value):
        return "方括号开头的内容会被当作列表，要加引号", quoted
    if lost := _LOST_ID.match(value):
        said = f"“ {lost[2]}”会被当作注释丢掉，要整个加引号"
        return said, f"{head}{_quoted(value)}"
    if value[0] not in "'\"[{|>" and re.search(r":\s", bare):
        return "内容里有冒号加空格，要整个加引号", quoted
    return None


def _without_comment(value: str) -> str:
    """The value without the comment after it. A hash within quotes begins none."""
    quoted = re.match(r"('(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\")\s+#.*$", value)
    return quoted[1] if quoted else re.sub(r"\s+#(?:\s.*)?$", "", value)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _closed(value: str) -> bool:
    """Whether full-width marks stand only inside quotes, where they are ordinary characters, or in plain list words."""
    return not re.search("[：，】］]", _outside(value))


def _outside(value: str) -> str:
    """What stands outside of quotes."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "", value)


def _typed_slip(head: str, bare: str) -> tuple[str, str] | None:
    """Full-width signs in an address, a number or a selector, and a comma left at the end of one."""
    key = head.strip().removeprefix("- ").removesuffix(":").strip()
    if key in _WORDS or bare.startswith(("re:", "'re:", '"re:')):
        return None
    if re.match(r"https?：", bare):
        return "网址里的冒号是中文全角的", f"{head}{bare.replace('：', ':', 1)}"
    if key in _SIGNS or bare[0] in "[{":
        outside = _outside(bare)
        if any(sign in outside for sign in _TYPED_WIDE):
            mended = bare.translate(_TYPED_NARROW)
            return "数字和符号要用英文半角的", f"{head}{_narrow(mended) if mended[0] in '[{' else mended}"
        if key in _SIGNS and re.search(r"[^\s][,;，；。、]$", bare) and bare[0] not in "'\"[{":
            return f"末尾多了“{bare[-1]}”", f"{head}{bare[:-1]}"
    return None


def _narrow(value: str) -> str:
    """Full-width punctuation outside quotes made half-width, a space after colon and comma."""
    narrow = value.translate(_WIDE)
    narrow = re.sub(r"(,|(?<!\d):|:(?!\d))(?=[^\s/])", r"\1 ", narrow) if narrow[:1] in "[{" else narrow
    return narrow
