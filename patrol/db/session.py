"""Database session: opens SQLite (WAL) or PostgreSQL by one URL, its schema up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
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


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest migration. Raises DatabaseError when the database cannot be opened, or was
    written by a newer program."""
    try:
        with engine.connect() as connection:
            known = inspect(connection).has_table("alembic_version")
            current = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
        if current != newest_migration():
            # Alembic costs more than most commands need, and hardly any command has anything to migrate.
            from patrol.db.migration import migrate

            migrate(engine, current)
    except SQLAlchemyError as error:
        raise DatabaseError(
            f"打不开数据库 {engine.url.render_as_string(hide_password=True)}：{_cause(error)}"
        ) from error


def newest_migration() -> str:
    """Give the revision that the schema should have, by the names of the files in ``migrations/versions``."""
    return max(path.name.partition("_")[0] for path in (CHECKOUT / "migrations" / "versions").glob("[0-9]*.py"))


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
