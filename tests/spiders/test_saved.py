"""Saved pages as browsers, recorders and platforms leave them, whole and broken: what is read, and what is said."""

from __future__ import annotations

import base64
import gzip
import io
import json
import quopri
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from reportlab.pdfgen.canvas import Canvas
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from patrol.errors import InputError
from patrol.evidence.warc import prepare
from patrol.vocabulary import PageKind
from spiders.reading.encoding import decode_page
from spiders.saved import saved_page, webarchive
from spiders.saved.formats import format_of
from spiders.saved.saved_page import Fault, SavedPage, Source
from tests.evidence.pages import AT, page

STORY = "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。守灯的老人说，那封信是从雾里寄来的，信封上没有邮票。" * 3


def html(title: str, charset: str = "utf-8") -> bytes:
    text = f'<html><head><meta charset="{charset}"><title>{title}</title></head><body><p>{STORY}</p></body></html>'
    return text.encode("gb18030" if charset == "gb2312" else charset)


def read(path: Path, data: bytes | None = None, **more: object) -> tuple[list[SavedPage], list[str]]:
    """The pages in a file, and its faults as an officer reads them; a file that cannot be read at all has one."""
    if data is not None:
        path.write_bytes(data)
    source = Source(path, path.name, **more)  # type: ignore[arg-type]
    pages, faults = [], []
    try:
        for found in format_of(source).read(source):
            if isinstance(found, Fault):
                faults.append(str(found))
            else:
                pages.append(found)
    except InputError as error:
        faults.append(str(error))
    return pages, faults


# -- web pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "url", "by"),
    [
        ("<!-- saved from url=(0026)https://a.example.cn/t/12 -->", "https://a.example.cn/t/12", "浏览器保存时的标注"),
        ("<!--\r\n Page saved with SingleFile \r\n url: https://a.example.cn/s \r\n saved date: Tue Nov 24 2026 10:00:00 GMT+0800 (中国标准时间)\r\n-->", "https://a.example.cn/s", "浏览器保存时的标注"),
        ('<link rel="canonical" href="https://a.example.cn/c">', "https://a.example.cn/c", "网页自带的规范网址"),
        ('<meta property="og:url" content="https://a.example.cn/o">', "https://a.example.cn/o", "网页自带的规范网址"),
        ("<!-- saved from url=(0014)about:internet -->", "", ""),
        ('<link rel="canonical" href="file:///C:/a.html">', "", ""),
    ],
)  # fmt: skip
def test_a_saved_page_tells_its_own_address(tmp_path: Path, head: str, url: str, by: str) -> None:
    (found,), faults = read(tmp_path / "存.html", f"<html>{head}<p>{STORY}".encode("gb18030"))
    assert (found.url, found.address_by, faults) == (url, by, [])
    if "SingleFile" in head:
        assert found.claimed_at == datetime(2026, 11, 24, 2, tzinfo=UTC)
        assert found.claimed_by == "浏览器保存时的标注"
    else:
        assert found.claimed_by == "文件修改时间"


def test_a_page_that_lies_about_its_charset_is_read_and_its_frames_come_with_it(tmp_path: Path) -> None:
    frame = tmp_path / "页_files" / "saved_resource.html"
    frame.parent.mkdir()
    frame.write_bytes(html("框架"))
    body = html("页").decode().replace("utf-8", "utf-8").encode("gb18030")
    (found,), _ = read(tmp_path / "页.htm", body, companions=(frame, tmp_path / "gone.html"))
    assert STORY in decode_page(found.body, found.content_type)[0]
    assert found.frames == (frame.read_bytes(),)


def mhtml(body: bytes, coding: str = "quoted-printable", charset: str = "gbk", more: str = "") -> bytes:
    coded = quopri.encodestring(body) if coding == "quoted-printable" else base64.encodebytes(body)
    head = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example.cn/\r\n long?b=1\r\n"
        "Subject: =?utf-8?B?6Z2S?=\r\nDate: Tue, 24 Nov 2026 10:00:00 +0800\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--xYz"\r\n\r\n'
        "----xYz\r\nContent-Type: text/css\r\n\r\np{}\r\n"
        f"----xYz\r\nContent-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: {coding}\r\n"
        "Content-Location: https://a.example.cn/long?b=1\r\n\r\n"
    )
    return head.encode() + coded + f"\r\n{more}----xYz--\r\n".encode()


@pytest.mark.parametrize("coding", ["quoted-printable", "base64"])
def test_an_mhtml_in_gbk_is_read_with_address_time_and_frames(tmp_path: Path, coding: str) -> None:
    frame = f"----xYz\r\nContent-Type: text/html; charset=utf-8\r\nContent-Location: cid:f@m\r\n\r\n<p>{STORY}</p>\r\n"
    (found,), faults = read(tmp_path / "页.mhtml", mhtml(html("青", "gb2312"), coding, more=frame))
    assert faults == []
    assert (found.url, found.address_by) == ("https://a.example.cn/long?b=1", "MHTML 文件头")
    assert (found.claimed_at, found.claimed_by) == (datetime(2026, 11, 24, 2, tzinfo=UTC), "MHTML 文件头")
    assert STORY in decode_page(found.body, found.content_type)[0]
    assert len(found.frames) == 1


def test_a_torn_mhtml_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    whole = mhtml(html("青", "gb2312"))
    (found,), faults = read(tmp_path / "断.mht", whole[: whole.index(b"----xYz--") - 200])
    assert "马灯" in decode_page(found.body, found.content_type)[0]
    assert faults == ["文件末尾不完整，只读到前面的部分"]
    assert read(tmp_path / "空.mht", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=a\r\n\r\n") == (
        [],
        ["这个 MHTML 里没有网页，文件可能不完整"],
    )
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000))
    pages, faults = read(tmp_path / "深.mht", b"MIME-Version: 1.0\r\n" + deep)
    assert not pages and len(faults) == 1


# -- archives of recorders ---------------------------------------------------------------------------------------------


def record(url: str, body: bytes, kind: str = "text/html", status: str = "200 OK", **more: str) -> bytes:
    """One gzipped WARC record; ``coding`` as a server sent it, ``type`` other than a response."""
    sink = io.BytesIO()
    writer = WARCWriter(sink, gzip=True)
    headers = [("Content-Type", kind)] + ([("Content-Encoding", "gzip")] if more.get("coding") else [])
    payload = gzip.compress(body) if more.get("coding") else body
    of = more.get("type", "response")
    http = StatusAndHeaders(status, headers, protocol="HTTP/1.1") if of != "resource" else None
    said = {"WARC-Date": "2026-11-24T08:00:00Z"} | ({"WARC-Payload-Digest": more["digest"]} if "digest" in more else {})
    writer.write_record(
        writer.create_warc_record(
            url,
            of,
            payload=io.BytesIO(payload),
            length=len(payload),
            http_headers=http,
            warc_headers_dict=said,
            warc_content_type=kind,
        )
    )
    return sink.getvalue()


def test_a_warc_gives_its_pages_and_leaves_the_wiring_out(tmp_path: Path) -> None:
    article = json.dumps({"data": {"content": STORY, "id": 3}}, ensure_ascii=True).encode()
    records = [
        record("https://a.example.cn/1", html("一", "gb2312"), "text/html; charset=gb2312", coding="gzip"),
        record("https://a.example.cn/a.png", b"\x89PNG", "image/png"),
        record("https://a.example.cn/gone", html("没有了"), status="404 Not Found"),
        record("https://a.example.cn/moved", b"", status="302 Found"),
        record("https://a.example.cn/config", b'{"a": 1}', "application/json"),
        record("https://a.example.cn/article", article, "application/json"),
        record("https://a.example.cn/1", html("一", "gb2312"), "text/html"),
        record("https://a.example.cn/2", html("二"), digest="sha1:AAAA"),
        record("https://a.example.cn/2b", b"", type="revisit", digest="sha1:AAAA"),
        record("https://a.example.cn/r", html("存"), type="resource"),
        record("https://a.example.cn/fake", b"\x89PNG\r\n", "text/html"),
    ]
    expected = ["1", "article", "2", "2b", "r"]
    plain = b"".join(gzip.decompress(one) for one in records)
    for name, data in (
        ("每条压缩.warc.gz", b"".join(records)),
        ("整个压缩.warc.gz", gzip.compress(plain)),
        ("未压缩.warc", plain),
    ):
        pages, faults = read(tmp_path / name, data)
        assert [p.url.rpartition("/")[2] for p in pages] == expected, name
        assert faults == []
    assert len({p.place for p in pages}) == len(pages)
    assert pages[0].claimed_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert STORY in decode_page(pages[0].body, pages[0].content_type)[0], "the server's packing is undone"
    assert pages[1].extracted is not None and pages[1].extracted.text == STORY
    assert pages[3].body == pages[2].body, "a revisit is the page it repeats"


def test_our_own_evidence_is_read_with_the_document_that_the_browser_built(tmp_path: Path) -> None:
    kept = prepare(page("http://a.example.cn/x", rendered_dom=html("建成")), program="x")
    pages, faults = read(tmp_path / "自.warc.gz", b"".join(one.data for one in kept.records))
    assert [(p.url, p.dom, p.claimed_at) for p in pages] == [("http://a.example.cn/x", html("建成"), AT)]
    assert faults == []


def test_a_torn_warc_gives_what_came_before_and_says_where_it_ends(tmp_path: Path) -> None:
    one, two = record("https://a.example.cn/1", html("一")), record("https://a.example.cn/2", html("二"))
    for tail in (two[:-20], two[:40], b"\x00garbage" * 50, gzip.compress(b"not a record\r\n\r\n" * 20)):
        pages, faults = read(tmp_path / "断.warc.gz", one + tail)
        assert pages[0].url == "https://a.example.cn/1"
        assert len(pages) == 1
        assert faults and all(fault.startswith(("第1条记录之后：", "第2条记录")) for fault in faults), faults
    pages, faults = read(tmp_path / "断.warc", gzip.decompress(one) + gzip.decompress(two)[:-30])
    assert len(pages) == 1
    assert faults == ["第2条记录：文件在这条记录中间断了，没有导入这一条"]
    for nothing in (one[:30], gzip.compress(b"", mtime=0)):
        pages, faults = read(tmp_path / "坏.warc.gz", nothing)
        assert pages == [] and len(faults) == 1, nothing


def test_a_packing_bomb_ends_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = record("https://a.example.cn/1", html("一"))
    bomb = record("https://a.example.cn/zip", b"0" * 80_000_000)
    pages, faults = read(tmp_path / "弹.warc.gz", good + bomb + record("https://a.example.cn/3", html("三")))
    assert [p.url[-1] for p in pages] == ["1", "3"]
    assert faults == ["第2条记录：网页超过 32 MB，没有导入"]
    inner = record("https://a.example.cn/br", b"0" * 80_000_000, coding="gzip")
    assert read(tmp_path / "内.warc.gz", good + inner)[1] == ["第2条记录：网页超过 32 MB，没有导入"]
    monkeypatch.setattr(webarchive.WarcReader.__init__, "__defaults__", (None, 10_000_000))
    pages, faults = read(tmp_path / "弹.warc.gz")
    assert [p.url[-1] for p in pages] == ["1"]
    assert len(faults) == 1 and "压缩炸弹" in faults[0]


def wacz(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_a_wacz_gives_the_pages_of_its_list(tmp_path: Path) -> None:
    inside = b"".join(record(f"https://a.example.cn/{n}", html(str(n))) for n in range(4))
    listed = '{"format":"json-pages-1.0"}\n{"url":"https://a.example.cn/1#top"}\n{"url":"https://a.example.cn/9"}\n'
    full = {
        "datapackage.json": b"{}",
        "archive/data.warc.gz": inside,
        "pages/pages.jsonl": listed.encode(),
        "pages/extraPages.jsonl": b'{"format":"x"}\n{"url":"https://a.example.cn/3"}\n',
    }
    pages, faults = read(wacz(tmp_path / "录.wacz", full))
    assert [p.url[-1] for p in pages] == ["1", "3"]
    assert faults == ["页面清单：清单里的网页没有存下可用的内容：https://a.example.cn/9"]
    bare = {name: data for name, data in full.items() if not name.startswith("pages/")}
    assert len(read(wacz(tmp_path / "无清单.wacz", bare))[0]) == 4
    broken = full | {"pages/pages.jsonl": b"{]\n", "pages/extraPages.jsonl": b""}
    pages, faults = read(wacz(tmp_path / "坏清单.wacz", broken))
    assert len(pages) == 4 and faults == ["pages/pages.jsonl：页面清单无法读取"]


def test_archives_that_mean_harm_are_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = record("https://a.example.cn/1", html("一"))
    nested = {"archive/../../../etc/a.warc.gz": inside, "archive/里.wacz": b"PK\x03\x04", "archive/b.warc.gz": b"bad"}
    before = sorted(tmp_path.parent.rglob("*"))
    pages, faults = read(wacz(tmp_path / "套.wacz", nested))
    assert [p.url for p in pages] == ["https://a.example.cn/1"]
    assert any("压缩包里还有压缩包" in fault for fault in faults)
    assert any(fault.startswith("b.warc.gz") for fault in faults)
    assert set(tmp_path.parent.rglob("*")) - set(before) == {tmp_path / "套.wacz"}, "nothing was unpacked anywhere"
    monkeypatch.setattr("spiders.saved.wacz.MAX_UNPACKED", 1_000_000)
    assert "压缩炸弹" in read(wacz(tmp_path / "弹.wacz", {"archive/a.warc": b"0" * 2_000_000}))[1][0]
    assert "先解开" in read(wacz(tmp_path / "普通.zip", {"a.html": b"x"}))[1][0]
    whole = wacz(tmp_path / "断.wacz", {"archive/a.warc.gz": inside}).read_bytes()
    assert read(tmp_path / "断.wacz", whole[:-60])[1] == ["打不开，压缩包已损坏或不完整"]


# -- documents and tables ----------------------------------------------------------------------------------------------


def pdf(path: Path, draw: Callable[[Canvas], None]) -> Path:
    canvas = Canvas(str(path))
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return path


def test_a_pdf_is_one_page_with_its_text_and_a_scan_is_named_as_one(tmp_path: Path) -> None:
    (found,), faults = read(pdf(tmp_path / "文.pdf", lambda canvas: canvas.drawString(50, 700, "Letters from the fog")))
    assert faults == []
    assert found.extracted is not None
    assert (found.extracted.title, found.extracted.text) == ("文", "Letters from the fog")
    assert found.body.decode() == "Letters from the fog"
    scan = pdf(tmp_path / "扫描.pdf", lambda canvas: canvas.rect(10, 10, 90, 90, fill=1))
    assert read(scan) == ([], ["这个 PDF 只有图片没有文字，请先做文字识别（OCR）"])
    inside = record("https://a.example.cn/d/a.pdf", (tmp_path / "文.pdf").read_bytes(), "application/pdf")
    (archived,), _ = read(tmp_path / "录.warc.gz", inside)
    assert archived.extracted is not None and archived.extracted.title == "a.pdf"


def test_an_export_gives_a_page_a_row_with_what_nobody_asked_for_kept(tmp_path: Path) -> None:
    text = (
        "某平台商品导出,,,,,,\n"
        "宝贝名称,价格（元）,店铺名称,商品链接,已售,上架时间,备注\n"
        "雾港来信 复刻,￥1，299.00,某某小店,shop.example.cn/i/9,1.2万+,2026-11-01 08:00,急\n"
        ",,,见图.详情,,,只有备注\n"
        '"带,逗号\n和换行",5,,,,,\n'
    )
    (first, second), faults = read(tmp_path / "出.csv", text.encode("gbk"))
    assert faults == ["第4行：标题、正文、描述、链接都没有，未导入这一行"]
    got = first.extracted
    assert got is not None
    assert (got.title, got.price, got.seller, got.sales, got.sales_at_least) == (
        "雾港来信 复刻", Decimal("1299"), "某某小店", 12000, True,
    )  # fmt: skip
    assert (first.url, first.kind, got.extra) == ("https://shop.example.cn/i/9", PageKind.LISTING, (("备注", "急"),))
    assert got.published == datetime(2026, 11, 1, tzinfo=UTC)
    assert json.loads(first.body)["价格（元）"] == "￥1，299.00", "the row stands as it was"
    assert second.extracted is not None and second.extracted.title == "带,逗号\n和换行"
    assert first.place != second.place


def test_a_person_can_say_what_a_column_is(tmp_path: Path) -> None:
    path = tmp_path / "e.xlsx"
    book = Workbook()
    book.active.append(["货", "title", "多少钱"])
    book.active.append(["雾港来信", "甲", 49])
    book.save(path)
    (found,), _ = read(path, columns={"货": "title", "多少钱": "price"})
    assert found.extracted is not None
    assert (found.extracted.title, found.extracted.price) == ("雾港来信", 49)
    assert ("title", "甲") in found.extracted.extra
    assert read(path, columns={"没有": "title"})[1] == ["表头里没有“没有”这一列，请核对 --map"]
    assert "认不出表头" in read(tmp_path / "无.csv", "一,二\n三,四\n".encode())[1][0]
    wrong = path.rename(tmp_path / "表.bin")
    assert "改成 .xlsx" in read(wrong)[1][0]


def test_hostile_tables_are_bounded_and_read_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("机密")
    book = Workbook()
    book.active.append(["标题"])
    book.active.append(["换我"])
    book.save(tmp_path / "e.xlsx")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    with zipfile.ZipFile(tmp_path / "e.xlsx") as old, zipfile.ZipFile(tmp_path / "xxe.xlsx", "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "xl/sharedStrings.xml":
                data = data.replace("换我".encode(), b"&e;")
                head, mark, rest = data.partition(b"<sst")
                data = head + entity.encode() + mark + rest
            new.writestr(entry, data)
    pages, faults = read(tmp_path / "xxe.xlsx")
    assert not any("机密" in str(p.extracted) for p in pages)
    assert pages or faults
    monkeypatch.setattr("spiders.saved.rows.MAX_PAGES", 3)
    pages, faults = read(tmp_path / "多.csv", b"title\n" + b"a\n" * 10)
    assert len(pages) == 3 and "超过 3 行" in faults[0]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("空.html", b" \r\n", "空文件"),
        ("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为 .xlsx"),
        ("图.html.bin", b"\x89PNG", "不认识的文件类型"),
        ("假.warc.gz", gzip.compress(b"<html>", mtime=0), "不是完整的 WARC"),
    ],
)
def test_files_that_cannot_be_imported_are_told_why(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    pages, faults = read(tmp_path / name, data)
    assert pages == []
    assert said in faults[0]


def test_a_file_that_is_not_what_its_name_says_is_read_as_what_it_is(tmp_path: Path) -> None:
    assert read(tmp_path / "a.html", mhtml(html("青", "gb2312")))[0][0].url == "https://a.example.cn/long?b=1"
    assert read(tmp_path / "b.txt", html("页"))[0][0].place == "整个网页"
    assert read(tmp_path / "c.mht", html("页"))[0][0].place == "整个网页"


def test_a_page_beyond_the_bound_is_named_with_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiders.saved.html.MAX_PAGE", saved_page.MEGABYTE)
    assert read(tmp_path / "大.html", b"<p>" + b"a" * 2_200_000)[1] == ["文件有 2 MB，超过这类文件的上限 1 MB"]
