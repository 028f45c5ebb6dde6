"""What the pages say of the repository is so: paths exist, decisions say what was weighed, rooms have their names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from patrol.config import CHECKOUT

PAGES = sorted([*CHECKOUT.glob("docs/*.md"), CHECKOUT / "README.md", CHECKOUT / "CHANGELOG.md"])
DECISIONS = ("decisions.md", "decisions-engine.md")

_FOLDERS = ("benchmarks", "docs", "fingerprints", "migrations", "patrol", "pipelines", "reports", "spiders", "tests")
_TOP = {*_FOLDERS, ".ci", *(path.name for path in CHECKOUT.iterdir() if path.is_file())}
_FILES = [path for folder in _FOLDERS for path in (CHECKOUT / folder).rglob("*")]
_NAMES = {path.name for path in _FILES}


def _ticked(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


def _page(name: str) -> str:
    return (CHECKOUT / "docs" / name).read_text(encoding="utf-8")


def test_every_path_that_a_page_names_is_there() -> None:
    wrong, seen = [], 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for path in _ticked(text):
            if re.fullmatch(r"[\w.-]+(/[\w.-]*)+", path) and path.split("/")[0] in _TOP:
                seen += 1
                if not any(CHECKOUT.glob(re.sub(r"NAME|ROOM", "*", path).rstrip("/"))):
                    wrong.append(f"{page.name}: {path}")
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            seen += 1
            if not (page.parent / link).exists():
                wrong.append(f"{page.name}: {link}")
    assert seen > 150
    assert wrong == []


def _rows(heading: str) -> list[str]:
    section = _page("architecture.md").split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ") and "---" not in line]


def test_files_and_settings_of_the_architecture_page_stand_where_it_says() -> None:
    """A bare name is a file or folder of that name, a name in code (``MAX_PER_LEAD``) stands in a file of its own row."""
    rows = [*_rows("Rooms, top down"), *_rows("Find the line to change")]
    assert len(rows) > 70
    for row in rows:
        ticked = _ticked(row.split("|", 2)[2])
        bare = [one for one in ticked if re.fullmatch(r"[\w-]+(\.(py|yaml|css|html|sh|toml|json)|/)", one)]
        assert {one.rstrip("/") for one in bare} <= _NAMES | _TOP, row
        for word in (one for one in ticked if re.fullmatch(r"_?[A-Za-z]+(_[A-Za-z]+)+|_[A-Z]+", one)):
            files = [path for path in _FILES if any(str(path).endswith(f"/{one}") for one in ticked if "." in one)]
            assert any(word in path.read_text(encoding="utf-8") for path in files), row


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_is_three_lines_and_says_what_was_weighed(name: str) -> None:
    decisions = re.findall(r"^- .+(?:\n  .+)*", _page(name), re.M)
    assert len(decisions) > 20
    for decision in decisions:
        *what, weighed = decision.splitlines()
        assert re.match(r"- \*\*.+?\*\*", decision, re.S), decision
        assert len(what) <= 2, decision
        assert weighed.startswith("  Weighed: "), decision


def test_decisions_stand_in_rooms_in_the_order_of_the_architecture_page() -> None:
    rooms = [room for row in _rows("Rooms, top down") for room in re.findall(r"`([\w/]+)/`", row.split("|")[1])]
    headings = re.findall(r"^## (.+)$", _page("decisions.md"), re.M)
    assert headings[:2] == ["Libraries", "The house"]
    assert len(headings) > 15
    assert [room for room in rooms if room in headings] == headings[2:]


def test_every_line_of_the_page_on_rooms_is_a_room() -> None:
    rooms = {path.parent.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "patrol").glob("*/__init__.py")}
    told = {room for row in _rows("Rooms, top down") for room in re.findall(r"`(patrol/\w+)/`", row.split("|")[1])}
    assert told == rooms


def test_the_changelog_is_in_the_words_of_its_readers() -> None:
    for path in _ticked((CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")):
        assert Path(path).suffix != ".py", path
