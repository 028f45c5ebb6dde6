"""What docs/evidence.md tells an expert to type, typed: it holds for whole evidence and finds what was changed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from patrol.config import CHECKOUT
from patrol.db.models import Patrol
from patrol.db.session import Database
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.stamping import Authorities, read_roots, stamp_folders
from patrol.evidence.vault import Vault
from patrol.evidence.warc import prepare
from patrol.workspace import make_workspace
from tests.evidence.authority import make_authority, serving
from tests.evidence.pages import AT, page


def commands() -> str:
    text = (CHECKOUT / "docs" / "evidence.md").read_text(encoding="utf-8")
    found = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) == 4
    return "\n".join(found)


@pytest.fixture(scope="module")
def roots_and_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("court")
    workspace = make_workspace(root / "office")
    database = Database(workspace.database_url)
    with database.session() as session:
        session.add(Patrol(id=1, started_at=AT))
    vault = Vault.open(workspace, database, 1)
    addresses = ("http://a.example.cn/1", "http://a.example.cn/{2}?x=\"'$(true)`", "http://a.example.cn/三")
    vault.keep([prepare(page(url, site="看看 短视频"), program=PROGRAM) for url in addresses])
    vault.finish()
    vault.close()
    database.close()
    with serving(make_authority(root / "tsa")) as authority:
        (outcome,) = stamp_folders(
            [patrol_folder(workspace, 1)], Authorities((authority.url,), read_roots(authority.roots))
        )
        assert not outcome.error
    return authority.roots, patrol_folder(workspace, 1)


def typed(folder: Path, roots: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "ROOT": str(roots), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", commands()], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_an_expert_without_this_program_finds_whole_evidence_whole(roots_and_folder: tuple[Path, Path]) -> None:
    roots, folder = roots_and_folder
    said = typed(folder, roots)
    assert "不符" not in said, said
    assert said.count(": OK") == len((folder / "SHA256SUMS").read_text().splitlines()) + 1
    assert "Verification: OK" in said
    assert "Time stamp: " in said


@pytest.mark.parametrize(
    ("file", "words"),
    [("chain.txt", "行摘要不符"), ("看看_短视频*.warc.gz", "字节起的记录不符"), ("stamps/*.tsr", "FAILED")],
)
def test_an_expert_without_this_program_finds_what_was_changed(
    roots_and_folder: tuple[Path, Path], tmp_path: Path, file: str, words: str
) -> None:
    roots, folder = roots_and_folder
    subprocess.run(["cp", "-r", str(folder), str(tmp_path / "copy")], check=True)
    (path,) = (tmp_path / "copy").glob(file)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    said = typed(tmp_path / "copy", roots)
    assert words in said
    assert "SM3 不符" in said
