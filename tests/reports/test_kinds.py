"""Every report in every form: the same numbers, the same bytes, the law's own fields, and nothing promised."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn
from openpyxl import Workbook, load_workbook
from sqlalchemy import delete, update

from patrol.actor import Officer
from patrol.chromium import find_browser
from patrol.config import CHECKOUT
from patrol.db.models import Capture, Lead, LeadEvent, Match, Work
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.leads.views import LeadFilter
from patrol.notices.content import NoticeKind, Sender
from patrol.notices.register import draft
from patrol.vocabulary import Field, Grade, LeadStatus
from reports.data import basis, region_before
from reports.html import Period
from reports.kinds import KINDS, Form, form_named, kind_named
from reports.ledger import LEDGER
from reports.make_templates import ALL, TEMPLATES
from reports.papers import PAPERS
from reports.reproducible import frozen_pdf
from reports.writer import Made, Wish, make_files, write
from tests.reports.conftest import all_made, furnished, kind_of

BROWSER = find_browser()
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")


def words(paper: bytes) -> str:
    """All text of a Word file, cells too, in order."""
    body = docx.Document(io.BytesIO(paper)).element.body
    return "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p")))


def one(made: list[Made]) -> bytes:
    (only,) = made
    return only.data


def rows_of_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.dates
def test_the_ledger_says_the_same_in_excel_csv_and_json_lines(office) -> None:
    _, maker = office
    sheet = load_workbook(io.BytesIO(one(maker("ledger", Form.XLSX))))["线索台账"]
    excel = [list(row) for row in sheet.iter_rows(values_only=True)]
    table = rows_of_csv(maker("ledger", Form.CSV)[0].data)
    lines = [json.loads(line) for line in one(maker("ledger", Form.JSONL)).decode().splitlines()]
    assert lines[0]["record"] == "report"
    leads = [line for line in lines if line["record"] == "线索台账"]
    assert list(excel[0]) == list(table[0]) == [column.of.label for column in LEDGER]
    assert len(excel) - 1 == len(table) == len(leads) == 6
    keys = {column.of.label: column.of.value for column in LEDGER}
    for shown, said, line in zip(excel[1:], table, leads, strict=True):
        for head, value in zip(excel[0], shown, strict=True):
            if head in ("发现时间", "最近取证时间"):
                assert f"{value:%Y-%m-%d %H:%M:%S}" == said[head]
                assert line[keys[head]].startswith(f"{value:%Y-%m-%dT%H:%M:%S}")
                assert line[keys[head]].endswith("+08:00")
            else:
                assert said[head] == ("" if value is None else f"{value}")
                assert (line[keys[head]] or None) == (value or None)
    assert leads[0]["sales"] == 1003
    assert [lead["grade"] for lead in leads] == ["甲级"] * 2 + ["乙级"] * 2 + ["丙级"] * 2


def test_no_comparison_is_certain_and_money_is_money_in_excel(tmp_path: Path) -> None:
    with furnished(tmp_path / "o") as (workspace, maker):
        database = Database.ready(workspace.database_url)
        with database.session() as session:
            session.execute(update(Match).values(probability=1.0))
        database.close()
        sheet = load_workbook(io.BytesIO(one(maker("ledger", Form.XLSX))))["线索台账"]
        line = json.loads(one(maker("ledger", Form.JSONL)).decode().splitlines()[1])
    row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (row["比对把握"].value, row["比对把握"].number_format) == (0.999, "0.0%")
    assert (row["标价（元）"].value, row["标价（元）"].number_format) == (19.9, "0.00")
    assert row["取证份数"].number_format == "General"
    assert line["probability"] == 0.999


def test_daily_numbers_are_those_of_the_page_the_word_file_and_the_ledger(office) -> None:
    _, maker = office
    page = one(maker("daily", Form.HTML)).decode()
    paper = words(one(maker("daily", Form.DOCX)))
    ledger = rows_of_csv(maker("daily", Form.CSV)[0].data)
    for name, value in (("巡查站点（家）", 3), ("取证页面（个）", 7), ("疑似线索（条）", 6)):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page
    assert "巡查站点 3 家（3 家次），目标 2 个，取证页面 7 个，受保护作品 1 部，发现疑似线索 6 条" in paper
    assert "（甲级 2 条、乙级 2 条、丙级 2 条）" in paper
    assert "编号\n等级\n页面标题\n作品\n比对结果\n平台、店铺或账号\n" in paper, "the ledger's words"
    for row in ledger:
        assert row["编号"] in page
        assert row["编号"] in paper


def _rows_of(book: Workbook, sheet: str) -> list[tuple[Any, ...]]:
    return list(book[sheet].iter_rows(values_only=True))


def test_the_campaign_s_tables_add_up_and_are_the_same_in_word_and_excel(office) -> None:
    _, maker = office
    paper = words(one(maker("campaign", Form.DOCX, campaign="剑网2026")))
    book = load_workbook(io.BytesIO(one(maker("campaign", Form.XLSX, campaign="剑网2026"))))
    asked = {row[0]: row[1] for row in book["上报数据"].iter_rows(min_row=2, values_only=True)}
    assert asked["巡查网站（家次）"] == 3
    assert asked["删除侵权链接（条）"] == 1
    assert asked["预警作品（部）"] == 1
    assert asked["收缴制品（件）"] == 350, "as it was entered; a number, so that Excel can add it up"
    assert asked["涉案金额（元）"] == "——", "the program does not know it, and nobody entered it"
    for sheet in ("按领域", "按平台", "按承办部门", "按月份"):
        heads, *rows = _rows_of(book, sheet)
        *divided, total = [dict(zip(heads, row, strict=True)) for row in rows]
        assert "合计" in total.values()
        sums = {head: sum(row[head] for row in divided) for head in total if isinstance(total[head], int)}
        assert sums == {head: total[head] for head in sums}
        leads = {"线索": 6, "甲级": 2, "乙级": 2, "丙级": 2}
        reached = {"已确认": 4, "已排除": 1, "已通知": 2, "已下架": 1, "未下架": 0, "已移送": 1, "已办结": 0}
        visits = {} if sheet == "按承办部门" else {"巡查家次": 3, "取证页面": 7}
        assert sums == visits | leads | reached, "a page has no department"
    assert "期间内确认 4 条，通知 2 条，下架 1 条，移送 1 条，办结 0 条，排除 1 条" in paper
    answers = list(book["平台处理"].iter_rows(min_row=2, values_only=True))
    assert [(row[1], row[2], row[3]) for row in answers] == [(2, 1, 30)]
    assert "统计期间：2026年11月1日至2026年11月30日" in paper, "the campaign's own days"
    assert all(row[2] >= 2 for row in book["多条线索的店铺、账号"].iter_rows(min_row=2, values_only=True))


def test_only_who_has_confirmed_leads_is_named_in_a_summary_and_only_the_leads_of_its_filter_count(office) -> None:
    _, maker = office
    book = load_workbook(io.BytesIO(one(maker("campaign", Form.XLSX))))
    rows = list(book["多条线索的店铺、账号"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2], row[3]) for row in rows] == [("小城剧本铺", 5, 4)]
    assert "小城剧本铺" in words(one(maker("campaign", Form.DOCX)))
    where = LeadFilter(fields=(Field.SCRIPT_GAME,))
    book = load_workbook(io.BytesIO(one(maker("campaign", Form.XLSX, where=where))))
    rows = list(book["多条线索的店铺、账号"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2], row[3]) for row in rows] == [("小城剧本铺", 3, 3)]


def test_a_summary_names_nobody_whose_leads_no_person_has_confirmed(tmp_path: Path) -> None:
    where = LeadFilter(statuses=(LeadStatus.NEW,))
    with furnished(tmp_path / "o", count=12) as (_, maker):
        paper = words(one(maker("campaign", Form.DOCX, where=where)))
        book = load_workbook(io.BytesIO(one(maker("campaign", Form.XLSX, where=where))))
    rows = list(book["多条线索的店铺、账号"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2], row[3]) for row in rows] == [("小城剧本铺", 2, 0)]
    assert "小城剧本铺" not in paper
    assert "另有 1 个店铺、账号有两条以上线索，尚未确认或者未列" in paper


@pytest.mark.parametrize(
    ("region", "office", "said"),
    [
        ("演示县（虚构）", "演示县版权工作站", ""),
        ("某省某市甲县", "甲县版权局", "某省某市"),
        ("某省某市", "甲县版权局", "某省某市"),
        ("", "甲县版权局", ""),
        ("某市", "某省某市甲县版权局", ""),
    ],
)
def test_an_office_s_region_is_not_written_twice(region: str, office: str, said: str) -> None:
    assert region_before(region, office) == said


def test_a_filter_holds_in_all_forms_and_the_report_names_it(office) -> None:
    _, maker = office
    where = LeadFilter(grades=(Grade.A,))
    paper = words(one(maker("daily", Form.DOCX, where=where)))
    assert "发现疑似线索 2 条" in paper
    assert "筛选条件：等级 甲级" in paper
    assert len(rows_of_csv(maker("daily", Form.CSV, where=where)[0].data)) == 2
    beside = maker("ledger", Form.CSV, where=where)[1]
    said = beside.data.decode("utf-8-sig")
    assert beside.name.endswith(".说明.txt")
    for part in ("统计期间：全部记录", "筛选条件：等级 甲级", "程序版本：", "比对库版本：idx-7"):
        assert part in said
    assert re.search(r"数据摘要（SHA-256）：[0-9a-f]{64}", said)
    page = one(maker("daily", Form.HTML, where=where)).decode()
    assert "等级 甲级" in page
    assert page.count("案线〔2026〕0001号") == 0, "grade B"


@pytest.mark.parametrize("form", [Form.DOCX, Form.XLSX, Form.CSV, Form.JSONL, Form.HTML])
def test_the_same_data_make_the_same_bytes(office, form: Form) -> None:
    _, maker = office
    first = all_made(maker, form)
    assert first == all_made(maker, form)
    assert len(first) >= 2


@needs_browser
def test_a_pdf_is_the_word_file_s_words_on_a4_and_the_same_bytes_again(office) -> None:
    _, maker = office
    for name, chosen in (("rectify", {"leads": (1, 4)}), ("campaign", {"campaign": "剑网2026"})):
        printed = one(maker(name, Form.PDF, **chosen))
        assert printed == one(maker(name, Form.PDF, **chosen))
        elsewhere = re.sub(rb"\(node(\d{8})\)", lambda name: b"(node%08d)" % (int(name[1]) + 7), printed)
        assert elsewhere != printed
        assert frozen_pdf(elsewhere) == frozen_pdf(printed), "the browser counts its elements from anywhere"
        assert frozen_pdf(printed).certain
        pages = pypdfium2.PdfDocument(printed)
        assert all((round(w), round(h)) == (595, 842) for w, h in (page.get_size() for page in pages))
        text = "".join(page.get_textpage().get_text_range() for page in pages)
        flat = re.sub(r"[\s￾\x02\-]", "", text)
        for line in words(one(maker(name, Form.DOCX, **chosen))).splitlines():
            assert re.sub(r"[\s\-]", "", line)[:20] in flat, line
        assert [f"— {n} —" in page.get_textpage().get_text_range() for n, page in enumerate(pages, 1)] == [True] * len(
            pages
        )


@pytest.mark.parametrize(
    "dates",
    [
        b"",
        b"/CreationDate (D:20261124080000+00'00')",
        b"/CreationDate (D:20261124080000+00'00')\n/ModDate (D:20261124080000+00'00')\n/CreationDate (D:20261124080000+00'00')",
        b"/CreationDate (D:20261124)\n/ModDate (D:20261124)",
    ],
)
def test_a_pdf_with_other_than_two_dates_is_a_pdf_all_the_same(dates: bytes) -> None:
    written = frozen_pdf(b"%PDF-1.4\n<<" + dates + b">>\n(node00000009)\n%%EOF")
    assert written.data.startswith(b"%PDF-1.4") and written.data.endswith(b"(node00000001)\n%%EOF")
    assert len(written.data) == len(b"%PDF-1.4\n<<>>\n(node00000009)\n%%EOF") + len(dates), "no offset moves"
    assert b"20261124080000" not in written.data, "what is known is set all the same"
    assert not written.certain


@needs_browser
def test_a_browser_that_writes_pdf_otherwise_makes_papers_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.reproducible._PDF_DATE", re.compile(rb"(/NoSuchDate \(D:)\d{14}([+\-Z])"))
    with furnished(tmp_path / "o") as (workspace, maker):
        (made,) = maker("rectify", Form.PDF, (1,))
        assert pypdfium2.PdfDocument(made.data)
        assert "逐字节" in made.note
        (daily,) = maker("daily", Form.PDF)
        assert daily.data.startswith(b"%PDF") and daily.note == made.note
        assert write([made, daily], kind_of("rectify"), tmp_path / "out", workspace.reports).notes == (made.note,)


@needs_browser
def test_the_daily_report_prints_and_prints_the_same(office) -> None:
    _, maker = office
    printed = one(maker("daily", Form.PDF))
    assert printed.startswith(b"%PDF")
    assert printed == one(maker("daily", Form.PDF))


def test_word_files_are_laid_out_as_official_documents(office) -> None:
    _, maker = office
    for name, data in all_made(maker, Form.DOCX).items():
        word = docx.Document(io.BytesIO(data))
        section = word.sections[0]
        shape = (section.page_width, section.page_height, section.top_margin, section.bottom_margin)
        assert [round(length.mm) for length in shape] == [210, 297, 37, 35], name
        assert (round(section.left_margin.mm), round(section.right_margin.mm)) == (28, 26)
        fonts = {f.get(qn("w:eastAsia")) for f in word.element.body.iter(qn("w:rFonts"))}
        assert fonts >= {"方正小标宋简体", "仿宋_GB2312"}, name
        assert "PAGE" in section.footer._element.xml
        assert "PAGE" in section.even_page_footer._element.xml
        assert "{{" not in words(data)
        assert "{%" not in words(data)
        assert re.search(r"数据摘要（SHA-256）：[0-9a-f]{64}", words(data)), name


@pytest.mark.dates
def test_the_dossier_has_every_field_of_the_form(office) -> None:
    _, maker = office
    paper = words(one(maker("dossier", Form.DOCX, (2,))))
    for field in (
        "编号", "线索来源", "发现时间", "取证时间", "平台名称", "网址", "店铺或账号", "主体信息", "备案号", "涉嫌侵权作品",
        "权利人", "登记号", "授权情况", "涉嫌行为类型", "比对结论", "情节", "违法经营额", "公共利益", "证据清单", "初步研判",
        "建议承办", "经办人（签名）", "审核人（签名）", "换名对照表", "办理记录",
    ):  # fmt: skip
        assert field in paper, field
    assert paper.count("经办人（签名）") == 2
    assert "19,939.80 元以上（估算）" in paper, "19.90 × 1002"
    assert "图书发行统一定价，未经许可印制" in paper, "as the officer entered it"
    assert "ICP 备案 浙ICP备10046444号" in paper, "from the home page"
    assert "数额标准（按行为日期适用" in paper
    assert "核实的违法经营额" in paper, "what is still missing"
    assert "期限" in paper
    assert "洗稿、换皮一般先属于第五十二条所列民事侵权" in paper, "nobody promises a penalty"
    assert "请核对现行有效文本" in paper


def test_names_renamed_and_disguised_are_marked_in_three_ways_of_print(office) -> None:
    _, maker = office
    word = docx.Document(io.BytesIO(one(maker("dossier", Form.DOCX, (2,)))))
    marks = {}
    for run in word.element.body.iter(qn("w:r")):
        line = run.find(f"{qn('w:rPr')}/{qn('w:u')}")
        if line is not None:
            marks.setdefault(line.get(qn("w:val")), []).append("".join(t.text for t in run.iter(qn("w:t"))))
    assert "阿婆" in marks["double"]
    assert any("夜里潮水退去" in text for text in marks["single"])
    page = one(maker("dossier", Form.HTML, (2,))).decode()
    assert "underline double" in page
    assert "underline solid" in page


def test_a_referral_is_five_papers_and_a_receipt(office) -> None:
    _, maker = office
    made = maker("referral", Form.DOCX, (1, 3))
    assert [re.sub(r"_.*", "", one.name) for one in made] == [
        "1移送书", "2调查报告", "3涉案物品清单", "4检验报告或鉴定结论", "5其他材料目录", "6移送书回执",
    ]  # fmt: skip
    papers = [words(paper.data) for paper in made]
    assert "合理嫌疑" in papers[0]
    assert "接到报告之日起三日内" in papers[0]
    assert "二十四小时内" in papers[0]
    assert "合计 39,879.60 元" in papers[1], "19.9 × 1001 + 19.9 × 1003"
    assert "同一主体历次累计：小城剧本铺" in papers[1]
    assert "刑法" not in papers[0]
    assert "不是鉴定意见" in papers[3]
    assert "案线〔2026〕0001号、案线〔2026〕0003号" in papers[5]


def test_letters_go_to_one_platform_each_and_say_who_signs(office) -> None:
    _, maker = office
    orders = maker("rectify", Form.DOCX, (1, 2, 3, 4))
    assert len(orders) == 3, "leads 1 and 4 are on the same platform"
    assert "（印章）" in words(orders[0].data)
    notice = words(maker("notice", Form.DOCX, (1,))[0].data)
    assert "本通知由权利人签名或者盖章并自行发出" in notice
    for item in ("一、权利人", "二、要求删除或断开链接的作品名称和网络地址", "三、构成侵权的初步证明材料"):
        assert item in notice
    assert "http://market.example.cn/item/1" in notice
    assert "《电子商务法》" in notice, "the page is a shop's"
    assert "（印章）" not in notice
    asking = words(maker("assist", Form.DOCX, (1,))[0].data)
    assert "信息网络传播权保护条例（2013）第十三条" in asking
    assert "http://market.example.cn/shop/7" in asking


@pytest.mark.dates
def test_a_paper_says_what_was_drafted_with_its_number(tmp_path: Path) -> None:
    with furnished(tmp_path / "o") as (workspace, maker):
        database = Database.ready(workspace.database_url)
        sender = Sender("某镇版权工作站", "", "某平台公司", ("张三", "李四"), "010-1234", "幸福路")
        with database.session() as session:
            notice = draft(session, "1", NoticeKind.HOLDER, sender, Officer.acting("张三"), workspace=workspace.root)
            order = draft(session, "1", NoticeKind.RECTIFY, sender, Officer.acting("张三"), workspace=workspace.root)
        database.close()
        paper = words(one(maker("notice", Form.DOCX, (1,))))
        assert "某平台公司：" in paper
        assert "010-1234" in paper
        assert notice.letter is not None
        assert all(line in paper for line in notice.letter.demand)
        ordered = words(one(maker("rectify", Form.DOCX, (1,))))
        assert order.number in ordered
        assert "执法人员：张三、李四" in ordered
        assert order.letter is not None
        assert all(line in ordered for line in (*order.letter.demand, *order.letter.cautions))
        assert "责改〔　　〕　　号" in words(one(maker("rectify", Form.DOCX, (4,)))), "not drafted: a blank number"


def test_a_paper_printed_later_says_what_was_drafted_whatever_became_of_the_lead(tmp_path: Path) -> None:
    contact = "王编辑；电话 010-62345678；微信 qingshan_2026"
    with furnished(tmp_path / "o") as (workspace, maker):
        database = Database.ready(workspace.database_url)
        sender = Sender("某镇版权工作站", "", "", ("张三", "李四"), contact, "幸福大厦；第三层")
        with database.session() as session:
            for kind in NoticeKind:
                draft(session, "1", kind, sender, Officer.acting("张三"), workspace=workspace.root)
        names = ("notice", "rectify", "assist")
        first = {name: one(maker(name, Form.DOCX, (1,))) for name in names}
        printed = words(first["notice"])
        assert contact in printed
        assert "幸福大厦；第三层" in printed
        with database.session() as session:
            session.execute(update(Work).values(title="改了名", holder="换了人", registration="另一号"))
            session.execute(
                update(Lead).values(seller="改名的店", seller_url="http://x.example.cn/", url="http://x.example.cn/9")
            )
            session.execute(
                update(Capture).values(url="http://x.example.cn/9", title="改了题", fetched_at=datetime.now(UTC))
            )
            session.execute(delete(Match))
            session.add(LeadEvent(lead_id=1, at=datetime.now(UTC), who="李四", status="confirmed", reason="又看了一次"))
        (workspace.root / "tables").mkdir(exist_ok=True)
        table = (CHECKOUT / "patrol/tables/notices.yaml").read_text(encoding="utf-8").replace("立即", "三日内")
        (workspace.root / "tables/notices.yaml").write_text(table, encoding="utf-8")
        for name in names:
            later = one(maker(name, Form.DOCX, (1,)))
            assert words(later) == words(first[name])
            assert later == first[name]
        assert "改名的店" in words(one(maker("assist", Form.DOCX, (4,)))), "what was not drafted is as it is"
        database.close()


def test_leads_whose_letter_was_drafted_are_printed_apart_as_drafted(tmp_path: Path) -> None:
    with furnished(tmp_path / "o") as (workspace, maker):
        database = Database.ready(workspace.database_url)
        sender = Sender("某镇版权工作站", recipient="某平台公司", officers=("张三", "李四"))
        with database.session() as session:
            draft(session, "1", NoticeKind.RECTIFY, sender, Officer.acting("张三"), workspace=workspace.root)
        database.close()
        assert [made.name for made in maker("rectify", Form.DOCX, (1, 4))] == [
            "责令改正通知书_案线〔2026〕0001号.docx",
            "责令改正通知书_案线〔2026〕0004号.docx",
        ], "they are on one platform, but one of them has its number and its wording"
        assert "某平台公司：" in words(one(maker("rectify", Form.DOCX, (1,), to="某平台公司")))
        with pytest.raises(
            InputError, match="责改〔2026〕0003号 起草时的收件人是“某平台公司”，不是“另一家”。要改请重新起草"
        ):
            maker("rectify", Form.DOCX, (1,), to="另一家")


@pytest.mark.dates
def test_an_answer_says_what_was_found_or_that_nobody_has_looked_yet(office) -> None:
    _, maker = office
    found, unseen = (words(made.data) for made in maker("answer", Form.DOCX, complaints=(1, 2)))
    assert "权利人代理人：" in found
    assert "2026年11月3日对该网页取证并与《雾信》比对" in found
    assert "办理情况为“已确认”" in found
    assert "案线〔2026〕0001号" in found
    assert "投诉举报人：" in unseen, "no name was given"
    assert "尚未轮到" in unseen
    assert "请补充：" in unseen
    with pytest.raises(InputError, match="没有编号为“9”的投诉"):
        maker("answer", Form.DOCX, complaints=(9,))


def test_personal_data_are_covered_unless_asked_otherwise_and_publicity_names_nobody(office) -> None:
    _, maker = office
    covered = words(maker("answer", Form.DOCX, complaints=(1,))[0].data)
    assert "138＊＊＊＊8000" in covered
    assert "13800138000" in words(maker("answer", Form.DOCX, complaints=(1,), masked=False)[0].data)
    told = words(one(maker("publicity", Form.DOCX)))
    for name in ("雾信", "小城剧本铺", "example.cn", "某文化有限公司", "林渡", "张三"):
        assert name not in told
    assert "推动下架侵权链接 1 条" in told


def test_what_is_missing_or_wrong_is_said_with_the_remedy(office, tmp_path: Path) -> None:
    workspace, maker = office
    with pytest.raises(InputError, match=r"没有“月报”这种报告。可选：daily（巡查日报）.*patrol evidence export"):
        kind_named("月报")
    assert kind_named("责令改正通知书").name == "rectify"
    with pytest.raises(InputError, match="案件线索登记表没有 csv 这种格式。可选：docx、pdf、html"):
        form_named(kind_of("dossier"), "CSV")
    with pytest.raises(InputError, match="要写明是哪条线索"):
        maker("dossier", Form.DOCX)
    with pytest.raises(InputError, match="没有编号为“案线〔2026〕0099号”的线索"):
        maker("dossier", Form.DOCX, (99,))
    with pytest.raises(InputError, match="没有名为“剑网2020”的专项行动。可用 patrol campaigns list"):
        maker("campaign", Form.DOCX, campaign="剑网2020")
    with pytest.raises(InputError, match="是文件夹"):
        write(maker("ledger", Form.XLSX), kind_of("ledger"), tmp_path, workspace.reports)


@pytest.mark.parametrize(
    ("kind", "form", "output", "chosen"),
    [
        ("dossier", "", "甲.pdf", Form.PDF),
        ("dossier", "", "甲.PDF", Form.PDF),
        ("daily", "", "日报.docx", Form.DOCX),
        ("ledger", "", "台账.csv", Form.CSV),
        ("dossier", "html", "甲.html", Form.HTML),
        ("dossier", "", None, Form.DOCX),
        ("referral", "pdf", "移送2026.11", Form.PDF),
    ],
)
def test_the_suffix_of_the_file_chooses_the_form(kind: str, form: str, output: str | None, chosen: Form) -> None:
    assert form_named(kind_of(kind), form, Path(output) if output else None) is chosen


def test_a_file_s_suffix_and_its_form_never_contradict_each_other(office, tmp_path: Path) -> None:
    workspace, maker = office
    with pytest.raises(InputError, match=r"--output 写的是 甲\.pdf，--form 写的是 docx，二者不符"):
        form_named(kind_of("dossier"), "docx", Path("甲.pdf"))
    with pytest.raises(InputError, match="案件线索登记表没有 xlsx 这种格式。可选：docx、pdf、html"):
        form_named(kind_of("dossier"), "", Path("甲.xlsx"))
    paper = maker("dossier", Form.DOCX, (1,))
    for name in ("甲.doc", "甲.pdf", "甲"):
        with pytest.raises(InputError, match=rf"{name} 的后缀与所出的格式不符，请写成 甲\.docx"):
            write(paper, kind_of("dossier"), tmp_path / name, workspace.reports)
    database = Database.ready(workspace.database_url)
    daily = Wish(kind_of("daily"), Form.HTML, basis(workspace, Period(), LeadFilter()))
    with (
        database.session() as session,
        pytest.raises(InputError, match=r"日报\.htm 的后缀与所出的格式不符，请写成 日报\.html"),
    ):
        make_files(session, workspace, daily, tmp_path / "日报.htm")
    database.close()
    assert list(tmp_path.iterdir()) == []
    (path,) = write(paper, kind_of("dossier"), tmp_path / "甲.DOCX", workspace.reports).paths
    assert path.name == "甲.DOCX"


def test_an_office_s_own_template_goes_first_and_a_broken_one_is_named(tmp_path: Path) -> None:
    with furnished(tmp_path / "o") as (workspace, maker):
        own = workspace.root / "templates" / "案件线索登记表.docx"
        own.parent.mkdir()
        paper = docx.Document()
        paper.add_paragraph("本县登记表 {{ number }}").runs[0].bold = True
        paper.save(str(own))
        assert words(one(maker("dossier", Form.DOCX, (1,)))) == "本县登记表 案线〔2026〕0001号"
        page = one(maker("dossier", Form.HTML, (1,))).decode()
        assert "本县登记表 案线〔2026〕0001号" in page, "what is changed in Word is in the page and the PDF too"
        assert "font-weight:700" in page
        paper.add_paragraph("{{ nobody_knows }}")
        paper.save(str(own))
        with pytest.raises(InputError, match=r"案件线索登记表\.docx 用不了"):
            maker("dossier", Form.DOCX, (1,))
        own.write_bytes(b"PK broken")
        with pytest.raises(InputError, match=r"案件线索登记表\.docx 用不了"):
            maker("dossier", Form.DOCX, (1,))


def test_several_files_go_to_a_folder_whole_and_are_replaced(office, tmp_path: Path) -> None:
    workspace, maker = office
    made = maker("dossier", Form.DOCX, (1, 2))
    for _ in range(2):
        paths = write(made, kind_of("dossier"), tmp_path / "out", workspace.reports).paths
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(one.name for one in made)
        assert [path.read_bytes() for path in paths] == [one.data for one in made]


def test_officers_are_told_of_every_kind_and_form() -> None:
    told = (CHECKOUT / "docs" / "reports.md").read_text(encoding="utf-8")
    for kind in KINDS:
        forms = " ".join(form.value for form in kind.forms)
        assert f"| `{kind.name}` | {kind.label} | {kind.needs.label} | {forms} |" in told


def test_shipped_templates_are_what_the_program_makes(tmp_path: Path) -> None:
    for name, paper in ALL.items():
        paper().save(tmp_path / "t.docx")
        assert (tmp_path / "t.docx").read_bytes() == (TEMPLATES / f"{name}.docx").read_bytes(), (
            f"{name}: run python -m reports.make_templates"
        )
    used = {template for kind in KINDS for template in kind.templates}
    assert used == set(PAPERS)
