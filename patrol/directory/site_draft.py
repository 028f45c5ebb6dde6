"""Site draft: writes what looking at a site proposed as a first ``site.yaml``, with a clerk's explanations."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from patrol.directory.site_model import EXTRACT_HELP
from patrol.directory.yaml_mistakes import yaml_slips
from patrol.vocabulary import PageKind


class DraftField(BaseModel):
    """``rule``: "" where none is needed; ``source``: what gave ``shown`` without one."""

    model_config = ConfigDict(frozen=True)

    rule: str = ""
    shown: str = ""
    source: str = ""


class Draft(BaseModel):
    """What looking at a site gave. ``problem``: why nothing could be proposed, in Chinese; ``thin``: without scripts the
    pages are nearly empty; ``links``: items on the first list; ``opened``: addresses looked at."""

    model_config = ConfigDict(frozen=True)

    url: str
    problem: str = ""
    thin: bool = False
    name: str = ""
    kind: PageKind = PageKind.ARTICLE
    because: str = ""
    home: str = ""
    render: str = "http"
    start: tuple[str, ...] = ()
    crawl: str = "automatic"
    items: str = ""
    links: int = 0
    next: str = ""
    next_part: str = ""
    scroll: int = 0
    fields: dict[str, DraftField] = Field(default_factory=dict)
    allow_private: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


def written(draft: Draft, today: str) -> str:
    """Write the draft as ``site.yaml``: valid as it stands, each line said in a clerk's words."""
    lines = [
        f"# 由 patrol sites new 在 {today} 看过 {len(draft.opened)} 个页面后写成，还没有人核对。",
        "# 用 patrol sites try 试读，改到每个字段都对，再在下面写上 verified（核对日期）。",
        *(f"# 注意：{note}" for note in draft.notes),
        "",
        *_line("name", draft.name, "执法人员怎么称呼它，可以改"),
        *_line(
            "kind",
            draft.kind.value,
            f"{draft.kind.label}" + (f"（因为页面上有：{draft.because}）" if draft.because else ""),
        ),
        "# fields: [图书]                 # 属于重点目录的哪个领域，去掉行首的 # 再改",
        *_line("home", draft.home, "主页，备案号和许可证号从这里读"),
        "# verified: 2026-01-01           # 核对过以后，写上核对的日期",
    ]
    if draft.allow_private:
        lines += ["", "# 这是本机或内网地址，只在演示和测试时允许", f"allow_private: {_flow(draft.allow_private)}"]
    lines += ["", "start:                           # 从哪里开始；{1..5} 会展开成一串地址"]
    lines += [f"  - {as_scalar(address)}" for address in draft.start]
    lines += _line("crawl", draft.crawl, "只走列表和它的下一页" if draft.crawl == "pagination_only" else "")
    if draft.items:
        lines += _line("items", draft.items, f"列表页上的条目链接，第一页有 {draft.links} 个")
    if draft.next:
        lines += _line("next", draft.next, "下一页")
    if draft.next_part:
        lines += _line("next_part", draft.next_part, "一篇正文分几页时，通往后一页")
    if draft.scroll:
        lines += _line("scroll", str(draft.scroll), "列表往下滚动才出现，最多滚几次")
    if draft.render == "browser":
        lines += _line("render", "browser", "页面靠脚本生成，要用浏览器打开")
    lines += ["limit: {pages: 500, depth: 100}   # 一次最多打开多少页、翻多少页", ""]
    lines += _extract(draft)
    lines += [
        "",
        "pace: {delay: 0, at_once: 8}"
        if draft.allow_private
        else "pace: {delay: 3, at_once: 1}     # 两次访问隔几秒，同时开几页",
    ]
    lines += [
        "",
        "# states:                          # 页面不正常时有什么字样，看到了再填",
        "#   gone: [商品已下架]",
        "#   logged_out: [请先登录]",
        "#   blocked: [验证码]",
    ]
    return "\n".join(lines) + "\n"


def _extract(draft: Draft) -> list[str]:
    ruled = {name: field for name, field in draft.fields.items() if field.rule}
    lines = [
        "extract:                         # 各字段在页面的什么地方"
        if ruled
        else "# extract:                       # 各字段都自动认出来了，不用写规则"
    ]
    for name, (label, _, example) in EXTRACT_HELP.items():
        field = draft.fields.get(name)
        if field is not None and field.rule:
            lines += [f"  {line}" for line in _line(name, field.rule, f"{label}，例：{_short(field.shown)}")]
        elif field is not None and field.shown:
            lines.append(f"  # {name}: 不用写，自动读到（{field.source}），例：{_short(field.shown)}")
        elif name in _USUAL[draft.kind]:
            lines.append(f"  # {name}: {example}    # {label}：没有找到，有的话自己写")
    return lines


_USUAL: dict[PageKind, tuple[str, ...]] = {
    PageKind.LISTING: ("title", "text", "price", "seller", "seller_url", "sales"),
    PageKind.VIDEO: ("title", "text", "seller", "seller_url", "views", "published"),
    PageKind.POST: ("title", "text", "seller", "seller_url", "published"),
    PageKind.ARTICLE: ("title", "text", "author", "published"),
    PageKind.SHARE: ("title", "text", "seller", "published"),
    PageKind.COLLECTIBLE: ("title", "text", "price", "seller"),
}


def _line(key: str, value: str, said: str) -> list[str]:
    if not value:
        return []
    text = f"{key}: {as_scalar(value)}"
    return [f"{text:<32} # {said}" if said else text]


def as_scalar(text: str) -> str:
    """Write a text as YAML takes it for itself: plain where that is read back as it was, else in single quotes."""
    try:
        node = YAML(pure=True).compose(f"key: {text}")
        plain = not yaml_slips(f"key: {text}") and node.value[0][1].value == text and " #" not in text
    except (YAMLError, AttributeError, IndexError, TypeError):
        plain = False
    return text if plain else "'" + text.replace("'", "''") + "'"


def _flow(values: tuple[str, ...]) -> str:
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def _short(text: str) -> str:
    one = " ".join(text.split()).replace("#", "＃")
    return one if len(one) <= 24 else f"{one[:24]}……"
