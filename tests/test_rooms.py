"""The house is what ``docs/architecture.md`` says: rooms in layers, each found by its name."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from patrol.config import CHECKOUT

ROOTS = ("patrol", "spiders", "pipelines", "fingerprints", "reports")


def _sources() -> list[Path]:
    found = [path for root in ROOTS for path in (CHECKOUT / root).rglob("*.py")]
    assert len(found) > 250
    return found


def _layers() -> set[str]:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    assert "ignore_imports" not in contract
    return {room.strip() for line in contract["layers"] for room in line.split("|")}


def test_every_room_of_the_domain_stands_in_a_layer() -> None:
    house = CHECKOUT / "patrol"
    rooms = {f"patrol.{path.name}" for path in house.iterdir() if (path / "__init__.py").is_file()}
    rooms |= {f"patrol.{path.stem}" for path in house.glob("*.py") if path.name != "__init__.py"}
    rooms |= {root for root in ROOTS if root != "patrol"}
    assert rooms == _layers()


def test_no_file_name_stands_three_times() -> None:
    names = Counter(path.name for path in _sources() if not path.name.startswith("__"))
    assert [name for name, times in names.items() if times > 2] == []


def test_every_room_says_what_it_is() -> None:
    for path in _sources():
        if path.name == "__init__.py":
            assert path.read_text(encoding="utf-8").startswith('"""'), path
