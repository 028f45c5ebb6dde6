"""Days, years and numbers are Beijing's, on a machine of whatever zone; nothing but ``patrol.clock`` knows a zone."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol import clock
from patrol.complaints.entering import enter_complaints
from patrol.complaints.mail import read_letter
from patrol.complaints.queries import complaint_views
from patrol.complaints.reading import Filing
from patrol.config import CHECKOUT
from patrol.db.models import Campaign, Lead, Patrol
from patrol.directory.default_site import SiteBook
from patrol.patrols.records import Wanted, begin
from tests.leads.cases import Cases
from tests.test_rooms import sources

pytestmark = pytest.mark.dates

NEW_YEAR = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
"""2027-01-01 00:30 in Beijing."""


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Shanghai"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone that the machine is set to."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


# -- the first half hour of a year -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("zone")
def test_a_lead_and_a_patrol_of_the_new_year_s_first_half_hour_are_the_new_year_s(cases: Cases) -> None:
    with cases.database.session() as session:
        session.add(Campaign(name="剑网2026", starts=date(2026, 6, 1), ends=date(2026, 12, 31), focus=""))
        session.add(Campaign(id=7, name="剑网2027", starts=date(2027, 1, 1), ends=date(2027, 12, 31), focus=""))
    number = cases.lead(at=NEW_YEAR)
    assert number == "案线〔2027〕0001号"
    patrol = begin(cases.database, Wanted(), [], NEW_YEAR, "")
    with cases.database.session() as session:
        assert session.scalar(select(Lead.campaign_id).where(Lead.number == number)) == 7
        assert session.scalar(select(Patrol.campaign_id).where(Patrol.id == patrol)) == 7


@pytest.mark.usefixtures("zone")
def test_a_complaint_of_the_new_year_s_first_half_hour_is_the_new_year_s(cases: Cases) -> None:
    filing = Filing(url="http://a.example.cn/1", work="雾港来信", complainant="张三", source="清单.csv")
    with cases.database.session() as session:
        enter_complaints(session, [filing], SiteBook([]), NEW_YEAR, "李警官")
        (view,) = complaint_views(session)
    assert view.number == "投诉〔2027〕0001号"


@pytest.mark.usefixtures("zone")
def test_days_begin_and_end_at_beijing_s_midnight() -> None:
    assert (clock.day_of(NEW_YEAR), clock.year_of(NEW_YEAR)) == (date(2027, 1, 1), 2027)
    assert clock.begin_day(date(2027, 1, 1)) == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert clock.after_day(date(2026, 12, 31)) == clock.begin_day(date(2027, 1, 1))
    assert clock.last_second(date(2026, 12, 31)) == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert clock.today() in (clock.day_of(clock.now()), clock.day_of(datetime.now(UTC)))


# -- printing and reading ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("zone")
def test_each_form_prints_beijing_s_time() -> None:
    at = datetime(2026, 11, 27, 20, 36, 5, 250_999, tzinfo=UTC)
    assert clock.show_day(at) == clock.show_day(date(2026, 11, 28)) == "2026-11-28"
    assert (clock.show_month(at), clock.show_month_day(at)) == ("2026-11", "11-28")
    assert clock.show_minute(at) == "2026-11-28 04:36"
    assert clock.show_second(at) == "2026-11-28 04:36:05"
    assert clock.show_millisecond(at) == "2026-11-28 04:36:05.250"
    assert clock.show_file_stamp(at) == "20261128-043605"
    assert clock.write_second(at) == "2026年11月28日 04:36:05"
    assert clock.write_day(date(2026, 1, 5)) == "2026年1月5日"


def test_a_moment_without_a_zone_is_not_taken_for_the_machine_s() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        clock.show_day(datetime(2026, 11, 28, 4, 36))


@pytest.mark.parametrize("text", ["2024-01-05", "2024/1/5", "2024年1月5日", " 2024.1.5 "])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert clock.parse_day(text) == date(2024, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05 14:30",
        "2024-01-05T14:30",
        "2024/1/5 14：30",
        "2024年1月5日14时30分",
        "2024-01-05 14:30:00",
        "2024-01-05T14:30:00+08:00",
        "2024-01-05T06:30:00Z",
    ],
)
@pytest.mark.usefixtures("zone")
def test_a_moment_is_read_as_people_write_it_and_is_beijing_s(text: str) -> None:
    assert clock.parse_moment(text).isoformat() == "2024-01-05T14:30:00+08:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("昨天", "不是时间，请写成 2024-01-05 14:30 这样"),
        ("2024-01-05", "不是时间，请写成 2024-01-05 14:30 这样"),
        ("2024-02-30 10:00", "不是真实的时间"),
        ("2024-01-05 25:00", "不是真实的时间"),
    ],
)
def test_what_is_no_moment_is_refused_with_its_words(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"“{text}”{said}"):
        clock.parse_moment(text)


@pytest.mark.usefixtures("zone")
def test_a_letter_is_of_the_day_on_which_it_was_sent_in_beijing(tmp_path: Path) -> None:
    letter = tmp_path / "投诉.eml"
    letter.write_bytes(b"From: a@example.cn\r\nDate: Thu, 31 Dec 2026 11:30:00 -0500\r\nSubject: x\r\n\r\nx\r\n")
    assert read_letter(letter).day == date(2027, 1, 1)


# -- the source --------------------------------------------------------------------------------------------------------

FORMATS = {
    (name, "strftime") for name in ("patrol/evidence/warc.py", "patrol/packages/wacz.py", "reports/reproducible.py")
}
"""Moments, all in UTC, in the forms that file formats prescribe (WARC, WACZ, PDF)."""


def test_nothing_but_the_clock_asks_the_machine_for_the_time_or_knows_a_zone() -> None:
    found = {
        (str(path.relative_to(CHECKOUT)), why)
        for path in sources()
        for why in _of_the_machine_s_zone(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {one for one in found if one[0] != "patrol/clock.py"} == FORMATS


def test_the_search_of_the_source_finds_each_kind() -> None:
    lines = (
        "at.astimezone()", "datetime.now()", "datetime.now(UTC)", "datetime.utcnow()", "date.today()", "datetime.fromtimestamp(5)",
        "timezone(timedelta(hours=8))", "ZoneInfo('Asia/Shanghai')", "f'{at:%Y-%m-%d}'", "at.strftime('%Y')", "time.localtime()",
    )  # fmt: skip
    for line in lines:
        assert len(list(_of_the_machine_s_zone(ast.parse(line)))) == 1, line
    for line in (
        "at.astimezone(UTC)",
        "timezone(timedelta(minutes=offset))",
        "datetime.fromtimestamp(5, UTC)",
        "f'{share:.0%}'",
    ):
        assert list(_of_the_machine_s_zone(ast.parse(line))) == [], line


def _of_the_machine_s_zone(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            if any(sign in ast.unparse(node.format_spec) for sign in ("%Y", "%m", "%d", "%H")):
                yield "a date's form"
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            method = name.rpartition(".")[2]
            given = len(node.args) + len(node.keywords)
            if method in ("utcnow", "localtime", "utcfromtimestamp", "strftime"):
                yield method
            elif name.endswith(("datetime.now", "date.today", "datetime.today")) or name == "ZoneInfo":
                yield name
            elif (method == "astimezone" and not given) or (method == "fromtimestamp" and given < 2):
                yield f"{method} in the machine's zone"
            elif method == "timezone" and all(isinstance(n, (ast.Call, ast.Constant)) for n in _values(node)):
                yield "a zone"


def _values(call: ast.Call) -> list[ast.expr]:
    """What a call is given, what the calls in it are given instead of these."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return [value for one in given for value in (_values(one) if isinstance(one, ast.Call) else [one])]
