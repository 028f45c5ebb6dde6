"""Officers' decisions become rows for calibration, and move the coefficients only as far as they carry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert

from fingerprints.calibration import fitted, held_out, log_loss, model_text, probabilities, reliability
from fingerprints.coefficients import FEATURES, default_model, read_model
from patrol.config import Workspace
from patrol.db.models import Capture, CaptureText, Lead, LeadEvent, Match, Patrol, Work, WorkText
from patrol.db.session import Database
from patrol.errors import ConfigError
from patrol.leads.feedback import FeedbackRow, calibrate, gather
from patrol.works import library
from tests.cli.calling import patrol as command
from tests.fingerprints.texts import OTHER, STORY, WASHED

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def decided(database: Database, number: int, text: str, *decisions: tuple[str, str, str], work: str = "w1") -> None:
    """A lead on one page with its match, and the journal's lines (state, reason, who)."""
    with database.session() as session:
        if session.get(Patrol, 1) is None:
            session.add(Patrol(id=1, started_at=NOW))
            session.flush()
        row = {
            "id": number, "patrol_id": 1, "site": "s", "page_kind": "article", "url": f"http://secret.cn/{number}",
            "canonical_url": str(number), "http_status": 200, "fetched_at": NOW, "warc_path": "x", "warc_offset": 0,
            "warc_length": 1, "record_id": str(number), "payload_sha256": "0" * 64, "record_sha256": "0" * 64,
            "chain_sha256": "0" * 64,
        }  # fmt: skip
        session.execute(insert(Capture).values(row))
        session.execute(insert(CaptureText).values(capture_id=number, text=text))
        lead = {
            "id": number, "number": f"线{number}", "key": str(number), "site": "s", "field": "book", "kind": "washed",
            "url": "u", "seller": "张三", "grade": "A", "score": 1.0, "found_at": NOW,
        }  # fmt: skip
        session.execute(insert(Lead).values(lead))
        match = {"capture_id": number, "lead_id": number, "work_id": work, "kind": "washed", "probability": 0.9}
        session.execute(insert(Match).values(match))
        for status, reason, who in decisions:
            session.add(LeadEvent(lead_id=number, at=NOW, who=who, status=status, reason=reason))
            session.flush()


def protect(database: Database, text: str = STORY) -> None:
    with database.session() as session:
        session.execute(insert(Work).values(id="w1", title="茧", imported_at=NOW, text_sha256="1" * 64))
        session.execute(insert(WorkText).values(work_id="w1", text=text))


def test_decisions_become_rows_and_a_lawful_use_is_no_wrong_comparison(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    protect(database)
    decided(database, 1, WASHED, ("confirmed", "属实", "李"), ("referred", "", "李"))
    decided(database, 2, STORY, ("dismissed", "两个故事不同", "李"), ("dismissed", "再次发现，正版", "程序"))
    decided(database, 3, STORY, ("dismissed", "已取得授权", "李"))
    decided(database, 4, WASHED, ("confirmed", "", "李"), ("dismissed", "看错了", "李"))
    decided(database, 5, OTHER, ("confirmed", "", "李"))
    decided(database, 6, WASHED)
    with database.session() as session:
        found = gather(session, library.open_library(workspace, database), None)
    assert [row.label for row in found.rows] == [1, 0, 0]
    assert (found.lawful, found.lost, found.counts) == (1, 1, (1, 2))
    assert set(found.rows[0].features) == set(FEATURES)
    said = json.dumps([row.as_json() for row in found.rows], ensure_ascii=False)
    for private in ("张三", "secret.cn", "线1", "w1", "林阿四"):
        assert private not in said
    with database.session() as session:
        index = library.open_library(workspace, database)
        assert index is not None
        (verdict,) = index.judge(WASHED)
    odds = default_model().log_odds(np.array(list(found.rows[0].features.values())))
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(verdict.probability, abs=1e-3), "the very features that were judged"


def rows(count: int, shift: float = 0.0, seed: int = 0) -> list[FeedbackRow]:
    """Rows around the shipped boundary whose true log-odds are the shipped ones plus ``shift``."""
    model, rng = default_model(), np.random.default_rng(seed)
    found = []
    for n in range(count):
        x = np.array(model.usual) + rng.normal(1.2, 0.8, len(FEATURES))
        label = int(rng.random() < 1 / (1 + np.exp(-(model.log_odds(x) + shift))))
        features = {name: float(value) for name, value in zip(FEATURES, x, strict=True)}
        found.append(FeedbackRow(str(n), str(n % 40), "washed", label, 0.5, features))
    return found


def test_coefficients_move_to_where_many_decisions_point_and_stay_where_few_do() -> None:
    shipped = default_model()
    many = calibrate(rows(2000, shift=-2.0), shipped)
    assert many.better
    assert many.loss_after < many.loss_before - 0.02
    few_rows = rows(6, shift=-2.0)
    x = np.array([list(row.features.values()) for row in few_rows])
    y = np.array([float(row.label) for row in few_rows])
    few = fitted(x, y, shipped)
    moved = np.abs(np.array(few.coefficients) - np.array(shipped.coefficients)).max()
    assert 0 < moved < 0.5
    calibrated = calibrate(rows(2000, shift=-2.0, seed=1), shipped)
    for band in calibrated.after:
        if band.count > 150:
            assert band.right == pytest.approx(band.stated, abs=0.1)


def test_decisions_that_agree_with_the_coefficients_leave_them_nearly_alone() -> None:
    shipped = default_model()
    same = calibrate(rows(1500), shipped)
    assert abs(same.loss_after - same.loss_before) < 0.02


def test_what_is_held_out_was_not_learnt_from() -> None:
    shipped = default_model()
    x = np.tile(np.array(shipped.usual) + 1.0, (40, 1))
    y = np.array([1.0] * 20 + [0.0] * 20)
    groups = ["a"] * 20 + ["b"] * 20
    said = held_out(x, y, groups, shipped)
    assert said[:20].max() < said[20:].min(), "each group is judged by the other's decisions"
    assert log_loss(said, y) > log_loss(probabilities(shipped, x), y)
    assert sum(band.count for band in reliability(said, y)) == 40


def test_a_written_model_is_read_back_and_used(workspace: Workspace, database: Database) -> None:
    protect(database)
    shipped = default_model()
    plain = library.open_library(workspace, database)
    assert plain is not None
    version = library.index_version(workspace)
    doubtful = replace(shipped, bias=shipped.bias - 4.0)
    library.model_file(workspace).write_text(model_text(doubtful, "试"), encoding="utf-8")
    assert read_model(model_text(shipped, "")).kinds == shipped.kinds
    own = library.open_library(workspace, database)
    assert own is not None
    assert own.judge(WASHED, floor=0.0)[0].probability < plain.judge(WASHED, floor=0.0)[0].probability
    assert library.index_version(workspace).startswith(f"{version}+"), "a verdict says by which coefficients it fell"
    library.model_file(workspace).write_text("bias = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="重新运行 patrol feedback calibrate"):
        library.open_library(workspace, database)


def test_calibrating_as_an_officer_types_it(
    workspace: Workspace, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    patrol = partial(command, "feedback")
    protect(database)
    for number in range(1, 24):
        decided(database, number, f"{number}。{STORY}", ("confirmed", "", "李"))
    early = patrol("calibrate", "--write")
    assert early.returncode == 2
    assert "已确认 23 条，已排除 0 条（各至少要 20 条" in early.stderr
    assert not library.model_file(workspace).exists()
    for number in range(24, 48):
        decided(database, number, f"{WASHED}{number}", ("dismissed", "民间故事，情节各有所本", "李"))
    exported = patrol("export", str(tmp_path / "f.jsonl"))
    assert "已确认 23 条，已排除 24 条" in exported.stdout
    assert len((tmp_path / "f.jsonl").read_text(encoding="utf-8").splitlines()) == 47
    shown = patrol("calibrate", "--write")
    assert shown.returncode == 0, shown.stderr
    assert "校准后（留出检验）" in shown.stdout
    assert library.own_model(workspace) is not None
    again = json.loads(patrol("calibrate", "--json").stdout)
    assert again["loss_before"] < 1.0, "the model in use now is the office's own"
