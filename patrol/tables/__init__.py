"""The tables that officers may edit, one YAML file each; a workspace's ``tables/NAME.yaml`` goes before the one shipped here.

Never here: what is done with a table; each room types its own rows.
Start reading at ``load_table`` below, then ``policy.py`` (phrases, weights, departments, goods).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from patrol.errors import ConfigError

SHIPPED = Path(__file__).resolve().parent


def load_table(name: str, workspace: Path | None = None) -> tuple[Path, Any]:
    """Read table ``name`` (without ``.yaml``): the workspace's own, else the one shipped.

    Returns the file's path (for messages) and its content as plain lists and dictionaries.
    Raises ConfigError naming file and line when it cannot be read.
    """
    path = SHIPPED / f"{name}.yaml"
    if workspace is not None and (workspace / "tables" / f"{name}.yaml").is_file():
        path = workspace / "tables" / f"{name}.yaml"
    try:
        return path, YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8-sig"))
    except MarkedYAMLError as error:
        line = f"第 {error.problem_mark.line + 1} 行" if error.problem_mark else ""
        raise ConfigError(f"{path} {line}格式有误：{error.problem}。请检查缩进、冒号和引号") from error
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigError(f"无法读取 {path}：{error}。请用 UTF-8 编码保存") from error
