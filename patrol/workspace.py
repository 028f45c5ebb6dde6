"""Workspace: makes one (``patrol.toml`` with every setting explained, the database, the folders), and opens one to work in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.orm import Session

from patrol.config import CONFIG_NAME, Config, Workspace
from patrol.db.session import Database
from patrol.errors import ConfigError
from patrol.files import replace_file


@dataclass(frozen=True, slots=True)
class OpenWorkspace:
    """A workspace with its database and a session on it: what functions of rooms are given by whoever calls them."""

    workspace: Workspace
    database: Database
    session: Session


@contextmanager
def open_workspace() -> Iterator[OpenWorkspace]:
    """Open the workspace that is found from here. What the session changed is kept when all went well, else nothing of it.

    Raises ConfigError when there is no workspace, DatabaseError when its database cannot be opened.
    """
    workspace = Workspace.find()
    database = Database.ready(workspace.database_url)
    try:
        with database.session() as session:
            yield OpenWorkspace(workspace, database, session)
    finally:
        database.close()


def make_workspace(root: Path) -> Workspace:
    """Make (or complete) a workspace at ``root``; an existing ``patrol.toml`` is left as it is.

    Raises ConfigError when the folder cannot be made or holds something else.
    """
    config = root / CONFIG_NAME
    try:
        if root.is_dir() and any(root.iterdir()) and not config.is_file():
            raise ConfigError(f"“{root}”里已有别的文件。请换一个空文件夹")
        root.mkdir(parents=True, exist_ok=True)
        if not config.exists():
            replace_file(config, config_text().encode())
    except OSError as error:
        raise ConfigError(f"建不了工作区 {root}：{error.strerror or error}") from error
    workspace = Workspace.find(root)
    for folder in (workspace.evidence, workspace.index, workspace.reports, workspace.site_folders[0]):
        folder.mkdir(parents=True, exist_ok=True)
    Database.ready(workspace.database_url).close()
    return workspace


def config_text(config: Config | None = None) -> str:
    """Write ``patrol.toml`` with the defaults, each setting preceded by what it means."""
    chosen = config or Config()
    lines = ["# 网络版权巡查工作区的设置。改后保存即可，下一次运行生效。", ""]
    for name, field in Config.model_fields.items():
        section: BaseModel = getattr(chosen, name)
        lines.append(f"[{name}]")
        for key, setting in type(section).model_fields.items():
            lines.append(f"# {setting.title}：{setting.description}")
            lines.append(f"{key} = {_toml(getattr(section, key))}")
        lines.append("")
        del field
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
