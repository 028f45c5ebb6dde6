"""What the target sites' tests share: an office of their own, and each site started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.target_sites.office import Office
from tests.target_sites.oscar.serve import shop
from tests.target_sites.running import HOST, foreign_python, free_port, started


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    for name in ("PATROL_DATABASE", "PATROL_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    return Office(tmp_path / "office")


@pytest.fixture(scope="session")
def oscar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """``(address, truth)`` of the django-oscar shop."""
    with shop(tmp_path_factory.mktemp("oscar")) as served:
        yield served


@pytest.fixture(scope="session")
def spa() -> Iterator[str]:
    """The address of the JavaScript-only shop."""
    port = free_port()
    with started("tests.target_sites.spa.server", "--port", str(port)):
        yield f"http://{HOST}:{port}"


@pytest.fixture(scope="session")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the Pelican blog."""
    port = free_port()
    words = ("--port", str(port), "--folder", str(tmp_path_factory.mktemp("blog")))
    with started("tests.target_sites.blog.build", *words, python=foreign_python()):
        yield f"http://{HOST}:{port}"


@pytest.fixture(scope="session")
def oldtown() -> Iterator[str]:
    """The address of the forum, and below ``/counter/`` of the shop."""
    port = free_port()
    with started("tests.target_sites.oldtown.server", "--port", str(port)):
        yield f"http://{HOST}:{port}"
