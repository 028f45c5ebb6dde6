"""A zoo of pages, and crawls of it by the real spiders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.spiders.crawling import Crawled, Crawling, Job
from tests.spiders.zoo import Zoo, zoo_server

Crawl = Callable[..., Crawled]


@pytest.fixture
def zoo() -> Iterator[Zoo]:
    with zoo_server() as held:
        yield held


@pytest.fixture
def other_zoo() -> Iterator[Zoo]:
    """A second server, which no site file of the test allows."""
    with zoo_server() as held:
        yield held


@pytest.fixture(scope="session")
def crawling() -> Iterator[Crawling]:
    held = Crawling()
    yield held
    held.close()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a ``patrol.toml`` and nothing else: enough for a spider."""
    (tmp_path / "patrol.toml").write_text("[crawl]\ndelay = 0\nat_once = 8\ntimeout = 5\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def crawl(crawling: Crawling, office: Path, zoo: Zoo) -> Crawl:
    """``crawl(site_yaml, url=…, settings=…, names=…)``; in the text ``ZOO`` is the zoo's address."""

    def run(
        site: str,
        kind: str = "article",
        url: str = "",
        settings: dict[str, Any] | None = None,
        names: dict[str, list[str]] | None = None,
    ) -> Crawled:
        folder = office / "sites" / "here"
        folder.mkdir(parents=True, exist_ok=True)
        lines = f"name: 动物园\nkind: {kind}\n"
        if "pace:" not in site:
            lines += "pace: {delay: 0, at_once: 8}\n"
        if "allow_private" not in site:
            lines += f"allow_private: ['{zoo.host}']\n"
        (folder / "site.yaml").write_text(lines + site.replace("ZOO", zoo.url), encoding="utf-8")
        arguments = {"site": "here"} | ({"url": url} if url else {})
        return crawling.run(Job(kind, arguments, {"PATROL_WORKSPACE": str(office)} | (settings or {}), names or {}))

    return run
