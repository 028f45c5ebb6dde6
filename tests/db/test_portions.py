"""Whatever number of ids people ask for, a statement has as many as each database takes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, func, insert, select

from patrol.db.models import Authorization, Work
from patrol.db.portions import MAX_PARAMETERS, portions
from patrol.db.session import Database
from patrol.directory.known_pages import KnownPages
from patrol.leads.facts import facts_of
from patrol.notices.register import captures_of, notice_views
from patrol.packages.reviews import reviews_of
from patrol.patrols import records
from patrol.vocabulary import RunStatus
from patrol.works.authorizing import import_authorizations
from reports.workbook import versions_of
from tests.leads.cases import FOUND

MANY = range(1, 3 * MAX_PARAMETERS)


@given(st.lists(st.integers(0, 50)), st.integers(1, 9))
def test_portions_are_the_ids_in_their_order_each_once(ids: list[int], size: int) -> None:
    cut = [*portions(ids, size)]
    assert [one for portion in cut for one in portion] == list(dict.fromkeys(ids))
    assert all(0 < len(portion) <= size for portion in cut)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Database]:
    """A database all of whose connections take hardly more parameters in a statement than a portion has."""

    def limit(connection: Any, _record: Any) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, MAX_PARAMETERS + 20)

    database = Database.ready(f"sqlite:///{tmp_path / 'strict.db'}")
    database.engine.dispose()
    database.engine.dialect.insertmanyvalues_max_parameters = MAX_PARAMETERS
    event.listen(Engine, "connect", limit)
    yield database
    event.remove(Engine, "connect", limit)
    database.close()


ASKED: dict[str, Callable[[Any], Any]] = {
    "facts": lambda session: [lead for lead, facts in facts_of(session, MANY).items() if facts.values],
    "captures": lambda session: [lead for lead, held in captures_of(session, MANY).items() if held],
    "notices": lambda session: notice_views(session, lead_ids=MANY),
    "reviews": lambda session: reviews_of(session, MANY),
    "versions": lambda session: versions_of(session, MANY),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_is_asked_of_many_leads_and_captures_is_asked_in_portions(strict: Database, what: str) -> None:
    with strict.session() as session:
        assert not ASKED[what](session), "nothing is there"


def test_the_licences_of_many_works_are_replaced_together(strict: Database, tmp_path: Path) -> None:
    with strict.engine.begin() as connection:
        rows = [{"id": f"w{number}", "title": f"书{number}", "imported_at": FOUND} for number in MANY]
        connection.execute(insert(Work), rows)
    table = tmp_path / "授权.csv"
    table.write_text("作品,被授权方\n" + "".join(f"w{number},甲社\n" for number in MANY), encoding="utf-8")
    for _ in range(2):
        with strict.session() as session:
            import_authorizations(session, table)
    with strict.session() as session:
        assert session.scalar(select(func.count(Authorization.id))) == len(MANY)


def test_many_targets_and_pages_of_a_patrol_are_set_and_looked_up(strict: Database, tmp_path: Path) -> None:
    url = strict.engine.url.render_as_string()
    patrol = records.begin(strict, records.Wanted(), [], FOUND, "")
    records.set_targets(strict, patrol, MANY, RunStatus.FAILED, "没有网络")
    known = KnownPages.load(url, tmp_path, patrol, "shop", list(MANY), everything=False)
    assert known.overdue == ()
    assert known.last(f"http://a.example.cn/{number}" for number in MANY) == {}
    known.close()
