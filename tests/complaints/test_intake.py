"""Complaints come in as people hand them in; faults are named by row and column, and the rest goes in."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import func, insert, select, update

from patrol import clock
from patrol.complaints.covering import covered, masked_contact, masked_name
from patrol.complaints.intake import FileTaken, take_in
from patrol.complaints.queries import complaint_view, complaint_views
from patrol.complaints.reading import address, read_complaints
from patrol.config import Workspace
from patrol.db.casework import ComplaintFiling
from patrol.db.models import Complaint, Target, Work
from patrol.db.session import Database
from patrol.errors import InputError, InputProblems
from patrol.vocabulary import ComplaintState

pytestmark = pytest.mark.dates

HEAD = "网址,作品,投诉人,联系电话,投诉人地址,被投诉人,被投诉人地址,投诉日期,主要事实和理由,权属证明,行为地\n"
ROW = "{url},{work},{who},13800138000,某市某路5号,甲店,某市,2026-11-01,整本影印出售,登记证书,某省某市\n"


def table(path: Path, *rows: tuple[str, str, str], encoding: str = "utf-8") -> Path:
    lines = "".join(ROW.format(url=url, work=work, who=who) for url, work, who in rows)
    path.write_bytes((HEAD + lines).encode(encoding))
    return path


def take(workspace: Workspace, database: Database, path: Path) -> FileTaken:
    return take_in(workspace, database, path, "李警官")


def shop(workspace: Workspace, name: str = "shop", host: str = "www.shop.cn") -> None:
    folder = workspace.root / "sites" / name
    folder.mkdir(parents=True)
    (folder / "site.yaml").write_text(
        f"name: 小店\nkind: listing\nfields: 图书\nstart: [https://{host}/list]\nitems: a.item@href\n", encoding="utf-8"
    )


def test_each_row_becomes_a_target_of_the_site_that_knows_its_host(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    shop(workspace)
    with database.session() as session:
        session.execute(insert(Work).values(id="w1", title="雾港来信", aliases=["雾信"], imported_at=datetime.now(UTC)))
    file = table(
        tmp_path / "清单.csv",
        ("https://m.shop.cn/item/1", "《雾港来信》", "张三"),
        ("https://unknown.example.cn/a?id=3", "没有的书", "某出版社有限公司"),
        encoding="gbk",
    )
    taken = take(workspace, database, file)
    assert taken.entered is not None
    assert (taken.entered.added, taken.entered.targets, taken.read.problems) == (2, 2, ())
    assert taken.entered.unknown_works == ("没有的书",)
    assert taken.entered.strangers == ("unknown.example.cn",)
    with database.session() as session:
        targets = session.scalars(select(Target).order_by(Target.id)).all()
        view = complaint_view(session, "1")
    assert [(t.site, t.schedule, t.single, t.field) for t in targets] == [
        ("shop", "once", True, "book"),
        ("unknown.example.cn", "once", True, "literature"),
    ]
    assert view is not None
    assert view.number == f"投诉〔{clock.year_of(clock.now())}〕0001号"
    assert (view.work_id, view.state) == ("w1", ComplaintState.WAITING)
    (filing,) = view.filings
    assert filing.filed_on == date(2026, 11, 1)
    assert filing.missing == ("身份证明", "侵权复制品或证据")
    assert [line.what for line in view.journal] == ["收到"]
    (original,) = (workspace.root / "complaints").iterdir()
    assert original.read_bytes() == file.read_bytes(), "the file is kept as it came"


def test_the_same_address_and_work_is_one_complaint_and_the_second_complainant_is_kept(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    first = table(
        tmp_path / "a.csv",
        ("http://a.example.cn/1?utm_source=x", "《雾港来信》", "张三"),
        ("http://a.example.cn/1#top", "雾港来信", "李四"),
        ("http://a.example.cn/1", "别的书", "张三"),
    )
    entered = take(workspace, database, first).entered
    assert entered is not None
    assert (entered.added, entered.joined, entered.targets) == (2, 1, 1), "two works on one page are one target"
    with database.session() as session:
        session.execute(update(Target).values(last_patrolled_at=datetime.now(UTC)))
    again = take(workspace, database, first).entered
    assert again is not None
    assert (again.added, again.joined, again.known) == (0, 0, 3), "a file imported twice adds nothing"
    with database.session() as session:
        assert session.scalar(select(Target.last_patrolled_at)) is not None
    third = table(tmp_path / "b.csv", ("http://a.example.cn/1", "雾港来信", "王五"))
    later = take(workspace, database, third).entered
    assert later is not None
    assert (later.added, later.joined, later.targets) == (0, 1, 0)
    with database.session() as session:
        view = complaint_view(session, "1")
        assert session.scalar(select(Target.last_patrolled_at)) is None, "a new filing makes its page due again"
    assert view is not None
    assert view.complainants == ("张三", "李四", "王五")
    assert [line.what for line in view.journal] == ["收到", "并入", "并入"]


def test_faulty_rows_are_named_by_row_and_column_and_the_rest_goes_in(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["涉嫌侵权网址", "作品名称", "日期", "领域", "颜色"],
        ["http://a.example.cn/1", "雾港来信", datetime(2026, 11, 2), "图书", "红"],
        ["", "雾港来信", None, None, None],
        ["某书店", "雾港来信", None, None, None],
        ["http://192.168.1.9/x", "雾港来信", None, None, None],
        ["http://a.example.cn/2", "雾港来信", "昨天", "诗歌", None],
        ["www.b.example.cn/3；https://c.example.cn/4", None, None, None, None],
        [f"http://a.example.cn/{'长' * 2000}", None, None, None, None],
    ):
        sheet.append(row)
    book.save(tmp_path / "投诉.xlsx")
    taken = take(workspace, database, tmp_path / "投诉.xlsx")
    said = [str(problem) for problem in taken.read.problems]
    assert said[0] == "投诉.xlsx 第 3 行「网址」列：没有填写网址。请写被投诉页面的完整网址"
    assert said[1].startswith("投诉.xlsx 第 4 行「网址」列：“某书店”不是完整网址")
    assert "第 5 行「网址」列：“http://192.168.1.9/x”是内网地址" in said[2]
    assert "第 6 行「日期」列：“昨天”不是日期" in said[3]
    assert "第 6 行「领域」列：“诗歌”不在可选范围内" in said[4]
    assert "第 8 行" in said[5]
    assert taken.read.ignored == ("颜色",)
    with database.session() as session:
        urls = list(session.scalars(select(Complaint.url).order_by(Complaint.id)))
    assert urls == ["http://a.example.cn/1", "http://www.b.example.cn/3", "https://c.example.cn/4"]


def test_a_table_without_addresses_is_refused_with_the_nearest_head(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("网 地址,作品\nx,y\n", encoding="utf-8")
    with pytest.raises(InputProblems, match="缺少“网址”列"):
        read_complaints(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("www.example.cn/book/1。", "http://www.example.cn/book/1"),
        ("https://a.cn/1?x=2#!/p", "https://a.cn/1?x=2#!/p"),
        ("《http://a.cn/1》", "http://a.cn/1"),
        ("a.cn:8080/x", "http://a.cn:8080/x"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_an_address_is_read_as_people_write_it(written: str, meant: str) -> None:
    assert address(written) == meant


@pytest.mark.parametrize(
    "bad", ["javascript:alert(1)", "file:///etc/passwd", "http://", "http://[::1]/", "ftp://a.cn/1"]
)
def test_what_is_no_web_address_is_refused(bad: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"网址\n{bad}\n", encoding="utf-8")
    read = read_complaints(tmp_path / "t.csv")
    assert not read.filings
    assert read.problems[0].column == "网址"


def test_a_letter_with_a_list_attached_fills_in_who_wrote_it(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    letter = EmailMessage()
    letter["From"] = "某出版社 <rights@press.example.cn>"
    letter["Date"] = "Mon, 02 Nov 2026 09:00:00 +0800"
    letter["Subject"] = "投诉"
    letter.set_content("见附件")
    rows = "网址,作品\nhttp://a.example.cn/1,雾港来信\nhttp://a.example.cn/2,雾港来信\n,空\n"
    letter.add_attachment(rows.encode("gbk"), maintype="text", subtype="csv", filename="侵权清单.csv")
    letter.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="登记证书.png")
    (tmp_path / "来信.eml").write_bytes(letter.as_bytes())
    taken = take(workspace, database, tmp_path / "来信.eml")
    assert [str(p).partition("：")[0] for p in taken.read.problems] == ["来信.eml › 侵权清单.csv 第 4 行「网址」列"]
    with database.session() as session:
        filings = session.scalars(select(ComplaintFiling)).all()
    assert {f.complainant for f in filings} == {"某出版社"}
    assert {f.contact for f in filings} == {"rights@press.example.cn"}
    assert {f.filed_on for f in filings} == {date(2026, 11, 2)}
    assert filings[0].copies == "随信附件：登记证书.png"
    assert filings[0].source == "来信.eml › 侵权清单.csv 第 2 行"


def test_a_letter_in_gbk_that_calls_itself_gb2312_is_read_with_its_labelled_lines(tmp_path: Path) -> None:
    subject = base64.b64encode("投诉镕城书店侵权".encode("gbk")).decode()
    body = "投诉人：朱镕\n网址：http://a.example.cn/1\n    http://a.example.cn/2\n作品名称：《雾港来信》\n主要事实和理由：整本影印\n低价出售"
    raw = (
        f"From: =?gb2312?B?{base64.b64encode('朱镕'.encode('gbk')).decode()}?= <zhu@example.cn>\r\n"
        f"Subject: =?gb2312?B?{subject}?=\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ).encode() + body.encode("gbk")
    (tmp_path / "x.eml").write_bytes(raw)
    filings = read_complaints(tmp_path / "x.eml").filings
    assert [f.url for f in filings] == ["http://a.example.cn/1", "http://a.example.cn/2"]
    assert {(f.complainant, f.work, f.facts) for f in filings} == {("朱镕", "《雾港来信》", "整本影印\n低价出售")}


def test_a_letter_in_running_words_gives_its_addresses_and_raw_gbk_heads_are_read(tmp_path: Path) -> None:
    raw = "From: 王某 <w@example.cn>\r\nSubject: 举报盗版\r\nContent-Type: text/html; charset=gbk\r\n\r\n".encode("gbk")
    raw += "<p>你们好，<b>http://a.example.cn/9</b>，这家卖盗版。</p><script>http://evil.cn/</script>".encode("gbk")
    (tmp_path / "x.eml").write_bytes(raw)
    (filing,) = read_complaints(tmp_path / "x.eml").filings
    assert (filing.url, filing.complainant) == ("http://a.example.cn/9", "王某")
    assert filing.facts.startswith("举报盗版")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.eml", b"From: a@b.cn\r\n\r\nhello", "信里没有网址"),
        ("坏.eml", b"", "不是有效的电子邮件"),
        ("坏.xlsx", b"PK\x03\x04x", "已损坏"),
        ("空.csv", "网址,作品\n".encode(), "只有表头"),
        ("图.png", b"x", "不认识的文件类型"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_complaints(tmp_path / name)
    assert name in str(caught.value)


def test_lists_cover_personal_data() -> None:
    assert masked_name("张三") == "张＊"
    for nobody in ("不详", "未知", "无", "某某"):
        assert masked_name(nobody) == nobody
    assert masked_name("某某出版社有限公司") == "某某出版社有限公司"
    assert masked_contact("13800138000 zhangsan@example.cn") == "138＊＊＊＊8000 z＊＊＊＊＊＊＊@example.cn"


def test_a_complaint_on_the_screen_covers_people_and_names_its_work(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    line = "http://shop.example.cn/1,山茶街十三号,张三,13800138000,某市某路5号,不详,某市,2026-11-01,店铺卖山茶街十三号，住某路5号,登记证书,某省某市\n"
    (tmp_path / "t.csv").write_text(HEAD + line, encoding="utf-8")
    take(workspace, database, tmp_path / "t.csv")
    with database.session() as session:
        (view,) = complaint_views(session)
    shown = covered(view)
    assert (shown.work_title, shown.respondent, shown.complainants) == ("山茶街十三号", "不详", ("张＊",))
    assert shown.filings[0].facts == "店铺卖山茶街十三号，住某路＊号"
    assert shown.filings[0].address == "某市某路＊号"
    assert shown.filings[0].contact == "138＊＊＊＊8000"
    assert view.filings[0].contact == "13800138000", "what is kept is whole"


def test_thousands_of_rows_are_a_few_statements(workspace: Workspace, database: Database, tmp_path: Path) -> None:
    rows = [(f"http://h{n % 40}.example.cn/{n % 1500}", f"书{n % 7}", f"人{n}") for n in range(2000)]
    entered = take(workspace, database, table(tmp_path / "t.csv", *rows)).entered
    assert entered is not None
    assert entered.added + entered.joined == 2000
    with database.session() as session:
        assert session.scalar(select(func.count(Complaint.id))) == entered.added
        assert len(complaint_views(session, state=ComplaintState.WAITING)) == entered.added
