"""Site file documentation: makes the JSON Schema and ``docs/sites.md`` from the model, so that they cannot differ."""

from __future__ import annotations

import sys
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from patrol.directory.site_model import (
    CRAWL_WORDS,
    EXTRACT_HELP,
    STARTS,
    CrawlMode,
    Expect,
    Extract,
    Limit,
    Pace,
    SiteFile,
    States,
    written_example,
)
from patrol.directory.site_values import Load
from patrol.directory.steps import VERBS
from patrol.vocabulary import Field, PageKind

_RULE = {"type": ["string", "array"], "items": {"type": "string"}}
_WORDS = {"type": ["string", "array"], "items": {"type": "string"}}


def site_schema() -> dict[str, Any]:
    """Make the JSON Schema (2020-12) of a site file as a clerk writes it."""
    special: dict[str, dict[str, Any]] = {
        "kind": {"enum": [k for kind in PageKind for k in (kind.value, kind.label)]},
        "fields": {"type": ["string", "array"], "items": {"enum": [field.label for field in Field]}},
        "crawl": {"enum": list(get_args(CrawlMode))},
        "render": {"enum": ["http", "browser"]},
        "start": {
            "type": ["string", "array"],
            "items": {"anyOf": [{"type": "string"}, *map(_section, STARTS.values())]},
        },
        "limit": _section(Limit),
        "pace": _section(Pace),
        "states": _section(States),
        "extract": {"type": "object", "additionalProperties": False, "properties": _extract()},
        "expect": {"type": "object", "additionalProperties": False, "properties": _expect()},
        "verified": {"type": "string", "format": "date"},
        "scroll": {"type": "integer", "minimum": 0},
        "steps": _steps(),
        "list_steps": _steps(),
        "load": {"type": ["string", "array"], "items": {"enum": list(get_args(Load))}},
        "load_more": {"type": "string"},
    }
    properties = {
        name: {"title": field.title, "description": field.description} | special.get(name, _WORDS)
        for name, field in SiteFile.model_fields.items()
        if name != "sha256"
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Patrol 站点文件",
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, field in SiteFile.model_fields.items() if field.is_required()],
        "properties": properties,
    }


def _steps() -> dict[str, Any]:
    verbs = {name: {"description": said, "type": ["string", "number"]} for name, said in VERBS.items()}
    one = {"type": "object", "additionalProperties": False, "maxProperties": 1, "properties": verbs}
    return {"anyOf": [{"type": "string", "pattern": r"\.json$"}, {"type": "array", "items": one}]}


def _section(model: type[BaseModel]) -> dict[str, Any]:
    properties = {
        name: {"title": field.title, "description": field.description, "type": ["string", "number", "array"]}
        for name, field in model.model_fields.items()
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _extract() -> dict[str, Any]:
    rule = {"anyOf": [_RULE, {"type": "object"}]}
    return {name: {"title": title, "description": said, **rule} for name, (title, said, _) in EXTRACT_HELP.items()}


def _expect() -> dict[str, Any]:
    shares = {
        name: {
            "title": f"{title}的比例",
            "description": "读到这个字段的页面应占多少",
            "type": "number",
            "minimum": 0,
            "maximum": 1,
        }
        for name, (title, _, _) in EXTRACT_HELP.items()
    }
    field = Expect.model_fields["items_per_run"]
    return {"items_per_run": {"title": field.title, "description": field.description, "type": "string"}} | shares


def site_page() -> str:
    """Write ``docs/sites.md``: how to add a site, and every key with its meaning."""
    rows = [_row(name, field) for name, field in SiteFile.model_fields.items() if name != "sha256"]
    parts = [_INTRODUCTION, "## 全部项目\n", "| 项目 | 名称 | 说明 | 例 |\n| --- | --- | --- | --- |", *rows]
    sections: list[tuple[str, type[BaseModel]]] = [
        ("limit", Limit),
        ("pace", Pace),
        ("states", States),
        ("expect", Expect),
        *((f"start 的 {key}", model) for key, model in STARTS.items()),
    ]
    for name, model in sections:
        parts += [f"\n### {name}\n", "| 项目 | 名称 | 说明 | 例 |\n| --- | --- | --- | --- |"]
        parts += [_row(key, field) for key, field in model.model_fields.items()]
    parts += ["\n### extract 的字段\n", "| 字段 | 名称 | 说明 | 例 |\n| --- | --- | --- | --- |"]
    parts += [_row(name, field) for name, field in Extract.model_fields.items()]
    parts += [_STEPS, *(f"- `{name}`：{said}" for name, said in VERBS.items())]
    parts += ["\n### crawl 的走法\n", *(f"- `{name}`：{said}" for name, said in CRAWL_WORDS.items()), ""]
    return "\n".join(parts)


def _row(name: str, field: FieldInfo) -> str:
    example = written_example(field)
    cells = (f"`{name}`", f"{field.title}{'（必填）' if field.is_required() else ''}", str(field.description))
    shown = f"`{example}`" if example else ""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, shown)) + " |"


_INTRODUCTION = """\
# 怎样添加一个站点

一个站点就是一个文件夹，里面放一个 `site.yaml`。放在工作区的 `sites/站点名/` 下，站点名用英文字母和数字。

**最少三行就能用**（多数文章站点的标题和正文会自动识别）：

```yaml
name: 小城新闻
kind: article
start: https://news.example.cn/list.html
```

**从网址开始**（推荐）：让程序先看一看网站，写出第一份文件，再照着改。

```sh
patrol sites new https://news.example.cn/list.html --name mysite   # 写好 sites/mysite/site.yaml，每行都有说明
patrol sites try mysite            # 试读几页：每个字段读到什么、是哪条规则读到的；用浏览器的站点附截图
patrol sites check mysite          # 写法对不对，错在第几行，怎么改
```

给列表页的网址最好，首页也行。页面靠脚本生成的，程序会改用浏览器再看一遍。也可以**复制一个样例**：程序自带
`spiders/sites/example-article`（三行）、`example-shop`（老网店，GBK）、`example-forum`（论坛），复制到工作区的
`sites/` 下改名再改。样例的网址谁也不是，不会被巡查。

然后在重点目录里加一行，“站点”一栏写这个文件夹的名字。核对过后，在文件里写上 `verified: 日期`；过了 90 天，
`check` 会提醒再看一遍。

## 留样本：改了规则、网站改了版，一查便知

```sh
patrol sites keep mysite https://news.example.cn/a/1.html   # 把网页留作样本，写下程序读到的内容
patrol sites confirm mysite 1-item                          # 对照网页看过、改正以后，确认
patrol sites check mysite                                   # 以后随时核对：字段、期望、得到、规则
```

每个样本是一个文件夹，例如 `samples/1-item/`，要核对的内容写在其中的 `expected.yaml`：顶格写的是有人确认过的，
`unconfirmed` 下面的还没有人看过，不算数。确认也可以自己动手：把那一行移到顶格。

- 正文页写字段：`title: 渡口夜话`、`price: 12800`；不该读到的写 `无`：`author: 无`。长的正文写开头、结尾和字数。
- 列表页写 `links: 24`（条目数）和 `next: 网址`；下架、要登录的页面写 `state: gone`、`state: logged_out`。
- “3天前”从保存样本的时间算起，所以样本什么时候核对都一样。
- 暂时读不对、先放着的，写 `xfail: 原因`，或只对一个字段：`xfail: {price: 原因}`。

## 规则怎么写

一条规则就是一行字，默认是 CSS 选择器：`h1.title` 取文字，`a.next@href` 取属性。也可以写
`xpath: //h1`、`json: $.offers.price`、`re: 售价(\\d+)`。后面可以加 `| number`（数字，认得 1.2万+）、`| date`
（日期，认得 3天前）、`| join`（多处连成一段）。最后还可以写 `| link https://a.cn/item/{}`：把读到的编号或游标
填进地址，例如 `next: 'json: $.data.next | link https://a.cn/api/list?cursor={}'`，读到空值就不再翻页。写成列表就是“哪条先有结果用哪条”
（`items` 例外：几条都算）。

容易写错的地方：以 `#` 或 `@` 开头的内容要加引号（`'#detail'`）；冒号用英文半角，后面空一格；缩进只用空格。
写错了 `patrol sites check` 会说出是第几行、怎么改。
"""

_STEPS = """
### steps 和 list_steps 的动作

一行一个动作，从上往下做；对哪个元素做，写 CSS 选择器，或 `'text: 页面上的字'`，或 `'xpath: //路径'`：

```yaml
render: browser
steps:
  - click_if_there: .popup .close
  - click: 'text: 展开全文'
  - wait_for: .full-text
```

更复杂的操作可以录下来：在 Chrome 的开发者工具里打开“录制器”，在一个条目页上做一遍，导出为 JSON 放进站点文件夹，写
`steps: recorded/open-details.json`。以后每个条目页都照着做一遍。录制里不要有登录和密码。哪一步没有做成，会写在巡查结果里。
"""


if __name__ == "__main__":
    # python -m patrol.directory.site_doc > docs/sites.md
    sys.stdout.write(site_page())
