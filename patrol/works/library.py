"""Comparison library (比对库): keeps the fingerprint index of the protected works in step with the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

from sqlalchemy import select

import fingerprints
from fingerprints.coefficients import Model, default_model, read_model
from fingerprints.errors import FingerprintError
from fingerprints.header import read_holdings
from patrol.config import Workspace
from patrol.db.models import Work, WorkText
from patrol.db.session import Database
from patrol.errors import ConfigError
from patrol.files import replace_file

_NAME = "works.fp"


@dataclass(frozen=True, slots=True)
class _Text:
    id: str
    title: str
    kind: str
    text: str


def index_file(workspace: Workspace) -> Path:
    return workspace.index / _NAME


def index_path(workspace: Workspace) -> Path | None:
    """Return the index file; None when there is none yet (no work with a text has been imported)."""
    path = index_file(workspace)
    return path if path.is_file() else None


def index_version(workspace: Workspace) -> str:
    """Return a short digest of the library's content (and of the office's own coefficients, if any); "" when there is
    none."""
    path = index_path(workspace)
    if path is None:
        return ""
    own = model_file(workspace)
    tail = f"+{hashlib.sha256(own.read_bytes()).hexdigest()[:8]}" if own.is_file() else ""
    try:
        return read_holdings(path).version[:12] + tail
    except FingerprintError:
        return ""


def open_library(workspace: Workspace, database: Database) -> fingerprints.Index | None:
    """Open the index, brought in step first, with the office's own coefficients if any; None when no work has a text."""
    refresh(workspace, database)
    path = index_path(workspace)
    return fingerprints.Index.open(path, model=own_model(workspace)) if path else None


def model_file(workspace: Workspace) -> Path:
    """Return where an office's own coefficients stand; without the file the engine's are used."""
    return workspace.root / "model.toml"


def own_model(workspace: Workspace) -> Model | None:
    """Return the office's own coefficients; None when it has none. Raises ConfigError when they cannot be used."""
    path = model_file(workspace)
    if not path.is_file():
        return None
    try:
        model = read_model(path.read_text(encoding="utf-8"))
        finite = all(map(isfinite, (model.bias, *model.coefficients)))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path} 无法读取或与本版本程序不符（{error}）。请重新运行 patrol feedback calibrate --write，或删去这个文件"
        ) from error
    if not finite:
        raise ConfigError(f"{path} 里有不是数字的系数。请重新校准，或删去这个文件")
    # What is aligned at all is the engine's to say, and kinds are not learnt from decisions.
    shipped = default_model()
    return replace(model, gate=shipped.gate, kinds=shipped.kinds)


def refresh(workspace: Workspace, database: Database) -> None:
    """Bring the index in step with the works in the database; a damaged or outdated index is built anew.

    A list of text digests stands beside the index and is written after it: when a crash comes between the two, the
    works concerned are simply entered again.
    """
    path = index_file(workspace)
    with database.session() as session:
        wanted = {i: digest for i, digest in session.execute(select(Work.id, Work.text_sha256)) if digest}
    held = _held(path)
    entered = _entered(path)
    missing = [i for i, digest in wanted.items() if i not in held or entered.get(i) != digest]
    gone = held - set(wanted)
    if not wanted:
        path.unlink(missing_ok=True)
    elif held <= gone or len(missing) == len(wanted):
        fingerprints.Index.build(_texts(database, wanted), path)
    else:
        if gone:
            fingerprints.Index.remove(path, gone)
        if missing:
            fingerprints.Index.add(path, _texts(database, missing))
    if missing or gone:
        replace_file(path.with_suffix(".json"), json.dumps(wanted, ensure_ascii=False).encode())


def _held(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    try:
        return set(read_holdings(path).works)
    except FingerprintError:
        return set()


def _entered(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _texts(database: Database, ids: Iterable[str]) -> list[_Text]:
    chosen = set(ids)
    with database.session() as session:
        query = select(Work.id, Work.title, Work.kind, WorkText.text).join(WorkText).order_by(Work.id)
        return [_Text(*row) for row in session.execute(query) if row[0] in chosen]
