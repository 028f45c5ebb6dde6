"""Schema migration: runs Alembic over ``migrations/versions``, for databases that are new or of an older program."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from patrol.config import CHECKOUT
from patrol.errors import DatabaseError


def alembic_config(engine: Engine) -> Config:
    """Make Alembic's settings for our migrations; its entry in ``migrations`` takes the engine from them."""
    config = Config()
    config.set_main_option("script_location", str(CHECKOUT / "migrations"))
    config.attributes["engine"] = engine
    return config


def migrate(engine: Engine, current: str | None) -> None:
    """Run what lies between ``current`` (None: an empty database) and the newest migration. Raises DatabaseError when the
    database was written by a newer program."""
    config = alembic_config(engine)
    script = ScriptDirectory.from_config(config)
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise DatabaseError(f"数据库由更新版本的程序建立（版本 {current}）。请升级本程序后再用")
    command.upgrade(config, "head")
