"""Works come in whole or not at all, from whatever people have, and faults are named by file, row and column."""

from __future__ import annotations

import json
import lzma
import zipfile
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import func, select

from patrol.config import Workspace
from patrol.db.models import Work, WorkText
from patrol.db.session import Database
from patrol.errors import InputError, InputProblems
from patrol.works import library
from patrol.works.authorizing import import_authorizations
from patrol.works.importing import enter_works, read_works

STORY = "潮水退去的夜里，守灯人把一封没有落款的信压在马灯底下，信封上只写着一个日期。他等了三十年，没有等到来取信的人。"


def _enter(database: Database, path: Path) -> int:
    works, _ = read_works(path)
    with database.session() as session:
        enter_works(session, works)
    with database.session() as session:
        return session.scalar(select(func.count(Work.id))) or 0


def _pdf(path: Path, text: str) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path))
    canvas.setFont("STSong-Light", 12)
    for line, start in enumerate(range(0, len(text), 30)):
        canvas.drawString(40, 780 - 20 * line, text[start : start + 30])
    canvas.save()


def _epub(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="OEBPS/a.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "OEBPS/a.opf",
            '<package><metadata><title>雾中来信</title></metadata><manifest><item id="c" href="c.xhtml"/></manifest>'
            '<spine><itemref idref="c"/></spine></package>',
        )
        archive.writestr("OEBPS/c.xhtml", f"<html><head><title>x</title></head><body><p>{text}</p></body></html>")


def test_every_kind_of_text_file_is_read(tmp_path: Path, database: Database) -> None:
    (tmp_path / "甲.txt").write_bytes(STORY.encode("gbk"))
    (tmp_path / "乙.md").write_text(f"---\nid: w2\ntitle: 雾信\naliases: [雾中信]\n---\n{STORY}", encoding="utf-8")
    document = Document()
    document.add_paragraph(STORY)
    document.save(str(tmp_path / "丙.docx"))
    _pdf(tmp_path / "丁.pdf", STORY)
    _epub(tmp_path / "戊.epub", STORY)
    assert _enter(database, tmp_path) == 5
    with database.session() as session:
        texts = session.scalars(select(WorkText.text)).all()
        assert session.get(Work, "w2").aliases == ["雾中信"]  # type: ignore[union-attr]
    assert all("守灯人把一封没有落款的信" in text for text in texts)


def test_json_lines_are_read_plain_and_packed(tmp_path: Path, database: Database) -> None:
    rows = "\n".join(json.dumps({"id": f"b/{n}", "title": "书", "kind": "novel", "text": STORY}) for n in range(3))
    with lzma.open(tmp_path / "works.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(rows)
    assert _enter(database, tmp_path / "works.jsonl.xz") == 3


def test_a_table_from_excel_in_gbk_names_its_text_files(tmp_path: Path, database: Database) -> None:
    (tmp_path / "a.txt").write_text(STORY, encoding="utf-8")
    table = "作品名称,作者,权利人,定价,文件\n雾中来信,某某,某社,￥39.80,a.txt\n无文本作品,某某,某社,,\n"
    (tmp_path / "目录.csv").write_bytes(table.encode("gbk"))
    assert _enter(database, tmp_path) == 2
    with database.session() as session:
        work = session.get(Work, "雾中来信")
        assert work is not None
        assert str(work.list_price) == "39.80"


def test_all_faults_of_a_table_are_named_at_once_and_nothing_is_entered(tmp_path: Path, database: Database) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["作品名称", "定价", "文件"], ["甲", "三十块", ""], ["", "1", ""], ["乙", "2", "没有.txt"]):
        sheet.append(row)
    book.save(tmp_path / "目录.xlsx")
    with pytest.raises(InputProblems) as caught:
        _enter(database, tmp_path / "目录.xlsx")
    said = str(caught.value)
    assert "目录.xlsx 第 2 行「定价」列：“三十块”不是价格" in said
    assert "第 3 行「作品名称」列" in said
    assert "第 4 行「文件」列：找不到“没有.txt”" in said
    with database.session() as session:
        assert session.scalar(select(func.count(Work.id))) == 0


def test_a_missing_column_is_named_with_the_nearest_head(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("作品名,作者\n甲,乙\n", encoding="utf-8")
    with pytest.raises(InputProblems, match=r"缺少“作品名称”列.*是不是想写“作品名称”"):
        read_works(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("坏.pdf", b"%PDF-1.4 nonsense", "打不开"),
        ("坏.docx", b"PK\x03\x04broken", "已损坏"),
        ("坏.epub", b"not a zip", "已损坏"),
        ("空.txt", b"  \n ", "没有文字"),
        ("坏.xyz", b"a", "不认识的文件类型"),
        ("坏.jsonl", b'{"id": 1}\n', "第 1 行"),
        ("坏.md", b"---\na: [\n---\ntext", "格式有误"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_works(tmp_path / name)
    assert name in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="文件夹里没有作品"):
        read_works(tmp_path)


def test_a_table_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(STORY, encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "t.csv").write_text("作品名称,文件\n甲,../secret.txt\n", encoding="utf-8")
    with pytest.raises(InputProblems, match="找不到"):
        read_works(folder / "t.csv")


def test_the_library_follows_what_is_imported_changed_and_removed(
    tmp_path: Path, workspace: Workspace, database: Database
) -> None:
    (tmp_path / "w.jsonl").write_text(
        "\n".join(
            json.dumps({"id": i, "title": i, "kind": "novel", "text": STORY * (n + 2)}) for n, i in enumerate("abc")
        ),
        encoding="utf-8",
    )
    _enter(database, tmp_path / "w.jsonl")
    index = library.open_library(workspace, database)
    assert index is not None
    assert set(index.works) == {"a", "b", "c"}
    with database.session() as session:
        session.delete(session.get(Work, "a"))
    library.refresh(workspace, database)
    library.index_file(workspace).write_bytes(b"damaged")
    mended = library.open_library(workspace, database)
    assert mended is not None
    assert set(mended.works) == {"b", "c"}
    assert mended.judge(STORY * 2)


def test_licences_name_works_by_id_or_title_and_faults_by_cell(tmp_path: Path, database: Database) -> None:
    (tmp_path / "w.jsonl").write_text(json.dumps({"id": "w1", "title": "雾信", "text": STORY}), encoding="utf-8")
    _enter(database, tmp_path / "w.jsonl")
    file = tmp_path / "授权.csv"
    file.write_text(
        "作品,被授权方,站点,起始日期,截止日期\n《雾信》,甲店,shop,2024年1月1日,2026/12/31\n", encoding="utf-8"
    )
    with database.session() as session:
        assert import_authorizations(session, file).licences == 1
    file.write_text("作品,被授权方,截止日期\n没有的书,甲店,2026-01-01\nw1,乙店,2026-02-30\n", encoding="utf-8")
    with database.session() as session, pytest.raises(InputProblems) as caught:
        import_authorizations(session, file)
    assert "第 2 行「作品」列：作品库里没有“没有的书”" in str(caught.value)
    assert "第 3 行「截止日期」列：“2026-02-30”不是真实的日期" in str(caught.value)
