"""A command waits for no library that it does not use: what light commands import is held down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from patrol.cli.commands import COMMANDS, GroupEntry
from patrol.config import CHECKOUT
from patrol.workspace import make_workspace

_IMPORTED = """
import json, sys
from patrol.cli import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["patrol", *words]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (words, end.code)
print("\\n" + json.dumps(sorted(sys.modules)))
"""

HEAVY = {
    "numba", "llvmlite", "numpy", "scipy", "dns", "docx", "docxtpl", "openpyxl", "scrapy", "twisted", "playwright", "alembic",
    "cryptography", "lxml", "jinja2", "trafilatura", "resiliparse", "warcio", "pypdfium2", "ahocorasick", "rapidfuzz",
    "uvicorn", "starlette", "chinese_calendar", "surt", "multiprocessing",
}  # fmt: skip
"""What only some commands use, each more than a light command may cost."""


def _imported(*lines: list[str], workspace: Path | None = None) -> set[str]:
    """Top names of the modules that a process has imported after these commands."""
    environment = {"PYTHONPATH": str(CHECKOUT), "PATROL_WORKSPACE": str(workspace or "/nowhere"), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, json.dumps(lines)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_help_and_version_import_neither_the_database_nor_anything_heavy() -> None:
    groups = [name for name, entry in COMMANDS.items() if isinstance(entry, GroupEntry)]
    assert len(groups) > 8
    imported = _imported(["--version"], ["--help"], *([name, "--help"] for name in groups))
    assert imported & (HEAVY | {"sqlalchemy", "yaml", "ruamel"}) == set()


def test_a_list_of_leads_imports_the_database_and_nothing_heavier(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "office")
    imported = _imported(["leads", "list"], workspace=workspace.root)
    assert "sqlalchemy" in imported
    assert imported & HEAVY == set()


def test_a_patrol_of_plain_sites_imports_what_it_uses() -> None:
    code = "import json, sys, patrol.patrols.crawl, settings, spiders.loader\n"
    code += "spiders.loader.SpiderTable().load('article')\n"
    code += "from scrapy.utils.misc import load_object\n"
    code += "[load_object(name) for name in settings.ITEM_PIPELINES]\n"
    code += "print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, check=False)
    assert done.returncode == 0, done.stderr
    imported = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert "scrapy" in imported
    assert imported & {
        "numba", "numpy", "dns", "docx", "openpyxl", "playwright", "alembic", "pypdfium2", "trafilatura", "surt", "jinja2",
    } == set()  # fmt: skip
