"""Database session: opens SQLite (WAL) or PostgreSQL by one URL and brings the schema up to date by Alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from patrol.config import CHECKOUT
from patrol.errors import DatabaseError


def open_engine(url: str) -> Engine:
    """Open an engine for ``url``. SQLite gets WAL, foreign keys and a 30 s wait for locks; nothing is connected yet."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


def alembic_config(engine: Engine) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(CHECKOUT / "migrations"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest migration. Raises DatabaseError when the database cannot be opened, or was
    written by a newer program."""
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory.from_config(alembic_config(engine))
        if current is not None and current not in {r.revision for r in script.walk_revisions()}:
            raise DatabaseError(f"数据库由更新版本的程序建立（版本 {current}）。请升级本程序后再用")
        if current != script.get_current_head():
            command.upgrade(alembic_config(engine), "head")
    except SQLAlchemyError as error:
        raise DatabaseError(
            f"打不开数据库 {engine.url.render_as_string(hide_password=True)}：{_cause(error)}"
        ) from error


def _cause(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None)
    return str(original or error).strip().splitlines()[0]


class Database:
    """One engine with its session factory. ``with db.session() as s`` commits at the end, rolls back on error."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:///") and ":memory:" not in url:
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        self.engine = open_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @classmethod
    def ready(cls, url: str) -> Database:
        """Open ``url`` and bring its schema up to date."""
        database = cls(url)
        upgrade(database.engine)
        return database

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self._sessions.begin() as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()
