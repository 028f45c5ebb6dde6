"""Two verifiers that share no line: the script in every shell and ``patrol verify`` give one answer, whatever was done.

A few edits by default; ``make package-test`` sets ``PATROL_PACKAGE_EDITS`` to 500. An edit is its number: the same number
does the same again.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from patrol.cli import app
from patrol.db.models import Capture
from patrol.packages.check import check_package
from patrol.packages.instruction import SCRIPT
from tests.packages.forging import MARK, bodies, chained, edit, files, reseal
from tests.packages.opening import exported, stamp_head

EDITS = int(os.environ.get("PATROL_PACKAGE_EDITS", "25"))
SHELLS = {"dash": ("dash",), "bash": ("bash",), "busybox": ("busybox", "sh"), "bash as sh": ("bash", "--posix")}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def package(run, workspace, database, lead, tmp_path) -> Path:
    with database.session() as session:
        patrol_id = session.scalars(select(Capture.patrol_id)).first()
    stamp_head(workspace, patrol_id, tmp_path)
    return exported(run, workspace, lead)


def checked(package: Path, shell: str = "dash", *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script of this program, never one that came with a package that somebody edited."""
    script = package.parent / f"{package.name}.sh"
    text = SCRIPT.read_text(encoding="utf-8").replace(
        'case $0 in */*) cd -- "${0%/*}"', f'case 1 in 1) cd -- "{package}"'
    )
    script.write_text(text, encoding="utf-8")
    return subprocess.run(
        [*SHELLS[shell], str(script), *words],
        cwd=package.parent,
        env={"PATH": os.environ["PATH"], "TMPDIR": "/nowhere", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_passes_what_is_whole_and_writes_nothing(package: Path, shell: str) -> None:
    before = files(package)
    done = checked(package, shell)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "时间戳 1 个" in done.stdout
    assert "指纹" in done.stdout
    assert files(package) == before


def test_no_edit_is_told_apart_or_executed(package: Path, tmp_path: Path) -> None:
    told = []
    for number in range(EDITS):
        chance = random.Random(number)
        copy = tmp_path / "e" / str(number)
        shutil.copytree(package, copy)
        what, must = edit(copy, chance)
        shell = chance.choice(sorted(SHELLS))
        done = checked(copy, shell)
        check = check_package(copy)
        if done.returncode != (0 if check.sound else 1) or (must and check.sound):
            told.append((number, what, shell, done.returncode, done.stdout[-400:], done.stderr[-300:], check.findings))
        assert not list(tmp_path.rglob(MARK)), (number, what, shell)
        shutil.rmtree(copy)
    assert not told


def test_a_zip_and_its_folder_are_one(package: Path, tmp_path: Path) -> None:
    (path,) = (tmp_path / "office").glob("*.zip")
    assert check_package(path).sound
    assert check_package(path).manifest == check_package(package).manifest
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(f"{path.stem}/多出.txt", "x")
    assert not check_package(path).sound


def test_a_package_is_verified_where_there_is_no_workspace(package: Path, tmp_path: Path, monkeypatch) -> None:
    (path,) = (tmp_path / "office").glob("*.zip")
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    shutil.move(path, alone / "x.zip")
    monkeypatch.chdir(alone)
    monkeypatch.delenv("PATROL_WORKSPACE")
    done = CliRunner().invoke(app, ["verify", "x.zip"])
    assert done.exit_code == 0, done.output
    assert "核验通过" in done.output
    assert CliRunner().invoke(app, ["verify", str(package)]).exit_code == 0
    assert CliRunner().invoke(app, ["verify", "x.zip", "--roots", str(tmp_path / "r.pem")]).exit_code == 0
    (alone / "y.zip").write_bytes((alone / "x.zip").read_bytes()[:-100])
    done = CliRunner().invoke(app, ["verify", "y.zip"])
    assert getattr(done.exception, "exit_code", done.exit_code) == 2


def test_a_package_rewritten_whole_does_not_carry_the_old_stamp(package: Path) -> None:
    (chain,) = package.glob("evidence/*/chain.txt")
    said = bodies(chain)
    said[1] = said[1].replace(b'"at":"2', b'"at":"1', 1)
    claimed = chain.read_bytes().splitlines()[-1][:64]
    anew = chained(said)
    for forged in (anew, anew[:-1], anew[: anew.rindex(b"\n", 0, -1) + 1] + claimed + anew.splitlines()[-1][64:]):
        chain.write_bytes(forged)
        reseal(package)
        done = checked(package)
        assert done.returncode == 1, done.stdout
        assert not check_package(package).sound


def test_a_missing_tool_is_no_accusation_and_no_pass(package: Path, tmp_path: Path) -> None:
    (package / "evidence" / "custody.txt").write_bytes(b"")
    tools = tmp_path / "few"
    tools.mkdir()
    for name in ("sha256sum", "openssl", "cmp", "cut", "find", "grep", "head", "sed", "sort", "tail", "tr", "dash"):
        tools.joinpath(name).symlink_to(shutil.which(name) or "")
    for name in ("openssl", "sha256sum", "grep", "tr"):
        (tools / name).unlink()
        done = checked(package, PATH=str(tools))
        assert done.returncode == 2, (name, done.stdout)
        assert "未核验" in done.stdout or name == "tr"
        assert "不符" not in done.stdout
        tools.joinpath(name).symlink_to(shutil.which(name) or "")
    (tools / "openssl").unlink()
    (tools / "openssl").write_text("#!/bin/sh\nexit 1\n")
    (tools / "openssl").chmod(0o755)
    assert checked(package, PATH=str(tools)).returncode == 2


def test_the_published_root_is_what_stamps_are_held_against(package: Path, tmp_path: Path) -> None:
    assert checked(package, "dash", str(tmp_path / "r.pem")).returncode == 0
    assert checked(package, "dash", str(tmp_path / "s.pem")).returncode == 1
    assert checked(package, "dash", "nowhere.pem").returncode == 2
