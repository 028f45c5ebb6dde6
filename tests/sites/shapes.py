"""Small sites of the shapes that a clerk meets, written for the survey's tests: none resembles the demo town's markup.

Each is a dictionary of paths to HTML, with what must be found on it: the items' paths, and some fields of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from random import Random

_WORDS = [
    "山河",
    "旧梦",
    "长街",
    "灯火",
    "雨巷",
    "归人",
    "渡口",
    "青瓦",
    "晚钟",
    "故园",
    "星汉",
    "流萤",
    "孤舟",
    "秋水",
    "春台",
    "远岫",
    "寒江",
    "疏影",
    "暗香",
    "竹溪",
    "石桥",
    "古道",
    "西风",
    "落日",
    "霜林",
    "雁字",
    "云笺",
    "雪夜",
    "梅坞",
    "柳岸",
]
_SENTENCES = (
    "他把伞收起来，站在屋檐下看了很久的雨。",
    "院子里的桂花开得正好，风一吹落了满地。",
    "没有人知道那封信后来去了哪里。",
    "船到江心的时候，月亮才从云里出来。",
    "她笑着摇了摇头，把茶又添满了。",
    "巷口的钟敲了九下，街上只剩卖馄饨的担子。",
    "书页里夹着一片枫叶，颜色还是红的。",
    "老人说，这座桥比镇子还要老。",
)


@dataclass
class Shape:
    """``items``: path → fields that must be read there; ``charset`` of the pages' bytes."""

    name: str
    kind: str
    pages: dict[str, str] = field(default_factory=dict)
    items: dict[str, dict[str, str]] = field(default_factory=dict)
    start: str = "/"
    charset: str = "utf-8"
    render: str = "http"


def _title(random: Random) -> str:
    return "".join(random.sample(_WORDS, 3))


def _prose(random: Random, sentences: int) -> list[str]:
    return ["".join(random.choice(_SENTENCES) for _ in range(3)) for _ in range(max(1, sentences // 3))]


def _paragraphs(random: Random, sentences: int) -> str:
    return "".join(f"<p>{line}</p>" for line in _prose(random, sentences))


def _html(title: str, body: str, head: str = "") -> str:
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body></html>'


def table_forum() -> Shape:
    """An old forum of tables without any class: titles, people, reply counts; threads of several posts."""
    shape, random = Shape("table forum", "post"), Random(1)
    frame = '<table width="100%"><tr><td><a href="index.php">论坛首页</a> | <a href="reg.php">注册</a> | <a href="help.php">帮助</a></td></tr></table>'
    numbers = list(range(4001, 4046))
    people = ["渔樵", "听雨", "老墨", "北窗", "南楼"]
    titles = {n: f"{_title(random)}讨论" for n in numbers}
    for page in range(3):
        rows = "".join(
            f'<tr><td><a href="read.php?tid={n}">{titles[n]}</a></td><td><a href="u.php?uid={n % 5}">{people[n % 5]}</a></td><td>{n % 17}/{n}</td></tr>'
            for n in numbers[page * 15 : page * 15 + 15]
        )
        pager = "".join(
            f"<b>{p + 1}</b> " if p == page else f'<a href="list.php?fid=2&p={p + 1}">{p + 1}</a> ' for p in range(3)
        )
        shape.pages[f"/list.php?fid=2&p={page + 1}"] = _html(
            "原创区 - 茶馆", f"{frame}<table>{rows}</table><div>{pager}</div>"
        )
    for n in numbers:
        posts = f"<table><tr><td>楼主：{people[n % 5]}</td><td>{_paragraphs(random, 9)}</td></tr></table>" + "".join(
            f"<table><tr><td>{people[(n + k) % 5]}</td><td>回复 {k} 楼：{random.choice(_SENTENCES)}</td></tr></table>"
            for k in range(1, 4)
        )
        shape.pages[f"/read.php?tid={n}"] = _html(f"{titles[n]} - 茶馆", f"{frame}<h1>{titles[n]}</h1>{posts}")
        shape.items[f"/read.php?tid={n}"] = {"title": titles[n], "seller": people[n % 5]}
    shape.start = "/list.php?fid=2&p=1"
    return shape


def card_shop() -> Shape:
    """A shop front page with categories; cards with picture and title links; old price struck out; related goods; hashed
    classes among lasting ones."""
    shape, random = Shape("card shop", "listing"), Random(2)
    cats = {"wenxue": "文学", "lishi": "历史", "shaoer": "少儿读物", "jiaofu": "教辅"}
    frame = (
        '<div class="top-bar"><a href="/login">登录</a> <a href="/cart">购物车</a></div><ul class="menu">'
        + "".join(f'<li><a href="/category/{slug}">{name}</a></li>' for slug, name in cats.items())
        + "</ul>"
    )
    foot = '<div class="footer"><a href="/about-us">关于我们</a> <a href="/contact-us">联系我们</a> <a href="/help-center">帮助中心</a> 沪ICP备11000001号</div>'
    shape.pages["/"] = _html("百川书城", f'{frame}<div class="banner">全场包邮</div>{foot}')
    numbers = count(100101)
    for slug, name in cats.items():
        goods = [(next(numbers), f"《{_title(random)}》{random.choice(('精装', '平装', '珍藏版'))}") for _ in range(16)]
        price = {n: f"{random.randint(9, 99)}.{random.randint(1, 9)}0" for n, _ in goods}
        shops = {n: f"{random.choice(_WORDS)}书屋" for n, _ in goods}
        for page in range(2):
            cards = "".join(
                f'<div class="product css-1x9k2z"><a href="/product/{n}"><img src="/i/{n}.jpg" alt="{title}"></a><h3 class="Title_x__9aZ3k"><a href="/product/{n}">{title}</a></h3>'
                f'<span class="now">¥{price[n]}</span></div>'
                for n, title in goods[page * 8 : page * 8 + 8]
            )
            more = f'<li class="next"><a href="/category/{slug}?page=2">后页</a></li>' if page == 0 else ""
            path = f"/category/{slug}" + ("?page=2" if page else "")
            shape.pages[path] = _html(
                f"{name} - 百川书城", f'{frame}<div class="products">{cards}</div><ul class="pager">{more}</ul>{foot}'
            )
        for n, title in goods:
            related = "".join(
                f'<div class="rel"><a href="/product/{m}">{t}</a><span class="now">¥{price[m]}</span></div>'
                for m, t in random.sample(goods, 4)
            )
            sold = random.randint(3, 900)
            shape.pages[f"/product/{n}"] = _html(
                f"{title} - 百川书城",
                f'{frame}<div class="detail"><h2 class="p-name">{title}</h2><p>原价 <del>¥{float(price[n]) * 2:.2f}</del> 现价 <span class="now">¥{price[n]}</span></p>'
                f'<dl><dt>店铺</dt><dd><a href="/shop/{n % 7}">{shops[n]}</a></dd><dt>销量</dt><dd>已售{sold}件</dd></dl><div class="intro">{_paragraphs(random, 6)}</div></div><div class="related">{related}</div>{foot}',
            )
            shape.items[f"/product/{n}"] = {"title": title, "price": price[n], "seller": shops[n], "sales": str(sold)}
    return shape


def blog() -> Shape:
    """A blog as the most common blog program makes it: dates in addresses with word slugs, widgets, older posts."""
    shape, random = Shape("blog", "article"), Random(3)
    slugs = [
        f"a-note-on-{'-'.join(random.sample(['rain', 'river', 'lamp', 'bridge', 'tea', 'moon', 'road', 'boat'], 2))}-{chr(97 + k % 26)}{chr(97 + k // 26)}"
        for k in range(31)
    ]
    titles = {slug: f"{_title(random)}札记" for slug in slugs}
    where = {slug: f"/2026/{10 + k % 2:02}/{slug}/" for k, slug in enumerate(slugs)}
    side = (
        '<aside id="secondary"><section class="widget"><h2>近期文章</h2><ul>'
        + "".join(f'<li><a href="{where[s]}">{titles[s]}</a></li>' for s in slugs[:5])
        + '</ul></section><section class="widget"><h2>分类</h2><ul>'
        + "".join(
            f'<li class="cat-item"><a href="/category/{c}/">{c}</a></li>' for c in ("travel", "books", "life", "food")
        )
        + "</ul></section></aside>"
    )
    frame = '<header class="site-header"><p class="site-title"><a href="/">听潮小记</a></p><nav class="main-navigation"><ul><li><a href="/about/">关于</a></li><li><a href="/links/">友链</a></li><li><a href="/guestbook/">留言</a></li></ul></nav></header>'
    for page in range(4):
        posts = "".join(
            f'<article class="post-{500 + k} post type-post"><header class="entry-header"><h2 class="entry-title"><a href="{where[s]}" rel="bookmark">{titles[s]}</a></h2></header>'
            f'<div class="entry-summary"><p>{random.choice(_SENTENCES)}</p><a class="more-link" href="{where[s]}">继续阅读</a></div><footer class="entry-footer"><a href="/tag/rain/" rel="tag">雨</a></footer></article>'
            for k, s in enumerate(slugs[page * 8 : page * 8 + 8])
        )
        older = f'<div class="nav-previous"><a href="/page/{page + 2}/">较旧文章</a></div>' if page < 3 else ""
        newer = f'<div class="nav-next"><a href="/page/{page}/">较新文章</a></div>' if page else ""
        shape.pages["/" if page == 0 else f"/page/{page + 1}/"] = _html(
            "听潮小记", f'{frame}<main id="main">{posts}<nav class="posts-navigation">{older}{newer}</nav></main>{side}'
        )
    for k, s in enumerate(slugs):
        day = f"2026-{10 + k % 2:02}-{1 + k % 28:02}"
        body = f'<article><header class="entry-header"><h1 class="entry-title">{titles[s]}</h1><div class="entry-meta"><time class="entry-date" datetime="{day}T08:00:00+08:00">{day}</time> <span class="byline">由 <a href="/author/chao/">阿潮</a></span></div></header><div class="entry-content">{_paragraphs(random, 24)}</div></article>'
        shape.pages[where[s]] = _html(
            f"{titles[s]} – 听潮小记",
            f'{frame}<main id="main">{body}<div class="comments"><h3>评论</h3><p>写得真好</p></div></main>{side}',
        )
        shape.items[where[s]] = {"title": titles[s], "author": "阿潮", "published": day}
    return shape


def html_forum() -> Shape:
    """A forum of threads with addresses like ``thread-12-1-1.html``, pages within threads, pinned notices, GBK."""
    shape, random = Shape("html forum", "post", charset="gbk"), Random(4)
    frame = '<div id="hd"><div id="nv"><ul><li><a href="forum.php">论坛</a></li><li><a href="forum-2-1.html">交易区</a></li><li><a href="forum-3-1.html">灌水区</a></li><li><a href="misc.php?mod=faq">帮助</a></li></ul></div></div>'
    numbers = list(range(10, 60))
    titles = {n: f"[转让] {_title(random)}全套" for n in numbers}
    for page in range(1, 4):
        rows = "".join(
            f'<tbody id="normalthread_{n}"><tr><td class="icn"><a href="thread-{n}-1-1.html" title="新窗口打开"></a></td><th class="common"><a href="thread-{n}-1-1.html" class="s xst">{titles[n]}</a> '
            + (
                f'<span class="tps">...<a href="thread-{n}-2-1.html">2</a><a href="thread-{n}-3-1.html">3</a></span>'
                if n % 4 == 0
                else ""
            )
            + f'</th><td class="by"><cite><a href="space-uid-{n % 6}.html">用户{n % 6}号</a></cite></td><td class="num"><a href="thread-{n}-1-1.html" class="xi2">{n % 9}</a></td></tr></tbody>'
            for n in numbers[(page - 1) * 20 : page * 20]
        )
        pg = "".join(f"<strong>{p}</strong>" if p == page else f'<a href="forum-2-{p}.html">{p}</a>' for p in (1, 2, 3))
        nxt = f'<a href="forum-2-{page + 1}.html" class="nxt">下一页</a>' if page < 3 else ""
        shape.pages[f"/forum-2-{page}.html"] = _html(
            "交易区 - 闲情论坛",
            f'{frame}<div id="threadlist"><table>{rows}</table></div><div class="pg">{pg}{nxt}</div>',
        )
    for n in numbers:
        posts = "".join(
            f'<div id="post_{n}{k}"><div class="authi"><a href="space-uid-{(n + k) % 6}.html" class="xw1">用户{(n + k) % 6}号</a> <em>发表于 2026-11-{1 + n % 25} 10:0{k}</em></div><table><tr><td class="t_f">{_paragraphs(random, 9) if k == 0 else random.choice(_SENTENCES)}</td></tr></table></div>'
            for k in range(4)
        )
        shape.pages[f"/thread-{n}-1-1.html"] = _html(
            f"{titles[n]} - 交易区 - 闲情论坛",
            f'{frame}<h1 class="ts"><a href="forum-2-1.html">[交易]</a> <span id="thread_subject">{titles[n]}</span></h1><div id="postlist">{posts}</div><div class="pg"><strong>1</strong></div>',
        )
        shape.items[f"/thread-{n}-1-1.html"] = {"title": titles[n], "seller": f"用户{n % 6}号"}
    shape.start = "/forum-2-1.html"
    return shape


def novel() -> Shape:
    """A book's page that lists all its chapters at once; chapters with links to those before and after."""
    shape, random = Shape("novel", "article"), Random(5)
    frame = '<div class="header"><a href="/">笔墨轩</a></div><div class="nav"><a href="/xuanhuan/">玄幻</a><a href="/dushi/">都市</a><a href="/lishi/">历史</a><a href="/paihang/">排行榜</a></div>'
    chapters = list(range(88001, 88041))
    titles = {n: f"第{k + 1}章 {_title(random)}" for k, n in enumerate(chapters)}
    listed = "".join(f'<dd><a href="/book/77/{n}.html">{titles[n]}</a></dd>' for n in chapters)
    latest = "".join(f'<dd><a href="/book/77/{n}.html">{titles[n]}</a></dd>' for n in reversed(chapters[-6:]))
    shape.pages["/book/77/"] = _html(
        "长夜行 最新章节 - 笔墨轩",
        f'{frame}<div id="info"><h1>长夜行</h1><p>作者：沈砚</p><p>简介：{random.choice(_SENTENCES)}</p></div><div id="list"><dl><dt>最新章节</dt>{latest}<dt>正文</dt>{listed}</dl></div>',
    )
    for k, n in enumerate(chapters):
        before = f"/book/77/{chapters[k - 1]}.html" if k else "/book/77/"
        after = f"/book/77/{chapters[k + 1]}.html" if k + 1 < len(chapters) else "/book/77/"
        turn = f'<div class="bottem"><a href="{before}">上一章</a> <a href="/book/77/">章节目录</a> <a href="{after}">下一章</a></div>'
        shape.pages[f"/book/77/{n}.html"] = _html(
            f"{titles[n]}_长夜行_笔墨轩",
            f'{frame}<div class="bookname"><h1>{titles[n]}</h1>{turn}</div><div id="txt">{"<br><br>".join(_prose(random, 30))}</div>{turn}',
        )
        shape.items[f"/book/77/{n}.html"] = {"title": titles[n]}
    shape.start = "/book/77/"
    return shape


def news() -> Shape:
    """A plain ``<li>`` list of a local news site, times beside the titles, numbered pages only, the author in a line of facts."""
    shape, random = Shape("news", "article"), Random(6)
    frame = '<div class="top"><a href="/">首页</a><a href="/yaowen/">要闻</a><a href="/minsheng/">民生</a><a href="/wenhua/">文化</a></div>'
    foot = '<div class="bottom"><a href="/about.html">关于我们</a><a href="/ad.html">广告服务</a><a href="/law.html">法律声明</a></div>'
    numbers = list(range(20261101, 20261141))
    titles = {n: f"{_title(random)}今日{random.choice(('开幕', '揭晓', '启动'))}" for n in numbers}
    for page in range(1, 5):
        rows = "".join(
            f'<li><span>11-{1 + n % 28:02}</span><a href="/wenhua/content_{n}.html">{titles[n]}</a></li>'
            for n in numbers[(page - 1) * 10 : page * 10]
        )
        pager = "".join(
            f'<span class="cur">{p}</span>'
            if p == page
            else f'<a href="/wenhua/{"index" if p == 1 else f"index_{p}"}.html">{p}</a>'
            for p in range(1, 5)
        )
        shape.pages["/wenhua/index.html" if page == 1 else f"/wenhua/index_{page}.html"] = _html(
            "文化频道 - 江城网", f'{frame}<ul class="list">{rows}</ul><div class="pages">{pager}</div>{foot}'
        )
    for n in numbers:
        shape.pages[f"/wenhua/content_{n}.html"] = _html(
            f"{titles[n]}_江城网",
            f'{frame}<div class="article"><h1>{titles[n]}</h1><div class="info">2026-11-{1 + n % 28:02} 09:30　来源：江城日报　作者：{"周" if n % 2 else "吴"}明</div><div class="TRS_Editor">{_paragraphs(random, 18)}</div></div>{foot}',
        )
        shape.items[f"/wenhua/content_{n}.html"] = {
            "title": titles[n],
            "author": ("周" if n % 2 else "吴") + "明",
            "published": f"2026-11-{1 + n % 28:02} 09:30",
        }
    shape.start = "/wenhua/index.html"
    return shape


def script_list() -> Shape:
    """Nothing but an empty element until a script has run; all cards at once, plain addresses."""
    shape, random = Shape("script list", "video", render="browser"), Random(7)
    titles = {n: f"{_title(random)}解说" for n in range(301, 309)}
    rows = ",".join(
        f'{{"id":{n},"t":"{title}","up":"{random.choice(_WORDS)}影视","n":{random.randint(100, 90000)}}}'
        for n, title in titles.items()
    )
    people = dict(zip(titles, [row.split('"up":"')[1].split('"')[0] for row in rows.split("},")], strict=True))
    script = (
        f"<div id=root></div><script>const all=[{rows}];const root=document.getElementById('root');const m=location.pathname.match(/play\\/(\\d+)/);"
        "if(m){const v=all.find(x=>x.id==m[1]);document.title=v.t;root.innerHTML=`<div class=player></div><h1>${v.t}</h1><div class=meta><a class=up-name href=/space/${v.id%5}>${v.up}</a><span class=times>${v.n}次播放</span></div><p class=desc>本期视频带你看完，"
        "喜欢的话点个关注，弹幕走一波。${v.t}全集在主页。</p>`}else{root.innerHTML='<div class=feed>'+all.map(v=>`<div class=cell><a href=/play/${v.id}>${v.t}</a></div>`).join('')+'</div>'}</script>"
    )
    shape.pages["/"] = _html("", script)
    for n, title in titles.items():
        shape.pages[f"/play/{n}"] = shape.pages["/"]
        shape.items[f"/play/{n}"] = {"title": title, "seller": people[n]}
    return shape


SHAPES = (table_forum, card_shop, blog, html_forum, novel, news, script_list)
