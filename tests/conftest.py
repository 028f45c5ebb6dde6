"""What all tests share: a workspace of their own, and a database of their own on every kind that is there.

SQLite always; PostgreSQL where ``PATROL_TEST_POSTGRES`` names a server (``.ci/run`` starts one): each test gets a
database that is dropped afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from patrol.config import Workspace
from patrol.db.session import Database
from patrol.workspace import make_workspace
from tests.leads.cases import Cases

# What a command prints is not to depend on the terminal that the tests happen to run in.
os.environ["COLUMNS"] = "200"
# Nor on how they were started: a shell's background jobs inherit that Ctrl-C is ignored, and so would what tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

POSTGRES = os.environ.get("PATROL_TEST_POSTGRES", "")
BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL named"))]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with today's schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "patrol.db"
    Database.ready(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """The name of a PostgreSQL database with today's schema and nothing in it, to be a template."""
    with postgres_database("template0") as url:
        Database.ready(url).close()
        yield str(make_url(url).database)


@contextmanager
def postgres_database(template: str) -> Iterator[str]:
    """The URL of a new database made from ``template``, dropped at the end."""
    name = f"patrol_{uuid.uuid4().hex[:12]}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with today's schema and nothing in it. A copy: migrating costs more than most tests."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "patrol.db")
        yield f"sqlite:///{tmp_path / 'patrol.db'}"
    else:
        with postgres_database(request.getfixturevalue("migrated_postgres")) as url:
            yield url


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
