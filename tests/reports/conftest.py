"""A furnished office for tests of reports, and every report made once in a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from patrol.config import Workspace
from patrol.db.session import Database
from patrol.leads.views import LeadFilter
from patrol.workspace import make_workspace
from reports.data import basis
from reports.html import Period
from reports.kinds import KINDS, Form, Kind, Needs
from reports.writer import Made, Wish, make
from tests.reports.office import NUMBER, furnish

Maker = Callable[..., list[Made]]


@contextmanager
def furnished(folder: Path, said: str = "", count: int = 6) -> Iterator[tuple[Workspace, Maker]]:
    """A workspace with leads, and ``make(kind, form, …)`` on it."""
    workspace = make_workspace(folder)
    database = Database.ready(workspace.database_url)
    try:
        with database.session() as session:
            furnish(session, count, said)

        def maker(
            name: str,
            form: Form,
            leads: tuple[int, ...] = (),
            complaints: tuple[int, ...] = (),
            period: Period | None = None,
            where: LeadFilter | None = None,
            campaign: str = "",
            masked: bool = True,
            to: str = "",
        ) -> list[Made]:
            kind = kind_of(name)
            covered = basis(workspace, period or Period(), where or LeadFilter(), campaign=campaign, masked=masked)
            wish = Wish(kind, form, covered, tuple(NUMBER.format(n) for n in leads), tuple(map(str, complaints)), to)
            with database.session() as session:
                return list(make(session, workspace, wish))

        yield workspace, maker
    finally:
        database.close()


def kind_of(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


def all_made(maker: Maker, form: Form) -> dict[str, bytes]:
    """Every report that comes in ``form``: of leads 1 to 4, and of both complaints."""
    made: dict[str, bytes] = {}
    for kind in KINDS:
        if form in kind.forms:
            chosen = {
                Needs.PERIOD: {},
                Needs.LEADS: {"leads": (1, 2, 3, 4)},
                Needs.COMPLAINTS: {"complaints": (1, 2)},
            }[kind.needs]
            made |= {one.name: one.data for one in maker(kind.name, form, **chosen)}
    return made


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Maker]]:
    """One office for all tests of a module; nobody changes it."""
    with furnished(tmp_path_factory.mktemp("office") / "o") as held:
        yield held
