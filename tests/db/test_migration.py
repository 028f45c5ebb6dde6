"""The schema is brought up to date when a database is opened, and only then is Alembic asked."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from patrol.db import casework, grouping  # noqa: F401 - their tables belong to the metadata
from patrol.db.migration import alembic_config
from patrol.db.models import Base
from patrol.db.session import Database, newest_migration, open_engine
from patrol.errors import DatabaseError


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'patrol.db'}"


def test_the_newest_file_is_alembics_head(tmp_path: Path) -> None:
    script = ScriptDirectory.from_config(alembic_config(open_engine(_url(tmp_path))))
    assert [newest_migration()] == list(script.get_heads())
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")


def test_an_empty_database_gets_the_tables_of_the_models(tmp_path: Path) -> None:
    database = Database.ready(_url(tmp_path))
    there = inspect(database.engine)
    assert len(Base.metadata.tables) > 25
    for name, table in Base.metadata.tables.items():
        assert {column["name"] for column in there.get_columns(name)} == set(table.columns.keys()), name
    database.close()


def test_a_database_of_an_older_program_is_brought_up_to_date(tmp_path: Path) -> None:
    engine = open_engine(_url(tmp_path))
    command.upgrade(alembic_config(engine), "0001")
    engine.dispose()
    database = Database.ready(_url(tmp_path))
    with sqlite3.connect(tmp_path / "patrol.db") as plain:
        assert plain.execute("SELECT version_num FROM alembic_version").fetchone() == (newest_migration(),)
    database.close()


def test_a_database_of_a_newer_program_is_refused_in_chinese(tmp_path: Path) -> None:
    Database.ready(_url(tmp_path)).close()
    with sqlite3.connect(tmp_path / "patrol.db") as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="更新版本的程序建立（版本 9999）"):
        Database.ready(_url(tmp_path))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "patrol.db").write_text("这不是数据库" * 100, encoding="utf-8")
    with pytest.raises(DatabaseError, match=re.escape("打不开数据库 sqlite:///")):
        Database.ready(_url(tmp_path))
