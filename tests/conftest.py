"""What all tests share: a workspace of their own, and a database of their own on every kind that is there.

SQLite always; PostgreSQL where ``PATROL_TEST_POSTGRES`` names a server (``.ci/run`` starts one): each test gets a
database that is dropped afterwards.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from patrol.config import Workspace
from patrol.db.session import Database
from patrol.workspace import make_workspace
from tests.leads.cases import Cases

# What a command prints is not to depend on the terminal that the tests happen to run in.
os.environ["COLUMNS"] = "200"


POSTGRES = os.environ.get("PATROL_TEST_POSTGRES", "")
BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL named"))]


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'patrol.db'}"
        return
    name = f"patrol_{uuid.uuid4().hex[:12]}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@pytest.fixture
def workspace(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace on ``database_url``."""
    monkeypatch.setenv("PATROL_DATABASE", database_url)
    monkeypatch.delenv("PATROL_WORKSPACE", raising=False)
    return make_workspace(tmp_path / "office")


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    """The workspace's database, with its schema."""
    held = Database.ready(workspace.database_url)
    yield held
    held.close()


@pytest.fixture
def cases(database: Database) -> Cases:
    """Leads as an office has them, made row by row."""
    return Cases(database)
