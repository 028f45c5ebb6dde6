"""Disks that are full and folders that cannot be written: clear errors, nothing damaged, and the next run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from patrol.config import Workspace
from patrol.db.models import Patrol
from patrol.db.session import Database
from patrol.errors import EvidenceError
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.vault import Vault
from patrol.evidence.verify import repair_folder, verify_folder
from patrol.evidence.warc import prepare
from patrol.workspace import make_workspace
from tests.evidence.pages import AT, page

FULL = """
import os, resource, sys
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import PatrolError
from patrol.evidence.vault import PROGRAM, Vault
from patrol.evidence.warc import prepare
from tests.evidence.pages import page

workspace = Workspace.find(sys.argv[1])
database = Database(workspace.database_url)
vault = Vault.open(workspace, database, 1)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
kept = 0
try:
    while True:
        pages = [page(f"http://a.example.cn/{kept}-{n}", body=os.urandom(9000)) for n in range(3)]
        kept += len(vault.keep([prepare(item, program=PROGRAM) for item in pages]))
except PatrolError as error:
    print(kept, error)
try:
    vault.close()
except Exception:
    pass
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Workspace, Database]]:
    workspace = make_workspace(tmp_path / "office")
    database = Database(workspace.database_url)
    with database.session() as session:
        session.add(Patrol(id=1, started_at=AT))
    yield workspace, database
    database.close()


def whole_and_goes_on(workspace: Workspace, database: Database, acknowledged: int) -> None:
    folder = patrol_folder(workspace, 1)
    report = verify_folder(folder)
    assert report.sound, report.findings
    vault = Vault.open(workspace, database, 1)
    vault.keep([prepare(page("http://a.example.cn/after"), program=PROGRAM)])
    vault.finish()
    vault.close()
    report = verify_folder(folder)
    assert report.clean, report.findings
    assert report.captures >= acknowledged + 1


@pytest.mark.parametrize(
    "limit", [100_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (1_000, 151_500, 400_000))]
)
def test_a_write_that_does_not_fit_is_taken_back_whole(
    office: tuple[Workspace, Database], limit: int, tmp_path: Path
) -> None:
    """Files may grow to ``limit`` bytes: the WARC file, the chain or the database meets it in the middle of a write."""
    workspace, database = office
    words = [sys.executable, "-c", FULL, str(workspace.root), str(limit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ)
    assert done.stdout, done.stderr
    kept, _, error = done.stdout.partition(" ")
    assert "证据写不进" in error or "写不进数据库" in error
    whole_and_goes_on(workspace, database, int(kept))


@contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    """A small file system of its own; the test is skipped where none may be mounted."""
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


def test_a_disk_that_fills_up_stops_with_a_clear_error_and_goes_on_when_there_is_room(
    office: tuple[Workspace, Database],
) -> None:
    workspace, database = office
    with mounted(workspace.evidence, "size=128k"):
        vault = Vault.open(workspace, database, 1)
        kept = 0

        def keep_on() -> None:
            nonlocal kept
            while True:
                kept += len(vault.keep([prepare(page(body=os.urandom(9000)), program=PROGRAM)]))

        with pytest.raises(EvidenceError, match="请检查磁盘空间"):
            keep_on()
        vault.close()
        assert kept > 5
        report = verify_folder(patrol_folder(workspace, 1))
        assert report.sound and report.captures == kept
        remount(workspace.evidence, "size=4m")
        whole_and_goes_on(workspace, database, kept)


def test_no_room_for_what_is_derived_leaves_the_evidence_whole(office: tuple[Workspace, Database]) -> None:
    """The disk fills up between the last page and the manifest."""
    workspace, database = office
    with mounted(workspace.evidence, "size=256k"):
        vault = Vault.open(workspace, database, 1)
        vault.keep([prepare(page(body=os.urandom(9000)), program=PROGRAM)])
        vault.finish()
        filler = workspace.evidence / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        with pytest.raises(EvidenceError, match="请检查磁盘空间"):
            vault.close()
        folder = patrol_folder(workspace, 1)
        assert not list(folder.glob("*.tmp"))
        report = verify_folder(folder)
        assert report.sound and not report.clean
        filler.unlink()
        repair_folder(folder)
        assert verify_folder(folder).clean


def test_a_folder_that_became_read_only_is_a_clear_error_and_can_still_be_verified(
    office: tuple[Workspace, Database],
) -> None:
    workspace, database = office
    with mounted(workspace.evidence, "size=1m"):
        vault = Vault.open(workspace, database, 1)
        vault.keep([prepare(page(), program=PROGRAM)])
        vault.close()
        with (patrol_folder(workspace, 1) / "chain.txt").open("ab") as file:
            file.write(b"torn")
        remount(workspace.evidence, "ro")
        with pytest.raises(EvidenceError, match=r"证据写不进 .*目录权限"):
            Vault.open(workspace, database, 1)
        assert verify_folder(patrol_folder(workspace, 1)).sound
        with pytest.raises(EvidenceError, match="写不进去"):
            repair_folder(patrol_folder(workspace, 1))
        remount(workspace.evidence, "rw")
        whole_and_goes_on(workspace, database, 1)
