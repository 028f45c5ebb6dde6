"""What the browser does on a page before it is read: verbs, recordings, growing lists; and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from patrol import crawl_stats
from patrol.chromium import find_browser
from patrol.directory import SiteProblem, load_site
from patrol.directory.recording import read_recording
from spiders.reading.page import parse_json
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

needs_browser = pytest.mark.skipif(find_browser() is None, reason="no Chromium on this machine")
HEAD = "name: 书市\nkind: listing\nstart: https://a.cn/list\nitems: a.goods@href\nrender: browser\n"  # five lines
TEXT = "这是一段正文。" * 20


def problem(folder: Path, text: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "site.yaml").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(SiteProblem) as caught:
        load_site(folder)
    assert len(caught.value.problems) == 1, str(caught.value)
    return str(caught.value)


# -- in the site file -----------------------------------------------------------------------------------------------

SLIPS = {
    "a hash": ("steps:\n  - click: #more\n", 7, "- click: '#more'"),
    "no space after the colon": ("steps:\n  - click:.more\n", 7, "- click: .more"),
    "no space after the dash": ("steps:\n  - click: .a\n  -pause: 2\n", 8, "- pause: 2"),
    "a wide colon": ("steps:\n  - click： .more\n", 7, "- click: .more"),
    "nothing after it": ("steps:\n  - remove:\n", 7, "“remove”后面没有内容"),
    "a verb that there is not": ("steps:\n  - wait_for: .a\n  - tap: .b\n", 8, "没有“tap”这个动作"),
    "a selector that is none": ("steps:\n  - click: 'a..b'\n", 7, "不是正确的 CSS 选择器"),
    "an attribute is no element": ("steps:\n  - click: 'a.more@href'\n", 7, "应当指一个元素"),
    "a json path is no element": ("steps:\n  - click: 'json: $.a'\n", 7, "应当指一个元素"),
    "words for a number": ("steps:\n  - scroll: 很多\n", 7, "1 到 200 的数字"),
    "a pause too long": ("steps:\n  - pause: 60\n", 7, "1 到 30 的数字"),
    "two verbs on one line": ("steps:\n  - {click: .a, pause: 2}\n", 7, "每一步单独一行"),
    "a verb without content": ("steps:\n  - click\n", 7, "写成“- 动作: 内容”"),
    "text unquoted": ("steps:\n  - click: text: 更多\n", 7, "- click: 'text: 更多'"),
    "no such recording": ("steps: recorded/x.json\n", 6, "没有录制文件“recorded/x.json”"),
    "a recording elsewhere": ("steps: ../../x.json\n", 6, "要放在站点自己的文件夹里"),
    "a thing not loaded": ("load: [images, videos]\n", 6, "images、fonts、media"),
    "a button that is none": ("load_more: 'a..b'\n", 6, "不是正确的 CSS 选择器"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_the_steps_is_named_with_its_line(tmp_path: Path, slip: str) -> None:
    text, line, remedy = SLIPS[slip]
    said = problem(tmp_path / "shushi", text)
    assert f"第 {line} 行" in said
    assert remedy in said


@pytest.mark.parametrize("key", ["steps: [pause: 2]", "list_steps: [pause: 2]", "load: images", "load_more: .more"])
def test_what_only_a_browser_does_asks_for_a_browser(tmp_path: Path, key: str) -> None:
    (tmp_path / "site.yaml").write_text(HEAD.replace("render: browser\n", "") + key, encoding="utf-8")
    with pytest.raises(SiteProblem, match="render: browser"):
        load_site(tmp_path)


# -- recordings -----------------------------------------------------------------------------------------------------


def recorded(folder: Path, *steps: dict[str, Any], **more: Any) -> Path:
    path = folder / "recorded" / "open.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"title": "打开", "steps": list(steps), **more}), encoding="utf-8")
    return path


REFUSED = {
    "free JavaScript": ({"type": "waitForExpression", "expression": "alert(1)"}, "运行任意脚本"),
    "an extension's own step": ({"type": "customStep", "name": "x"}, "customStep"),
    "a type that nobody knows": ({"type": "teleport"}, "teleport：不认得这种步骤"),
    "no type": ({"x": 1}, "没有类型"),
    "a click on nothing": ({"type": "click"}, "没有选择器"),
    "a password": ({"type": "change", "value": "s3cret", "selectors": [["#password"]]}, "不要有密码"),
    "a file": ({"type": "navigate", "url": "file:///etc/passwd"}, "不是 http 或 https 网址"),
    "a window as large as the sea": ({"type": "setViewport", "width": 1e9, "height": 5}, "width 应当是"),
    "a wait by property": ({"type": "waitForElement", "selectors": ["a"], "properties": {"x": 1}}, "按属性等待"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_recording_may_not_do_is_named_by_step(tmp_path: Path, what: str) -> None:
    step, said = REFUSED[what]
    recorded(tmp_path / "shushi", {"type": "setViewport", "width": 800, "height": 600}, step)
    found = problem(tmp_path / "shushi", "steps: recorded/open.json\n")
    assert "第 6 行" in found
    assert "第 2 步" in found
    assert said in found
    assert "s3cret" not in found


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json", '{"steps": 5}', "[" * 10_000])
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    recorded(tmp_path).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="不是录制器导出的 JSON"):
        read_recording(tmp_path, "recorded/open.json")


def test_the_page_that_a_recording_began_on_is_left_out(tmp_path: Path) -> None:
    recorded(
        tmp_path,
        {"type": "setViewport", "width": 800, "height": 600},
        {"type": "navigate", "url": "https://a.cn/1"},
        {"type": "click", "selectors": [["aria/更多"], "#more", ["#host", ".in"]], "timeout": 60_000, "button": "secondary"},
        {"type": "navigate", "url": "https://a.cn/2"},
    )  # fmt: skip
    viewport, click, navigate = read_recording(tmp_path, "recorded/open.json")
    assert viewport.place == (800, 600)
    assert click.selectors == (("aria/更多",), ("#more",), ("#host", ".in"))
    assert (click.button, click.seconds) == ("right", 15)
    assert navigate.value == "https://a.cn/2"


# -- on real pages --------------------------------------------------------------------------------------------------

POPUP = """<h1>商品</h1><div class="popup" style="position:fixed;inset:0;background:#fff"><b class="close"
 onclick="this.parentNode.remove()">关</b></div><div id="ad">广告</div>
<button class="more" onclick="setTimeout(() => text.textContent = FULL, 300)">展开全文</button><p id="text">摘要……</p>
<script>const FULL = '这是全文。'.repeat(30)</script>"""
VERBS = """steps:
  - click_if_there: .popup .close
  - click_if_there: .not-there
  - click: 'text: 展开全文'
  - wait_for_text: 这是全文
  - wait_for: '#text'
  - remove: '#ad'
  - scroll: 2
  - pause: 0.1
"""


@needs_browser
def test_the_verbs_do_what_they_say(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", POPUP)
    done = crawl(
        f"start: ZOO/1\ncrawl: direct\nrender: browser\n{VERBS}extract: {{text: '#text', description: '#ad'}}\n"
    )
    (item,) = done.items
    assert item.extracted.text == "这是全文。" * 30
    assert item.extracted.description == ""
    assert "摘要" in item.exchange.response_body.decode()
    said = dict(item.extracted.extra)
    assert "click: text: 展开全文" in said["steps"]
    assert "steps_failed" not in said


@needs_browser
def test_a_step_that_fails_is_told_with_its_reason_and_the_page_is_still_read(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", f"<h1>一</h1><p>{TEXT}</p><button class=b>买</button><div style='position:fixed;inset:0'>遮</div>")
    zoo.page("/2", f"<h1>二</h1><p>{TEXT}</p>")
    done = crawl("start: [ZOO/1, ZOO/2]\ncrawl: direct\nrender: browser\nsteps: [click: .b, remove: h1]\n")
    assert done.titles() == ["一", "二"]
    assert "1 页上操作“click: .b”没有做成：页面上没有这个元素" in crawl_stats.YELLOW.of(done.stats)
    assert "1 页上操作“click: .b”没有做成：元素在，但操作不了" in crawl_stats.YELLOW.of(done.stats)
    assert all("click: .b" in dict(item.extracted.extra)["steps_failed"] for item in done.items)


RECORDER = """<h1>录制</h1><button aria-label="关闭" onclick="log('aria')">×</button><a href="#" onclick="log('text')">看详情</a>
<i id="x" onclick="log('xpath')">x</i><my-box></my-box><input id="q" oninput="log('change ' + value)"
onkeydown="log('key ' + event.key)"><select id="s" onchange="log('select ' + value)"><option>1<option>2</select>
<p id="h" onmouseenter="log('hover')">h</p><div id="late"></div><iframe src="/frame"></iframe>
<div id="box" style="height:40px;overflow:auto" onscroll="log('scroll')"><p style="height:900px">高</p></div><p id="log"></p>
<script>
const log = word => { document.getElementById('log').textContent += word + ';' };
customElements.define('my-box', class extends HTMLElement { connectedCallback() {
  this.attachShadow({mode: 'open'}).innerHTML = '<b class=in>in</b>';
  this.shadowRoot.firstChild.onclick = () => log('pierce'); } });
setTimeout(() => { late.innerHTML = '<u class=late>late</u>' }, 600);
addEventListener('message', event => log(event.data));
</script>"""


@needs_browser
def test_a_recording_is_replayed_on_every_page(zoo: Zoo, crawl: Crawl, office: Path) -> None:
    zoo.page("/1", RECORDER)
    zoo.page("/frame", "<button onclick=\"parent.postMessage('frame', '*')\">里面</button>")
    recorded(
        office / "sites" / "here",
        {"type": "setViewport", "width": 900, "height": 700},
        {"type": "navigate", "url": "http://elsewhere.example/"},
        {"type": "click", "selectors": [["aria/没有这个"], ["aria/关闭"]]},
        {"type": "click", "selectors": [["text/看详情"]], "target": "main"},
        {"type": "click", "selectors": [['xpath///*[@id="x"]']]},
        {"type": "click", "selectors": [["pierce/.in"]]},
        {"type": "click", "selectors": [["my-box", ".in"]]},
        {"type": "change", "selectors": [["#q"]], "value": "词"},
        {"type": "keyDown", "key": "Enter"},
        {"type": "keyUp", "key": "Enter"},
        {"type": "change", "selectors": [["#s"]], "value": "2"},
        {"type": "hover", "selectors": [["#h"]]},
        {"type": "scroll", "selectors": [["#box"]], "x": 0, "y": 100},
        {"type": "scroll", "x": 0, "y": 50},
        {"type": "waitForElement", "selectors": [[".late"]], "operator": "==", "count": 1, "visible": True},
        {"type": "click", "selectors": [["aria/里面[role=\"button\"]"]], "frame": [0]},
    )  # fmt: skip
    done = crawl(
        "start: ZOO/1\ncrawl: direct\nrender: browser\nsteps: recorded/open.json\nextract: {description: '#log'}\n"
    )
    (item,) = done.items
    assert "steps_failed" not in dict(item.extracted.extra), item.extracted.extra
    did = item.extracted.description.split(";")
    assert did[:11] == [
        "aria", "text", "xpath", "pierce", "pierce", "change 词", "key Enter", "select 2", "hover", "scroll", "frame"
    ]  # fmt: skip


# -- lists ----------------------------------------------------------------------------------------------------------

VIRTUAL = """<div id="list" style="height:600px;overflow-y:auto"><div id="tall" style="position:relative"></div></div><script>
const all = 80, high = 60;  // only what is in view is in the tree
tall.style.height = all * high + 'px';
const draw = () => { const first = Math.floor(list.scrollTop / high); tall.innerHTML = '';
  for (let n = first; n < Math.min(all, first + 12); n++) tall.innerHTML +=
    `<a class=go style="position:absolute;top:${n * high}px" href="/item/${n}">第${n}篇文章</a>`; };
list.onscroll = draw; draw();
</script>"""
BUTTON = """<div id="list"></div><button class="more">加载更多</button><script>
let page = 0; const more = document.querySelector('.more');
more.onclick = () => fetch('/api?page=' + page++).then(r => r.json()).then(found => {
  for (const n of found) list.innerHTML += `<a class=go href="/item/${n}">第${n}篇文章</a>`;
  if (page == 4) more.remove(); });
more.onclick();
</script>"""


@needs_browser
def test_a_list_whose_items_vanish_when_scrolled_past_is_walked_whole(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/", VIRTUAL)
    done = crawl("start: ZOO/\nitems: .go@href\nrender: browser\nscroll: 3\nlimit: {pages: 1}\n")
    # One page is the budget: the others are counted, not opened.
    assert done.skipped()["page_limit"] >= 78


@needs_browser
def test_a_load_more_button_is_pressed_until_nothing_new_comes(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/", BUTTON)
    for page in range(4):
        zoo.page(f"/api?page={page}", json.dumps([page * 5 + n for n in range(5)]), kind="application/json")
    done = crawl(
        "start: ZOO/\nitems: .go@href\nrender: browser\nload_more: .more\nlimit: {pages: 1}\nlist_steps: [wait_for: .go]\n"
    )
    assert zoo.times("/api?page=3") == 1
    assert done.skipped()["page_limit"] >= 18


# -- what the page fetched ------------------------------------------------------------------------------------------

FETCHES = """<h1>接口</h1><p id=done></p><script>
const json = {'Content-Type': 'application/json'};
Promise.all([
  fetch('/graphql', {method: 'POST', headers: json, body: '{"query": "a"}'}),
  fetch('/plain'), fetch('/guarded'), fetch('/words')]).then(() => {
  const s = document.createElement('script'); s.src = '/jsonp?callback=got'; document.body.append(s); });
function got() { done.textContent = '好' }
</script><img src="/a.png"><style>@font-face {font-family: F; src: url(/f.woff2)} h1 {font-family: F}</style>"""


@needs_browser
def test_the_json_that_a_page_fetched_is_read_however_it_came(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", FETCHES)
    zoo.page("/graphql", '{"data": {"title": "甲"}}', kind="application/graphql-response+json")
    zoo.page("/plain", '{"seller": "乙"}', kind="text/plain")
    zoo.page("/guarded", ')]}\',\n{"writer": "丙"}', kind="text/html")
    zoo.page("/jsonp", '/**/got({"about": "丁"});', kind="text/javascript")
    zoo.page("/words", "没有 JSON", kind="text/plain")
    done = crawl("""start: ZOO/1
crawl: direct
render: browser
extract: {title: 'json: $.data.title', seller: 'json: $.seller', author: 'json: $.writer', description: 'json: $.about'}
steps: [wait_for_text: 好]
""")
    (item,) = done.items
    found = item.extracted
    assert (found.title, found.seller, found.author, found.description) == ("甲", "乙", "丙", "丁")
    assert len(item.exchange.api_responses) == 4
    assert zoo.times("/a.png") == zoo.times("/f.woff2") == 0


@needs_browser
def test_the_document_is_kept_in_the_bytes_that_were_sent(zoo: Zoo, crawl: Crawl) -> None:
    pages = {
        "/gbk": f"<meta charset=gbk><h1>国标</h1><p>{TEXT}</p>".encode("gbk"),
        "/big5": f"<meta charset=big5><h1>大五</h1><p>{'這是一段正文。' * 20}</p>".encode("big5"),
        "/mark": b"\xef\xbb\xbf" + f"<h1>标记</h1><p>{TEXT}</p>".encode(),
        "/large": f"<meta charset=gbk><h1>大页</h1><p>{TEXT * 500}</p>".encode("gbk"),
    }
    for path, body in pages.items():
        zoo.page(path, body, kind="text/html")
    done = crawl(f"start: [{', '.join('ZOO' + path for path in pages)}]\ncrawl: direct\nrender: browser\n")
    assert {item.url.removeprefix(zoo.url): item.exchange.response_body for item in done.items} == pages
    assert done.titles() == sorted(["国标", "大五", "标记", "大页"])


@needs_browser
def test_images_and_fonts_are_loaded_where_they_are_wanted(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", f'<h1>图</h1><p>{TEXT}</p><img src="/a.png">')
    crawl("start: ZOO/1\ncrawl: direct\nrender: browser\nload: images\n")
    assert zoo.times("/a.png") == 1


@pytest.mark.parametrize(
    "text",
    ['{"a": 1}', ' \ufeff{"a": 1}', 'cb({"a": 1})', '/**/ jQuery12_3.cb({"a": 1});', "window['x']({\"a\": 1})",
     ")]}'\n{\"a\": 1}", 'while(1);{"a": 1}', 'for (;;);{"a": 1}', "typeof f === 'function' && f({\"a\": 1});"],
)  # fmt: skip
def test_json_is_read_as_sites_send_it(text: str) -> None:
    assert parse_json(text) == {"a": 1}


@pytest.mark.parametrize("text", ["", "f(", "f(x)", "<html>", "var a = 1;", "(" * 5000])
def test_what_is_no_json_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|substring not found"):
        parse_json(text)
