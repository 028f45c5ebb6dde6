"""A file or a folder is in its place whole or not at all, and stays; large files are read in portions."""

from __future__ import annotations

import ast
import hashlib
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from patrol import files
from patrol.config import CHECKOUT
from patrol.files import (
    PORTION,
    Digests,
    making_folder,
    place_folder,
    read_portions,
    replace_file,
    replacing,
    sync_folder,
)
from tests.test_rooms import sources

LONG = "长" * 85
"""As long as names may be: 255 bytes."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["a.txt", LONG])
def test_a_file_is_made_with_the_folders_above_it_and_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / "reports" / "2026" / name
    for data in (b"old", b"", b"new" * 1000):
        replace_file(path, data)
        assert path.read_bytes() == data
    assert names(path.parent) == [name]


def test_what_fails_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    replace_file(path, b"old")

    def interrupted() -> None:
        with replacing(path) as file:
            file.write(b"ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["a.txt"])
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "folder", b"a folder stands there")
    assert names(tmp_path) == ["a.txt", "folder"]


def test_bytes_are_durable_before_they_take_the_name_and_then_the_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen, real = tmp_path / "a.txt", [], os.fsync

    def fsync(handle: int) -> None:
        target = Path(f"/proc/self/fd/{handle}").readlink()
        seen.append(("folder" if target == tmp_path else target.read_bytes(), path.exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    replace_file(path, b"new")
    assert seen == [(b"new", False), ("folder", True)]


def test_a_process_killed_at_any_line_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Each system call that may come before the kill is tried: the process ends without any cleaning up."""
    program = """
import os, sys
from pathlib import Path
from patrol.files import replace_file
left = int(sys.argv[2])
def counted(real):
    def call(*given, **named):
        global left
        left -= 1
        if left < 0: os._exit(9)
        return real(*given, **named)
    return call
for name in ("open", "fsync", "fdopen"): setattr(os, name, counted(getattr(os, name)))
Path.replace = counted(Path.replace)
replace_file(Path(sys.argv[1]), b"new")
"""
    path = tmp_path / "a.txt"
    ended, found = [], []
    for steps in range(12):
        path.write_bytes(b"old")
        done = subprocess.run([sys.executable, "-c", program, str(path), str(steps)], check=False)
        ended.append(done.returncode)
        found.append(path.read_bytes())
        if not done.returncode:
            break
    assert ended[-1] == 0 and len(ended) > 4, "every step was tried"
    assert found == sorted(found, reverse=True) and set(found) == {b"old", b"new"}


def test_only_the_owner_may_read_what_is_private(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    replace_file(path, b"old")
    replace_file(path, b"secret", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_writers_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    whole = [bytes([n]) * 300_000 for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda data: replace_file(path, data), whole))
    assert path.read_bytes() in whole
    assert names(tmp_path) == ["a.bin"]


def test_a_folder_takes_the_place_of_another_and_all_of_it_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, synced, real = tmp_path / "pages", [], os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    for text in ("old", "new"):
        with making_folder(place) as making:
            assert names(making) == []
            (making / "sub").mkdir()
            (making / "sub" / "a.txt").write_text(text, encoding="utf-8")
            (making / f"{text}.txt").touch()
            place_folder(making, place)
        assert {"a.txt", "sub", f"{text}.txt", tmp_path.name} <= set(synced)
        synced.clear()
    assert (names(tmp_path), names(place)) == (["pages"], ["new.txt", "sub"])
    assert (place / "sub" / "a.txt").read_text(encoding="utf-8") == "new"


def test_a_folder_that_was_not_finished_is_gone_and_what_a_crash_left_does_no_harm(tmp_path: Path) -> None:
    place, left = tmp_path / "pages", []

    def interrupted() -> None:
        with making_folder(place) as making:
            (making / "a.txt").touch()
            left.append(making)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == []
    left[0].mkdir()
    (left[0] / "torn.txt").touch()
    with making_folder(place) as making:
        place_folder(making, place)
    assert (names(tmp_path), names(place)) == (["pages"], [])


def test_a_share_that_cannot_make_names_last_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(error: int):
        def fsync(handle: int) -> None:
            raise OSError(error, os.strerror(error))

        return fsync

    monkeypatch.setattr(os, "fsync", refuse(files.errno.EINVAL))
    sync_folder(tmp_path)
    monkeypatch.setattr(os, "fsync", refuse(files.errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        sync_folder(tmp_path)


def test_a_large_file_is_read_in_portions_and_digested(tmp_path: Path) -> None:
    data = os.urandom(PORTION * 2 + 7)
    path = tmp_path / "large.bin"
    path.write_bytes(data)
    with path.open("rb") as file:
        assert [len(part) for part in read_portions(file)] == [PORTION, PORTION, 7]
    found = Digests.of(path)
    assert (found.size, found.sha256, found.sm3) == (
        len(data), hashlib.sha256(data).hexdigest(), hashlib.new("sm3", data).hexdigest()
    )  # fmt: skip


OF_THEIR_OWN = {
    "fingerprints/store.py": "knows nobody",
    "patrol/evidence/record_removal.py": "which of two files stands is agreed in the chain",
    "patrol/packages/package.py": "packs within its working folder, so that a kill leaves nothing uncovered beside the package",
    "patrol/packages/working_folder.py": "notes where unmasked records lie before the first of them is written",
}
IN_A_FOLDER_BEING_MADE = {
    "fingerprints/make_tables.py", "patrol/complaints/reading.py", "patrol/demo/office.py", "patrol/demo/truth.py",
    "patrol/directory/site_samples.py", "patrol/environment/doctor.py", "patrol/packages/cover.py", "patrol/packages/package.py",
    "patrol/packages/slices.py", "pipelines/show.py", "reports/paged.py", "reports/printing.py",
}  # fmt: skip
"""Write plainly: into a folder that is placed whole or thrown away, a probe, or what a developer makes by hand."""


def test_nothing_else_puts_files_in_their_place() -> None:
    placing, plain = set(), set()
    for path in sources():
        name = str(path.relative_to(CHECKOUT))
        for call in (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            if not isinstance(call.func, ast.Attribute):
                continue
            alone = len(call.args) == 1 and not call.keywords
            if call.func.attr in ("fsync", "mkstemp", "NamedTemporaryFile", "renames") or (
                alone and call.func.attr in ("replace", "rename")
            ):
                placing.add(name)
            elif call.func.attr in ("write_text", "write_bytes"):
                plain.add(name)
    assert placing - {"patrol/files.py"} == set(OF_THEIR_OWN)
    assert plain == IN_A_FOLDER_BEING_MADE
