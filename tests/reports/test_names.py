"""What a work or a page is called is no house number, in any report, letter, ledger or file name."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import pytest
from sqlalchemy import select, update

from patrol.db.casework import ComplaintFiling
from patrol.db.models import Capture, CaptureText, Complaint, Lead, LeadEvent, Signal, Work
from patrol.db.session import Database
from reports.html import Period, write_report
from reports.kinds import Form
from tests.reports.conftest import Maker, all_made, furnished

TITLE = "山茶街十三号"
PAGE = f"【精校】{TITLE} 全本，另赠桂花巷8号"
ADDRESS = "寄幸福路12号"


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    """An office whose work is called like a house, and so are its pages; everybody writes an address beside it."""
    with furnished(tmp_path_factory.mktemp("names") / "o") as (workspace, made):
        database = Database.ready(workspace.database_url)
        with database.session() as session:
            session.execute(update(Work).values(title=TITLE, aliases=["桂花巷9号"]))
            session.execute(update(Lead).values(title=PAGE, seller=f"书铺 {ADDRESS}"))
            session.execute(update(Capture).values(title=PAGE))
            session.execute(update(LeadEvent).values(reason=f"{TITLE}与样书一致，{ADDRESS}"))
            session.execute(update(Complaint).values(work_title=TITLE))
            session.execute(update(ComplaintFiling).values(facts=f"店铺销售{TITLE}盗版，{ADDRESS}"))
            for text in session.scalars(select(CaptureText)):
                text.text = text.text.replace("夜里潮水退去", f"{TITLE}夜里潮水退去，桂花巷9号，{ADDRESS}")
            for lead in session.scalars(select(Lead)):
                named = {"named": "桂花巷9号", "work": TITLE}
                (first,) = session.scalars(select(Signal).where(Signal.lead_id == lead.id))
                session.add(
                    Signal(lead_id=lead.id, capture_id=first.capture_id, code="title_in_title", points=9, values=named)
                )
        database.close()
        yield made


def text_of(data: bytes) -> str:
    """All that a file says: the XML of a Word or Excel file, else the file."""
    if not is_zipfile(io.BytesIO(data)):
        return data.decode("utf-8-sig")
    with ZipFile(io.BytesIO(data)) as archive:
        return "".join(unescape(archive.read(name).decode()) for name in archive.namelist() if name.endswith(".xml"))


@pytest.mark.parametrize("form", [Form.DOCX, Form.HTML, Form.XLSX, Form.CSV, Form.JSONL])
def test_names_of_works_and_pages_are_never_covered(maker: Maker, form: Form) -> None:
    made = all_made(maker, form)
    said = {name: text_of(data) for name, data in made.items()}
    for name, text in said.items():
        for covered in ("山茶街＊", "桂花巷＊"):
            assert covered not in text, (name, text[max(0, text.find(covered) - 60) :][:120])
    whole = "".join(said.values())
    assert TITLE in whole
    assert PAGE in whole
    assert "寄幸福路＊＊号" in whole and ADDRESS not in whole, "an address is one all the same"


def test_very_many_leads_name_their_works_too(maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.html.ONE_FILE", 2)
    with furnished(tmp_path / "o") as (workspace, _):
        database = Database.ready(workspace.database_url)
        with database.session() as session:
            session.execute(update(Work).values(title=TITLE))
            session.execute(update(Lead).values(title=PAGE, seller=f"{TITLE}书铺 {ADDRESS}"))
            write_report(session, None, "某站", "", Period(), tmp_path / "日报.html")
        database.close()
    pages = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("**/*.html"))]
    assert len(pages) == 2
    for text in pages:
        assert PAGE in text and f"{TITLE}书铺" in text and "山茶街＊" not in text and ADDRESS not in text
