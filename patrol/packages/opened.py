"""Opened package: reads the files of a package out of a ZIP or a folder that a stranger made, without unpacking anything."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from patrol.errors import EvidenceError
from patrol.packages.cover import COVER

_END = 22
"""Bytes of a ZIP's end record; no package has a comment behind it."""


class UnreadablePackage(EvidenceError):
    """What stands there cannot be read, so that nothing can be said of it. Status 2: no accusation, and no pass."""

    exit_code = 2


class BrokenPackage(Exception):
    """What stands there is not as any package is written; the Chinese message says how."""


class OpenedPackage:
    """``names``: of all files, with ``/``, from the package's own folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        self._prefix = ""
        if path.is_dir():
            self.names = frozenset(self._in_folder())
        else:
            self.names = frozenset(self._in_zip())

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open one of ``names``. Raises BrokenPackage when its bytes do not come out of the ZIP whole, UnreadablePackage
        when the disk does not give them."""
        try:
            if self._zip is not None:
                with self._zip.open(self._prefix + name) as file:
                    yield file
            else:
                with (self.path / name).open("rb") as file:
                    yield file
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise BrokenPackage(f"{name} 在 ZIP 中已损坏，取不出来") from error
        except OSError as error:
            raise UnreadablePackage(f"{self.path} 里的 {name} 读不了：{error.strerror or error}") from error

    def read(self, name: str, limit: int = 1 << 26) -> bytes:
        """Read a small file whole. Raises as ``open`` does, and BrokenPackage beyond ``limit`` bytes."""
        with self.open(name) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise BrokenPackage(f"{name} 大得不合常理")
        return data

    def _in_folder(self) -> Iterator[str]:
        try:
            for folder, folders, files in os.walk(self.path, onerror=_raise):
                for path in (Path(folder, name) for name in (*folders, *files)):
                    mode = path.lstat().st_mode
                    if stat.S_ISREG(mode):
                        yield path.relative_to(self.path).as_posix()
                    elif not stat.S_ISDIR(mode):
                        raise BrokenPackage("包内有链接或特殊文件")
        except OSError as error:
            raise UnreadablePackage(f"{self.path} 读不了：{error.strerror or error}") from error

    def _in_zip(self) -> Iterator[str]:
        try:
            with self.path.open("rb") as file:
                file.seek(-min(_END, self.path.stat().st_size), os.SEEK_END)
                # What zipfile would find in a ZIP that was cut off is the archive.wacz in it.
                if not file.read().startswith(b"PK\x05\x06"):
                    raise zipfile.BadZipFile
            self._zip = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise UnreadablePackage(f"{self.path} 不是完整的 ZIP 文件，打不开") from error
        except OSError as error:
            raise UnreadablePackage(f"{self.path} 读不了：{error.strerror or error}") from error
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        tops = {info.filename.partition("/")[0] for info in self._zip.infolist()}
        if len(tops) != 1 or any("/" not in info.filename for info in infos):
            raise BrokenPackage("ZIP 里不是单独一个文件夹")
        if len({info.filename for info in infos}) != len(infos):
            raise BrokenPackage("ZIP 里有同名的文件")
        if any(stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG) for info in infos):
            raise BrokenPackage("包内有链接或特殊文件")
        self._prefix = tops.pop() + "/"
        for info in infos:
            yield info.filename.removeprefix(self._prefix)

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()


def _raise(error: OSError) -> None:
    raise error


def is_package(path: Path) -> bool:
    """Tell a package from other things that can be verified: a file, or a folder with a cover or a script to check it."""
    return path.is_file() or (path.is_dir() and ((path / COVER).exists() or (path / "verify.sh").exists()))
