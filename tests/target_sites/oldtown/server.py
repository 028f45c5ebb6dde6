"""Serve the forum and the shop: ``python -m tests.target_sites.oldtown.server --port N``.

The forum says ``gb2312`` and sends GBK, adds a new session number to every link, has printing versions, views by author,
reply forms, a calendar without end and threads of several pages. The shop (``/counter/``) is one script: what differs is the
query; what was taken down is answered with the front page; old addresses redirect.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.target_sites.essays import Essay, make_essays
from tests.target_sites.goods import Good, make_goods

THREADS, DELETED = 45, 2
PRODUCTS, GONE = 60, 3
PER_LIST, POSTS_A_PAGE = 10, 2
FORUM = [*make_essays(THREADS + DELETED, seed="forum", paragraphs=5)]
COUNTER = make_goods(PRODUCTS, gone=GONE, seed="counter")
_sessions = itertools.count(1)


def posts_of(thread: Essay) -> tuple[str, ...]:
    """The posts of a thread: one to five."""
    return thread.paragraphs[: 1 + thread.number % 5]


def is_deleted(thread: Essay) -> bool:
    return thread.number > THREADS


# -- the forum --------------------------------------------------------------------------------------------------------


def forum(script: str, query: Mapping[str, str]) -> str:
    session = f"{next(_sessions):06x}Zq7fKp91aW"

    def to(name: str, **more: object) -> str:
        return escape(f"{name}.php?" + urlencode({**more, "sid": session}))

    if script == "index":
        return _forum_page(
            "盐田论坛",
            f'<frameset cols="180,*"><frame src="{to("menu")}"><frame src="{to("forumdisplay", fid=2)}"></frameset>',
        )
    if script == "menu":
        return _forum_page(
            "菜单",
            f'<a href="{to("forumdisplay", fid=2)}" target=main>手艺与街巷版</a> <a href="{to("calendar")}">日历</a>',
        )
    if script == "calendar":
        month = int(query.get("month", "202611"))
        return _forum_page(
            "日历", "".join(f'<a href="{to("calendar", month=month + n)}">{month + n}</a> ' for n in (-1, 1))
        )
    if script == "forumdisplay":
        return _thread_list(int(query.get("page", "1")), to)
    if script == "viewthread":
        thread = next((t for t in FORUM if str(1000 + t.number) == query.get("tid")), None)
        if thread is None or is_deleted(thread):
            return _forum_page("提示信息", "<div class=box>对不起，指定的主题不存在或已被删除或正在被审核</div>")
        return _thread(thread, int(query.get("page", "1")), query, to)
    return _forum_page("提示信息", "<div class=box>您还没有登录，无权进行此操作</div>")


def _forum_page(title: str, body: str) -> str:
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
        f"<title>{title} - 盐田论坛 - Powered by 自制</title></head>{body}</html>"
    )


def _thread_list(number: int, to: Any) -> str:
    chosen = FORUM[(number - 1) * PER_LIST : number * PER_LIST]
    rows = "".join(
        f'<tr><td class=folder><a href="{to("viewthread", tid=1000 + t.number, extra=f"page={number}")}" target=_blank><img src=new.gif></a></td>'
        f'<th><a class=subject href="{to("viewthread", tid=1000 + t.number, extra=f"page={number}")}">{t.title}</a> '
        + "".join(
            f'<a class=mini href="{to("viewthread", tid=1000 + t.number, page=n)}">{n}</a>'
            for n in range(2, _pages(t) + 1)
        )
        + f'</th><td><a href="{to("space", uid=7)}">{t.author}</a></td>'
        f'<td><a href="{to("redirect", goto="lastpost", tid=1000 + t.number)}">最后发表</a></td></tr>'
        for t in chosen
    )
    last = -(-len(FORUM) // PER_LIST)
    pages = "".join(
        f"<strong>{n}</strong>" if n == number else f'<a href="{to("forumdisplay", fid=2, page=n)}">{n}</a>'
        for n in range(1, last + 1)
    )
    following = (
        f'<a href="{to("forumdisplay", fid=2, page=number + 1)}" class=next>&rsaquo;&rsaquo;</a>'
        if number < last
        else ""
    )
    order = f'<a href="{to("forumdisplay", fid=2, orderby="views")}">按查看数排序</a> <a href="{to("post", action="newthread")}">发新话题</a>'
    return _forum_page(
        "手艺与街巷版", f"<body>{order}<table>{rows}</table><div class=pages>{pages}{following}</div></body>"
    )


def _pages(thread: Essay) -> int:
    return -(-len(posts_of(thread)) // POSTS_A_PAGE)


def _thread(thread: Essay, number: int, query: Mapping[str, str], to: Any) -> str:
    tid = 1000 + thread.number
    only = query.get("authorid") or query.get("action")
    posts = posts_of(thread)[(number - 1) * POSTS_A_PAGE : number * POSTS_A_PAGE]
    shown = "".join(
        f"<div class=post><cite>{thread.author}</cite><em>发表于 {thread.published.year}-{thread.published.month}-{thread.published.day} "
        f'{thread.published:%H:%M}</em> <a href="{to("viewthread", tid=tid, authorid=7)}">只看该作者</a>'
        f'<div class=message>{text}</div><a href="{to("post", action="reply", tid=tid)}">回复</a></div>'
        for text in posts
    )
    last = _pages(thread)
    following = (
        f'<a class=next href="{to("viewthread", tid=tid, page=number + 1)}">下一页</a>'
        if number < last and not only
        else ""
    )
    printed = f'<a href="{to("viewthread", tid=tid, action="printable")}">打印</a>'
    head = f"<h1>{thread.title}</h1><span class=views>查看: {'1.2万' if thread.number % 9 == 0 else thread.number * 37}</span>"
    beside = f'<a href="{to("viewthread", tid=tid + 1, goto="nextnewset")}">下一主题</a>'
    return _forum_page(thread.title, f"<body>{head}{printed}{shown}<div class=pages>{following}</div>{beside}</body>")


# -- the shop ---------------------------------------------------------------------------------------------------------


def counter(query: Mapping[str, str]) -> str | None:
    """A page of the shop; None for what was taken down."""
    if "id" in query:
        good = next((g for g in COUNTER if str(g.number) == query["id"]), None)
        return None if good is None or good.gone else _good(good)
    number = int(query.get("p", "1"))
    chosen = [g for g in COUNTER if query.get("c", "") in ("", g.category)][(number - 1) * PER_LIST : number * PER_LIST]
    cards = "".join(
        f'<li><a href="?id={g.number}&amp;from=list&amp;spm=a1.{number}.{g.number}"><img src="/p.gif" alt=""></a>'
        f'<a href="?id={g.number}&amp;from=list">{g.title}</a><b>￥{g.price:,.2f}</b>'
        f'<a href="?act=cart&amp;add={g.number}">加入购物车</a></li>'
        for g in chosen
    )
    sorts = "".join(
        f'<a href="?p={number}&amp;sort={way}">{name}排序</a>'
        for way, name in (("price", "按价格"), ("sold", "按销量"))
    )
    last = -(-len(COUNTER) // PER_LIST)
    pages = "".join(f'<a href="?p={n}">{n}</a>' if n != number else f"<span>{n}</span>" for n in range(1, last + 1))
    return f"\ufeff<!doctype html><title>柜台</title><p>{sorts}</p><ul>{cards}</ul><div>{pages}</div>"


def _good(good: Good) -> str:
    beside = COUNTER[good.number % PRODUCTS]
    parts = "".join(f"<p>{part}。</p>" for part in good.description.rstrip("。").split("。"))
    return (
        f"\ufeff<!doctype html><title>{good.title} - 柜台</title><h2 class=t>{good.title}</h2>"
        f"<dl><dt>原价</dt><dd><s>￥{good.price * 2:,.2f}</s></dd><dt>现价</dt><dd class=now>￥ {good.price:,.2f} 元</dd>"
        f"<dt>商家</dt><dd>{good.seller}</dd><dt>已售</dt><dd class=sold>{_sold(good.sales)}</dd></dl>"
        f'<div class="d">{parts}</div><p>买过的人还看了 <a href="?id={beside.number}">{beside.title}</a></p>'
        '<a href="?p=1">返回</a> <a href="#" class=next>&gt;</a>'
    )


def _sold(sales: int) -> str:
    return f"{sales / 10000:g}万+" if sales >= 10000 else f"{sales}件"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        script = parts.path.strip("/")
        if script == "counter/goods.asp":
            self._send(301, b"", Location=f"/counter/?id={query.get('id', '')}")
        elif script == "counter":
            shown = counter(query)
            if shown is None:
                self._send(302, b"", Location="/counter/")
            else:
                self._send(200, shown.encode(), **{"Content-Type": "text/html"})
        elif script in ("", "index.php") or script.endswith(".php"):
            page = forum(script.removesuffix(".php") or "index", query)
            self._send(200, page.encode("gb18030"), **{"Content-Type": "text/html"})
        else:
            self._send(404, b"")

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said of each request."""


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), _Handler)
    server.daemon_threads = True
    Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
