"""Whatever strangers write, in every form of every report: nothing runs, nothing is asked for, nothing breaks the page.

A new form is one line in ``FORMS``: how its files are written, and how they are looked at. A new kind of report needs none.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple
from zipfile import ZipFile

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from sqlalchemy.orm import Session

from patrol.chromium import find_browser
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.leads.queries import lead_views
from patrol.leads.statistics import figures
from patrol.leads.views import LeadFilter
from patrol.workspace import make_workspace
from reports import paged
from reports.data import basis
from reports.html import Period, render, render_lead, write_report
from reports.kinds import KINDS, Form, Kind, Needs
from reports.printing import as_html, printer
from reports.writer import Wish, make
from tests.reports.browsing import BROWSER, browsing, opened
from tests.reports.hostile import ATTACKS, plant
from tests.reports.office import NUMBER

LIBREOFFICE = which("soffice") or which("libreoffice")
HIDDEN = set("\u202e\u202b\u2066\u200b\u00ad\x00\x1b\u2028\ufeff")
BROAD = [number for number, text in enumerate(ATTACKS.values(), start=1) if len(text) > 150]
"""What tries a layout most."""
CLEVER = [NUMBER.format(number) for number, name in enumerate(ATTACKS, start=1) if name.startswith("xml")]
"""What tries the file of a word processor most."""
MANY = ("登记表_", "权利人通知_", "答复书_")
"""Papers of which there is one an attack."""


@dataclass(frozen=True)
class Office:
    """An office whose every text is an attack."""

    workspace: Workspace
    database: Database

    @cached_property
    def papers(self) -> dict[str, bytes]:
        """Every paper as a Word file, made once: a minute's work."""
        papers: dict[str, bytes] = {}
        for kind in KINDS:
            if Form.DOCX in kind.forms:
                # Of the letters that are one an attack every third: the dossier has the same texts, and others have them all.
                step = 3 if kind.name in ("notice", "answer") else 1
                papers |= self.made(kind, Form.DOCX, range(1, len(ATTACKS) + 1, step))
        return papers

    def made(self, kind: Kind, form: Form, numbers: range | list[int] = range(0)) -> dict[str, bytes]:
        covered = basis(self.workspace, Period(), LeadFilter(), masked=False)
        leads = tuple(NUMBER.format(number) for number in numbers) if kind.needs is Needs.LEADS else ()
        with self.database.session() as session:
            complaints = tuple(map(str, numbers)) if kind.needs is Needs.COMPLAINTS else ()
            made = make(session, self.workspace, Wish(kind, form, covered, leads, complaints))
            return {one.name: one.data for one in made}

    def of_period(self, form: Form) -> dict[str, bytes]:
        return {
            name: data
            for kind in KINDS
            if form in kind.forms and kind.needs is Needs.PERIOD
            for name, data in self.made(kind, form).items()
        }

    @property
    def broad(self) -> dict[str, bytes]:
        """The papers that have all attacks in one, and those of the attacks that try a layout most."""
        wide = {NUMBER.format(number) for number in BROAD}
        wide |= {f"答复书_{number:03d}_" for number in BROAD}
        return {
            name: paper
            for name, paper in self.papers.items()
            if not any(kind in name for kind in MANY) or any(number in name for number in wide)
        }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    workspace = make_workspace(tmp_path_factory.mktemp("hostile") / "office")
    database = Database.ready(workspace.database_url)
    with database.session() as session:
        plant(session, site="books")
    yield Office(workspace, database)
    database.close()


class Tried(NamedTuple):
    name: str
    write: Callable[[Office], dict[str, bytes]]
    """The files of the form, by name."""
    look: Callable[[dict[str, bytes], Path], None]
    """Raises where one of the files is not as it must be."""


def _write_html(session: Session, path: Path) -> None:
    assert write_report(session, None, '某站"</style>', "<b>某县", Period(), path, masked=False) == len(ATTACKS)


def _look_at_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not HIDDEN & set(text)
    with browsing() as browser:
        for width, scheme in ((1280, "light"), (390, "dark")):
            with opened(browser, path, width, scheme) as page:
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert page.evaluate("window.owned") is None
                assert page.said == []  # type: ignore[attr-defined]
                strange = "main :is(script, img, iframe, style, object, embed, form, video, base, meta, link, math)"
                assert page.locator(strange).count() == 0
                assert page.locator("script").count() == page.locator("#find").count()
                hrefs = page.eval_on_selector_all("a", "links => links.map(link => link.href)")
                assert all(href.startswith(path.parent.as_uri()) for href in hrefs)
                outside = "e => [...e.attributes].map(a => a.name).filter(n => n.startsWith('on')).length"
                assert sum(page.eval_on_selector_all("*", f"all => all.map({outside})")) == 0


def _daily(office: Office) -> dict[str, bytes]:
    return office.made(KINDS[0], Form.HTML)


def _look_at_daily(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
        _look_at_html(folder / name)


def _pages(office: Office) -> dict[str, bytes]:
    pages = [as_html(paper, name).encode() for name, paper in office.papers.items()]
    pages += [page for name, page in office.of_period(Form.HTML).items() if "线索报告" not in name]
    return {f"{number}.html": page for number, page in enumerate(pages)}


def _look_at_pages(files: dict[str, bytes], folder: Path) -> None:
    assert len(files) > 1.5 * len(ATTACKS)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        assert not HIDDEN & set(data.decode())
    with browsing() as browser:
        page = browser.new_context(viewport={"width": 390, "height": 900}).new_page()
        said: list[str] = []
        page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        for name in files:
            page.goto((folder / name).as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
            assert page.evaluate("window.owned") is None, name
            strange = ":is(script, img, iframe, object, embed, form, video, base, link, math, a, body style)"
            assert page.locator(strange).count() == 0, name
            outside = "all => all.flatMap(e => [...e.attributes]).filter(a => a.name.startsWith('on')).length"
            assert page.eval_on_selector_all("*", outside) == 0, name
        assert said == []


def _look_at_docx(files: dict[str, bytes], folder: Path) -> None:
    assert len(files) > 1.5 * len(ATTACKS)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        assert not HIDDEN & set(name)
        with ZipFile(io.BytesIO(data)) as archive:
            for part in archive.namelist():
                if part.endswith((".xml", ".rels")):
                    root = etree.fromstring(archive.read(part), etree.XMLParser(resolve_entities=False))
                    assert not root.getroottree().docinfo.internalDTD, (name, part)
                    fields = {"".join(field.itertext()).strip() for field in root.iter(qn("w:instrText"))}
                    assert fields <= {"PAGE"}, (name, part)
                    assert not root.xpath("//@*[local-name() = 'TargetMode']"), (name, part)
        body = docx.Document(io.BytesIO(data)).element.body
        text = "".join(t.text or "" for t in body.iter(qn("w:t")))
        assert not HIDDEN & set(text), name
        assert "{{ 7*7 }}{% for x in y %}" in text or "7*7" not in text or "${7*7}" in text, (name, "worked out")
    all_said = "".join(
        t.text or "" for t in docx.Document(io.BytesIO(_one(files, "移送书_"))).element.body.iter(qn("w:t"))
    )
    for attack in (
        "{{ 7*7 }}{% for x in y %}",
        "</w:t></w:r></w:p><w:p><w:r><w:t>插入</w:t></w:r></w:p>",
        "&amp;lt;script&amp;gt;",
    ):
        assert attack in all_said, "as written"


def _one(files: dict[str, bytes], start: str) -> bytes:
    return next(data for name, data in files.items() if start in name)


def _look_at_xlsx(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        with ZipFile(io.BytesIO(data)) as archive:
            for part in archive.namelist():
                if part.startswith("xl/worksheets/"):
                    root = etree.fromstring(archive.read(part))
                    assert not root.xpath("//*[local-name() = 'f' or local-name() = 'hyperlink']"), (name, part)
        for sheet in load_workbook(io.BytesIO(data)):
            for row in sheet.iter_rows():
                assert {cell.data_type for cell in row} <= {"s", "n", "d", "inlineStr"}, "no formula, no error"
                texts = [cell for cell in row if cell.value is not None and cell.data_type != "n"]
                assert all(isinstance(cell.value, str) or cell.data_type == "d" for cell in texts)
    rows = list(load_workbook(io.BytesIO(_one(files, "线索台账")))["线索台账"].iter_rows(min_row=2, values_only=True))
    titles = {unescape(str(row[9])) for row in rows}
    for attack in ("=1+1", "@SUM(1+1)*cmd|' /C calc'!A0", "_x000D__x0041_", "＝1+1", "{=1+1}"):
        assert attack in titles


def _look_at_csv(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        if name.endswith(".csv"):
            heads, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
            assert {len(row) for row in rows} <= {len(heads)}, name
            numeric = re.compile(r"-?[0-9.]+")
            for cell in (cell for row in rows for cell in row):
                assert not cell.lstrip(" ").startswith(tuple("=+-@\t\r\n＝＋－＠|%")) or numeric.fullmatch(cell), (
                    name,
                    cell,
                )
                assert not HIDDEN & set(cell)


def _look_at_jsonl(files: dict[str, bytes], folder: Path) -> None:
    for data in files.values():
        lines = [json.loads(line) for line in data.decode().split("\n")[:-1]]
        assert lines[0]["record"] == "report"
        assert not HIDDEN & set(data.decode())
    assert sum(line["record"] == "线索台账" for line in lines) == len(ATTACKS)


def _printed(office: Office) -> dict[str, bytes]:
    with printer(find_browser(office.workspace)) as pdf:
        papers = {name: pdf(as_html(paper, name), None).data for name, paper in office.broad.items()}
    return papers | office.of_period(Form.PDF)


def _look_at_pdf(files: dict[str, bytes], folder: Path) -> None:
    assert len(files) > 20
    for name, data in files.items():
        for harm in (b"/JavaScript", b"/Launch", b"/URI (", b"/EmbeddedFile"):
            assert harm not in data, (name, harm)
        printed = pypdfium2.PdfDocument(data)
        for page in printed:
            width, height = page.get_size()
            assert (round(width), round(height)) == (595, 842), name
            text = page.get_textpage()
            for number in range(text.count_rects()):
                left, _, right, _ = text.get_rect(number)
                assert left >= 0, (name, text.get_text_bounded(*text.get_rect(number)))
                assert right <= width + 1, (name, text.get_text_bounded(*text.get_rect(number)))
        printed.close()


def _for_an_office(office: Office) -> dict[str, bytes]:
    # One paper has all attacks: LibreOffice takes a second for each file, and longer for the lines without end.
    papers = {name: paper for name, paper in office.broad.items() if not any(many in name for many in MANY)}
    papers |= {name: paper for name, paper in office.papers.items() if any(number in name for number in CLEVER)}
    files = papers | office.of_period(Form.XLSX)
    return {f"{n}.{name.rsplit('.', 1)[1]}": data for n, (name, data) in enumerate(files.items())}


def _convert(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    subprocess.run(
        [str(LIBREOFFICE), "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(folder / "pdf"), *(str(folder / name) for name in files)],
        check=True, capture_output=True,
    )  # fmt: skip
    made = {path.stem for path in (folder / "pdf").iterdir()}
    kinds = {name.rsplit(".", 1)[1] for name in files if name.split(".")[0] in made}
    # LibreOffice comes in parts: without Calc it opens no workbook at all.
    assert "docx" in kinds
    for name in (name for name in files if name.rsplit(".", 1)[1] in kinds):
        printed = pypdfium2.PdfDocument(folder / "pdf" / f"{name.split('.')[0]}.pdf")
        assert sum(page.get_textpage().count_chars() for page in printed) > 100, name
        printed.close()


browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
libreoffice = pytest.mark.skipif(LIBREOFFICE is None, reason="no LibreOffice here")

FORMS = (
    pytest.param(Tried("the daily page", _daily, _look_at_daily), marks=browser),
    pytest.param(Tried("papers as pages", _pages, _look_at_pages), marks=[browser, pytest.mark.slow]),
    pytest.param(Tried("Word", lambda office: office.papers, _look_at_docx), marks=pytest.mark.slow),
    pytest.param(Tried("Excel", lambda office: office.of_period(Form.XLSX), _look_at_xlsx)),
    pytest.param(Tried("CSV", lambda office: office.of_period(Form.CSV), _look_at_csv)),
    pytest.param(Tried("JSON Lines", lambda office: office.of_period(Form.JSONL), _look_at_jsonl)),
    pytest.param(Tried("PDF", _printed, _look_at_pdf), marks=[browser, pytest.mark.slow]),
    pytest.param(
        Tried("Word and Excel in LibreOffice", _for_an_office, _convert), marks=[libreoffice, pytest.mark.slow]
    ),
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_nothing_a_stranger_wrote_runs_or_breaks_the_page(form: Tried, office: Office, tmp_path: Path) -> None:
    assert len(ATTACKS) >= 60
    form.look(form.write(office), tmp_path)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_nothing_a_stranger_wrote_runs_in_a_report_of_many_pages(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.html.ONE_FILE", 10)
    monkeypatch.setattr(paged, "A_PAGE", 60)
    with database.session() as session:
        plant(session)
    with database.session() as session:
        _write_html(session, tmp_path / "报告.html")
    _look_at_html(tmp_path / "报告.html")
    first, *_ = sorted(tmp_path.glob("报告_分页-*/*.html"))
    text = first.read_text(encoding="utf-8")
    assert "<script" not in text and "script-src 'none'" in text


def test_what_cannot_be_stored_is_shown_by_its_code_all_the_same(database: Database) -> None:
    with database.session() as session:
        plant(session)
    with database.session() as session:
        leads = lead_views(session, None)
        counted = figures(session)
    text = render_lead("某站", "", type(leads[0])(**{**_fields(leads[0]), "title": "前\x00后\ud83d\u202e"}))
    assert "前⟨0000⟩后⟨D83D⟩⟨202E⟩" in text
    text.encode("utf-8")
    assert render("某站", "", Period(), leads[:1], counted).count("<html") == 1


def _fields(view: Any) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.__dataclass_fields__}


def test_a_page_that_writes_the_digests_place_does_not_get_it(database: Database, tmp_path: Path) -> None:
    with database.session() as session:
        plant(session)
    with database.session() as session:
        _write_html(session, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "@@DIGEST@@" in text[: text.index("<footer>")]
    digest = text[text.rindex('<span class="digest">') + 21 :][:64]
    from reports.layout import digest_of

    assert digest_of("@@DIGEST@@".join(text.rsplit(digest, 1))) == digest
