"""The house is what ``docs/architecture.md`` says: rooms in layers, each found by its name."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

from patrol.config import CHECKOUT
from patrol.db import casework, grouping, models

ROOTS = ("patrol", "spiders", "pipelines", "fingerprints", "reports")


def sources() -> list[Path]:
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
    names = Counter(path.name for path in sources() if not path.name.startswith("__"))
    assert [name for name, times in names.items() if times > 2] == []


def test_every_room_says_what_it_is() -> None:
    for path in sources():
        if path.name == "__init__.py":
            assert path.read_text(encoding="utf-8").startswith('"""'), path


def _writers() -> dict[str, set[str]]:
    """Which rooms insert, update, delete or make rows of which table, read off the sources: table → rooms."""
    classes = [one for module in (models, casework, grouping) for one in vars(module).values()]
    tables = {one.__name__: one.__tablename__ for one in classes if hasattr(one, "__tablename__")}
    writers: dict[str, set[str]] = {name: set() for name in tables.values()}
    for path in sources():
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        room = "/".join(parts[:2]) if parts[0] == "patrol" else parts[0]
        if room == "patrol/db":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            written = node.args[0] if node.func.id in ("insert", "update", "delete") and node.args else node.func
            if isinstance(written, ast.Name) and written.id in tables:
                writers[tables[written.id]].add(room)
    return writers


def _told_writers() -> dict[str, set[str]]:
    """The same as docs/architecture.md tells it."""
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split("## Who writes which table")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|$", section, re.M)
    return {table: set(re.findall(r"`([\w/]+)/`", rooms)) for table, rooms in rows}


def test_the_architecture_page_tells_who_writes_each_table() -> None:
    writers = _writers()
    assert len(writers) > 25
    assert all(writers.values()), [table for table, rooms in writers.items() if not rooms]
    assert _told_writers() == writers


WORDS = {"载体": "格式", "按什么出": "统计口径", "读不出": "无法读取"}
"""What officers do not file, and what they do."""


def test_officers_read_one_word_for_one_thing() -> None:
    tables = list((CHECKOUT / "patrol" / "tables").glob("*.yaml"))
    templates = list((CHECKOUT / "reports" / "templates").glob("*.html"))
    assert len(tables) > 8
    assert len(templates) > 3
    for path in (*sources(), *tables, *templates):
        text = path.read_text(encoding="utf-8")
        assert [f"{word} → {better}" for word, better in WORDS.items() if word in text] == [], path
