"""A lead to export, and the command that does it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from patrol.cli import app
from patrol.config import Workspace
from patrol.db.session import Database
from tests.evidence.cases import add_lead, keep_patrol


@pytest.fixture
def run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*words: str) -> Result:
        named = () if words[0] in ("review", "custody") or "--by" in words else ("--by", "赵六")
        return CliRunner().invoke(app, ["evidence", *words, *named])

    return invoke


@pytest.fixture
def lead(workspace: Workspace, database: Database) -> str:
    """A lead on two of the three captures of a finished patrol."""
    patrol_id, ids = keep_patrol(workspace, database, 3)
    return add_lead(database, patrol_id, ids[:2])
